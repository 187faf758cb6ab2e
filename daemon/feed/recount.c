/* recount.c - see recount.h. */
#include "daemon/feed/recount.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/feed/lexicon.h"
#include "daemon/feed/lineage.h"
#include "daemon/feed/recount_part.h"
#include "daemon/store/record.h"
#include "daemon/store/record_judgement.h"

enum { PRODUCTS_MIN = 1024 };

static_assert(sizeof(struct movement) == 64, "recount.h promises it");

/* What one product has to be counted, and where that is laid out. */
struct share {
	uint32_t count;
	uint32_t next; /* place of its next movement, from 1; 0: another turn */
};

struct recount {
	const struct recount_range *range;
	struct share *share; /* owned; by product */
	uint32_t nshares;    /* products below this ordinal */
	struct lineage lineage;
	uint32_t *order;           /* owned; products, families together */
	uint32_t norder;           /* of those that have a share */
	struct movement *movement; /* owned */
	uint32_t first, end;       /* of order: laid out in this turn */
	struct alarms alarms;
	size_t nth_alarm;      /* the next one to be visited */
	struct counts *counts; /* owned; of one product */
	struct counts *united; /* owned; of the family so far */
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

/* What a person's act changed: cases of a product and of its modes. */
static int
each_share(struct recount *recount, const struct store_event *event,
    take_movement *take)
{
	struct record_judgement record;
	int result = 0;

	if (!record_judgement_read(event->header, &record))
		return STORE_CORRUPT;
	for (unsigned i = 0; i < record.nshares && result == 0; i++) {
		const struct movement movement = {
			.seq = record.share[i].seq & INT64_MAX,
			.is_added = record.kind != JUDGEMENT_LINK,
			.facts = { .product = record.product,
			    .mode = record.share[i].mode,
			    .marks = MOVEMENT_OF_CASE },
		};

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
	case RECORD_REGROUP:
		return each_movement(recount, event, count_movement);
	case RECORD_LINK:
	case RECORD_UNLINK:
		return each_share(recount, event, count_movement);
	case RECORD_ALERT:
		return alarms_take(&recount->alarms, event);
	case RECORD_CURATION:
		return lineage_take(&recount->lineage, event);
	default:
		return 0;
	}
}

static int
lay_movement(struct recount *recount, const struct movement *movement)
{
	struct share *share = &recount->share[movement->facts.product];

	if (share->next != 0)
		recount->movement[share->next++ - 1] = *movement;
	return 0;
}

static int
lay_event(void *who, const struct store_event *event)
{
	switch (event->type) {
	case RECORD_LINK:
	case RECORD_UNLINK:
		return each_share(who, event, lay_movement);
	default:
		break;
	}
	return record_is_of_report(event->type)
	    ? each_movement(who, event, lay_movement)
	    : 0;
}

/* Every product that has a share: by its root, the root first. */
static int
order_products(struct recount *recount)
{
	struct family family;
	int result = lineage_settle(&recount->lineage);

	if (result != 0 || recount->nshares == 0)
		return result;
	recount->order = malloc(recount->nshares * sizeof(*recount->order));
	if (recount->order == NULL)
		return STORE_MEMORY;
	for (uint32_t product = 0; product < recount->nshares; product++) {
		if (lineage_root(&recount->lineage, product) != product)
			continue;
		lineage_family(&recount->lineage, product, &family);
		for (unsigned i = 0; i < family.count; i++) {
			uint32_t member = family.member[i];

			if (member < recount->nshares &&
			    recount->share[member].count > 0)
				recount->order[recount->norder++] = member;
		}
	}
	return 0;
}

/* Take as many products as fit, after those of the turn before. */
static uint32_t
choose_products(struct recount *recount)
{
	uint32_t total = 0;

	recount->first = recount->end;
	while (recount->end < recount->norder) {
		struct share *share =
		    &recount->share[recount->order[recount->end]];

		if (share->count > recount->range->movements - total)
			break;
		share->next = total + 1;
		total += share->count;
		recount->end++;
	}
	return total;
}

/* The alarms of a product up to this mode, those before it passed over. */
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
		/* Those of merged products, and of who counted nothing. */
		if (alarm->product == product)
			result = recount->visit(recount->who, key_text(&key),
			    (struct text){ row, sizeof(*alarm) });
	}
	return result;
}

static int
visit_product(struct recount *recount, uint32_t product, struct counts *counts)
{
	unsigned ngroups = counts_sort(counts);
	int result = 0;

	for (unsigned i = 0; i < ngroups && result == 0; i++) {
		uint16_t mode = counts_mode(counts, i);
		struct key key = key_group(product, mode, PART_AGGREGATE, 0);

		if (mode != 0)
			result = visit_alarms(recount, product, mode - 1);
		if (result == 0)
			result = recount->visit(recount->who, key_text(&key),
			    counts_row(counts, i));
	}
	return result ? result : visit_alarms(recount, product, UINT16_MAX);
}

/* The counts of one product are done, the nth in order. */
static int
gather_product(struct recount *recount, uint32_t nth)
{
	const struct lineage *lineage = &recount->lineage;
	uint32_t root = lineage_root(lineage, recount->order[nth]);
	bool is_first =
	    nth == 0 || lineage_root(lineage, recount->order[nth - 1]) != root;
	bool is_last = nth + 1 == recount->norder ||
	    lineage_root(lineage, recount->order[nth + 1]) != root;
	int result;

	if (is_first && is_last)
		return visit_product(recount, root, recount->counts);
	if (is_first)
		counts_clear(recount->united);
	result = counts_unite(recount->united, recount->counts);
	return result || !is_last
	    ? result
	    : visit_product(recount, root, recount->united);
}

static int
fold_product(struct recount *recount, uint32_t nth)
{
	struct share *share = &recount->share[recount->order[nth]];
	uint32_t end = share->next - 1;
	int result = 0;

	counts_clear(recount->counts);
	for (uint32_t i = end - share->count; i < end && result == 0; i++)
		result = counts_move(recount->counts, &recount->movement[i]);
	share->next = 0;
	return result ? result : gather_product(recount, nth);
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
	for (uint32_t i = recount->first; i < recount->end && result == 0; i++)
		result = fold_product(recount, i);
	free(recount->movement);
	return result;
}

int
recount_walk(const struct recount_range *range, snapshot_visit *visit,
    void *who)
{
	struct recount recount = { .range = range,
		.counts = counts_new(),
		.united = counts_new(),
		.visit = visit,
		.who = who };
	int result = STORE_MEMORY;

	assert(range->movements > 0 && range->movements <= RECOUNT_MOVEMENTS);
	if (recount.counts != NULL && recount.united != NULL)
		result = store_walk(range->store, 1, range->seq, count_event,
		    &recount);
	alarms_sort(&recount.alarms);
	if (result == 0)
		result = order_products(&recount);
	while (result == 0 && recount.end < recount.norder)
		result = take_turn(&recount, choose_products(&recount));
	alarms_free(&recount.alarms);
	counts_free(recount.united);
	counts_free(recount.counts);
	lineage_free(&recount.lineage);
	free(recount.order);
	free(recount.share);
	return result;
}
