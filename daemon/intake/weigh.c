#include "daemon/intake/weigh.h"

#include <stdlib.h>

#include "daemon/intake/bursts.h"
#include "daemon/intake/pacers.h"
#include "daemon/intake/senders.h"

struct weigher {
	struct pacers *pacers;
	struct bursts *bursts;
};

struct weigher *
weigher_new(void)
{
	struct weigher *weigher = calloc(1, sizeof(*weigher));

	if (!weigher)
		return NULL;
	weigher->pacers = pacers_new();
	weigher->bursts = bursts_new();
	if (weigher->pacers && weigher->bursts) {
		pacers_clear(weigher->pacers);
		return weigher;
	}
	weigher_free(weigher);
	return NULL;
}

void
weigher_free(struct weigher *weigher)
{
	if (!weigher)
		return;
	pacers_free(weigher->pacers);
	bursts_free(weigher->bursts);
	free(weigher);
}

void
weigh_forget(struct weigher *weigher)
{
	pacers_clear(weigher->pacers);
	bursts_clear(weigher->bursts);
}

struct bursts *
weigh_bursts(struct weigher *weigher)
{
	return weigher->bursts;
}

bool
weigh_is_echo(const struct linkage_block *block)
{
	const struct evidence *fresh = block->fresh;

	for (unsigned i = 0; i < block->count; i++) {
		const struct evidence *other = block->candidates[i];
		bool is_long = fresh->shingles >= WEIGH_ECHO_SHINGLES &&
		    other->shingles >= WEIGH_ECHO_SHINGLES;

		if (other->source == fresh->source)
			continue;
		if (is_long && block->similar[i] >= WEIGH_ECHO_BINS)
			return true;
		if (fresh->serial && fresh->serial == other->serial &&
		    fresh->product == other->product)
			return true;
	}
	return false;
}

/* Has this reporter a report in the group already, of the last days? */
static bool
is_repeat(struct intake *intake, const struct facts *facts)
{
	struct key key = key_group(facts->product, facts->mode, PART_WINDOW, 0);
	const struct window *window;
	struct text row;

	if (projection_get(&intake->projection, KEYSPACE_GROUP, &key, &row) ||
	    row.len < sizeof(*window))
		return false;
	window = (const void *)row.at;
	for (unsigned i = window->count; i-- > 0;) {
		const struct window_entry *entry = &window->entry[i];

		if (entry->source == facts->source &&
		    entry->filed + WEIGH_REPEAT_DAYS > facts->filed &&
		    facts->filed + WEIGH_REPEAT_DAYS > entry->filed)
			return true;
	}
	return false;
}

static struct pacers_report
report_of(const struct facts *facts)
{
	return (struct pacers_report){ .source = facts->source,
		.product = facts->product,
		.mode = facts->mode,
		.is_case = !(facts->marks & FACT_NO_CASE_MODE) &&
		    !(facts->doubts & DOUBTS_WHOLE),
		.day = date_of_ms(facts->received_ms) };
}

/* The window is looked at only when there is a reason: mostly there is not. */
static unsigned
doubt_reporter(struct intake *intake, const struct facts *facts)
{
	const struct pacers_report report = report_of(facts);
	unsigned doubts = 0;
	struct pace pace;

	pacers_find(intake->weigher->pacers, &report, &pace);
	if (pace.cases >= PACERS_CASES)
		doubts |= DOUBT_PACED;
	/* Older ones may be forgotten, and with them the cases. */
	if (pace.reports >= PACERS_REPORTS)
		doubts |= DOUBT_FLOOD | DOUBT_PACED;
	if (pace.may_repeat && is_repeat(intake, facts))
		doubts |= DOUBT_REPEAT;
	return doubts;
}

/* Weight of what its organisation says, and why. */
static unsigned
weigh_sender(struct intake *intake, struct facts *facts)
{
	unsigned weight = WEIGHT_CASE;
	struct sender sender;

	senders_find(intake, facts->organisation, &sender);
	if (!sender.is_established) {
		facts->doubts |= DOUBT_PROBATION;
		weight /= 2;
	} else if (senders_is_single(intake)) {
		return weight;
	}
	if (sender.trust < WEIGHT_CASE) {
		facts->doubts |= DOUBT_TRUST;
		weight = weight * sender.trust / WEIGHT_CASE;
	}
	return weight < WEIGHT_LEAST ? WEIGHT_LEAST : weight;
}

void
weigh_report(struct intake *intake, struct facts *facts)
{
	unsigned weight = weigh_sender(intake, facts);

	/* History counts in the week it was filed, whatever the clock says,
	 * and comes in bulk. */
	if (!facts->is_backfill) {
		if (facts->marks & FACT_REPORTER)
			facts->doubts |= (uint8_t)doubt_reporter(intake, facts);
		if (intake->timekeeper.is_behind)
			facts->doubts |= DOUBT_UNTIMED;
	}
	if (facts->doubts & DOUBTS_WHOLE)
		weight = 0;
	facts->discount = (WEIGHT_CASE - weight) & 31u;
	senders_remember(intake, facts->organisation);
}

void
weigh_remember(struct weigher *weigher, enum record_type type,
    const struct record_report *record)
{
	const struct facts *facts = &record->facts;
	const struct pacers_report report = report_of(facts);

	if (type != RECORD_REPORT || facts->is_backfill)
		return;
	if (facts->marks & FACT_REPORTER)
		pacers_add(weigher->pacers, &report);
	if (facts->doubts & DOUBT_ECHO)
		bursts_add(weigher->bursts, facts->product, facts->received_ms);
}
