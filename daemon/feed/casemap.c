/* casemap.c - see casemap.h. */
#include "daemon/feed/casemap.h"

#include <stdlib.h>

#include "daemon/store/record.h"
#include "daemon/store/record_judgement.h"

/* A report -> its case, from 1; 0: alone.  seq 0: an empty place. */
struct place {
	uint64_t seq;
	uint64_t nth;
};

/* Members in order of joining; named as casebook.h says. */
struct members {
	uint64_t id;
	unsigned count;
	uint64_t seq[CASES_MEMBERS_MAX];
};

struct casemap {
	struct place *at; /* owned; open-addressed, at most half full */
	uint64_t mask;    /* places - 1; 0: none yet */
	uint64_t count;
	struct members *members; /* owned; those left by all are free again */
	uint64_t ncases, cap;
};

struct casemap *
casemap_new(void)
{
	return calloc(1, sizeof(struct casemap));
}

void
casemap_free(struct casemap *map)
{
	if (map == NULL)
		return;
	free(map->at);
	free(map->members);
	free(map);
}

static struct place *
place_of(struct place *at, uint64_t mask, uint64_t seq)
{
	uint64_t place = seq * UINT64_C(0x9e3779b97f4a7c15) >> 20;

	while (at[place & mask].seq != 0 && at[place & mask].seq != seq)
		place++;
	return &at[place & mask];
}

static bool
grow(struct casemap *map)
{
	uint64_t count = map->mask ? (map->mask + 1) * 2 : 1024;
	struct place *at = calloc(count, sizeof(*at));

	if (at == NULL)
		return false;
	for (uint64_t i = 0; map->mask != 0 && i <= map->mask; i++)
		if (map->at[i].seq != 0)
			*place_of(at, count - 1, map->at[i].seq) = map->at[i];
	free(map->at);
	map->at = at;
	map->mask = count - 1;
	return true;
}

static struct members *
find(const struct casemap *map, uint64_t seq)
{
	uint64_t nth = map->mask ? place_of(map->at, map->mask, seq)->nth : 0;

	return nth ? &map->members[nth - 1] : NULL;
}

static int
set(struct casemap *map, uint64_t seq, uint64_t nth)
{
	struct place *place;

	if (seq == 0)
		return STORE_CORRUPT;
	if (map->count * 2 >= map->mask && !grow(map))
		return STORE_MEMORY;
	place = place_of(map->at, map->mask, seq);
	map->count += place->seq == 0;
	*place = (struct place){ seq, nth };
	return 0;
}

/* A report leaves; the last one left is alone, and the case nobody's. */
static int
leave(struct casemap *map, uint64_t seq)
{
	struct members *case_of = find(map, seq);
	unsigned kept = 0;
	int result;

	if (case_of == NULL)
		return 0;
	for (unsigned i = 0; i < case_of->count; i++)
		if (case_of->seq[i] != seq)
			case_of->seq[kept++] = case_of->seq[i];
	case_of->count = kept;
	if (case_of->id == seq && kept > 0)
		case_of->id = case_of->seq[0];
	result = set(map, seq, 0);
	if (result == 0 && kept == 1) {
		case_of->count = 0;
		result = set(map, case_of->seq[0], 0);
	}
	return result;
}

/* A new case of one report, in which it must not stay alone. */
static struct members *
begin(struct casemap *map, uint64_t seq)
{
	struct members *fresh;

	if (map->ncases == map->cap) {
		uint64_t cap = map->cap ? map->cap * 2 : 256;

		fresh = reallocarray(map->members, cap, sizeof(*fresh));
		if (fresh == NULL)
			return NULL;
		map->members = fresh;
		map->cap = cap;
	}
	if (set(map, seq, map->ncases + 1) != 0)
		return NULL;
	fresh = &map->members[map->ncases++];
	*fresh = (struct members){ .id = seq, .count = 1, .seq = { seq } };
	return fresh;
}

/* A report, in no case, joins the one that another is in. */
static int
join(struct casemap *map, uint64_t other, uint64_t seq)
{
	struct members *case_of = find(map, other);

	if (case_of == NULL)
		case_of = begin(map, other);
	if (case_of == NULL)
		return STORE_MEMORY;
	if (case_of->count == CASES_MEMBERS_MAX)
		return STORE_CORRUPT;
	case_of->seq[case_of->count++] = seq;
	return set(map, seq, (uint64_t)(case_of - map->members) + 1);
}

static int
note_report(struct casemap *map, const struct store_event *event)
{
	struct record_report record;
	uint64_t first;
	int result = 0;

	if (!record_report_read(event->header, event->type, event->received_ms,
		&record))
		return STORE_CORRUPT;
	first = record.first_seq ? record.first_seq : event->seq;
	if (event->type != RECORD_REPORT)
		result = leave(map, first);
	if (event->type == RECORD_WITHDRAW || record.found.joins == 0 ||
	    result != 0)
		return result;
	return join(map, record.found.match, first);
}

/* One after the other, so that their order is that of joining. */
static int
join_side(struct casemap *map, uint64_t other,
    const struct judgement_side *side)
{
	int result = 0;

	for (unsigned i = 0; i < side->count && result == 0; i++) {
		if (side->seq[i] == other)
			continue;
		result = leave(map, side->seq[i]);
		if (result == 0)
			result = join(map, other, side->seq[i]);
	}
	return result;
}

static int
note_judgement(struct casemap *map, const struct store_event *event)
{
	struct record_judgement record;
	const struct judgement_side *part = record.side;
	struct members *whole;
	int result = 0;

	if (!record_judgement_read(event->header, &record))
		return STORE_CORRUPT;
	if (record.kind == JUDGEMENT_LINK) {
		result = join_side(map, part[0].seq[0], &part[1]);
		whole = find(map, part[0].seq[0]);
		if (whole != NULL)
			whole->id = record.whole;
		return result;
	}
	if (record.kind != JUDGEMENT_UNLINK)
		return 0;
	for (unsigned i = 0; i < part[1].count && result == 0; i++)
		result = leave(map, part[1].seq[i]);
	if (result == 0)
		result = join_side(map, part[1].seq[0], &part[1]);
	whole = find(map, part[1].seq[0]);
	if (whole != NULL)
		whole->id = part[1].id;
	return result;
}

static int
note_event(void *who, const struct store_event *event)
{
	if (record_is_of_report(event->type))
		return note_report(who, event);
	switch (event->type) {
	case RECORD_LINK:
	case RECORD_UNLINK:
		return note_judgement(who, event);
	default:
		return 0;
	}
}

int
casemap_read(struct casemap *map, struct store *store, uint64_t seq)
{
	return seq ? store_walk(store, 1, seq, note_event, map) : 0;
}

uint64_t
casemap_find(const struct casemap *map, uint64_t first_seq)
{
	const struct members *case_of = find(map, first_seq);

	return case_of ? case_of->id : first_seq;
}
