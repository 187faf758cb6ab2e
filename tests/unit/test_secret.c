/* Keys in files: each state in which a rotation may be cut short, and worse. */
#include "tests/unit/store_rig.h"

#include "daemon/store/record_key.h"
#include "daemon/store/secret.h"

enum { KEYS = 4 };

static const char *const now = "pseudonym.key",
			 *const before = "pseudonym.key.before",
			 *const next = "pseudonym.key.next",
			 *const serial = "serial.key";

static uint8_t key[KEYS][DIGEST_KEY_BYTES];
static uint8_t id[KEYS][KEY_ID_BYTES];

static void
put_file(const char *dir, const char *name, const void *bytes, size_t len,
    mode_t mode)
{
	char path[PATH_BYTES];
	int fd;

	path_join(path, dir, name);
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(write(fd, bytes, len), len);
	(void)close(fd);
}

static void
put_key(const char *dir, const char *name, unsigned nth)
{
	char text[2 * DIGEST_KEY_BYTES + 2];

	digest_hex(key[nth], DIGEST_KEY_BYTES, text);
	text[2 * DIGEST_KEY_BYTES] = '\n';
	put_file(dir, name, text, 2 * DIGEST_KEY_BYTES + 1, 0600);
}

static bool
has(const char *dir, const char *name)
{
	char path[PATH_BYTES];

	path_join(path, dir, name);
	return access(path, F_OK) == 0;
}

/* A store with keys 0 (now) and 3 (of serials), empty but for these. */
static void
begin(const char *dir)
{
	assert_int_equal(digest_init(), 0);
	for (unsigned i = 0; i < KEYS; i++) {
		memset(key[i], (int)(17 * (i + 1)), sizeof(key[i]));
		pseudonym_key_id(key[i], id[i]);
	}
	(void)mkdir(dir, 0700);
	put_file(dir, "instance", "x", 1, 0600);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "pseudonym.key.before",
			"pseudonym.key.next", "pseudonym.check" };
		char path[PATH_BYTES];

		path_join(path, dir, names[i]);
		(void)unlink(path);
	}
	put_key(dir, now, 0);
	put_key(dir, serial, 3);
}

/* What a log says that had these keys; -1: none before. */
static struct secret_wanted
wanted(unsigned current, int previous)
{
	struct secret_wanted wanted = { .epoch = 5 };

	memcpy(wanted.id, id[current], sizeof(wanted.id));
	memcpy(wanted.serial_id, id[3], sizeof(wanted.serial_id));
	if (previous >= 0) {
		wanted.before = 4;
		memcpy(wanted.before_id, id[previous],
		    sizeof(wanted.before_id));
	}
	return wanted;
}

/* The keys are found, and each file is under its name: none is over. */
static void
settles(const char *dir, unsigned current, int previous)
{
	struct secret_wanted told = wanted(current, previous);
	struct pseudonym_keys keys;
	char why[512] = "";

	for (int again = 0; again < 2; again++) {
		if (secret_settle(dir, &told, &keys, why, sizeof(why)))
			fail_msg("%s", why);
		assert_memory_equal(keys.now.key, key[current],
		    DIGEST_KEY_BYTES);
		assert_memory_equal(keys.serial.key, key[3], DIGEST_KEY_BYTES);
		assert_int_equal(keys.now.epoch, 5);
		assert_int_equal(keys.before.epoch, previous < 0 ? 0 : 4);
		if (previous >= 0)
			assert_memory_equal(keys.before.key, key[previous],
			    DIGEST_KEY_BYTES);
		assert_true(has(dir, now) && has(dir, serial));
		assert_int_equal(has(dir, before), previous >= 0);
		assert_false(has(dir, next));
		assert_false(has(dir, "pseudonym.key.next.new"));
	}
}

static void
refuses(const char *dir, const struct secret_wanted *told, const char *name,
    const char *words)
{
	struct pseudonym_keys keys;
	char why[512] = "", named[64];

	assert_int_equal(secret_settle(dir, told, &keys, why, sizeof(why)), -1);
	snprintf(named, sizeof(named), "/%s: ", name);
	if (!strstr(why, named) || !strstr(why, words))
		fail_msg("%s, not of %s: %s", why, name, words);
}

static void
a_rotation_is_cut_short_anywhere(void **state)
{
	const char *dir = *state;
	char path[PATH_BYTES];

	/* Nothing is drawn yet; it is drawn, whole or not. */
	begin(dir);
	settles(dir, 0, -1);
	begin(dir);
	put_file(dir, "pseudonym.key.next.new", "1234", 4, 0600);
	settles(dir, 0, -1);
	begin(dir);
	put_key(dir, next, 1);
	settles(dir, 0, -1);
	/* The log says so; one file has its new name; both have. */
	begin(dir);
	put_key(dir, next, 1);
	settles(dir, 1, 0);
	begin(dir);
	put_key(dir, before, 0);
	put_key(dir, next, 1);
	path_join(path, dir, now);
	assert_int_equal(unlink(path), 0);
	settles(dir, 1, 0);
	begin(dir);
	put_key(dir, now, 1);
	put_key(dir, before, 0);
	settles(dir, 1, 0);
	/* The one before is ended; its file is still there. */
	settles(dir, 1, -1);
	begin(dir);
	put_key(dir, before, 2);
	settles(dir, 0, -1);
	/* An older one beside a change that the log has. */
	begin(dir);
	put_key(dir, before, 2);
	put_key(dir, next, 1);
	settles(dir, 1, 0);
	/* A damaged one that does not count any more. */
	begin(dir);
	put_file(dir, before, "", 0, 0600);
	put_file(dir, next, "junk", 4, 0600);
	settles(dir, 0, -1);
}

static void
what_is_destroyed_is_overwritten(void **state)
{
	const char *dir = *state;
	char path[PATH_BYTES], kept[PATH_BYTES], text[80];
	ssize_t got;
	int fd;

	begin(dir);
	put_key(dir, before, 2);
	path_join(path, dir, before);
	path_join(kept, dir, "kept");
	/* A second name shows what became of the bytes. */
	assert_int_equal(link(path, kept), 0);
	settles(dir, 0, -1);
	fd = open(kept, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	got = read(fd, text, sizeof(text));
	(void)close(fd);
	(void)unlink(kept);
	assert_int_equal(got, 2 * DIGEST_KEY_BYTES + 1);
	assert_null(memmem(text, (size_t)got, "3333", 4));
}

static void
a_bad_file_is_named(void **state)
{
	const char *dir = *state;
	const struct secret_wanted told = wanted(0, 1);
	static const char *const names[] = { "pseudonym.key",
		"pseudonym.key.before", "serial.key" };
	static const char digits[] = "0123456789abcdef0123456789abcdef"
				     "0123456789abcdef0123456789abcdef";

	for (size_t i = 0; i < 3; i++) {
		char path[PATH_BYTES], upper[70];

		path_join(path, dir, names[i]);
		begin(dir);
		put_key(dir, before, 1);
		(void)unlink(path);
		refuses(dir, &told, names[i], "put your copy back");
		put_file(dir, names[i], "", 0, 0600);
		refuses(dir, &told, names[i], "64 hexadecimal");
		put_file(dir, names[i], digits, 63, 0600);
		refuses(dir, &told, names[i], "64 hexadecimal");
		snprintf(upper, sizeof(upper), "%.63sg\n", digits);
		put_file(dir, names[i], upper, 65, 0600);
		refuses(dir, &told, names[i], "64 hexadecimal");
		snprintf(upper, sizeof(upper), "%s\n\n", digits);
		put_file(dir, names[i], upper, 66, 0600);
		refuses(dir, &told, names[i], "64 hexadecimal");
		put_file(dir, names[i], digits, 64, 0600);
		refuses(dir, &told, names[i], "that the log names");
		put_file(dir, names[i], digits, 64, 0644);
		refuses(dir, &told, names[i], "chmod 600");
		put_file(dir, names[i], digits, 64, 0620);
		refuses(dir, &told, names[i], "chmod 600");
		assert_true(has(dir, names[i]));
	}
	begin(dir);
	put_key(dir, before, 1);
	settles(dir, 0, 1);
}

/* A store from before: the log names no key, nothing is lost unnoticed. */
static void
the_first_epoch_takes_what_is_there(void **state)
{
	const char *dir = *state;
	const struct secret_wanted told = { 0 };
	struct pseudonym_keys keys;
	char why[512], check[33], path[PATH_BYTES];
	uint8_t drawn[DIGEST_KEY_BYTES];

	begin(dir);
	path_join(path, dir, serial);
	assert_int_equal(unlink(path), 0);
	digest_blake2b(key[0], sizeof(key[0]), "tocsin pseudonym key", 21,
	    drawn, 16);
	digest_hex(drawn, 16, check);
	put_file(dir, "pseudonym.check", check, 32, 0600);
	assert_int_equal(secret_settle(dir, &told, &keys, why, sizeof(why)), 0);
	assert_int_equal(keys.now.epoch, 1);
	assert_memory_equal(keys.now.key, key[0], DIGEST_KEY_BYTES);
	assert_true(has(dir, serial));
	memcpy(drawn, keys.serial.key, sizeof(drawn));
	assert_int_equal(secret_settle(dir, &told, &keys, why, sizeof(why)), 0);
	assert_memory_equal(keys.serial.key, drawn, sizeof(drawn));
	put_key(dir, now, 1);
	refuses(dir, &told, now, "began with");
	path_join(path, dir, now);
	assert_int_equal(unlink(path), 0);
	refuses(dir, &told, now, "put your copy back");
	/* Beside a store nothing is drawn; where there is none it is. */
	assert_int_equal(secret_prepare(dir, why, sizeof(why)), 0);
	assert_false(has(dir, now));
	path_join(path, dir, "instance");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(secret_prepare(dir, why, sizeof(why)), 0);
	assert_true(has(dir, now));
}

static void
what_is_staged_is_new(void **state)
{
	const char *dir = *state;
	uint8_t one[KEY_ID_BYTES], other[KEY_ID_BYTES];
	struct secret_wanted told;
	struct pseudonym_keys keys;
	struct stat info;
	char why[512], path[PATH_BYTES];

	begin(dir);
	assert_int_equal(secret_stage(dir, one, why, sizeof(why)), 0);
	assert_int_equal(secret_stage(dir, other, why, sizeof(why)), 0);
	assert_memory_not_equal(one, other, sizeof(one));
	path_join(path, dir, next);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	told = wanted(0, 0);
	memcpy(told.id, other, sizeof(other));
	assert_int_equal(secret_settle(dir, &told, &keys, why, sizeof(why)), 0);
	assert_memory_not_equal(keys.now.key, key[0], DIGEST_KEY_BYTES);
	assert_memory_equal(keys.before.key, key[0], DIGEST_KEY_BYTES);
}

static void
names_say_their_epoch(void **state)
{
	static const struct {
		const char *name;
		uint32_t epoch;
	} cases[] = { { "r:00ff", 1 }, { "r2:00ff", 2 }, { "r12:", 12 },
		{ "r4294967295:a", 4294967295 }, { "r4294967296:a", 0 },
		{ "r99999999999999999999:a", 0 }, { "g:local/x/r:1", 0 },
		{ "s:r:1", 0 }, { "", 0 }, { "r", 0 }, { "r2", 0 },
		{ "rx:1", 0 }, { "r2x:1", 0 } };
	char name[PSEUDONYM_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (pseudonym_name_epoch(text_of(cases[i].name)) !=
		    cases[i].epoch)
			fail_msg("%s", cases[i].name);
	assert_int_equal(pseudonym_name(1, "00ff", name), 6);
	assert_string_equal(name, "r:00ff");
	pseudonym_name(7, "00ff", name);
	assert_string_equal(name, "r7:00ff");
}

/* Of key, organisation, what it is, and the text: each makes another. */
static void
pseudonyms_are_of_all_of_it(void **state)
{
	struct pseudonym_key one, other;
	char all[5][PSEUDONYM_MAX];

	begin(*state);
	pseudonym_key_set(&one, 1, key[0]);
	pseudonym_key_set(&other, 1, key[1]);
	pseudonym_of(&one, "reporter", TEXT("local"), TEXT("a"), all[0]);
	pseudonym_of(&other, "reporter", TEXT("local"), TEXT("a"), all[1]);
	pseudonym_of(&one, "serial", TEXT("local"), TEXT("a"), all[2]);
	pseudonym_of(&one, "reporter", TEXT("locals"), TEXT("a"), all[3]);
	pseudonym_of(&one, "reporter", TEXT("local"), TEXT("b"), all[4]);
	for (unsigned i = 0; i < 5; i++)
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(all[i], all[k]);
	assert_int_equal(strlen(all[0]), PSEUDONYM_MAX - 1);
}

static void
headers_are_read_back(void **state)
{
	struct record_key record = { .act = KEY_BEGAN, .epoch = 300 }, found;
	struct buf header = { 0 };
	struct text bytes;

	begin(*state);
	memcpy(record.id, id[0], sizeof(record.id));
	memcpy(record.serial_id, id[3], sizeof(record.serial_id));
	record_key_write(&header, &record);
	bytes = buf_text(&header);
	assert_true(record_key_read(bytes, &found));
	assert_memory_equal(&record, &found, sizeof(found));
	while (bytes.len--)
		assert_false(record_key_read(bytes, &found));
	buf_clear(&header);
	record_key_write(&header,
	    &(struct record_key){ .act = KEY_ENDED, .epoch = 2 });
	assert_true(record_key_read(buf_text(&header), &found));
	assert_int_equal(found.act, KEY_ENDED);
	assert_int_equal(found.epoch, 2);
	buf_free(&header);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(a_rotation_is_cut_short_anywhere),
		IN_DIR(what_is_destroyed_is_overwritten),
		IN_DIR(a_bad_file_is_named),
		IN_DIR(the_first_epoch_takes_what_is_there),
		IN_DIR(what_is_staged_is_new),
		IN_DIR(names_say_their_epoch),
		IN_DIR(pseudonyms_are_of_all_of_it),
		IN_DIR(headers_are_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
