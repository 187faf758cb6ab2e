/* Rows through overlays and LMDB, events, snapshots, comparison. */
#include "tests/unit/store_rig.h"

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/store/checkpoint.h"

static struct text
number(uint32_t id, struct key *key)
{
	*key = key_alert(id);
	return key_text(key);
}

/* One event, so that there is something to checkpoint. */
static void
tick(struct store *store)
{
	gather(store, 1, 1);
	assert_int_equal(store_append(store), STORE_OK);
}

/* Freeze and wait until the rows are in LMDB and let go of. */
static void
settle(struct store *store)
{
	uint64_t seq = store_seq(store);

	for (int i = 0; i < 5000; i++) {
		store_checkpoint(store);
		if (store_applied(store) == seq)
			break;
		(void)usleep(1000);
	}
	assert_int_equal(store_applied(store), seq);
	store_checkpoint(store);
}

static void
put(struct store *store, uint32_t id, const char *bytes)
{
	struct key key;

	assert_int_equal(store_put(store, KEYSPACE_ALERT, number(id, &key),
			     text_of(bytes)),
	    STORE_OK);
}

static void
is(struct store *store, uint32_t id, const char *bytes)
{
	struct key key;
	struct text row;
	int result =
	    store_get(store, KEYSPACE_ALERT, number(id, &key), &row);

	if (!bytes) {
		assert_int_equal(result, STORE_NOT_FOUND);
		return;
	}
	assert_int_equal(result, STORE_OK);
	assert_true(text_is(row, bytes));
	assert_int_equal((uintptr_t)row.at % 8, 0);
}

/* Every way a row can be changed, with the row before it in every layer. */
static void
test_layers(void **state)
{
	struct store *store = open_small(*state);
	struct key key;

	for (int layer = 0; layer < 3; layer++) {
		uint32_t id = 10 * (uint32_t)layer;

		put(store, id, "first");
		put(store, id + 1, "first");
		put(store, id + 2, "first");
		put(store, id + 3, "first");
		tick(store);
		if (layer == 1)
			store_checkpoint(store);
		if (layer == 2)
			settle(store);
		is(store, id, "first");
		put(store, id, "second, and a longer one than it was");
		is(store, id, "second, and a longer one than it was");
		assert_int_equal(store_delete(store, KEYSPACE_ALERT,
				     number(id + 1, &key)),
		    STORE_OK);
		is(store, id + 1, NULL);
		put(store, id + 2, "");
		is(store, id + 2, "");
		assert_int_equal(store_delete(store, KEYSPACE_ALERT,
				     number(id + 3, &key)),
		    STORE_OK);
		put(store, id + 3, "back");
		assert_int_equal(store_delete(store, KEYSPACE_ALERT,
				     number(id + 4, &key)),
		    STORE_OK);
		tick(store);
		settle(store);
		is(store, id, "second, and a longer one than it was");
		is(store, id + 1, NULL);
		is(store, id + 2, "");
		is(store, id + 3, "back");
		is(store, id + 4, NULL);
	}
	store_close(store);
	store = open_small(*state);
	is(store, 0, "second, and a longer one than it was");
	is(store, 11, NULL);
	is(store, 22, "");
	store_close(store);
}

static void
test_edit(void **state)
{
	struct store *store = open_small(*state);
	struct key key;
	size_t len = 99;
	int result = 99;
	char *row;

	row = store_edit(
	    store, KEYSPACE_ALERT, number(1, &key), 100, &len, &result);
	assert_non_null(row);
	assert_int_equal(result, STORE_OK);
	assert_int_equal(len, 0);
	assert_int_equal((uintptr_t)row % 8, 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(row[i], 0);
	/* Without a length it does not exist. */
	is(store, 1, NULL);
	row = store_edit(
	    store, KEYSPACE_ALERT, number(1, &key), 100, &len, &result);
	memset(row, 'x', 100);
	store_edit_len(store, 3);
	is(store, 1, "xxx");
	/* What was written after the length is gone. */
	row = store_edit(
	    store, KEYSPACE_ALERT, number(1, &key), 200, &len, &result);
	assert_int_equal(len, 3);
	for (int i = 3; i < 200; i++)
		assert_int_equal(row[i], 0);
	tick(store);
	settle(store);
	/* A row of LMDB is copied up, once; room grows, bytes stay. */
	row = store_edit(
	    store, KEYSPACE_ALERT, number(1, &key), ROW_MAX, &len, &result);
	assert_int_equal(len, 3);
	assert_memory_equal(row, "xxx", 3);
	for (int i = 3; i < ROW_MAX; i++)
		assert_int_equal(row[i], 0);
	row[1] = 'y';
	is(store, 1, "xyx");
	memset(row, 'z', ROW_MAX);
	store_edit_len(store, ROW_MAX);
	assert_int_equal(store_put(store, KEYSPACE_ALERT, number(2, &key),
			     (struct text){ row, ROW_MAX }),
	    STORE_OK);
	assert_int_equal(store_put(store, KEYSPACE_ALERT, number(3, &key),
			     (struct text){ row, ROW_MAX + 1 }),
	    STORE_REFUSED);
	/* A deleted row comes back empty and zeroed. */
	assert_int_equal(
	    store_delete(store, KEYSPACE_ALERT, number(1, &key)), STORE_OK);
	row = store_edit(
	    store, KEYSPACE_ALERT, number(1, &key), 64, &len, &result);
	assert_int_equal(len, 0);
	for (int i = 0; i < 64; i++)
		assert_int_equal(row[i], 0);
	store_edit_len(store, 1);
	tick(store);
	store_close(store);
	store = open_small(*state);
	{
		struct text found;

		assert_int_equal(store_get(store, KEYSPACE_ALERT,
				     number(1, &key), &found),
		    STORE_OK);
		assert_int_equal(found.len, 1);
		assert_int_equal(store_get(store, KEYSPACE_ALERT,
				     number(2, &key), &found),
		    STORE_OK);
		assert_int_equal(found.len, ROW_MAX);
	}
	store_close(store);
}

/* Many checkpoints under load: rows and events always agree. */
static void
test_load(void **state)
{
	struct store *store = open_small(*state);
	struct store_figures figures;

	for (int i = 0; i < 300; i++) {
		gather(store, 30, 2);
		assert_int_equal(store_append(store), STORE_OK);
		if (i % 50 == 0)
			(void)check_all(store);
	}
	assert_int_equal(check_all(store), 18000);
	store_figures(store, &figures);
	assert_true(figures.checkpoints >= 10);
	assert_true(figures.lmdb_bytes > 0 && figures.log_bytes > 0);
	settle(store);
	store_figures(store, &figures);
	assert_int_equal(figures.overlay_rows, 0);
	store_close(store);
	store = open_small(*state);
	assert_int_equal(store_applied(store), 18000);
	assert_int_equal(check_all(store), 18000);
	store_close(store);
}

static void
test_read(void **state)
{
	struct store *store = open_small(*state);
	struct buf scratch = { 0 };
	struct store_event event;

	assert_int_equal(store_next_seq(store), 1);
	assert_int_equal(
	    store_read(store, 1, &scratch, &event), STORE_NOT_FOUND);
	gather(store, 3, 3);
	assert_int_equal(store_seq(store), 0);
	assert_int_equal(store_frame_bytes(store), 0);
	store_frame_begin(store, 5);
	assert_true(store_frame_bytes(store) > 0);
	store_frame_end(store);
	assert_int_equal(store_append(store), STORE_OK);
	store_wait_durable(store);
	assert_int_equal(store_durable(store), 9);
	for (uint64_t seq = 1; seq <= 9; seq++) {
		assert_int_equal(
		    store_read(store, seq, &scratch, &event), STORE_OK);
		assert_int_equal(event.seq, seq);
		assert_true(event_is_right(&event));
	}
	assert_int_equal(
	    store_read(store, 0, &scratch, &event), STORE_NOT_FOUND);
	assert_int_equal(
	    store_read(store, 10, &scratch, &event), STORE_NOT_FOUND);
	buf_free(&scratch);
	store_close(store);
}

/* --- snapshots ------------------------------------------------------------------ */

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
	assert_int_equal(snapshot_get(snapshot, KEYSPACE_ALERT,
			     number(2, &key), &row),
	    STORE_OK);
	assert_true(text_is(row, "row"));
	assert_int_equal(
	    snapshot_get(later, KEYSPACE_ALERT, number(2, &key), &row),
	    STORE_OK);
	assert_true(text_is(row, "new"));
	assert_int_equal(
	    snapshot_get(later, KEYSPACE_ALERT, number(3, &key), &row),
	    STORE_NOT_FOUND);
	assert_int_equal(snapshot_walk(snapshot, KEYSPACE_ALERT, none, none,
			     see_row, &seen),
	    0);
	assert_int_equal(seen.n, 300);
	/* Keys 0..255 share their first three bytes. */
	number(0, &key);
	seen = (struct seen){ 0 };
	assert_int_equal(snapshot_walk(snapshot, KEYSPACE_ALERT,
			     (struct text){ (char *)key.at, 3 }, none,
			     see_row, &seen),
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

/* --- replay, rebuild, compare ---------------------------------------------------- */

static int
fail_at_three(void *who, const struct store_event *event)
{
	if (event->seq == 3)
		return 42;
	return apply_event(who, event->seq);
}

/* A replay that fails leaves nothing behind. */
static void
test_half_replay(void **state)
{
	struct store_options options = small_options(*state);
	struct store_fault fault;
	struct store *store = open_small(*state);

	gather(store, 2, 2);
	assert_int_equal(store_append(store), STORE_OK);
	store_close(store);
	options.rebuild = true;
	store = store_open(&options, &fault);
	assert_non_null(store);
	assert_true(store_was_rebuilt(store));
	assert_int_equal(store_applied(store), 0);
	assert_int_equal(store_replay(store, fail_at_three, store), 42);
	store_checkpoint(store);
	store_close(store);
	options.rebuild = false;
	store = store_open(&options, &fault);
	assert_non_null(store);
	assert_false(store_was_rebuilt(store));
	assert_int_equal(store_applied(store), 0);
	assert_int_equal(store_replay(store, fail_at_three, store), 42);
	store_drop(store);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	assert_int_equal(check_all(store), 4);
	store_close(store);
}

struct difference {
	unsigned n;
	enum keyspace keyspace;
	char text[200];
};

static void
differ(void *who, enum keyspace keyspace, struct text key,
    struct text expected, struct text found)
{
	struct difference *difference = who;

	difference->n++;
	difference->keyspace = keyspace;
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
	assert_int_equal(
	    store_compare(one, two, differ, &difference, 10, &fault), 0);
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
	assert_int_equal(
	    store_compare(one, "/nowhere", differ, &difference, 1, &fault),
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
	assert_int_equal(
	    store_compare(one, two, differ, &difference, 1, &fault), 2);
	assert_int_equal(difference.keyspace, KEYSPACE_ALERT);
	assert_string_equal(difference.text, "9: expected / found");
	assert_int_equal(
	    store_compare(one, two, differ, &difference, 9, &fault), 2);
	assert_string_equal(difference.text, "10:  / more");
	assert_int_equal(
	    store_compare(two, one, differ, &difference, 9, &fault), 2);
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
	assert_int_equal(
	    lmdb_view_get(view, KEYSPACE_META, TEXT("anchor"), &row),
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

/* --- dropping, callbacks, identity ------------------------------------------------ */

static void
test_drop(void **state)
{
	struct store *store = open_small(*state);

	gather(store, 5, 1);
	assert_int_equal(store_append(store), STORE_OK);
	settle(store);
	gather(store, 5, 1);
	assert_int_equal(store_append(store), STORE_OK);
	store_checkpoint(store);
	gather(store, 5, 1);
	assert_int_equal(store_append(store), STORE_OK);
	/* Decided, never appended. */
	gather(store, 5, 1);
	put(store, 1, "never");
	store_drop(store);
	assert_int_equal(store_next_seq(store), 16);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	is(store, 1, NULL);
	assert_int_equal(check_all(store), 15);
	gather(store, 5, 1);
	assert_int_equal(store_append(store), STORE_OK);
	assert_int_equal(check_all(store), 20);
	store_close(store);
}

struct heard {
	_Atomic uint64_t durable, applied;
};

static void
hear_durable(void *who, uint64_t seq)
{
	((struct heard *)who)->durable = seq;
}

static void
hear_applied(void *who, uint64_t seq)
{
	struct heard *heard = who;

	/* Never ahead of the durable log; on_durable may still be on its way. */
	heard->applied = seq;
}

static void
test_callbacks_and_identity(void **state)
{
	struct heard heard = { 0 };
	struct store_options options = small_options(*state);
	struct store_fault fault;
	struct store *store;
	uint8_t instance[16], hash_key[16];

	options.on_durable = hear_durable;
	options.on_applied = hear_applied;
	options.who = &heard;
	store = store_open(&options, &fault);
	assert_non_null(store);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	memcpy(instance, store_instance(store), 16);
	memcpy(hash_key, store_hash_key(store), 16);
	assert_memory_not_equal(instance, hash_key, 16);
	assert_int_equal(store_epoch(store), 1);
	gather(store, 7, 1);
	assert_int_equal(store_append(store), STORE_OK);
	settle(store);
	assert_int_equal(heard.applied, 7);
	store_close(store);
	assert_int_equal(heard.durable, 7);
	store = open_small(*state);
	assert_memory_equal(instance, store_instance(store), 16);
	assert_memory_equal(hash_key, store_hash_key(store), 16);
	store_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_layers, setup_dir, teardown_dir),
		cmocka_unit_test_setup_teardown(
		    test_edit, setup_dir, teardown_dir),
		cmocka_unit_test_setup_teardown(
		    test_load, setup_dir, teardown_dir),
		cmocka_unit_test_setup_teardown(
		    test_read, setup_dir, teardown_dir),
		cmocka_unit_test_setup_teardown(
		    test_snapshot, setup_dir, teardown_dir),
		cmocka_unit_test_setup_teardown(
		    test_snapshots_while_writing, setup_dir, teardown_dir),
		cmocka_unit_test_setup_teardown(
		    test_half_replay, setup_dir, teardown_dir),
		cmocka_unit_test_setup_teardown(
		    test_compare, setup_dir, teardown_dir),
		cmocka_unit_test_setup_teardown(
		    test_compare_one_row, setup_dir, teardown_dir),
		cmocka_unit_test_setup_teardown(
		    test_other_version, setup_dir, teardown_dir),
		cmocka_unit_test_setup_teardown(
		    test_drop, setup_dir, teardown_dir),
		cmocka_unit_test_setup_teardown(
		    test_callbacks_and_identity, setup_dir, teardown_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
