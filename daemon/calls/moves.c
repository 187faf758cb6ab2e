#include "daemon/calls/moves.h"

#include <stdlib.h>

enum { PLACES_MIN = 1024 };

void
moves_fini(struct moves *moves)
{
	free(moves->at);
	*moves = (struct moves){ 0 };
}

static int
compare(const void *left, const void *right)
{
	const struct regroup_move *a = &((const struct moved *)left)->move;
	const struct regroup_move *b = &((const struct moved *)right)->move;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return (int)a->mode - (int)b->mode;
}

static struct moved *
place_of(struct moved *at, uint32_t mask, const struct moved *wanted)
{
	uint64_t key = (uint64_t)wanted->move.from << 32 | wanted->move.to;
	uint64_t place =
	    (key ^ wanted->move.mode) * UINT64_C(0x9e3779b97f4a7c15) >> 24;

	while (at[place & mask].reports && compare(&at[place & mask], wanted))
		place++;
	return &at[place & mask];
}

static bool
grow(struct moves *moves)
{
	uint32_t places = moves->mask ? (moves->mask + 1) * 2 : PLACES_MIN;
	struct moved *at;

	if (moves->count * 2 < moves->mask)
		return true;
	at = calloc(places, sizeof(*at));
	if (!at)
		return false;
	for (uint32_t i = 0; moves->mask && i <= moves->mask; i++)
		if (moves->at[i].reports)
			*place_of(at, places - 1, &moves->at[i]) = moves->at[i];
	free(moves->at);
	moves->at = at;
	moves->mask = places - 1;
	return true;
}

void
moves_add(struct moves *moves, const struct regroup_move *move)
{
	const struct moved wanted = { .move = *move };
	struct moved *moved;

	if (!grow(moves)) {
		moves->failed = true;
		return;
	}
	moved = place_of(moves->at, moves->mask, &wanted);
	if (!moved->reports) {
		moved->move = *move;
		moves->count++;
	}
	moved->move.is_live |= move->is_live;
	moved->reports++;
}

void
moves_sort(struct moves *moves)
{
	uint32_t count = 0;

	for (uint32_t i = 0; moves->mask && i <= moves->mask; i++)
		if (moves->at[i].reports)
			moves->at[count++] = moves->at[i];
	for (uint32_t i = count; moves->mask && i <= moves->mask; i++)
		moves->at[i].reports = 0;
	if (count)
		qsort(moves->at, count, sizeof(*moves->at), compare);
}

static int
compare_groups(const void *left, const void *right)
{
	const struct moved_group *a = left, *b = right;

	if (a->product != b->product)
		return a->product < b->product ? -1 : 1;
	return (int)a->mode - (int)b->mode;
}

/* Both ends of every move, by product and mode; freed by the caller. */
static struct moved_group *
list_ends(struct moves *moves)
{
	size_t count = 0;
	struct moved_group *end =
	    calloc(2 * (size_t)moves->count + 1, sizeof(*end));

	if (!end) {
		moves->failed = true;
		return NULL;
	}
	for (uint32_t i = 0; i < moves->count; i++) {
		const struct moved *moved = &moves->at[i];

		end[count++] = (struct moved_group){ moved->move.from,
			moved->move.mode, 0, moved->reports };
		end[count++] = (struct moved_group){ moved->move.to,
			moved->move.mode, moved->reports, 0 };
	}
	qsort(end, count, sizeof(*end), compare_groups);
	return end;
}

uint64_t
moves_groups(struct moves *moves, moves_visit *visit, void *who)
{
	size_t count = 2 * (size_t)moves->count;
	struct moved_group *end = list_ends(moves);
	struct moved_group product = { 0 };
	uint64_t groups = 0;

	for (size_t i = 0; end && i < count; i++) {
		groups += i == 0 || compare_groups(&end[i], &end[i - 1]) != 0;
		if (product.product != end[i].product)
			product =
			    (struct moved_group){ .product = end[i].product };
		product.in += end[i].in;
		product.out += end[i].out;
		if (i + 1 == count || end[i + 1].product != product.product)
			visit(who, &product);
	}
	free(end);
	return groups;
}

static int
compare_reports(const void *left, const void *right)
{
	const struct moved *a = left, *b = right;

	if (a->reports != b->reports)
		return a->reports > b->reports ? -1 : 1;
	return compare(left, right);
}

void
moves_pair(struct moves *moves)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < moves->count; i++) {
		struct moved *last = kept ? &moves->at[kept - 1] : NULL;

		if (last && last->move.from == moves->at[i].move.from &&
		    last->move.to == moves->at[i].move.to)
			last->reports += moves->at[i].reports;
		else
			moves->at[kept++] = moves->at[i];
	}
	moves->count = kept;
	if (kept)
		qsort(moves->at, kept, sizeof(*moves->at), compare_reports);
}
