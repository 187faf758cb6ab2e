/* recount.c - see recount.h. */
#include "daemon/feed/recount.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/feed/lexicon.h"
#include "daemon/feed/recount_part.h"
#include "daemon/store/record.h"

enum { PRODUCTS_MIN = 1024 };

static_assert(sizeof(struct movement) == 64, "recount.h promises it");

/* What one product has to be counted, and where that begins. */
struct share {
	uint32_t count;
	uint32_t next; /* place of its next movement, in its turn */
};

struct recount {
	const struct recount_range *range;
	struct share *share;       /* owned; by product */
	uint32_t nshares;          /* products below this ordinal */
	struct movement *movement; /* owned */
	uint32_t first, end;       /* products laid out in this turn */
	struct alarms alarms;
	size_t nth_alarm;      /* the next one to be visited */
	struct counts *counts; /* owned */
	snapshot_visit *visit;
	void *who;
};

/* What the movements of an event are given to. */
typedef int take_movement(struct recount *recount,
    const struct movement *movement);

static int
each_movement(struct recount *recount, const struct store_event *event,
    take_movement *take)
{
	enum record_type type = (enum record_type)event->type;
	struct record_report record;
	struct movement movement;
	int result = 0;

	if (!record_report_read(event->header, type, event->received_ms,
		&record))
		return STORE_CORRUPT;
	movement.seq =
	    (record.first_seq ? record.first_seq : event->seq) & INT64_MAX;
	if (type != RECORD_REPORT && record.old.product != 0) {
		movement.is_added = 0;
		movement.facts = record.old;
		result = take(recount, &movement);
	}
	if (type != RECORD_WITHDRAW && result == 0) {
		movement.is_added = 1;
		movement.facts = record.facts;
		result = take(recount, &movement);
	}
	return result;
}

static int
grow_shares(struct recount *recount, uint32_t product)
{
	uint32_t cap = recount->nshares ? recount->nshares : PRODUCTS_MIN;
	struct share *grown;

	if (product < recount->nshares)
		return 0;
	if (product >= LEXICON_ORDINAL_MAX)
		return STORE_CORRUPT;
	while (cap <= product)
		cap *= 2;
	grown = realloc(recount->share, cap * sizeof(*grown));
	if (grown == NULL)
		return STORE_MEMORY;
	memset(grown + recount->nshares, 0,
	    (cap - recount->nshares) * sizeof(*grown));
	recount->share = grown;
	recount->nshares = cap;
	return 0;
}

static int
count_movement(struct recount *recount, const struct movement *movement)
{
	uint32_t product = movement->facts.product;
	int result = grow_shares(recount, product);

	if (result != 0)
		return result;
	return ++recount->share[product].count > recount->range->movements
	    ? RECOUNT_TOO_LARGE
	    : 0;
}

static int
count_event(void *who, const struct store_event *event)
{
	struct recount *recount = who;

	switch (event->type) {
	case RECORD_REPORT:
	case RECORD_AMEND:
	case RECORD_WITHDRAW:
		return each_movement(recount, event, count_movement);
	case RECORD_ALERT:
		return alarms_take(&recount->alarms, event);
	default:
		return 0;
	}
}

static int
lay_movement(struct recount *recount, const struct movement *movement)
{
	uint32_t product = movement->facts.product;

	if (product >= recount->first && product < recount->end)
		recount->movement[recount->share[product].next++] = *movement;
	return 0;
}

static int
lay_event(void *who, const struct store_event *event)
{
	switch (event->type) {
	case RECORD_REPORT:
	case RECORD_AMEND:
	case RECORD_WITHDRAW:
		return each_movement(who, event, lay_movement);
	default:
		return 0;
	}
}

/* Take as many products as fit, after those of the turn before. */
static uint32_t
choose_products(struct recount *recount)
{
	uint32_t total = 0;

	recount->first = recount->end;
	while (recount->end < recount->nshares) {
		struct share *share = &recount->share[recount->end];

		if (share->count > recount->range->movements - total)
			break;
		share->next = total;
		total += share->count;
		recount->end++;
	}
	return total;
}

static int
visit_alarms(struct recount *recount, uint32_t product, uint16_t mode)
{
	struct alarms *alarms = &recount->alarms;
	int result = 0;

	for (; recount->nth_alarm < alarms->count && result == 0;
	     recount->nth_alarm++) {
		const struct alarm *alarm = &alarms->at[recount->nth_alarm];
		struct key key =
		    key_group(product, alarm->mode, PART_ALARM, alarm->rule);
		const void *row = alarm;

		if (alarm->product > product ||
		    (alarm->product == product && alarm->mode > mode))
			break;
		/* One of a group that never counted anything is nobody's. */
		if (alarm->product == product && alarm->mode == mode)
			result = recount->visit(recount->who, key_text(&key),
			    (struct text){ row, sizeof(*alarm) });
	}
	return result;
}

static int
visit_product(struct recount *recount, uint32_t product)
{
	unsigned ngroups = counts_sort(recount->counts);
	int result = 0;

	for (unsigned i = 0; i < ngroups && result == 0; i++) {
		uint16_t mode = counts_mode(recount->counts, i);
		struct key key = key_group(product, mode, PART_AGGREGATE, 0);

		result = recount->visit(recount->who, key_text(&key),
		    counts_row(recount->counts, i));
		if (result == 0)
			result = visit_alarms(recount, product, mode);
	}
	return result;
}

static int
fold_product(struct recount *recount, uint32_t product)
{
	const struct share *share = &recount->share[product];
	int result = 0;

	counts_clear(recount->counts);
	for (uint32_t i = share->next - share->count;
	     i < share->next && result == 0; i++)
		result = counts_move(recount->counts, &recount->movement[i]);
	return result ? result : visit_product(recount, product);
}

/* One turn: the products chosen, of which there are so many movements. */
static int
take_turn(struct recount *recount, uint32_t total)
{
	const struct recount_range *range = recount->range;
	int result;

	recount->movement = malloc(total * sizeof(*recount->movement));
	if (recount->movement == NULL)
		return STORE_MEMORY;
	result = store_walk(range->store, 1, range->seq, lay_event, recount);
	for (uint32_t product = recount->first;
	     product < recount->end && result == 0; product++) {
		if (recount->share[product].count > 0)
			result = fold_product(recount, product);
	}
	free(recount->movement);
	return result;
}

int
recount_walk(const struct recount_range *range, snapshot_visit *visit,
    void *who)
{
	struct recount recount = { .range = range,
		.counts = counts_new(),
		.visit = visit,
		.who = who };
	int result = STORE_MEMORY;

	assert(range->movements > 0 && range->movements <= RECOUNT_MOVEMENTS);
	if (recount.counts != NULL)
		result = store_walk(range->store, 1, range->seq, count_event,
		    &recount);
	alarms_sort(&recount.alarms);
	while (result == 0 && recount.end < recount.nshares) {
		uint32_t total = choose_products(&recount);

		if (total > 0)
			result = take_turn(&recount, total);
	}
	alarms_free(&recount.alarms);
	counts_free(recount.counts);
	free(recount.share);
	return result;
}
