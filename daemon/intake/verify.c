#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "daemon/intake/links.h"
#include "daemon/intake/replay.h"

enum { DIFFERENCES_SHOWN = 50, BYTES_SHOWN = 24, PATH_BYTES = 4096 };

static int
remove_entry(const char *path, const struct stat *info, int kind,
    struct FTW *place)
{
	(void)info;
	(void)kind;
	(void)place;
	return remove(path);
}

static void
remove_tree(const char *dir)
{
	nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static int
copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct stat info;
	off_t at = 0;
	int result = -1;

	if (in < 0 || out < 0 || fstat(in, &info))
		goto done;
	while (at < info.st_size)
		if (sendfile(out, in, &at, (size_t)(info.st_size - at)) <= 0)
			goto done;
	result = 0;
done:
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return result;
}

/*
 * Sealed segments are shared by a second link, since nothing writes them; open
 * ones are copied, since opening a store may cut their tail.
 */
static int
copy_log(const char *from, const char *to)
{
	DIR *dir = opendir(from);
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir))) {
		char source[3 * PATH_BYTES], target[3 * PATH_BYTES];
		size_t len = strlen(entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		snprintf(source, sizeof(source), "%s/%s", from, entry->d_name);
		snprintf(target, sizeof(target), "%s/%s", to, entry->d_name);
		if (len > 5 && !strcmp(entry->d_name + len - 5, ".zseg") &&
		    !link(source, target))
			continue;
		result = copy_file(source, target);
	}
	closedir(dir);
	return result;
}

static int
copy_store(const char *dir, const char *copy)
{
	char from[2 * PATH_BYTES], to[2 * PATH_BYTES];

	snprintf(from, sizeof(from), "%s/instance", dir);
	snprintf(to, sizeof(to), "%s/instance", copy);
	if (mkdir(copy, 0700) || copy_file(from, to))
		return -1;
	snprintf(from, sizeof(from), "%s/log", dir);
	snprintf(to, sizeof(to), "%s/log", copy);
	return mkdir(to, 0700) ? -1 : copy_log(from, to);
}

static void
print_bytes(FILE *out, const char *what, struct text bytes)
{
	char hex[2 * BYTES_SHOWN + 1];
	size_t len = bytes.len < BYTES_SHOWN ? bytes.len : BYTES_SHOWN;

	if (!bytes.at) {
		fprintf(out, "  %s nothing\n", what);
		return;
	}
	digest_hex((const uint8_t *)bytes.at, len, hex);
	fprintf(out, "  %s %zu bytes %s%s\n", what, bytes.len, hex,
	    len < bytes.len ? "..." : "");
}

static void
print_difference(void *who, enum keyspace keyspace, struct text key,
    struct text expected, struct text found)
{
	FILE *out = who;
	char hex[2 * KEY_MAX + 1];

	digest_hex((const uint8_t *)key.at, key.len, hex);
	fprintf(out, "%s %s\n", keyspaces[keyspace].name, hex);
	print_bytes(out, "the log says:", expected);
	print_bytes(out, "stored is:   ", found);
}

/*
 * Open a store, replay what its LMDB lacks, checkpoint, close.  With out the
 * alerts' chain is followed, too: *broken says how often it breaks, or -1 that
 * the log cannot be read, of which the replay that comes then says more.
 */
static int
settle(const struct store_options *options, FILE *out, int64_t *broken,
    struct store_fault *fault)
{
	struct store *store = store_open(options, fault);
	uint64_t events;
	int64_t last_ms = 0;
	int result;

	if (!store)
		return -1;
	result = replay_store(store, &events, &last_ms, fault);
	if (!result)
		result = replay_settle(store, fault);
	if (!result && out)
		*broken = links_check(store, out, DIFFERENCES_SHOWN);
	store_close(store);
	return result ? -1 : 0;
}

void
replay_verify_clean(const char *dir)
{
	char copy[PATH_BYTES];

	if (snprintf(copy, sizeof(copy), "%s/verify.tmp", dir) <
	    (int)sizeof(copy))
		remove_tree(copy);
}

int64_t
replay_verify(const struct store_options *options, FILE *out, int64_t *broken,
    struct store_fault *fault)
{
	struct store_options aside = *options;
	char copy[PATH_BYTES];
	int64_t differences = -1;

	snprintf(copy, sizeof(copy), "%s/verify.tmp", options->dir);
	remove_tree(copy);
	if (settle(options, out, broken, fault))
		return -1;
	if (copy_store(options->dir, copy)) {
		snprintf(fault->text, sizeof(fault->text),
		    "the log cannot be copied to verify.tmp: %s",
		    strerror(errno));
		goto done;
	}
	aside.dir = copy;
	aside.db_dir = NULL;
	aside.rebuild = true;
	if (settle(&aside, NULL, NULL, fault))
		goto done;
	if (*broken < 0) {
		snprintf(fault->text, sizeof(fault->text),
		    "the log's alert events cannot be read");
		goto done;
	}
	differences = store_compare(copy, options->dir, print_difference, out,
	    DIFFERENCES_SHOWN, fault);
done:
	remove_tree(copy);
	return differences;
}
