#include "daemon/core/aggregate.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

/* LMDB keeps a value within its page up to this; beyond, it spends pages. */
enum { ROW_BYTES_MAX = 1900 };

static_assert(sizeof(struct tally) == 8, "a tally is part of a stored row");
static_assert(sizeof(struct aggregate) == 224, "an aggregate is a stored row");
static_assert(sizeof(struct aggregate) +
	    AGGREGATE_TALLIES_MAX * sizeof(struct tally) <=
	ROW_BYTES_MAX,
    "a full aggregate stays within a page");

size_t
aggregate_bytes(unsigned ntallies)
{
	return sizeof(struct aggregate) + ntallies * sizeof(struct tally);
}

unsigned
aggregate_tallies_of(const struct facts *facts)
{
	return (unsigned)__builtin_popcount(facts->hazards) +
	    (facts->country != 0) + (facts->licence != 0) +
	    (facts->organisation != 0);
}

static uint32_t
tally_rank(enum tally_kind kind, uint16_t code)
{
	return (uint32_t)kind << 16 | code;
}

/* The first position whose tally does not come before rank. */
static unsigned
tally_position(const struct aggregate *row, uint32_t rank)
{
	unsigned low = 0, high = row->ntallies;

	while (low < high) {
		unsigned middle = (low + high) / 2;
		const struct tally *tally = &row->tally[middle];

		if (tally_rank(tally->kind, tally->code) < rank)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
tally_is_at(const struct aggregate *row, unsigned position, uint32_t rank)
{
	return position < row->ntallies &&
	    tally_rank(row->tally[position].kind, row->tally[position].code) ==
	    rank;
}

static void
tally_add(struct aggregate *row, enum tally_kind kind, uint16_t code)
{
	uint32_t rank = tally_rank(kind, code);
	unsigned position = tally_position(row, rank);
	struct tally *tally = &row->tally[position];

	if (tally_is_at(row, position, rank)) {
		tally->count++;
		return;
	}
	if (row->ntallies >= AGGREGATE_TALLIES_MAX)
		return;
	memmove(tally + 1, tally, (row->ntallies - position) * sizeof(*tally));
	*tally = (struct tally){ (uint16_t)kind, code, 1 };
	row->ntallies++;
}

/* One that was not kept for want of room is not there to be taken out. */
static void
tally_remove(struct aggregate *row, enum tally_kind kind, uint16_t code)
{
	uint32_t rank = tally_rank(kind, code);
	unsigned position = tally_position(row, rank);
	struct tally *tally = &row->tally[position];

	if (!tally_is_at(row, position, rank) || --tally->count > 0)
		return;
	row->ntallies--;
	memmove(tally, tally + 1, (row->ntallies - position) * sizeof(*tally));
}

static void
each_tally(struct aggregate *row, const struct facts *facts,
    void (*change)(struct aggregate *, enum tally_kind, uint16_t))
{
	if (facts->country)
		change(row, TALLY_COUNTRY, facts->country);
	for (uint32_t left = facts->hazards; left; left &= left - 1)
		change(row, TALLY_HAZARD, (uint16_t)__builtin_ctz(left));
	if (facts->licence)
		change(row, TALLY_LICENCE, facts->licence);
	if (facts->organisation)
		change(row, TALLY_ORGANISATION, facts->organisation);
}

static void
widen32(int32_t *first, int32_t *last, int32_t low, int32_t high)
{
	if (low < *first)
		*first = low;
	if (high > *last)
		*last = high;
}

static void
widen_spans(struct aggregate *row, const struct facts *facts, uint64_t seq)
{
	if (row->last_seq == 0) {
		row->occurred_first = row->filed_first = INT32_MAX;
		row->occurred_last = row->filed_last = INT32_MIN;
		row->received_first_ms = INT64_MAX;
		row->received_last_ms = INT64_MIN;
		row->first_seq = seq;
	}
	if (facts->occurred.precision != DATE_ABSENT)
		widen32(&row->occurred_first, &row->occurred_last,
		    facts->occurred.day, date_last_day(facts->occurred));
	widen32(&row->filed_first, &row->filed_last, facts->filed,
	    facts->filed);
	if (facts->received_ms < row->received_first_ms)
		row->received_first_ms = facts->received_ms;
	if (facts->received_ms > row->received_last_ms)
		row->received_last_ms = facts->received_ms;
	if (seq < row->first_seq)
		row->first_seq = seq;
	if (seq > row->last_seq)
		row->last_seq = seq;
}

void
aggregate_add(struct aggregate *row, const struct facts *facts, uint64_t seq,
    struct newcomer is_new)
{
	assert(seq > 0 && facts->severity < SEVERITY_COUNT);

	widen_spans(row, facts, seq);
	row->reports++;
	row->cases += is_new.is_case;
	row->backfill += facts->is_backfill;
	row->sources += is_new.is_source;
	row->organisations += is_new.is_organisation;
	row->severity[facts->severity]++;
	row->injured += facts->injured;
	row->deaths += facts->deaths;
	row->units += facts->units;
	each_tally(row, facts, tally_add);
}

void
aggregate_remove(struct aggregate *row, const struct facts *facts,
    struct newcomer was_last)
{
	assert(facts->severity < SEVERITY_COUNT);
	assert(row->reports > 0 && row->cases >= was_last.is_case &&
	    row->severity[facts->severity] > 0 &&
	    row->backfill >= facts->is_backfill &&
	    row->sources >= was_last.is_source &&
	    row->organisations >= was_last.is_organisation);
	assert(row->injured >= facts->injured && row->deaths >= facts->deaths &&
	    row->units >= facts->units);

	row->reports--;
	row->cases -= was_last.is_case;
	row->backfill -= facts->is_backfill;
	row->sources -= was_last.is_source;
	row->organisations -= was_last.is_organisation;
	row->severity[facts->severity]--;
	row->injured -= facts->injured;
	row->deaths -= facts->deaths;
	row->units -= facts->units;
	each_tally(row, facts, tally_remove);
}

uint32_t
aggregate_tally(const struct aggregate *row, enum tally_kind kind,
    uint16_t code)
{
	uint32_t rank = tally_rank(kind, code);
	unsigned position = tally_position(row, rank);

	return tally_is_at(row, position, rank) ? row->tally[position].count
						: 0;
}

bool
aggregate_is_edge(const struct aggregate *row, uint16_t organisation,
    bool is_added)
{
	uint32_t count = aggregate_tally(row, TALLY_ORGANISATION, organisation);

	if (!is_added)
		return count == 1;
	return count == 0 && row->ntallies < AGGREGATE_TALLIES_MAX;
}

enum severity
aggregate_severity(const struct aggregate *row)
{
	int severity = SEVERITY_COUNT - 1;

	while (severity > SEVERITY_UNSTATED && row->severity[severity] == 0)
		severity--;
	return (enum severity)severity;
}
