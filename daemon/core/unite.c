#include "daemon/core/unite.h"

#include <stdlib.h>
#include <string.h>

static int
order_tallies(const struct tally *a, const struct tally *b)
{
	uint32_t left = (uint32_t)a->kind << 16 | a->code;
	uint32_t right = (uint32_t)b->kind << 16 | b->code;

	return left < right ? -1 : left > right;
}

/* Tallies beyond AGGREGATE_TALLIES_MAX are not kept, as in one group. */
static void
unite_tallies(struct aggregate *row, const struct aggregate *other)
{
	struct tally both[AGGREGATE_TALLIES_MAX];
	unsigned i = 0, j = 0, count = 0;

	while (count < AGGREGATE_TALLIES_MAX &&
	    (i < row->ntallies || j < other->ntallies)) {
		int order = i == row->ntallies ? 1
		    : j == other->ntallies
		    ? -1
		    : order_tallies(&row->tally[i], &other->tally[j]);

		both[count] = order > 0 ? other->tally[j] : row->tally[i];
		if (order == 0)
			both[count].count += other->tally[j].count;
		i += order <= 0;
		j += order >= 0;
		count++;
	}
	memcpy(row->tally, both, count * sizeof(*both));
	row->ntallies = (uint16_t)count;
}

static uint32_t
count_organisations(const struct aggregate *row)
{
	uint32_t count = 0;

	for (unsigned i = 0; i < row->ntallies; i++)
		count += row->tally[i].kind == TALLY_ORGANISATION;
	return count;
}

static void
unite_spans(struct aggregate *row, const struct aggregate *other)
{
#define LOWER(field)                   \
	if (other->field < row->field) \
	row->field = other->field
#define HIGHER(field)                  \
	if (other->field > row->field) \
	row->field = other->field
	LOWER(occurred_first);
	HIGHER(occurred_last);
	LOWER(filed_first);
	HIGHER(filed_last);
	LOWER(received_first_ms);
	HIGHER(received_last_ms);
	LOWER(first_seq);
	HIGHER(last_seq);
#undef LOWER
#undef HIGHER
}

void
unite_aggregates(struct aggregate *row, const struct aggregate *other)
{
	uint32_t organisations;

	if (!row->last_seq) {
		memcpy(row, other, aggregate_bytes(other->ntallies));
		return;
	}
	organisations = row->organisations > other->organisations
	    ? row->organisations
	    : other->organisations;
	row->reports += other->reports;
	row->cases += other->cases;
	row->sources += other->sources;
	row->backfill += other->backfill;
	for (unsigned i = 0; i < SEVERITY_COUNT; i++)
		row->severity[i] += other->severity[i];
	row->injured += other->injured;
	row->deaths += other->deaths;
	row->units += other->units;
	row->nalarms = (uint16_t)(row->nalarms + other->nalarms);
	unite_spans(row, other);
	unite_tallies(row, other);
	row->organisations = count_organisations(row);
	if (row->organisations < organisations)
		row->organisations = organisations;
}

/* Sequences are low halves: what is less than half a circle behind is older. */
static int
order_entries(const void *left, const void *right)
{
	const struct window_entry *a = left, *b = right;
	int32_t distance = (int32_t)(a->seq - b->seq);

	return distance < 0 ? -1 : distance > 0;
}

void
unite_windows(struct window *window, const struct window *other)
{
	struct window_entry both[2 * WINDOW_MAX];
	unsigned count = window->count;

	memcpy(both, window->entry, count * sizeof(*both));
	memcpy(both + count, other->entry, other->count * sizeof(*both));
	count += other->count;
	qsort(both, count, sizeof(*both), order_entries);
	if (other->evicted > window->evicted)
		window->evicted = other->evicted;
	window->count = 0;
	for (unsigned i = 0; i < count; i++)
		window_enter(window, &both[i]);
}
