/* Views of LMDB, two of them compared, and rows of another version. */
#include "tests/unit/store_rig.h"

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/store/db/lmdb.h"

/* --- snapshots --- */

struct seen {
	unsigned n;
	uint32_t last;
	unsigned stop_after;
};

static int
see_row(void *who, struct text key, struct text row)
{
	struct seen *seen = who;
	uint32_t id = key_u32(key, 0);

	assert_true(seen->n == 0 || id > seen->last);
	assert_int_equal(row.len, 3);
	seen->last = id;
	return ++seen->n == seen->stop_after ? 77 : 0;
}

static void
test_snapshot(void **state)
{
	struct store *store = open_small(*state);
	struct snapshot *snapshot, *later;
	struct seen seen = { 0 };
	struct text row, none = { NULL, 0 };
	struct key key, from;

	snapshot = snapshot_open(store);
	assert_non_null(snapshot);
	assert_int_equal(snapshot_seq(snapshot), 0);
	snapshot_close(snapshot);
	for (uint32_t id = 0; id < 600; id += 2)
		put(store, id, "row");
	tick(store);
	settle(store);
	snapshot = snapshot_open(store);
	assert_int_equal(snapshot_seq(snapshot), 1);
	put(store, 2, "new");
	tick(store);
	settle(store);
	later = snapshot_open(store);
	assert_int_equal(snapshot_seq(later), 2);
	assert_int_equal(snapshot_get(snapshot, KEYSPACE_ALERT, number(2, &key),
			     &row),
	    STORE_OK);
	assert_true(text_is(row, "row"));
	assert_int_equal(snapshot_get(later, KEYSPACE_ALERT, number(2, &key),
			     &row),
	    STORE_OK);
	assert_true(text_is(row, "new"));
	assert_int_equal(snapshot_get(later, KEYSPACE_ALERT, number(3, &key),
			     &row),
	    STORE_NOT_FOUND);
	assert_int_equal(snapshot_walk(snapshot, KEYSPACE_ALERT, none, none,
			     see_row, &seen),
	    0);
	assert_int_equal(seen.n, 300);
	/* Keys 0..255 share their first three bytes. */
	number(0, &key);
	seen = (struct seen){ 0 };
	assert_int_equal(snapshot_walk(snapshot, KEYSPACE_ALERT,
			     (struct text){ (char *)key.at, 3 }, none, see_row,
			     &seen),
	    0);
	assert_int_equal(seen.n, 128);
	seen = (struct seen){ 0 };
	assert_int_equal(snapshot_walk(snapshot, KEYSPACE_ALERT,
			     (struct text){ (char *)key.at, 3 },
			     number(101, &from), see_row, &seen),
	    0);
	assert_int_equal(seen.n, 77);
	seen = (struct seen){ .stop_after = 5 };
	assert_int_equal(snapshot_walk(snapshot, KEYSPACE_ALERT, none, none,
			     see_row, &seen),
	    77);
	assert_int_equal(seen.n, 5);
	snapshot_close(later);
	snapshot_close(snapshot);
	store_close(store);
}

struct watcher {
	struct store *store;
	atomic_bool stop;
	unsigned n;
};

/* In every view: the total is the view's sequence. */
static void *
watch(void *arg)
{
	struct watcher *watcher = arg;

	while (!watcher->stop) {
		struct snapshot *snapshot = snapshot_open(watcher->store);
		struct key key = key_counter("total");
		struct text row;
		uint64_t total = 0;

		assert_non_null(snapshot);
		if (snapshot_get(snapshot, KEYSPACE_COUNTER, key_text(&key),
			&row) == STORE_OK)
			memcpy(&total, row.at, 8);
		assert_int_equal(total, snapshot_seq(snapshot));
		snapshot_close(snapshot);
		watcher->n++;
	}
	return NULL;
}

static void
test_snapshots_while_writing(void **state)
{
	struct store *store = open_small(*state);
	struct watcher watcher = { .store = store };
	struct store_figures figures;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
	for (int i = 0; i < 200; i++) {
		gather(store, 50, 1);
		assert_int_equal(store_append(store), STORE_OK);
		if (i % 40 == 39)
			settle(store);
		store_figures(store, &figures);
	}
	watcher.stop = true;
	(void)pthread_join(thread, NULL);
	assert_true(watcher.n > 0);
	assert_int_equal(check_all(store), 10000);
	store_close(store);
}

struct difference {
	unsigned n;
	enum keyspace keyspace;
	char text[200];
};

static void
differ(void *who, enum keyspace keyspace, struct text key, struct text expected,
    struct text found)
{
	struct difference *difference = who;

	difference->n++;
	difference->keyspace = keyspace;
	if (keyspace == KEYSPACE_ALERT)
		(void)snprintf(difference->text, sizeof(difference->text),
		    "%u: %.*s / %.*s", (unsigned)key_u32(key, 0),
		    TEXT_ARG(expected), TEXT_ARG(found));
}

/* LMDB made anew beside the old one is equal to it, until one row is not. */
static void
test_compare(void **state)
{
	char one[PATH_BYTES], two[PATH_BYTES], db[PATH_BYTES];
	struct store_options options = small_options(one);
	struct difference difference = { 0 };
	struct store_fault fault = { .text = "" };
	struct store *store;

	path_join(one, *state, "one");
	path_join(two, *state, "two");
	path_join(db, two, "db");
	assert_int_equal(mkdir(two, 0700), 0);
	store = open_small(one);
	for (int i = 0; i < 50; i++) {
		gather(store, 50, 1);
		assert_int_equal(store_append(store), STORE_OK);
	}
	store_close(store);
	options.db_dir = db;
	options.rebuild = true;
	store = store_open(&options, &fault);
	assert_non_null(store);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	store_close(store);
	assert_int_equal(store_compare(one, two, differ, &difference, 10,
			     &fault),
	    0);
	assert_int_equal(difference.n, 0);
	/* Rows that no event accounts for. */
	options.rebuild = false;
	store = store_open(&options, &fault);
	assert_non_null(store);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	put(store, 5, "planted");
	gather(store, 1, 1);
	assert_int_equal(store_append(store), STORE_OK);
	store_close(store);
	store = open_small(one);
	put(store, 4, "other");
	put(store, 5, "expected");
	gather(store, 1, 1);
	assert_int_equal(store_append(store), STORE_OK);
	store_close(store);
	assert_true(
	    store_compare(one, two, differ, &difference, 1, &fault) > 2);
	assert_int_equal(difference.n, 1);
	difference.n = 0;
	(void)store_compare(two, one, differ, &difference, 100, &fault);
	assert_true(difference.n > 2);
	assert_int_equal(store_compare(one, "/nowhere", differ, &difference, 1,
			     &fault),
	    -1);
	assert_non_null(strstr(fault.text, "/nowhere"));
}

static void
test_compare_one_row(void **state)
{
	char one[PATH_BYTES], two[PATH_BYTES];
	struct difference difference = { 0 };
	struct store_fault fault;
	struct store *store;

	for (int i = 0; i < 2; i++) {
		path_join(i ? two : one, *state, i ? "two" : "one");
		store = open_small(i ? two : one);
		put(store, 3, "equal");
		put(store, 9, i ? "found" : "expected");
		if (i)
			put(store, 10, "more");
		tick(store);
		store_close(store);
	}
	assert_int_equal(store_compare(one, two, differ, &difference, 1,
			     &fault),
	    2);
	assert_int_equal(difference.keyspace, KEYSPACE_ALERT);
	assert_string_equal(difference.text, "9: expected / found");
	assert_int_equal(store_compare(one, two, differ, &difference, 9,
			     &fault),
	    2);
	assert_string_equal(difference.text, "10:  / more");
	assert_int_equal(store_compare(two, one, differ, &difference, 9,
			     &fault),
	    2);
	assert_string_equal(difference.text, "10: more / ");
}

/* Rows of another version are made anew, and it is said. */
static void
test_other_version(void **state)
{
	struct store *store = open_small(*state);
	struct store_fault fault;
	struct lmdb_write *write;
	struct lmdb_view *view;
	struct lmdb *lmdb;
	struct text row;
	char path[PATH_BYTES];
	uint8_t anchor[56];

	gather(store, 10, 1);
	assert_int_equal(store_append(store), STORE_OK);
	put(store, 1, "from another version");
	store_close(store);
	path_join(path, *state, "db");
	lmdb = lmdb_open(path, UINT64_C(1) << 20, false, &fault);
	assert_non_null(lmdb);
	view = lmdb_view_open(lmdb);
	assert_int_equal(lmdb_view_get(view, KEYSPACE_META, TEXT("anchor"),
			     &row),
	    STORE_OK);
	assert_int_equal(row.len, sizeof(anchor));
	memcpy(anchor, row.at, sizeof(anchor));
	lmdb_view_close(view);
	anchor[5] ^= 1; /* the projection */
	assert_int_equal(lmdb_write_begin(lmdb, &write), STORE_OK);
	assert_int_equal(lmdb_write_put(write, KEYSPACE_META, TEXT("anchor"),
			     (struct text){ (char *)anchor, 56 }),
	    STORE_OK);
	assert_int_equal(lmdb_write_commit(write), STORE_OK);
	lmdb_close(lmdb);
	store = open_small(*state);
	assert_true(store_was_rebuilt(store));
	is(store, 1, NULL);
	assert_int_equal(check_all(store), 10);
	store_close(store);
	store = open_small(*state);
	assert_false(store_was_rebuilt(store));
	store_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_snapshot),
		IN_DIR(test_snapshots_while_writing),
		IN_DIR(test_compare),
		IN_DIR(test_compare_one_row),
		IN_DIR(test_other_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
