/* Names, lists and copies that backups are made of. */
#include "tests/unit/store_rig.h"

#include "base/digest.h"
#include "daemon/store/backups.h"
#include "daemon/store/erased.h"
#include "daemon/store/log/identity.h"
#include "daemon/store/log/logcopy.h"
#include "daemon/store/log/scrub.h"
#include "daemon/store/log/segment.h"

static void
test_names(void **state)
{
	static const char *const others[] = {
		"tocsin-2026-06-15T12:00:00Z",
		"tocsin-2026-06-15T12-00-00Z.old",
		"tocsin-2026-06-15T12-00-00",
		"tocsin-2026-13-15T12-00-00Z",
		"tocsin-2026-06-15",
		"tocsin-",
		"xtocsin-2026-06-15T12-00-00Z",
		"tocsin-backup.lock",
		"",
	};
	char name[BACKUP_NAME_MAX];
	int64_t made_ms = 0;
	bool is_partial = true;

	(void)state;
	backups_name(INT64_C(1781524800999), false, name);
	assert_string_equal(name, "tocsin-2026-06-15T12-00-00Z");
	assert_true(backups_name_read(name, &made_ms, &is_partial));
	assert_int_equal(made_ms, INT64_C(1781524800000));
	assert_false(is_partial);
	backups_name(INT64_C(1781524800999), true, name);
	assert_string_equal(name, "tocsin-2026-06-15T12-00-00Z.partial");
	assert_true(backups_name_read(name, &made_ms, &is_partial));
	assert_true(is_partial);
	for (unsigned i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(
		    backups_name_read(others[i], &made_ms, &is_partial));
}

static void
test_lines(void **state)
{
	struct erased report = {
		7, 91234,
		{ .kind = ERASE_REPORT, .key = { 1, 2, 255 }, .first_seq = 17 }
	};
	struct erased source = { 7, 91233,
		{ .kind = ERASE_SOURCE, .source = 42 } };
	struct erased note = { 6, 99999, { .kind = ERASE_NOTE, .seq = 5 } };
	struct erased done = { 7, 91235, { .kind = ERASE_DONE, .seq = 91234 } };
	struct erased read;
	struct buf lines = { 0 };
	struct text rest;

	(void)state;
	erased_write(&lines, &report);
	erased_write(&lines, &source);
	erased_write(&lines, &note);
	erased_write(&lines, &done);
	erased_write(&lines, &report);
	buf_add_string(&lines,
	    "\nnonsense\n7 1 report 01 2\n7 1 lamp 4\n-\n7 2\n7 3 source\n"
	    "7 9 note 3");
	assert_int_equal(erased_settle(&lines), 3);
	rest = buf_text(&lines);
	assert_true(erased_next(&rest, &read));
	assert_memory_equal(&read, &note, sizeof(read));
	assert_true(erased_next(&rest, &read));
	assert_memory_equal(&read, &source, sizeof(read));
	assert_true(erased_next(&rest, &read));
	assert_memory_equal(&read, &report, sizeof(read));
	assert_false(erased_next(&rest, &read));
	buf_free(&lines);
}

/* A line that a crash cut short swallows none that come later. */
static void
test_list_cut_short(void **state)
{
	struct erased source = { 1, 10, { .kind = ERASE_SOURCE, .source = 3 } };
	struct erased read;
	struct buf lines = { 0 }, held = { 0 };
	struct store_fault fault;
	int dir = open(*state, O_RDONLY | O_DIRECTORY);
	struct text rest;

	file_write(*state, ERASED_FILE, "1 9 sou", 7);
	erased_write(&lines, &source);
	assert_int_equal(erased_add(dir, ERASED_FILE, buf_text(&lines), &fault),
	    STORE_OK);
	assert_int_equal(erased_read(dir, ERASED_FILE, &held, &fault),
	    STORE_OK);
	rest = buf_text(&held);
	assert_true(erased_next(&rest, &read));
	assert_memory_equal(&read, &source, sizeof(read));
	assert_false(erased_next(&rest, &read));
	buf_clear(&held);
	assert_int_equal(erased_read(dir, "none", &held, &fault), STORE_OK);
	assert_int_equal(held.len, 0);
	buf_free(&lines);
	buf_free(&held);
	(void)close(dir);
}

/* --- the log -------------------------------------------------------------- */

enum { EVENTS = 3000 };

struct rig {
	const char *dir;
	struct identity identity;
	int to;
};

/* Nothing is in LMDB before the end, so nothing is sealed by then. */
static void
fill(struct rig *rig)
{
	struct store_options options = small_options(rig->dir);
	struct store *store;

	options.overlay_events = 100000;
	store = store_open(&options, NULL);
	assert_non_null(store);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	for (unsigned i = 0; i < EVENTS / 50; i++) {
		gather(store, 10, 5);
		assert_int_equal(store_append(store), STORE_OK);
	}
	store_wait_durable(store);
	store_close(store);
}

static void
open_rig(struct rig *rig, const char *dir)
{
	char path[PATH_BYTES];

	rig->dir = dir;
	fill(rig);
	rig->identity = (struct identity){ .lock = -1 };
	rig->identity.dir = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(identity_read(&rig->identity, dir, NULL), STORE_OK);
	path_join(path, dir, "copy");
	assert_int_equal(mkdir(path, 0700), 0);
	rig->to = open(path, O_RDONLY | O_DIRECTORY);
}

static void
close_rig(struct rig *rig)
{
	identity_close(&rig->identity);
	(void)close(rig->to);
}

static int
copy_log(struct rig *rig, struct logcopy *copy, struct store_fault *fault)
{
	int result;

	*copy = (struct logcopy){ .to = rig->to,
		.instance = rig->identity.instance };
	copy->from = openat(rig->identity.dir, "log", O_RDONLY | O_DIRECTORY);
	result = logcopy_run(copy, fault);
	(void)close(copy->from);
	return result;
}

static void
test_log(void **state)
{
	struct store_fault fault = { 0 };
	struct logcopy copy;
	struct stat st = { 0 };
	struct rig rig;

	open_rig(&rig, *state);
	assert_int_equal(copy_log(&rig, &copy, &fault), STORE_OK);
	assert_int_equal(copy.last_seq, EVENTS);
	assert_true(copy.segments > 3);
	/* What is preallocated behind the last frame is not copied. */
	for (uint64_t i = 1; i <= copy.segments; i++) {
		char name[SEGMENT_NAME_MAX];

		segment_name(name, i, ".seg");
		assert_int_equal(fstatat(rig.to, name, &st, 0), 0);
		assert_true(st.st_size > 64 && st.st_size <= 65536);
	}
	assert_true(st.st_size < 65536);
	close_rig(&rig);
}

/* Where a segment is damaged the copy is none, and says where. */
static void
test_log_damaged(void **state)
{
	struct store_fault fault = { 0 };
	struct file_copy segment;
	struct logcopy copy;
	struct rig rig;

	open_rig(&rig, *state);
	segment = file_read(*state, "log/0000000002.seg");
	segment.at[segment.len / 2] ^= 1;
	file_write(*state, "log/0000000002.seg", segment.at, segment.len);
	assert_int_equal(copy_log(&rig, &copy, &fault), STORE_CORRUPT);
	assert_non_null(strstr(fault.text, "0000000002.seg"));
	/* Cut off at the end of a frame it looks whole by itself. */
	segment.at[segment.len / 2] ^= 1;
	memset(segment.at + SEGMENT_HEADER, 0, segment.len - SEGMENT_HEADER);
	file_write(*state, "log/0000000002.seg", segment.at, segment.len);
	assert_int_equal(copy_log(&rig, &copy, &fault), STORE_CORRUPT);
	assert_non_null(strstr(fault.text, "segment 2 "));
	free(segment.at);
	close_rig(&rig);
}

static void
test_log_of_another(void **state)
{
	struct store_fault fault = { 0 };
	struct logcopy copy;
	struct rig rig;

	open_rig(&rig, *state);
	rig.identity.instance[0] ^= 1;
	assert_int_equal(copy_log(&rig, &copy, &fault), STORE_REFUSED);
	close_rig(&rig);
}

/* --- removing ------------------------------------------------------------- */

/* Its bytes go, but not those of a file that has a name elsewhere. */
static void
test_scrub_tree(void **state)
{
	char path[PATH_BYTES], other[PATH_BYTES];
	int dir = open(*state, O_RDONLY | O_DIRECTORY), held;
	struct file_copy left;
	char bytes[6];

	path_join(path, *state, "tree");
	assert_int_equal(mkdir(path, 0700), 0);
	path_join(path, *state, "tree/sub");
	assert_int_equal(mkdir(path, 0700), 0);
	file_write(*state, "tree/one", "secret", 6);
	file_write(*state, "tree/sub/two", "secret", 6);
	file_write(*state, "outside", "others", 6);
	path_join(path, *state, "tree/sub/two");
	path_join(other, *state, "linked");
	assert_int_equal(link(path, other), 0);
	path_join(path, *state, "tree/link");
	assert_int_equal(symlink("../outside", path), 0);
	held = openat(dir, "tree/one", O_RDONLY);
	assert_int_equal(scrub_tree(dir, "tree"), 0);
	assert_int_equal(faccessat(dir, "tree", F_OK, 0), -1);
	assert_int_equal(pread(held, bytes, 6, 0), 6);
	assert_memory_equal(bytes, "\0\0\0\0\0\0", 6);
	left = file_read(*state, "linked");
	assert_memory_equal(left.at, "secret", 6);
	free(left.at);
	left = file_read(*state, "outside");
	assert_memory_equal(left.at, "others", 6);
	free(left.at);
	assert_int_equal(scrub_tree(dir, "tree"), 0);
	(void)close(held);
	(void)close(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lines),
		IN_DIR(test_list_cut_short),
		IN_DIR(test_log),
		IN_DIR(test_log_damaged),
		IN_DIR(test_log_of_another),
		IN_DIR(test_scrub_tree),
	};

	return digest_init() || cmocka_run_group_tests(tests, NULL, NULL);
}
