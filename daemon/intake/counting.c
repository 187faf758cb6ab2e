#include "daemon/intake/counting.h"

#include <string.h>

#include "base/date.h"
#include "daemon/core/window.h"
#include "daemon/intake/detecting.h"
#include "daemon/intake/kinship.h"
#include "daemon/intake/overlap.h"
#include "daemon/store/rows.h"

/* How a row in place may grow, in bytes. */
struct growth {
	size_t first; /* room that most rows never leave */
	size_t more;  /* what one report may add */
	size_t most;  /* what no row passes */
};

static void *
edit_growing(struct projection *projection, const struct key *key,
    const struct growth *growth, bool *is_new)
{
	struct store *store = projection->store;
	size_t len, room;
	void *row;

	if (*is_new && growth->first <= STORE_ADD_MAX)
		return store_add(store, KEYSPACE_GROUP, key_text(key),
		    growth->first, &projection->result);
	row = store_edit(store, KEYSPACE_GROUP, key_text(key), growth->first,
	    &len, &projection->result);
	if (!row)
		return NULL;
	*is_new = len == 0;
	if (len + growth->more <= growth->first)
		return row;
	room = len + growth->more;
	return store_edit(store, KEYSPACE_GROUP, key_text(key),
	    room < growth->most ? room : growth->most, &len,
	    &projection->result);
}

static size_t
member_bytes(unsigned nmodes)
{
	return sizeof(struct member_row) + nmodes * sizeof(struct member_mode);
}

/* Change the count of one of a member's modes; true at its edge. */
static bool
move_member_mode(struct member_row *row, uint16_t mode, bool is_added)
{
	struct member_mode *at = row->mode;
	struct member_mode *end = row->mode + row->nmodes;

	while (at < end && at->mode != mode)
		at++;
	if (is_added && at == end) {
		if (row->nmodes == MEMBER_MODES_MAX)
			return false;
		*at = (struct member_mode){ .mode = mode };
		row->nmodes++;
	} else if (at == end) {
		return false;
	}
	if (is_added)
		return at->reports++ == 0;
	if (--at->reports)
		return false;
	row->nmodes--;
	memmove(at, at + 1, (size_t)(end - at - 1) * sizeof(*at));
	return true;
}

/* A report in or out of its two groups, [0] the product, [1] its mode. */
struct movement {
	const struct facts *facts;
	uint64_t seq;
	bool is_added;
	bool
	    is_new[2]; /* the group was never counted before: no row of it is */
	bool is_edge[2]; /* the source was absent before, or is now */
	uint32_t root;   /* of a merged product; else 0 */
};

static void
move_source(struct projection *projection, struct movement *movement)
{
	const struct facts *facts = movement->facts;
	struct key key =
	    key_group(facts->product, 0, PART_SOURCE, facts->source);
	struct growth growth = { member_bytes(1),
		member_bytes(1) - member_bytes(0),
		member_bytes(MEMBER_MODES_MAX) };
	bool is_new = movement->is_new[0];
	struct member_row *row;

	if (projection->result)
		return;
	row = edit_growing(projection, &key, &growth, &is_new);
	if (!row)
		return;
	movement->is_edge[1] =
	    move_member_mode(row, facts->mode, movement->is_added);
	movement->is_edge[0] =
	    movement->is_added ? row->reports++ == 0 : --row->reports == 0;
	store_edit_len(projection->store, member_bytes(row->nmodes));
	if (!row->reports)
		projection->result = store_delete(projection->store,
		    KEYSPACE_GROUP, key_text(&key));
}

/* Does the report bring its group a case, or take one away? */
static bool
is_case(const struct facts *facts, unsigned which)
{
	return !(facts->marks & (which ? FACT_NO_CASE_MODE : FACT_NO_CASE));
}

static void
move_window(struct projection *projection, const struct movement *movement,
    unsigned which)
{
	const struct facts *facts = movement->facts;
	struct key key =
	    key_group(facts->product, which ? facts->mode : 0, PART_WINDOW, 0);
	struct growth growth = { window_bytes(4),
		window_bytes(1) - window_bytes(0), window_bytes(WINDOW_MAX) };
	bool is_new = movement->is_new[which];
	struct window *window;

	if (facts->is_backfill || projection->result)
		return;
	window = edit_growing(projection, &key, &growth, &is_new);
	if (!window)
		return;
	if (movement->is_added)
		window_add(window, facts, movement->seq,
		    date_of_ms(facts->received_ms), !is_case(facts, which));
	else
		window_remove(window, movement->seq);
	store_edit_len(projection->store, window_bytes(window->count));
}

/* Without its source, which is counted where its row is looked at. */
static void
move_aggregate(struct projection *projection, struct movement *movement,
    unsigned which)
{
	const struct facts *facts = movement->facts;
	struct key key = key_group(facts->product, which ? facts->mode : 0,
	    PART_AGGREGATE, 0);
	unsigned more = aggregate_tallies_of(facts);
	struct growth growth = { aggregate_bytes(more + 2),
		aggregate_bytes(more) - aggregate_bytes(0),
		aggregate_bytes(AGGREGATE_TALLIES_MAX) };
	struct newcomer edge = { 0 };
	struct aggregate *row;

	if (projection->result)
		return;
	row = edit_growing(projection, &key, &growth, &movement->is_new[which]);
	if (!row)
		return;
	if (which == 0)
		movement->root = row->root;
	edge.is_organisation =
	    aggregate_is_edge(row, facts->organisation, movement->is_added);
	edge.is_case = is_case(facts, which);
	if (movement->is_added)
		aggregate_add(row, facts, movement->seq, edge);
	else
		aggregate_remove(row, facts, edge);
	store_edit_len(projection->store, aggregate_bytes(row->ntallies));
}

static void
move_sources_count(struct projection *projection,
    const struct movement *movement, unsigned which)
{
	const struct facts *facts = movement->facts;
	struct key key = key_group(facts->product, which ? facts->mode : 0,
	    PART_AGGREGATE, 0);
	struct aggregate *row;
	size_t len;

	if (!movement->is_edge[which] || projection->result)
		return;
	row = store_edit(projection->store, KEYSPACE_GROUP, key_text(&key), 0,
	    &len, &projection->result);
	if (row && movement->is_added)
		row->sources++;
	else if (row)
		row->sources--;
}

/* A source that is in several products of a family counts once. */
static void
move_overlap(struct projection *projection, const struct movement *movement)
{
	const struct facts *facts = movement->facts;
	struct kinship_edge edge = { .root = movement->root,
		.product = facts->product,
		.source = facts->source,
		.is_added = movement->is_added };

	for (unsigned which = 0; which < 2 && movement->root; which++) {
		edge.mode = which ? facts->mode : 0;
		if (movement->is_edge[which] && !projection->result)
			kinship_move(projection, &edge);
	}
	if (projection->watching &&
	    (movement->is_edge[0] || movement->is_edge[1]))
		overlap_watch(projection->watching, facts->product,
		    facts->source);
}

static void
move_day(struct projection *projection, const struct movement *movement)
{
	const struct facts *facts = movement->facts;
	struct key key = key_day(facts->filed, facts->product, facts->mode);
	int change = movement->is_added ? 1 : -1;
	struct day_row *row = movement->is_new[1]
	    ? projection_add(projection, KEYSPACE_DAY, &key, sizeof(*row))
	    : projection_edit(projection, KEYSPACE_DAY, &key, sizeof(*row));

	if (!row)
		return;
	row->reports += (uint32_t)change;
	if (facts->is_backfill)
		row->backfill += (uint32_t)change;
	if (!row->reports)
		projection->result = store_delete(projection->store,
		    KEYSPACE_DAY, key_text(&key));
}

uint32_t
counting_move(struct projection *projection, const struct facts *facts,
    uint64_t seq, bool is_added)
{
	struct movement movement = { .facts = facts,
		.seq = seq,
		.is_added = is_added };

	move_aggregate(projection, &movement, 0);
	movement.is_new[1] = movement.is_new[0];
	move_aggregate(projection, &movement, 1);
	move_source(projection, &movement);
	for (unsigned which = 0; which < 2; which++) {
		move_sources_count(projection, &movement, which);
		move_window(projection, &movement, which);
	}
	move_overlap(projection, &movement);
	move_day(projection, &movement);
	projection_add_counter(projection, COUNTER_REPORTS, is_added ? 1 : -1);
	return movement.root;
}

static void
mark_window(struct projection *projection, const struct counting_mark *mark)
{
	struct key key = key_group(mark->product, mark->mode, PART_WINDOW, 0);
	struct window *window;
	struct text row;
	size_t len;

	/* A group of backfilled reports has no window. */
	if (projection_get(projection, KEYSPACE_GROUP, &key, &row))
		return;
	window = store_edit(projection->store, KEYSPACE_GROUP, key_text(&key),
	    0, &len, &projection->result);
	if (window && len >= window_bytes(0))
		window_mark(window, mark->seq, mark->mark, mark->is_set);
}

void
counting_mark(struct projection *projection, const struct counting_mark *mark)
{
	struct key key =
	    key_group(mark->product, mark->mode, PART_AGGREGATE, 0);
	struct aggregate *row;
	size_t len;

	if (projection->result)
		return;
	mark_window(projection, mark);
	if (!mark->cases || projection->result)
		return;
	row = store_edit(projection->store, KEYSPACE_GROUP, key_text(&key), 0,
	    &len, &projection->result);
	if (!row)
		return;
	if (len < sizeof(*row) ||
	    (mark->cases < 0 && row->cases < (uint32_t)-mark->cases))
		projection->result = STORE_CORRUPT;
	else
		row->cases += (uint32_t)mark->cases;
	detecting_mark(projection, mark->product, mark->mode, mark->cases);
}
