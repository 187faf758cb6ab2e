#include "daemon/intake/counting.h"

#include "base/date.h"
#include "daemon/store/rows.h"

/* How a row in place may grow, in bytes. */
struct growth {
	size_t first; /* room that most rows never leave */
	size_t more;  /* what one report may add */
	size_t most;  /* what no row passes */
};

static void *
edit_growing(struct projection *projection, const struct key *key,
    const struct growth *growth)
{
	size_t len, room;
	void *row = store_edit(projection->store, KEYSPACE_GROUP, key_text(key),
	    growth->first, &len, &projection->result);

	if (!row || len + growth->more <= growth->first)
		return row;
	room = len + growth->more;
	return store_edit(projection->store, KEYSPACE_GROUP, key_text(key),
	    room < growth->most ? room : growth->most, &len,
	    &projection->result);
}

/* Change a member's count; true when it was absent before, or is now. */
static bool
move_member(struct projection *projection, const struct key *key, int change)
{
	uint32_t *count =
	    projection_edit(projection, KEYSPACE_GROUP, key, sizeof(*count));

	if (!count)
		return false;
	if (change > 0)
		return (*count)++ == 0;
	if (*count)
		(*count)--;
	if (*count)
		return false;
	projection->result =
	    store_delete(projection->store, KEYSPACE_GROUP, key_text(key));
	return true;
}

static void
move_window(struct projection *projection, const struct facts *facts,
    uint16_t mode, uint64_t seq, bool is_added)
{
	struct key key = key_group(facts->product, mode, PART_WINDOW, 0);
	struct growth growth = { window_bytes(4),
		window_bytes(1) - window_bytes(0), window_bytes(WINDOW_MAX) };
	struct window *window;

	if (facts->is_backfill || projection->result)
		return;
	window = edit_growing(projection, &key, &growth);
	if (!window)
		return;
	if (is_added)
		window_add(window, facts, seq, date_of_ms(facts->received_ms));
	else
		window_remove(window, seq);
	store_edit_len(projection->store, window_bytes(window->count));
}

static void
move_aggregate(struct projection *projection, const struct facts *facts,
    uint16_t mode, uint64_t seq, bool is_added)
{
	struct key source =
	    key_group(facts->product, mode, PART_SOURCE, facts->source);
	struct key organisation = key_group(facts->product, mode,
	    PART_ORGANISATION, facts->organisation);
	struct key key = key_group(facts->product, mode, PART_AGGREGATE, 0);
	int change = is_added ? 1 : -1;
	bool is_source = move_member(projection, &source, change);
	bool is_organisation = move_member(projection, &organisation, change);
	struct aggregate *row;
	unsigned more = aggregate_tallies_of(facts);
	struct growth growth = { aggregate_bytes(more + 2),
		aggregate_bytes(more) - aggregate_bytes(0),
		aggregate_bytes(AGGREGATE_TALLIES_MAX) };

	if (projection->result)
		return;
	row = edit_growing(projection, &key, &growth);
	if (!row)
		return;
	if (is_added)
		aggregate_add(row, facts, seq, is_source, is_organisation);
	else
		aggregate_remove(row, facts, is_source, is_organisation);
	store_edit_len(projection->store, aggregate_bytes(row->ntallies));
}

static void
move_day(struct projection *projection, const struct facts *facts,
    uint16_t mode, int change)
{
	struct key key = key_day(facts->filed, facts->product, mode);
	struct day_row *row =
	    projection_edit(projection, KEYSPACE_DAY, &key, sizeof(*row));

	if (!row)
		return;
	row->reports += (uint32_t)change;
	if (facts->is_backfill)
		row->backfill += (uint32_t)change;
	if (!row->reports)
		projection->result = store_delete(projection->store,
		    KEYSPACE_DAY, key_text(&key));
}

/* Count a report in or out of its product and its (product, mode). */
void
counting_move(struct projection *projection, const struct facts *facts,
    uint64_t seq, bool is_added)
{
	uint16_t modes[2] = { 0, facts->mode };

	for (unsigned i = 0; i < 2; i++) {
		move_aggregate(projection, facts, modes[i], seq, is_added);
		move_window(projection, facts, modes[i], seq, is_added);
		move_day(projection, facts, modes[i], is_added ? 1 : -1);
	}
	projection_add_counter(projection, COUNTER_REPORTS, is_added ? 1 : -1);
}
