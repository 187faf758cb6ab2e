#include "daemon/intake/pacers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	WAYS = 4,
	PLACE_BITS = 17,
	FIRST_DAY = 18262, /* 2020-01-01; 15 bits reach 2109 */
};
static_assert(PACERS_REPORTERS == 1 << PLACE_BITS, "a place is a reporter's");

/* One reporter; a line of the cache. */
struct pacer {
	uint32_t source; /* 0 empty */
	uint16_t count;  /* of day that are in use */
	uint16_t next;   /* where the next one goes */
	uint16_t last;   /* newest day */
	uint16_t reserved[3];
	uint16_t day[PACERS_REPORTS]; /* since FIRST_DAY << 1 | is_case */
	uint32_t padding[2];
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

static uint16_t
day_of(int32_t day)
{
	day -= FIRST_DAY;
	if (day < 0)
		return 0;
	return day > INT16_MAX ? INT16_MAX : (uint16_t)day;
}

static unsigned
place_of(uint32_t source)
{
	return (source * UINT32_C(2654435769) >> (32 - PLACE_BITS)) / WAYS *
	    WAYS;
}

static const struct pacer *
find(const struct pacers *pacers, uint32_t source)
{
	const struct pacer *way = &pacers->at[place_of(source)];

	for (unsigned i = 0; i < WAYS; i++)
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

void
pacers_add(struct pacers *pacers, uint32_t source, int32_t day, bool is_case)
{
	struct pacer *pacer;

	if (!source)
		return;
	pacer = find_room(pacers, source);
	pacer->last = day_of(day);
	pacer->day[pacer->next] = (uint16_t)(pacer->last << 1 | is_case);
	pacer->next = (uint16_t)((pacer->next + 1) % PACERS_REPORTS);
	if (pacer->count < PACERS_REPORTS)
		pacer->count++;
}

void
pacers_find(const struct pacers *pacers, uint32_t source, int32_t day,
    struct pace *pace)
{
	const struct pacer *pacer = source ? find(pacers, source) : NULL;
	int today = day_of(day);

	*pace = (struct pace){ .last = pacer ? FIRST_DAY + pacer->last
					     : INT32_MIN };
	for (unsigned i = 0; pacer && i < pacer->count; i++) {
		if ((pacer->day[i] >> 1) + PACERS_DAYS <= today)
			continue;
		pace->reports++;
		pace->cases += pacer->day[i] & 1;
	}
}
