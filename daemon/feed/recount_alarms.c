#include <stdlib.h>

#include "daemon/feed/recount.h"
#include "daemon/feed/recount_part.h"
#include "daemon/store/record.h"

enum { ALARMS_MIN = 1 << 8, ALARMS_MAX = 1 << 21 };

void
alarms_free(struct alarms *alarms)
{
	free(alarms->at);
}

#define ORDER(a, b)     \
	if ((a) != (b)) \
	return (a) < (b) ? -1 : 1

static int
order_groups(const struct alarm *a, const struct alarm *b)
{
	ORDER(a->product, b->product);
	ORDER(a->mode, b->mode);
	ORDER(a->rule, b->rule);
	return 0;
}

static int
order_alarms(const void *left, const void *right)
{
	const struct alarm *a = left, *b = right;
	int order = order_groups(a, b);

	if (order != 0)
		return order;
	ORDER(a->last_seq, b->last_seq);
	return 0;
}

void
alarms_sort(struct alarms *alarms)
{
	size_t kept = 0;

	if (alarms->count == 0)
		return;
	qsort(alarms->at, alarms->count, sizeof(*alarms->at), order_alarms);
	for (size_t i = 1; i < alarms->count; i++) {
		if (order_groups(&alarms->at[kept], &alarms->at[i]) != 0)
			kept++;
		alarms->at[kept] = alarms->at[i];
	}
	alarms->count = kept + 1;
}

/* Room for one more: sorting must free half, else the array grows. */
static int
make_room(struct alarms *alarms)
{
	size_t cap = alarms->cap ? alarms->cap * 2 : ALARMS_MIN;
	struct alarm *grown;

	if (alarms->count < alarms->cap)
		return 0;
	alarms_sort(alarms);
	if (alarms->cap != 0 && alarms->count <= alarms->cap / 2)
		return 0;
	if (cap > ALARMS_MAX)
		return alarms->count < alarms->cap ? 0 : RECOUNT_TOO_LARGE;
	grown = realloc(alarms->at, cap * sizeof(*grown));
	if (grown == NULL)
		return STORE_MEMORY;
	alarms->at = grown;
	alarms->cap = cap;
	return 0;
}

int
alarms_take(struct alarms *alarms, const struct store_event *event)
{
	struct record_alert record;
	int result;

	if (!record_alert_read(event->header, &record))
		return STORE_CORRUPT;
	result = make_room(alarms);
	if (result != 0)
		return result;
	record.alarm.last_seq = event->seq;
	alarms->at[alarms->count++] = record.alarm;
	return 0;
}
