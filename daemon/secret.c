#include "daemon/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX = 2 * DIGEST_KEY_BYTES, CHECK = 32 };

/* What the check file holds: enough to know the key, too little to be it. */
static void
check_of(const uint8_t key[DIGEST_KEY_BYTES], char out[CHECK + 1])
{
	static const char what[] = "tocsin pseudonym key";
	uint8_t digest[CHECK / 2];

	digest_blake2b(key, DIGEST_KEY_BYTES, what, sizeof(what), digest,
	    sizeof(digest));
	digest_hex(digest, sizeof(digest), out);
}

/* Write a small file that is there whole, or not at all, after a crash. */
static int
write_file(int dir, const char *name, const char *text)
{
	char temporary[64];
	size_t len = strlen(text);
	int fd;

	snprintf(temporary, sizeof(temporary), "%s.new", name);
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0600);
	if (fd < 0)
		return -1;
	if (write(fd, text, len) != (ssize_t)len || write(fd, "\n", 1) != 1 ||
	    fsync(fd)) {
		close(fd);
		return -1;
	}
	close(fd);
	if (renameat(dir, temporary, dir, name))
		return -1;
	return fsync(dir);
}

/* Read len hexadecimal digits; 0, 1 when there is no file, -1. */
static int
read_file(int dir, const char *name, char *text, size_t len)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return errno == ENOENT ? 1 : -1;
	got = read(fd, text, len);
	close(fd);
	text[len] = '\0';
	return got == (ssize_t)len ? 0 : -1;
}

static int
make_key(int dir, uint8_t key[DIGEST_KEY_BYTES])
{
	char hex[HEX + 1], check[CHECK + 1];

	digest_random(key, DIGEST_KEY_BYTES);
	digest_hex(key, DIGEST_KEY_BYTES, hex);
	check_of(key, check);
	if (write_file(dir, "pseudonym.key", hex))
		return -1;
	return write_file(dir, "pseudonym.check", check);
}

static int
read_key(int dir, uint8_t key[DIGEST_KEY_BYTES], const char **why)
{
	char hex[HEX + 1], check[CHECK + 1], stored[CHECK + 1];
	int result = read_file(dir, "pseudonym.key", hex, HEX);

	if (result == 1) {
		*why = "is missing beside an existing store; put it back: "
		       "with another key, known reporters would count as new "
		       "sources";
		return -1;
	}
	if (result || digest_unhex(text_of(hex), key, DIGEST_KEY_BYTES)) {
		*why = "is not 64 hexadecimal digits, or cannot be read";
		return -1;
	}
	check_of(key, check);
	result = read_file(dir, "pseudonym.check", stored, CHECK);
	if (result == 1)
		return write_file(dir, "pseudonym.check", check);
	if (!result && !strcmp(stored, check))
		return 0;
	*why = "is not the key this store began with";
	return -1;
}

int
secret_load(const char *dir, uint8_t key[DIGEST_KEY_BYTES], char *why,
    size_t cap)
{
	const char *reason = NULL;
	bool has_store, has_key;
	int fd, result;

	if (mkdir(dir, 0700) && errno != EEXIST) {
		snprintf(why, cap, "%s: cannot be made: %s", dir,
		    strerror(errno));
		return -1;
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		snprintf(why, cap, "%s: cannot be opened: %s", dir,
		    strerror(errno));
		return -1;
	}
	has_store = !faccessat(fd, "instance", F_OK, 0);
	has_key = !faccessat(fd, "pseudonym.key", F_OK, 0);
	result = has_store || has_key ? read_key(fd, key, &reason)
				      : make_key(fd, key);
	if (result)
		snprintf(why, cap, "%s/pseudonym.key: %s", dir,
		    reason ? reason : strerror(errno));
	close(fd);
	return result ? -1 : 0;
}
