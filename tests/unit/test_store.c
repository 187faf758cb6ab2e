/* Rows through overlays and LMDB, events, replay. */
#include "tests/unit/store_rig.h"

#include <stdatomic.h>

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

	row = store_edit(store, KEYSPACE_ALERT, number(1, &key), 100, &len,
	    &result);
	assert_non_null(row);
	assert_int_equal(result, STORE_OK);
	assert_int_equal(len, 0);
	assert_int_equal((uintptr_t)row % 8, 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(row[i], 0);
	/* Without a length it does not exist. */
	is(store, 1, NULL);
	row = store_edit(store, KEYSPACE_ALERT, number(1, &key), 100, &len,
	    &result);
	memset(row, 'x', 100);
	store_edit_len(store, 3);
	is(store, 1, "xxx");
	/* What was written after the length is gone. */
	row = store_edit(store, KEYSPACE_ALERT, number(1, &key), 200, &len,
	    &result);
	assert_int_equal(len, 3);
	for (int i = 3; i < 200; i++)
		assert_int_equal(row[i], 0);
	tick(store);
	settle(store);
	/* A row of LMDB is copied up, once; room grows, bytes stay. */
	row = store_edit(store, KEYSPACE_ALERT, number(1, &key), ROW_MAX, &len,
	    &result);
	assert_int_equal(len, 3);
	assert_memory_equal(row, "xxx", 3);
	for (int i = 3; i < ROW_MAX; i++)
		assert_int_equal(row[i], 0);
	row[1] = 'y';
	is(store, 1, "xyx");
	store_close(store);
}

static void
has_length(struct store *store, uint32_t id, size_t len)
{
	struct key key;
	struct text row;

	assert_int_equal(store_get(store, KEYSPACE_ALERT, number(id, &key),
			     &row),
	    STORE_OK);
	assert_int_equal(row.len, len);
}

static void
test_edit_limits(void **state)
{
	struct store *store = open_small(*state);
	struct key key;
	char large[ROW_MAX + 1];
	size_t len;
	int result;
	char *row;

	row = store_edit(store, KEYSPACE_ALERT, number(1, &key), ROW_MAX, &len,
	    &result);
	memset(row, 'z', ROW_MAX);
	memset(large, 'z', sizeof(large));
	store_edit_len(store, ROW_MAX);
	assert_int_equal(store_put(store, KEYSPACE_ALERT, number(2, &key),
			     (struct text){ large, ROW_MAX }),
	    STORE_OK);
	assert_int_equal(store_put(store, KEYSPACE_ALERT, number(3, &key),
			     (struct text){ large, ROW_MAX + 1 }),
	    STORE_REFUSED);
	/* A deleted row comes back empty and zeroed. */
	assert_int_equal(store_delete(store, KEYSPACE_ALERT, number(1, &key)),
	    STORE_OK);
	row = store_edit(store, KEYSPACE_ALERT, number(1, &key), 64, &len,
	    &result);
	assert_int_equal(len, 0);
	for (int i = 0; i < 64; i++)
		assert_int_equal(row[i], 0);
	store_edit_len(store, 1);
	tick(store);
	store_close(store);
	store = open_small(*state);
	has_length(store, 1, 1);
	has_length(store, 2, ROW_MAX);
	store_close(store);
}

/* A row that grows from nothing to its limit, with others in between. */
static void
test_growing(void **state)
{
	struct store *store = open_small(*state);
	struct store_figures figures;
	struct text row;
	struct key key;
	size_t len;
	int result;

	for (int round = 0; round < 95; round++) {
		for (uint32_t id = 0; id < 40; id++) {
			uint8_t *at = store_edit(store, KEYSPACE_ALERT,
			    number(id, &key), ROW_MAX, &len, &result);

			assert_non_null(at);
			assert_int_equal(len, 20 * (size_t)round);
			memset(at + len, (int)id + round, 20);
			store_edit_len(store, len + 20);
		}
		/* A change without a new length counts too. */
		*(uint8_t *)store_edit(store, KEYSPACE_ALERT, number(0, &key),
		    ROW_MAX, &len, &result) = 0xee;
		assert_int_equal(store_get(store, KEYSPACE_ALERT,
				     number(0, &key), &row),
		    STORE_OK);
		assert_int_equal((uint8_t)row.at[0], 0xee);
		gather(store, 1, 20);
		assert_int_equal(store_append(store), STORE_OK);
		store_figures(store, &figures);
		/* What rows are, not what they could be. */
		if (round == 2)
			assert_true(figures.overlay_bytes < 40 * 500);
	}
	settle(store);
	for (uint32_t id = 1; id < 40; id++) {
		assert_int_equal(store_get(store, KEYSPACE_ALERT,
				     number(id, &key), &row),
		    STORE_OK);
		assert_int_equal(row.len, 1900);
		for (size_t i = 0; i < row.len; i++)
			assert_int_equal((uint8_t)row.at[i], id + i / 20);
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
	/* A checkpoint is over a moment after its rows are seen applied. */
	for (int i = 0; i < 5000 && figures.overlay_rows; i++) {
		settle(store);
		(void)usleep(1000);
		store_figures(store, &figures);
	}
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
	assert_int_equal(store_read(store, 1, &scratch, &event),
	    STORE_NOT_FOUND);
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
		assert_int_equal(store_read(store, seq, &scratch, &event),
		    STORE_OK);
		assert_int_equal(event.seq, seq);
		assert_true(event_is_right(&event));
	}
	assert_int_equal(store_read(store, 0, &scratch, &event),
	    STORE_NOT_FOUND);
	assert_int_equal(store_read(store, 10, &scratch, &event),
	    STORE_NOT_FOUND);
	buf_free(&scratch);
	store_close(store);
}

/* --- replay, rebuild --- */

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

/* --- dropping, callbacks, identity --- */

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

/* --- the directory --- */

static void
test_modes(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
	} files[] = { { "lock", 0600 }, { "instance", 0600 }, { "log", 0700 },
		{ "log/0000000001.seg", 0600 }, { "db", 0700 },
		{ "db/data.mdb", 0600 }, { "", 0700 } };
	char dir[PATH_BYTES];
	struct store *store;

	path_join(dir, *state, "new");
	store = open_small(dir);
	tick(store);
	store_close(store);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[PATH_BYTES];
		struct stat st;

		path_join(path, dir, files[i].name);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, files[i].mode);
	}
}

static void
test_lock(void **state)
{
	struct store_options options = small_options(*state);
	struct store *store = open_small(*state);
	char pid[32];

	(void)snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	open_fails(&options, STORE_REFUSED, pid);
	store_close(store);
	store_close(open_small(*state));
}

static void
test_must_exist(void **state)
{
	char path[PATH_BYTES];
	struct store_options options = small_options(path);

	options.must_exist = true;
	path_join(path, *state, "none");
	open_fails(&options, STORE_REFUSED, "does not exist");
	assert_int_not_equal(access(path, F_OK), 0);
	options.dir = *state;
	open_fails(&options, STORE_REFUSED, "holds no store");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_layers),
		IN_DIR(test_edit),
		IN_DIR(test_edit_limits),
		IN_DIR(test_growing),
		IN_DIR(test_load),
		IN_DIR(test_read),
		IN_DIR(test_half_replay),
		IN_DIR(test_drop),
		IN_DIR(test_callbacks_and_identity),
		IN_DIR(test_modes),
		IN_DIR(test_lock),
		IN_DIR(test_must_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
