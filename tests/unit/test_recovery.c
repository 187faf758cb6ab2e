/*
 * What a dead process leaves behind: torn tails at every byte, flipped bytes,
 * files of another store.
 */
#include "tests/unit/store_rig.h"

#include <signal.h>
#include <sys/wait.h>

static const char segment_one[] = "log/0000000001.seg";

/* Run fill in a process that dies without closing anything. */
static void
die_after(const char *dir, void (*fill)(struct store *store))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct store *store = open_small(dir);

		fill(store);
		(void)kill(getpid(), SIGKILL);
		_exit(99);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

static void
fill_once(struct store *store)
{
	gather(store, 3, 2);
	assert_int_equal(store_append(store), STORE_OK);
	store_wait_durable(store);
}

static void
fill_two(struct store *store)
{
	fill_once(store);
	gather(store, 2, 1);
	assert_int_equal(store_append(store), STORE_OK);
	store_wait_durable(store);
}

static void
fill_three(struct store *store)
{
	fill_two(store);
	gather(store, 1, 1);
	assert_int_equal(store_append(store), STORE_OK);
	store_wait_durable(store);
}

/* Where the frame that begins with seq stands in a segment; its length. */
static size_t
frame_at(const struct file_copy *segment, uint64_t seq, size_t *len)
{
	size_t at = 64;

	for (;;) {
		uint32_t length;
		uint64_t first = 0;

		assert_true(at + 27 <= segment->len);
		memcpy(&length, segment->at + at, 4);
		assert_true(length > 0);
		memcpy(&first, segment->at + at + 12, 6);
		*len = length;
		if (first == seq)
			return at;
		at += length;
	}
}

/* Only the log and the identity: as if nothing was ever checkpointed. */
static void
restore(const char *dir, const struct file_copy *instance, const void *segment,
    size_t len)
{
	char path[PATH_BYTES];

	remove_tree(dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	path_join(path, dir, "log");
	assert_int_equal(mkdir(path, 0700), 0);
	file_write(dir, "instance", instance->at, instance->len);
	file_write(dir, segment_one, segment, len);
}

static void
opens_with(const char *dir, uint64_t at_least, uint64_t at_most)
{
	struct store *store = open_small(dir);
	uint64_t last = check_all(store);

	assert_in_range(last, at_least, at_most);
	/* And it goes on from there. */
	gather(store, 1, 2);
	assert_int_equal(store_append(store), STORE_OK);
	assert_int_equal(check_all(store), last + 2);
	store_close(store);
}

static void
test_torn_at_every_byte(void **state)
{
	const char *dir = *state;
	struct file_copy instance, segment;
	size_t seven, eight, len;

	die_after(dir, fill_two);
	instance = file_read(dir, "instance");
	segment = file_read(dir, segment_one);
	seven = frame_at(&segment, 7, &len);
	eight = frame_at(&segment, 8, &len);
	for (size_t cut = seven; cut <= eight + len; cut++) {
		uint64_t least = cut < eight ? 6 : cut < eight + len ? 7 : 8;
		uint64_t most = least;

		/* The file ends here. */
		restore(dir, &instance, segment.at, cut);
		opens_with(dir, least, most);
	}
	/* The rest was never written to the preallocated file. */
	for (size_t cut = seven; cut < eight + len; cut += 5) {
		uint64_t least = cut < eight ? 6 : 7;
		struct file_copy torn = file_read(dir, "instance");

		free(torn.at);
		torn.len = segment.len;
		torn.at = malloc(torn.len);
		assert_non_null(torn.at);
		memcpy(torn.at, segment.at, cut);
		memset(torn.at + cut, 0, torn.len - cut);
		restore(dir, &instance, torn.at, torn.len);
		free(torn.at);
		/* A last byte that is zero anyway is not missing. */
		opens_with(dir, least, least + 1);
	}
	free(instance.at);
	free(segment.at);
}

static void
test_flip_before_durable(void **state)
{
	const char *dir = *state;
	struct store_options options = small_options(dir);
	struct file_copy instance, segment;
	size_t at, len, last, last_len;

	die_after(dir, fill_three);
	instance = file_read(dir, "instance");
	segment = file_read(dir, segment_one);
	last = frame_at(&segment, 9, &last_len);
	for (uint64_t seq = 1; seq <= 8; seq += seq < 7 ? 6 : 1) {
		at = frame_at(&segment, seq, &len);
		for (size_t i = at; i < at + len; i++) {
			struct store_fault fault = { .text = "" };
			char offset[32];

			segment.at[i] ^= (uint8_t)(1u << (i % 8));
			restore(dir, &instance, segment.at, segment.len);
			segment.at[i] ^= (uint8_t)(1u << (i % 8));
			assert_null(store_open(&options, &fault));
			assert_int_equal(fault.result, STORE_CORRUPT);
			(void)snprintf(offset, sizeof(offset), "offset %zu",
			    at);
			assert_non_null(strstr(fault.text, "0000000001.seg"));
			if (!strstr(fault.text, offset))
				print_error("byte %zu: %s\n", i, fault.text);
			assert_non_null(strstr(fault.text, offset));
		}
	}
	for (size_t i = 0; i < 64; i++) {
		segment.at[i] ^= 0x10;
		restore(dir, &instance, segment.at, segment.len);
		segment.at[i] ^= 0x10;
		open_fails(&options, STORE_CORRUPT, "0000000001.seg");
	}
	/* The last frame of all proves nothing about itself: a torn tail. */
	for (size_t i = last; i < last + last_len; i += 5) {
		segment.at[i] ^= 0x40;
		restore(dir, &instance, segment.at, segment.len);
		segment.at[i] ^= 0x40;
		opens_with(dir, 8, 8);
	}
	/* A lost page: zeroes over the whole frame before the proof. */
	at = frame_at(&segment, 8, &len);
	memset(segment.at + at, 0, len);
	restore(dir, &instance, segment.at, segment.len);
	open_fails(&options, STORE_CORRUPT, "0000000001.seg");
	free(instance.at);
	free(segment.at);
}

/*
 * Frames that may only have been in the page cache stand in a new, synced
 * segment after recovery; from then on they are durable, and damage is damage.
 */
static void
test_tail_is_rewritten(void **state)
{
	const char *dir = *state;
	struct store_options options = small_options(dir);
	struct file_copy before, old, fresh;
	struct store_fault fault;
	struct store *store;
	uint64_t durable_seq;
	size_t at, len;

	die_after(dir, fill_two);
	before = file_read(dir, segment_one);
	at = frame_at(&before, 7, &len);
	store = store_open(&options, &fault);
	assert_non_null(store);
	assert_int_equal(store_durable(store), 8);
	store_drop(store); /* nothing was replayed: no checkpoint at close */
	store_close(store);
	old = file_read(dir, segment_one);
	fresh = file_read(dir, "log/0000000002.seg");
	assert_int_equal(old.len, at);
	assert_memory_equal(fresh.at + 64, before.at + at, len);
	memcpy(&durable_seq, fresh.at + 32, 8);
	assert_int_equal(durable_seq, 8);
	for (size_t i = 64; i < 64 + len; i += 3) {
		fresh.at[i] ^= 1;
		file_write(dir, "log/0000000002.seg", fresh.at, fresh.len);
		fresh.at[i] ^= 1;
		open_fails(&options, STORE_CORRUPT, "0000000002.seg");
	}
	file_write(dir, "log/0000000002.seg", fresh.at, fresh.len);
	/* Killed before the old one was shortened: its tail is a leftover. */
	file_write(dir, segment_one, before.at, before.len);
	opens_with(dir, 8, 8);
	free(before.at);
	free(old.at);
	free(fresh.at);
}

/* Nothing of the only segment is known to be on disk: it is replaced. */
static void
test_whole_segment_is_rewritten(void **state)
{
	const char *dir = *state;
	char second[PATH_BYTES];

	die_after(dir, fill_once);
	opens_with(dir, 6, 6);
	path_join(second, dir, "log/0000000002.seg");
	assert_int_not_equal(access(second, F_OK), 0);
}

/* What LMDB holds was durable: damage there is never a tail. */
static void
test_flip_before_anchor(void **state)
{
	const char *dir = *state;
	struct store_options options = small_options(dir);
	struct store *store = open_small(dir);
	struct file_copy segment;
	size_t at, len;

	gather(store, 4, 1);
	assert_int_equal(store_append(store), STORE_OK);
	store_close(store);
	segment = file_read(dir, segment_one);
	at = frame_at(&segment, 4, &len);
	segment.at[at + len - 1] ^= 1;
	file_write(dir, segment_one, segment.at, segment.len);
	open_fails(&options, STORE_CORRUPT, "0000000001.seg: a damaged body");
	/* The log ends before LMDB does. */
	file_write(dir, segment_one, segment.at, at + 30);
	open_fails(&options, STORE_CORRUPT, "0000000001.seg");
	memset(segment.at + at, 0, len);
	file_write(dir, segment_one, segment.at, segment.len);
	open_fails(&options, STORE_REFUSED, "ahead of log");
	free(segment.at);
}

/* --- two stores mixed up --- */

static void
make_store(const char *dir, unsigned nframes)
{
	struct store *store = open_small(dir);

	gather(store, nframes, 1);
	assert_int_equal(store_append(store), STORE_OK);
	store_close(store);
}

static void
copy_file(const char *from, const char *to, const char *name)
{
	struct file_copy copy = file_read(from, name);

	file_write(to, name, copy.at, copy.len);
	free(copy.at);
}

static void
test_other_instance(void **state)
{
	char one[PATH_BYTES], two[PATH_BYTES];
	struct store_options options;

	path_join(one, *state, "one");
	path_join(two, *state, "two");
	make_store(one, 3);
	make_store(two, 3);
	options = small_options(one);
	copy_file(two, one, "db/data.mdb");
	open_fails(&options, STORE_REFUSED, "belongs to another store");
	make_store(two, 2);
	copy_file(two, one, segment_one);
	options.rebuild = true;
	open_fails(&options, STORE_REFUSED, "belongs to another store");
	copy_file(two, one, "instance");
	options.rebuild = false;
	make_store(one, 1);
	remove_tree(one);
	/* An identity that is lost is not made again. */
	path_join(one, *state, "two/instance");
	assert_int_equal(unlink(one), 0);
	options = small_options(two);
	open_fails(&options, STORE_REFUSED, "instance is missing");
}

/* Same instance, but the log took another way after a common beginning. */
static void
test_other_history(void **state)
{
	const char *dir = *state;
	struct store_options options = small_options(dir);
	struct file_copy instance, early, db;

	make_store(dir, 2);
	instance = file_read(dir, "instance");
	early = file_read(dir, segment_one);
	make_store(dir, 3);
	db = file_read(dir, "db/data.mdb");
	restore(dir, &instance, early.at, early.len);
	/* Salts differ, but only times are in the chain: use another time. */
	{
		struct store *store = open_small(dir);

		store_frame_begin(store, 1764000099999);
		for (int i = 0; i < 3; i++) {
			uint64_t seq = store_next_seq(store);
			uint8_t header[12];

			event_header(seq, header);
			(void)store_frame_add(store, 1,
			    (struct text){ (const char *)header, 12 },
			    (struct text){ NULL, 0 });
		}
		store_frame_end(store);
		assert_int_equal(store_append(store), STORE_OK);
		store_close(store);
	}
	file_write(dir, "db/data.mdb", db.at, db.len);
	open_fails(&options, STORE_REFUSED, "another history");
	free(instance.at);
	free(early.at);
	free(db.at);
}

static void
test_missing_segment(void **state)
{
	const char *dir = *state;
	struct store_options options = small_options(dir);
	struct store *store = open_small(dir);
	char path[PATH_BYTES];

	for (int i = 0; i < 40; i++) {
		gather(store, 50, 1);
		assert_int_equal(store_append(store), STORE_OK);
	}
	store_close(store);
	for (int i = 2; i <= 3; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "log/%010d.seg", i);
		path_join(path, dir, name);
		(void)unlink(path);
		(void)snprintf(name, sizeof(name), "log/%010d.zseg", i);
		path_join(path, dir, name);
		(void)unlink(path);
	}
	open_fails(&options, STORE_CORRUPT, "segment 2 is missing");
}

/* --- a flipped byte in LMDB --- */

static void
test_flip_in_lmdb(void **state)
{
	const char *dir = *state;
	static const char marker[] = "a row that is found in the file";
	struct key key = key_counter("marker");
	struct store *store = open_small(dir);
	struct snapshot *snapshot;
	struct file_copy db;
	struct text row;
	unsigned nflipped = 0;

	gather(store, 2, 1);
	assert_int_equal(store_put(store, KEYSPACE_COUNTER, key_text(&key),
			     TEXT("a row that is found in the file")),
	    STORE_OK);
	assert_int_equal(store_append(store), STORE_OK);
	store_close(store);
	db = file_read(dir, "db/data.mdb");
	for (size_t i = 0; i + sizeof(marker) < db.len; i++)
		if (!memcmp(db.at + i, marker, sizeof(marker) - 1)) {
			db.at[i + 9] ^= 4;
			nflipped++;
		}
	assert_true(nflipped > 0);
	file_write(dir, "db/data.mdb", db.at, db.len);
	free(db.at);
	store = open_small(dir);
	assert_int_equal(store_get(store, KEYSPACE_COUNTER, key_text(&key),
			     &row),
	    STORE_CORRUPT);
	snapshot = snapshot_open(store);
	assert_non_null(snapshot);
	assert_int_equal(snapshot_get(snapshot, KEYSPACE_COUNTER,
			     key_text(&key), &row),
	    STORE_CORRUPT);
	snapshot_close(snapshot);
	store_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_torn_at_every_byte),
		IN_DIR(test_flip_before_durable),
		IN_DIR(test_flip_before_anchor),
		IN_DIR(test_tail_is_rewritten),
		IN_DIR(test_whole_segment_is_rewritten),
		IN_DIR(test_other_instance),
		IN_DIR(test_other_history),
		IN_DIR(test_missing_segment),
		IN_DIR(test_flip_in_lmdb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
