#include "daemon/intake/pacers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 4, PLACE_BITS = 17, AGE = 127, IS_CASE = 128 };
static_assert((int)PACERS_REPORTERS == 1 << PLACE_BITS,
    "a place is a reporter's");
static_assert((int)PACERS_MEMORY_DAYS < (int)AGE, "an age has seven bits");

/* One reporter; a line of the cache.  Its reports are newest first. */
struct pacer {
	uint32_t source; /* 0 empty */
	int32_t last;    /* day of the newest */
	uint32_t count;
	uint8_t age[PACERS_REPORTS]; /* days before last, and IS_CASE */
	uint8_t tag[PACERS_REPORTS]; /* of the group */
	uint8_t reserved[12];
};

static_assert(sizeof(struct pacer) == 64, "a pacer is a line of the cache");

struct pacers {
	struct pacer at[PACERS_REPORTERS];
};

struct pacers *
pacers_new(void)
{
	return aligned_alloc(64, sizeof(struct pacers));
}

void
pacers_free(struct pacers *pacers)
{
	free(pacers);
}

void
pacers_clear(struct pacers *pacers)
{
	memset(pacers, 0, sizeof(*pacers));
}

static unsigned
place_of(uint32_t source)
{
	return (source * UINT32_C(2654435769) >> (32 - PLACE_BITS)) / WAYS *
	    WAYS;
}

static uint8_t
tag_of(const struct pacers_report *report)
{
	return (uint8_t)((report->product * 31 + report->mode) *
		UINT32_C(2654435769) >>
	    24);
}

static const struct pacer *
find(const struct pacers *pacers, uint32_t source)
{
	const struct pacer *way = &pacers->at[place_of(source)];

	for (unsigned i = 0; source && i < WAYS; i++)
		if (way[i].source == source)
			return &way[i];
	return NULL;
}

/* Its own, or that of whoever has been quiet for longest. */
static struct pacer *
find_room(struct pacers *pacers, uint32_t source)
{
	struct pacer *way = &pacers->at[place_of(source)], *oldest = way;

	for (unsigned i = 0; i < WAYS; i++) {
		if (way[i].source == source)
			return &way[i];
		if (!way[i].source || way[i].last < oldest->last)
			oldest = &way[i];
		if (!way[i].source)
			break;
	}
	*oldest = (struct pacer){ .source = source };
	return oldest;
}

/* Its reports grow older by so many days; those too old are dropped. */
static void
grow_old(struct pacer *pacer, int32_t days)
{
	unsigned kept = 0;

	for (; kept < pacer->count; kept++) {
		int32_t age = (pacer->age[kept] & AGE) + days;

		if (age > PACERS_MEMORY_DAYS)
			break;
		pacer->age[kept] =
		    (uint8_t)((pacer->age[kept] & IS_CASE) | age);
	}
	pacer->count = kept;
}

void
pacers_add(struct pacers *pacers, const struct pacers_report *report)
{
	struct pacer *pacer;

	if (!report->source)
		return;
	pacer = find_room(pacers, report->source);
	if (pacer->count && report->day > pacer->last)
		grow_old(pacer, report->day - pacer->last);
	pacer->last = report->day;
	if (pacer->count == PACERS_REPORTS)
		pacer->count--;
	memmove(pacer->age + 1, pacer->age, pacer->count);
	memmove(pacer->tag + 1, pacer->tag, pacer->count);
	pacer->age[0] = report->is_case ? IS_CASE : 0;
	pacer->tag[0] = tag_of(report);
	pacer->count++;
}

void
pacers_find(const struct pacers *pacers, const struct pacers_report *report,
    struct pace *pace)
{
	const struct pacer *pacer = find(pacers, report->source);
	uint8_t tag = tag_of(report);

	*pace = (struct pace){ 0 };
	for (unsigned i = 0; pacer && i < pacer->count; i++) {
		int64_t age =
		    (int64_t)report->day - pacer->last + (pacer->age[i] & AGE);

		if (age > PACERS_MEMORY_DAYS)
			return;
		pace->may_repeat |= pacer->tag[i] == tag;
		if (age >= PACERS_DAYS)
			continue;
		pace->reports++;
		pace->cases += (pacer->age[i] & IS_CASE) != 0;
	}
}
