#include "daemon/store/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/db/checkpoint.h"
#include "daemon/store/db/lmdb.h"

struct snapshot {
	struct lmdb_view *view;
	uint64_t seq;
	_Alignas(8) uint8_t row[ROW_MAX];
};

struct snapshot *
snapshot_of(struct lmdb *lmdb)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
	struct anchor anchor;

	if (!snapshot)
		return NULL;
	snapshot->view = lmdb_view_open(lmdb);
	if (!snapshot->view) {
		free(snapshot);
		return NULL;
	}
	if (anchor_read(snapshot->view, &anchor) == STORE_OK)
		snapshot->seq = anchor.position.seq;
	return snapshot;
}

void
snapshot_close(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	lmdb_view_close(snapshot->view);
	free(snapshot);
}

uint64_t
snapshot_seq(const struct snapshot *snapshot)
{
	return snapshot->seq;
}

/* Copy a row out of the map, where it has no alignment. */
static int
align_row(struct snapshot *snapshot, struct text *row)
{
	if (row->len > sizeof(snapshot->row))
		return STORE_CORRUPT;
	if (row->len)
		memcpy(snapshot->row, row->at, row->len);
	row->at = (const char *)snapshot->row;
	return STORE_OK;
}

int
snapshot_get(struct snapshot *snapshot, enum keyspace keyspace, struct text key,
    struct text *row)
{
	int result = lmdb_view_get(snapshot->view, keyspace, key, row);

	return result == STORE_OK ? align_row(snapshot, row) : result;
}

static bool
begins_with(struct text key, struct text prefix)
{
	return key.len >= prefix.len &&
	    (prefix.len == 0 || !memcmp(key.at, prefix.at, prefix.len));
}

int
snapshot_walk(struct snapshot *snapshot, enum keyspace keyspace,
    struct text prefix, struct text from, snapshot_visit *visit, void *who)
{
	struct lmdb_cursor *cursor = lmdb_cursor_open(snapshot->view, keyspace,
	    from.len ? from : prefix);
	struct text key, row;
	int result = cursor ? STORE_OK : STORE_MEMORY;

	while (result == STORE_OK) {
		result = lmdb_cursor_next(cursor, &key, &row);
		if (result == STORE_NOT_FOUND ||
		    (result == STORE_OK && !begins_with(key, prefix))) {
			result = STORE_OK;
			break;
		}
		if (result == STORE_OK)
			result = align_row(snapshot, &row);
		if (result == STORE_OK)
			result = visit(who, key, row);
	}
	lmdb_cursor_close(cursor);
	return result;
}

/* --- comparing two stores --- */

/* One side of a comparison. */
struct side {
	const char *dir;
	struct lmdb *lmdb;
	struct lmdb_view *view;
	struct lmdb_cursor *cursor;
	struct text key, row;
	bool is_end;
};

static int
side_open(struct side *side, struct store_fault *fault)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/db", side->dir) >=
	    (int)sizeof(path))
		return fault_set(fault, STORE_REFUSED, "%s: too long",
		    side->dir);
	side->lmdb = lmdb_open(path, 0, true, fault);
	if (!side->lmdb)
		return fault ? (int)fault->result : STORE_IO;
	side->view = lmdb_view_open(side->lmdb);
	return side->view ? STORE_OK
			  : fault_set(fault, STORE_MEMORY, "out of memory");
}

static void
side_close(struct side *side)
{
	lmdb_cursor_close(side->cursor);
	lmdb_view_close(side->view);
	lmdb_close(side->lmdb);
}

static int
side_next(struct side *side, enum keyspace keyspace, struct store_fault *fault)
{
	int result = lmdb_cursor_next(side->cursor, &side->key, &side->row);

	side->is_end = result == STORE_NOT_FOUND;
	if (result == STORE_OK || result == STORE_NOT_FOUND)
		return STORE_OK;
	return fault_set(fault, (enum store_result)result,
	    "%s/db: a damaged row in key space %s", side->dir,
	    keyspaces[keyspace].name);
}

static int
order(const struct side *a, const struct side *b)
{
	size_t n = a->key.len < b->key.len ? a->key.len : b->key.len;
	int order;

	if (a->is_end || b->is_end)
		return a->is_end - b->is_end;
	order = memcmp(a->key.at, b->key.at, n);
	if (order != 0)
		return order;
	return (a->key.len > b->key.len) - (a->key.len < b->key.len);
}

struct comparison {
	struct side expected, found;
	store_differ *differ;
	void *who;
	unsigned limit;
	int64_t ndifferences;
};

static void
tell(struct comparison *comparison, enum keyspace keyspace, int order)
{
	const struct side *expected = &comparison->expected;
	const struct side *found = &comparison->found;

	if (comparison->ndifferences++ >= comparison->limit)
		return;
	comparison->differ(comparison->who, keyspace,
	    order <= 0 ? expected->key : found->key,
	    order <= 0 ? expected->row : (struct text){ NULL, 0 },
	    order >= 0 ? found->row : (struct text){ NULL, 0 });
}

static int
compare_rows(struct comparison *comparison, enum keyspace keyspace,
    struct store_fault *fault)
{
	struct side *expected = &comparison->expected;
	struct side *found = &comparison->found;
	int result = side_next(expected, keyspace, fault);

	if (result == STORE_OK)
		result = side_next(found, keyspace, fault);
	while (result == STORE_OK && !(expected->is_end && found->is_end)) {
		int difference = order(expected, found);

		if (difference != 0 || !text_equal(expected->row, found->row))
			tell(comparison, keyspace, difference);
		if (difference <= 0)
			result = side_next(expected, keyspace, fault);
		if (difference >= 0 && result == STORE_OK)
			result = side_next(found, keyspace, fault);
	}
	return result;
}

static int
compare_keyspace(struct comparison *comparison, enum keyspace keyspace,
    struct store_fault *fault)
{
	struct side *side[2] = { &comparison->expected, &comparison->found };

	for (int i = 0; i < 2; i++) {
		lmdb_cursor_close(side[i]->cursor);
		side[i]->cursor = lmdb_cursor_open(side[i]->view, keyspace,
		    (struct text){ NULL, 0 });
		if (!side[i]->cursor)
			return fault_set(fault, STORE_MEMORY, "out of memory");
	}
	return compare_rows(comparison, keyspace, fault);
}

int64_t
store_compare(const char *expected_dir, const char *found_dir,
    store_differ *differ, void *who, unsigned limit, struct store_fault *fault)
{
	struct comparison comparison = { .expected = { .dir = expected_dir },
		.found = { .dir = found_dir },
		.differ = differ,
		.who = who,
		.limit = limit };
	int result = side_open(&comparison.expected, fault);

	if (result == STORE_OK)
		result = side_open(&comparison.found, fault);
	for (unsigned i = 0; i < KEYSPACE_COUNT && result == STORE_OK; i++)
		if (i != KEYSPACE_META)
			result = compare_keyspace(&comparison, (enum keyspace)i,
			    fault);
	side_close(&comparison.expected);
	side_close(&comparison.found);
	return result == STORE_OK ? comparison.ndifferences : -1;
}
