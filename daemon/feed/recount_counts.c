/* recount_counts.c - one product's counts, as intake counts them. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/unite.h"
#include "daemon/feed/recount.h"
#include "daemon/feed/recount_part.h"
#include "daemon/store/rows.h"

enum {
	MODES = 1 << 16,
	MEMBERS_MIN = 1 << 6,
	MEMBERS_KEPT = 1 << 10,
	MEMBERS_MAX = 1 << 23,
	TALLIES_MIN = 8,
};

struct group {
	struct aggregate *row; /* owned; zeroed when the group is new */
	unsigned room;         /* tallies that fit */
	uint16_t mode;
};

/* Of one source: mode 0 all, else one mode.  Of one that is gone: 0 reports. */
struct member {
	uint32_t source;
	uint32_t reports;
	uint16_t mode;
	uint8_t is_used;
	uint8_t nmodes; /* mode 0: kept of this source */
};

struct counts {
	struct group *group; /* owned; rows are kept for the next product */
	unsigned ngroups, groups_cap;
	uint32_t *nth;         /* owned; by mode: number of its group, from 1 */
	struct member *member; /* owned, open-addressed, half full at most */
	uint32_t mask, nmembers;
};

static_assert(MEMBER_MODES_MAX <= UINT8_MAX, "modes of a source are counted");

struct counts *
counts_new(void)
{
	struct counts *counts = calloc(1, sizeof(*counts));

	if (counts == NULL)
		return NULL;
	counts->mask = MEMBERS_MIN - 1;
	counts->nth = calloc(MODES, sizeof(*counts->nth));
	counts->member = calloc(MEMBERS_MIN, sizeof(*counts->member));
	if (counts->nth != NULL && counts->member != NULL)
		return counts;
	counts_free(counts);
	return NULL;
}

void
counts_free(struct counts *counts)
{
	if (counts == NULL)
		return;
	for (unsigned i = 0; i < counts->groups_cap; i++)
		free(counts->group[i].row);
	free(counts->group);
	free(counts->nth);
	free(counts->member);
	free(counts);
}

void
counts_clear(struct counts *counts)
{
	for (unsigned i = 0; i < counts->ngroups; i++)
		counts->nth[counts->group[i].mode] = 0;
	counts->ngroups = counts->nmembers = 0;
	if (counts->mask >= MEMBERS_KEPT) {
		struct member *few =
		    realloc(counts->member, MEMBERS_KEPT * sizeof(*few));

		if (few != NULL)
			counts->member = few;
		counts->mask = MEMBERS_KEPT - 1;
	}
	memset(counts->member, 0,
	    (counts->mask + UINT64_C(1)) * sizeof(*counts->member));
}

static struct member *
place_of(struct member *at, uint32_t mask, uint32_t source, uint16_t mode)
{
	uint64_t key = (uint64_t)source << 16 | mode;
	uint64_t place = key * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	while (at[place & mask].is_used &&
	    (at[place & mask].source != source ||
		at[place & mask].mode != mode))
		place++;
	return &at[place & mask];
}

/* Two more members fit afterwards, and none moves until then. */
static int
grow_members(struct counts *counts)
{
	uint32_t places = (counts->mask + 1) * 2;
	struct member *at;

	if ((counts->nmembers + 2) * 2 <= counts->mask)
		return 0;
	if (places > MEMBERS_MAX)
		return RECOUNT_TOO_LARGE;
	at = calloc(places, sizeof(*at));
	if (at == NULL)
		return STORE_MEMORY;
	for (uint32_t i = 0; i <= counts->mask; i++) {
		const struct member *old = &counts->member[i];

		if (old->is_used)
			*place_of(at, places - 1, old->source, old->mode) =
			    *old;
	}
	free(counts->member);
	counts->member = at;
	counts->mask = places - 1;
	return 0;
}

static struct member *
member_of(struct counts *counts, uint32_t source, uint16_t mode)
{
	struct member *member =
	    place_of(counts->member, counts->mask, source, mode);

	if (!member->is_used) {
		*member = (struct member){ .source = source,
			.mode = mode,
			.is_used = 1 };
		counts->nmembers++;
	}
	return member;
}

/*
 * Is the source absent from the product [0] and the mode [1], or about to be?
 * Of a source, so many modes are kept and no more.
 */
static int
move_source(struct counts *counts, const struct movement *movement,
    bool is_edge[2])
{
	int result = grow_members(counts);
	struct member *all, *one;

	if (result != 0)
		return result;
	all = member_of(counts, movement->facts.source, 0);
	one = member_of(counts, movement->facts.source, movement->facts.mode);
	if (!movement->is_added && all->reports == 0)
		return STORE_CORRUPT;
	if (movement->is_added) {
		bool is_kept =
		    one->reports > 0 || all->nmodes < MEMBER_MODES_MAX;

		is_edge[1] = is_kept && one->reports == 0;
		one->reports += is_kept;
		is_edge[0] = all->reports++ == 0;
		all->nmodes = (uint8_t)(all->nmodes + is_edge[1]);
	} else {
		is_edge[1] = one->reports == 1;
		one->reports -= one->reports > 0;
		is_edge[0] = --all->reports == 0;
		all->nmodes = (uint8_t)(all->nmodes - is_edge[1]);
	}
	return 0;
}

static int
grow_groups(struct counts *counts)
{
	unsigned cap = counts->groups_cap ? counts->groups_cap * 2 : 16;
	struct group *grown;

	if (counts->ngroups < counts->groups_cap)
		return 0;
	grown = realloc(counts->group, cap * sizeof(*grown));
	if (grown == NULL)
		return STORE_MEMORY;
	memset(grown + counts->groups_cap, 0,
	    (cap - counts->groups_cap) * sizeof(*grown));
	counts->group = grown;
	counts->groups_cap = cap;
	return 0;
}

static int
grow_row(struct group *group, unsigned more)
{
	unsigned need = more + (group->row ? group->row->ntallies : 0u);
	unsigned room = need < TALLIES_MIN ? TALLIES_MIN : need * 3 / 2;
	struct aggregate *grown;

	if (group->row != NULL &&
	    (need <= group->room || group->room == AGGREGATE_TALLIES_MAX))
		return 0;
	if (room > AGGREGATE_TALLIES_MAX)
		room = AGGREGATE_TALLIES_MAX;
	grown = realloc(group->row, aggregate_bytes(room));
	if (grown == NULL)
		return STORE_MEMORY;
	if (group->row == NULL)
		memset(grown, 0, sizeof(*grown));
	group->row = grown;
	group->room = room;
	return 0;
}

/* The group of a mode, made when it is new; NULL when out of memory. */
static struct group *
group_of(struct counts *counts, uint16_t mode, unsigned more)
{
	uint32_t *nth = &counts->nth[mode];
	struct group *group;

	if (*nth == 0) {
		if (grow_groups(counts) != 0)
			return NULL;
		group = &counts->group[counts->ngroups];
		group->mode = mode;
		if (group->row != NULL)
			memset(group->row, 0, sizeof(*group->row));
		*nth = ++counts->ngroups;
	}
	group = &counts->group[*nth - 1];
	return grow_row(group, more) == 0 ? group : NULL;
}

static int
move_group(struct counts *counts, const struct movement *movement,
    uint16_t mode, bool is_source_edge)
{
	const struct facts *facts = &movement->facts;
	struct group *group =
	    group_of(counts, mode, aggregate_tallies_of(facts));
	unsigned no_case = mode ? FACT_NO_CASE_MODE : FACT_NO_CASE;
	struct newcomer edge = { .is_source = is_source_edge,
		.is_case = !(facts->marks & no_case) };

	if (group == NULL)
		return STORE_MEMORY;
	if (!movement->is_added && group->row->reports == 0)
		return STORE_CORRUPT;
	edge.is_organisation = aggregate_is_edge(group->row,
	    facts->organisation, movement->is_added);
	if (movement->is_added)
		aggregate_add(group->row, facts, movement->seq, edge);
	else
		aggregate_remove(group->row, facts, edge);
	return 0;
}

/* A case more or less of a group that is there. */
static int
move_case(struct counts *counts, const struct movement *movement)
{
	uint32_t nth = counts->nth[movement->facts.mode];
	struct aggregate *row = nth ? counts->group[nth - 1].row : NULL;

	if (row == NULL || (!movement->is_added && row->cases == 0))
		return STORE_CORRUPT;
	if (movement->is_added)
		row->cases++;
	else
		row->cases--;
	return 0;
}

int
counts_move(struct counts *counts, const struct movement *movement)
{
	bool is_edge[2];
	int result;

	if (movement->facts.marks & MOVEMENT_OF_CASE)
		return move_case(counts, movement);
	if (movement->facts.mode == 0)
		return STORE_CORRUPT;
	result = move_source(counts, movement, is_edge);
	if (result == 0)
		result = move_group(counts, movement, 0, is_edge[0]);
	if (result == 0)
		result = move_group(counts, movement, movement->facts.mode,
		    is_edge[1]);
	return result;
}

/* Groups are united without their sources, which are counted one by one. */
static int
unite_group(struct counts *counts, const struct group *other)
{
	struct group *group =
	    group_of(counts, other->mode, AGGREGATE_TALLIES_MAX);
	uint32_t sources;

	if (group == NULL)
		return STORE_MEMORY;
	sources = group->row->sources;
	unite_aggregates(group->row, other->row);
	group->row->sources = sources;
	return 0;
}

/* Of a united source, reports are the products that have it. */
static int
unite_member(struct counts *counts, const struct member *other)
{
	int result = grow_members(counts);
	struct group *group;

	if (result != 0)
		return result;
	group = group_of(counts, other->mode, 0);
	if (group == NULL)
		return STORE_MEMORY;
	if (member_of(counts, other->source, other->mode)->reports++ == 0)
		group->row->sources++;
	return 0;
}

int
counts_unite(struct counts *counts, const struct counts *product)
{
	int result = 0;

	for (unsigned i = 0; i < product->ngroups && result == 0; i++)
		result = unite_group(counts, &product->group[i]);
	for (uint32_t i = 0; i <= product->mask && result == 0; i++) {
		const struct member *member = &product->member[i];

		if (member->is_used && member->reports > 0)
			result = unite_member(counts, member);
	}
	return result;
}

static int
order_modes(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	return (int)a->mode - (int)b->mode;
}

unsigned
counts_sort(struct counts *counts)
{
	if (counts->ngroups > 0)
		qsort(counts->group, counts->ngroups, sizeof(*counts->group),
		    order_modes);
	for (unsigned i = 0; i < counts->ngroups; i++)
		counts->nth[counts->group[i].mode] = i + 1;
	return counts->ngroups;
}

uint16_t
counts_mode(const struct counts *counts, unsigned nth)
{
	return counts->group[nth].mode;
}

struct text
counts_row(const struct counts *counts, unsigned nth)
{
	const struct aggregate *row = counts->group[nth].row;
	const void *at = row;

	return (struct text){ at, aggregate_bytes(row->ntallies) };
}
