#include "daemon/store/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX = 2 * DIGEST_KEY_BYTES, CHECK = 32, NAME_MAX_BYTES = 64 };

enum slot { NOW, BEFORE, NEXT, SERIAL, SLOTS };

static const char *const names[SLOTS] = { "pseudonym.key",
	"pseudonym.key.before", "pseudonym.key.next", "serial.key" };

/* By which versions without key epochs told a wrong key. */
static const char check_name[] = "pseudonym.check";

struct found {
	bool is_there, is_good;
	const char *why; /* when it is there and not good */
	uint8_t key[DIGEST_KEY_BYTES];
	uint8_t id[KEY_ID_BYTES];
};

struct files {
	int dir;
	struct found slot[SLOTS];
	enum slot bad; /* what why speaks of */
	const char *why;
};

/* --- one file ------------------------------------------------------------ */

/* Write a file that is there whole, or not at all, after a crash. */
static int
write_key(int dir, const char *name, const uint8_t key[DIGEST_KEY_BYTES])
{
	char temporary[NAME_MAX_BYTES], text[HEX + 2];
	int fd, result;

	snprintf(temporary, sizeof(temporary), "%s.new", name);
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0600);
	if (fd < 0)
		return -1;
	digest_hex(key, DIGEST_KEY_BYTES, text);
	text[HEX] = '\n';
	result = write(fd, text, HEX + 1) == HEX + 1 ? fsync(fd) : -1;
	close(fd);
	digest_forget(text, sizeof(text));
	if (result || renameat(dir, temporary, dir, name))
		return -1;
	return fsync(dir);
}

/* Overwrite it and remove it; that it is not there is fine. */
static int
destroy(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	uint8_t noise[256];
	struct stat info;
	int result;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return -1;
	digest_random(noise, sizeof(noise));
	result = fstat(fd, &info);
	for (off_t left = result ? 0 : info.st_size; left > 0;) {
		size_t len =
		    left < (off_t)sizeof(noise) ? (size_t)left : sizeof(noise);
		ssize_t put = write(fd, noise, len);

		result = put <= 0;
		left -= result ? left : put;
	}
	result = result || fsync(fd);
	close(fd);
	if (result || unlinkat(dir, name, 0))
		return -1;
	return fsync(dir);
}

static const char *
read_digits(int fd, uint8_t key[DIGEST_KEY_BYTES])
{
	char text[HEX + 2];
	const char *why = NULL;
	struct stat info;
	ssize_t got;

	if (fstat(fd, &info))
		return "cannot be read";
	if (info.st_mode & (S_IRWXG | S_IRWXO))
		return "may be read by others: chmod 600";
	got = read(fd, text, sizeof(text));
	if (got == HEX + 1 && text[HEX] == '\n')
		got = HEX;
	if (got != HEX ||
	    digest_unhex((struct text){ text, HEX }, key, HEX / 2))
		why = "is not 64 hexadecimal digits";
	digest_forget(text, sizeof(text));
	return why;
}

static void
read_key(int dir, const char *name, struct found *found)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	*found = (struct found){ .is_there = fd >= 0 || errno != ENOENT };
	if (fd < 0) {
		found->why = "cannot be opened";
		return;
	}
	found->why = read_digits(fd, found->key);
	found->is_good = !found->why;
	if (found->is_good)
		pseudonym_key_id(found->key, found->id);
	close(fd);
}

static int
open_dir(const char *dir, char *why, size_t cap)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		snprintf(why, cap, "%s: cannot be opened: %s", dir,
		    strerror(errno));
	return fd;
}

/* --- which of them count ------------------------------------------------- */

static bool
is_key(const struct found *found, const uint8_t id[KEY_ID_BYTES])
{
	return found->is_good && !memcmp(found->id, id, KEY_ID_BYTES);
}

static int
refuse(struct files *files, enum slot slot, const char *missing,
    const char *another)
{
	const struct found *found = &files->slot[slot];

	files->bad = slot;
	files->why = !found->is_there ? missing
	    : found->is_good          ? another
				      : found->why;
	return -1;
}

/* Does the file of older versions say that it is another key? */
static bool
is_checked(int dir, const uint8_t id[KEY_ID_BYTES])
{
	char text[CHECK], hex[2 * KEY_ID_BYTES + 1];
	int fd = openat(dir, check_name, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text));

	if (fd < 0)
		return true;
	close(fd);
	digest_hex(id, KEY_ID_BYTES, hex);
	return got == CHECK && !memcmp(text, hex, 2 * KEY_ID_BYTES);
}

static const char missing_now[] =
    "is missing beside an existing store; put your copy back: with another "
    "key, known reporters would count as new sources";

/* The log knows no key yet: the one that is there is the first. */
static int
settle_first(struct files *files)
{
	struct found *serial = &files->slot[SERIAL];

	if (!files->slot[NOW].is_good)
		return refuse(files, NOW, missing_now, NULL);
	if (!is_checked(files->dir, files->slot[NOW].id))
		return refuse(files, NOW, NULL,
		    "is not the key this store began with");
	if (!serial->is_there) {
		digest_random(serial->key, sizeof(serial->key));
		if (write_key(files->dir, names[SERIAL], serial->key))
			return -1;
		read_key(files->dir, names[SERIAL], serial);
	}
	if (!serial->is_good)
		return refuse(files, SERIAL, NULL, NULL);
	return destroy(files->dir, names[BEFORE]) ||
		destroy(files->dir, names[NEXT])
	    ? -1
	    : 0;
}

static int
rename_key(struct files *files, enum slot from, enum slot to)
{
	if (renameat(files->dir, names[from], files->dir, names[to]) ||
	    fsync(files->dir))
		return -1;
	files->slot[to] = files->slot[from];
	files->slot[from] = (struct found){ .is_good = false };
	return 0;
}

static int
check_wanted(struct files *files, const struct secret_wanted *wanted)
{
	const struct found *slot = files->slot;

	if (!is_key(&slot[NOW], wanted->id) && !is_key(&slot[NEXT], wanted->id))
		return refuse(files, NOW, missing_now,
		    "is not the newest key that the log names; put back the "
		    "copy that was made after the last rotation");
	if (wanted->before && !is_key(&slot[NOW], wanted->before_id) &&
	    !is_key(&slot[BEFORE], wanted->before_id))
		return refuse(files, BEFORE,
		    "is missing, and is not destroyed yet as the log has it; "
		    "put your copy back: without it, known reporters would "
		    "count as new sources",
		    "is not the key that the log names; put back the copy "
		    "that was pseudonym.key before the last rotation");
	if (!is_key(&slot[SERIAL], wanted->serial_id))
		return refuse(files, SERIAL,
		    "is missing beside an existing store; put your copy back: "
		    "with another key, known things would count as others",
		    "is not the key that the log names");
	return 0;
}

unsigned
secret_lost(const char *dir, const struct secret_wanted *wanted)
{
	char why[512];
	struct files files = { .dir = open_dir(dir, why, sizeof(why)) };
	struct found *slot = files.slot;
	unsigned lost = 0;

	if (files.dir < 0 || !wanted->epoch)
		return 0;
	for (int i = 0; i < SLOTS; i++)
		read_key(files.dir, names[i], &slot[i]);
	if (!is_key(&slot[NOW], wanted->id) &&
	    !is_key(&slot[NEXT], wanted->id) &&
	    (!slot[NOW].is_there || is_key(&slot[NOW], wanted->before_id)))
		lost |= SECRET_NOW;
	if (wanted->before && !is_key(&slot[NOW], wanted->before_id) &&
	    !slot[BEFORE].is_there)
		lost |= SECRET_BEFORE;
	if (!slot[SERIAL].is_there)
		lost |= SECRET_SERIAL;
	close(files.dir);
	digest_forget(&files, sizeof(files));
	return lost;
}

/*
 * The same files are renamed, not copied, so that what is destroyed one day
 * is all there ever was of it.
 */
static int
arrange(struct files *files, const struct secret_wanted *wanted)
{
	struct found *slot = files->slot;
	bool keeps = wanted->before && is_key(&slot[BEFORE], wanted->before_id);

	if (!keeps && destroy(files->dir, names[BEFORE]))
		return -1;
	if (!keeps && wanted->before && rename_key(files, NOW, BEFORE))
		return -1;
	if (is_key(&slot[NOW], wanted->id))
		return destroy(files->dir, names[NEXT]);
	if (destroy(files->dir, names[NOW]))
		return -1;
	return rename_key(files, NEXT, NOW);
}

static int
settle(struct files *files, const struct secret_wanted *wanted)
{
	char left[NAME_MAX_BYTES];

	for (int i = 0; i < SLOTS; i++) {
		read_key(files->dir, names[i], &files->slot[i]);
		files->bad = (enum slot)i;
		snprintf(left, sizeof(left), "%s.new", names[i]);
		if (destroy(files->dir, left))
			return -1;
	}
	files->bad = NOW;
	if (!wanted->epoch)
		return settle_first(files);
	if (check_wanted(files, wanted) || arrange(files, wanted))
		return -1;
	if (unlinkat(files->dir, check_name, 0) && errno != ENOENT)
		return -1;
	return 0;
}

int
secret_settle(const char *dir, const struct secret_wanted *wanted,
    struct pseudonym_keys *keys, char *why, size_t cap)
{
	struct files files = { .dir = open_dir(dir, why, cap) };
	int result;

	if (files.dir < 0)
		return -1;
	result = settle(&files, wanted);
	if (result)
		snprintf(why, cap, "%s/%s: %s", dir, names[files.bad],
		    files.why ? files.why : strerror(errno));
	close(files.dir);
	if (!result) {
		*keys = (struct pseudonym_keys){ 0 };
		pseudonym_key_set(&keys->now, wanted->epoch ? wanted->epoch : 1,
		    files.slot[NOW].key);
		pseudonym_key_set(&keys->serial, 1, files.slot[SERIAL].key);
		if (wanted->before)
			pseudonym_key_set(&keys->before, wanted->before,
			    files.slot[BEFORE].key);
	}
	digest_forget(&files, sizeof(files));
	return result;
}

/* --- making them --------------------------------------------------------- */

static int
make_key(int dir, enum slot slot, uint8_t id[KEY_ID_BYTES])
{
	uint8_t key[DIGEST_KEY_BYTES];
	int result;

	digest_random(key, sizeof(key));
	pseudonym_key_id(key, id);
	result = write_key(dir, names[slot], key);
	digest_forget(key, sizeof(key));
	return result;
}

/* What lay under its name before is of no use. */
static int
renew(const char *dir, enum slot slot, uint8_t id[KEY_ID_BYTES], char *why,
    size_t cap)
{
	int fd = open_dir(dir, why, cap);
	int result;

	if (fd < 0)
		return -1;
	result = destroy(fd, names[slot]) || make_key(fd, slot, id) ? -1 : 0;
	if (result)
		snprintf(why, cap, "%s/%s: %s", dir, names[slot],
		    strerror(errno));
	close(fd);
	return result;
}

int
secret_stage(const char *dir, uint8_t id[KEY_ID_BYTES], char *why, size_t cap)
{
	return renew(dir, NEXT, id, why, cap);
}

int
secret_renew_serial(const char *dir, uint8_t id[KEY_ID_BYTES], char *why,
    size_t cap)
{
	return renew(dir, SERIAL, id, why, cap);
}

static bool
has_file(int dir, const char *name)
{
	return !faccessat(dir, name, F_OK, 0);
}

int
secret_prepare(const char *dir, char *why, size_t cap)
{
	static const enum slot made[] = { NOW, SERIAL };
	uint8_t id[KEY_ID_BYTES];
	int fd, result = 0;

	if (mkdir(dir, 0700) && errno != EEXIST) {
		snprintf(why, cap, "%s: cannot be made: %s", dir,
		    strerror(errno));
		return -1;
	}
	fd = open_dir(dir, why, cap);
	if (fd < 0)
		return -1;
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++) {
		if (result || has_file(fd, "instance") ||
		    has_file(fd, names[made[i]]))
			continue;
		result = make_key(fd, made[i], id);
		if (result)
			snprintf(why, cap, "%s/%s: %s", dir, names[made[i]],
			    strerror(errno));
	}
	close(fd);
	return result;
}
