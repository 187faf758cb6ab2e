#include "daemon/core/window.h"

#include <assert.h>
#include <string.h>

/* LMDB keeps a value within its page up to this; beyond, it spends pages. */
enum { ROW_BYTES_MAX = 1900 };

static_assert(sizeof(struct window_entry) == 20, "an entry is a stored row");
static_assert(sizeof(struct window) == 4, "a window is a stored row");
static_assert(sizeof(struct window) +
	    WINDOW_MAX * sizeof(struct window_entry) <=
	ROW_BYTES_MAX,
    "a full window stays within a page");

size_t
window_bytes(unsigned count)
{
	return sizeof(struct window) + count * sizeof(struct window_entry);
}

static uint16_t
day16(int32_t day)
{
	if (day < 0)
		return 0;
	return day > UINT16_MAX ? UINT16_MAX : (uint16_t)day;
}

static void
take_entry(struct window *window, unsigned position)
{
	struct window_entry *entry = &window->entry[position];

	window->count--;
	memmove(entry, entry + 1, (window->count - position) * sizeof(*entry));
}

/* Take out what no rule can look at any more. */
static void
drop_expired(struct window *window, int32_t today)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < window->count; i++) {
		if (window->entry[i].filed < today - WINDOW_DAYS)
			continue;
		if (kept < i)
			window->entry[kept] = window->entry[i];
		kept++;
	}
	window->count = (uint16_t)kept;
}

/*
 * Of a full window, the oldest filed goes, among those without a hazard as
 * long as they hold half of the places: a hundred reports of a broken switch
 * must not push out the one fire that a second fire would be counted with,
 * nor a flood of fires all the rest.
 */
static void
evict_oldest(struct window *window)
{
	unsigned nhazards = 0;
	unsigned oldest = WINDOW_MAX;
	bool is_hazard;

	for (unsigned i = 0; i < window->count; i++)
		nhazards += window->entry[i].hazards != 0;
	is_hazard = nhazards > WINDOW_MAX / 2;
	for (unsigned i = 0; i < window->count; i++) {
		if ((window->entry[i].hazards != 0) != is_hazard)
			continue;
		if (oldest == WINDOW_MAX ||
		    window->entry[i].filed < window->entry[oldest].filed)
			oldest = i;
	}
	assert(oldest < window->count);
	if (window->entry[oldest].filed > window->evicted)
		window->evicted = window->entry[oldest].filed;
	take_entry(window, oldest);
}

void
window_enter(struct window *window, const struct window_entry *entry)
{
	assert(window->count <= WINDOW_MAX);

	if (window->count == WINDOW_MAX)
		evict_oldest(window);
	window->entry[window->count++] = *entry;
}

void
window_add(struct window *window, const struct facts *facts, uint64_t seq,
    int32_t today, bool is_joined)
{
	const struct window_entry entry = {
		.seq = (uint32_t)seq,
		.source = facts->source,
		.hazards = facts->hazards,
		.filed = day16(facts->filed),
		.organisation = facts->organisation,
		.country = facts->country,
		.kind = (unsigned)facts->kind & 3u,
		.is_joined = is_joined,
		.is_suspect = (facts->marks & FACT_SUSPECT) != 0,
		.is_reporter = (facts->marks & FACT_REPORTER) != 0,
		.is_doubted = (facts->doubts & (DOUBT_PACED | DOUBT_ECHO)) != 0,
		.severity = facts->severity,
	};

	if (window->count == WINDOW_MAX)
		drop_expired(window, today);
	window_enter(window, &entry);
}

void
window_mark(struct window *window, uint64_t seq, enum fact_mark mark,
    bool is_set)
{
	assert(mark == FACT_NO_CASE || mark == FACT_SUSPECT);

	for (unsigned i = window->count; i-- > 0;) {
		struct window_entry *entry = &window->entry[i];

		if (entry->seq != (uint32_t)seq)
			continue;
		if (mark == FACT_SUSPECT)
			entry->is_suspect = is_set;
		else
			entry->is_joined = is_set;
	}
}

void
window_remove(struct window *window, uint64_t seq)
{
	for (unsigned i = window->count; i-- > 0;) {
		if (window->entry[i].seq == (uint32_t)seq) {
			take_entry(window, i);
			return;
		}
	}
}
