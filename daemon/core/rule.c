#include "daemon/core/rule.h"

#include <assert.h>
#include <string.h>

static const char *const basis_names[] = {
	[BASIS_RULE] = "rule",
	[BASIS_STATISTIC] = "statistic",
	[BASIS_HAZARD] = "hazard",
};

const char *
rule_basis_name(enum rule_basis basis)
{
	assert(basis <= BASIS_HAZARD);
	return basis_names[basis];
}

/* The numbers of one window seen so far; 0 marks an empty slot. */
enum { SEEN_SLOTS = 256, SEEN_BITS = 8 };
static_assert(SEEN_SLOTS == 1 << SEEN_BITS, "the hash keeps SEEN_BITS");
static_assert(WINDOW_MAX < SEEN_SLOTS / 2, "probing stays short and ends");

struct seen {
	uint32_t slot[SEEN_SLOTS];
};

/* Is this number new here?  0 never is. */
static bool
seen_add(struct seen *seen, uint32_t number)
{
	unsigned at = number * UINT32_C(2654435769) >> (32 - SEEN_BITS);

	if (number == 0)
		return false;
	while (seen->slot[at] != 0) {
		if (seen->slot[at] == number)
			return false;
		at = (at + 1) % SEEN_SLOTS;
	}
	seen->slot[at] = number;
	return true;
}

static void
add_country(struct rule_counts *counts, uint16_t country)
{
	unsigned at = counts->ncountries;

	while (at > 0 && counts->country[at - 1] > country)
		at--;
	if (country == 0 || (at > 0 && counts->country[at - 1] == country))
		return;
	memmove(&counts->country[at + 1], &counts->country[at],
	    (counts->ncountries - at) * sizeof(counts->country[0]));
	counts->country[at] = country;
	counts->ncountries++;
}

static bool
is_country_wanted(const struct rule *rule, uint16_t country)
{
	for (unsigned i = 0; i < rule->ncountries; i++)
		if (rule->country[i] == country)
			return true;
	return rule->ncountries == 0;
}

bool
rule_is_for(const struct rule *rule, int category,
    const struct vocabulary *vocabulary)
{
	for (unsigned i = 0; category >= 0 && i < rule->ncategories; i++)
		if (vocabulary_is_within(vocabulary, category,
			rule->category[i]))
			return true;
	return rule->ncategories == 0;
}

/* What of a report stands in a window's entry. */
static bool
is_entry_wanted(const struct rule *rule, const struct window_entry *entry)
{
	if (rule->kinds && !(rule->kinds & 1u << entry->kind))
		return false;
	if (rule->hazards && !(rule->hazards & entry->hazards))
		return false;
	if (entry->severity < rule->severity_min)
		return false;
	return is_country_wanted(rule, entry->country);
}

bool
rule_concerns(const struct rule *rule, const struct facts *facts, int category,
    const struct vocabulary *vocabulary)
{
	const struct window_entry entry = {
		.hazards = facts->hazards,
		.country = facts->country,
		.kind = (unsigned)facts->kind & 3u,
		.severity = facts->severity,
	};

	return !facts->is_backfill && is_entry_wanted(rule, &entry) &&
	    rule_is_for(rule, category, vocabulary);
}

static void
count_entry(struct rule_counts *counts, const struct window_entry *entry)
{
	if (counts->reports == 0 || entry->filed < counts->first)
		counts->first = entry->filed;
	if (counts->reports == 0 || entry->filed > counts->last)
		counts->last = entry->filed;
	counts->reports++;
	if (entry->severity > counts->severity)
		counts->severity = (enum severity)entry->severity;
	counts->hazards |= entry->hazards;
	counts->kinds |= (uint8_t)(1u << entry->kind);
	add_country(counts, entry->country);
}

bool
rule_takes(const struct rule *rule, const struct window_entry *entry,
    int32_t today)
{
	return entry->filed >= today - rule->window_days &&
	    entry->filed <= today + 1 && is_entry_wanted(rule, entry);
}

void
rule_count(const struct rule *rule, const struct window *window, int32_t today,
    struct rule_counts *counts)
{
	struct seen sources = { 0 }, organisations = { 0 };
	bool is_source;

	assert(window->count <= WINDOW_MAX);
	memset(counts, 0, sizeof(*counts));
	counts->from = today - rule->window_days;
	counts->to = today;
	for (unsigned i = 0; i < window->count; i++) {
		const struct window_entry *entry = &window->entry[i];

		if (!rule_takes(rule, entry, today))
			continue;
		count_entry(counts, entry);
		is_source = seen_add(&sources, entry->source);
		counts->sources += is_source;
		if (!entry->is_joined && (!entry->is_reporter || is_source)) {
			counts->cases++;
			counts->cases_min += !entry->is_suspect;
		}
		counts->organisations +=
		    seen_add(&organisations, entry->organisation);
	}
	if (counts->reports > 0 && counts->cases_min == 0)
		counts->cases_min = 1;
	if (counts->reports > 0 && counts->cases == 0)
		counts->cases = 1;
	if (counts->reports > 0 && counts->last > counts->to)
		counts->to = counts->last;
	counts->is_at_least =
	    window->evicted != 0 && window->evicted >= counts->from;
}

bool
rule_is_met(const struct rule *rule, const struct rule_counts *counts)
{
	return counts->reports > 0 && counts->sources >= rule->sources &&
	    counts->cases >= rule->cases && counts->reports >= rule->reports &&
	    counts->organisations >= rule->organisations;
}

bool
rule_is_watch(const struct rule *rule, const struct rule_counts *counts)
{
	return rule->watch_sources > 0 &&
	    counts->sources >= rule->watch_sources;
}
