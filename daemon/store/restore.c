#include "daemon/store/restore.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/backup.h"
#include "daemon/store/copyfile.h"
#include "daemon/store/erased.h"
#include "daemon/store/log/identity.h"
#include "daemon/store/log/scrub.h"

#define ASIDE IDENTITY_RESTORING

enum { NAME_BYTES = 64 };

struct restore {
	const struct restore_options *options;
	struct restore_result *result;
	struct identity store;  /* the data directory, locked */
	struct identity backup; /* dir: the backup's */
	int aside;              /* descriptor of ASIDE */
	struct buf erased;      /* lines that the backup's log knows */
	struct buf again;       /* ... and those it does not */
};

/* --- the files ------------------------------------------------------------ */

/* Only what a backup may hold, so that no name leads elsewhere. */
static bool
is_known(const char *name)
{
	static const char *const names[] = { BACKUP_FILES };
	const char *at = name + 4;

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	if (strncmp(name, "log/", 4) != 0 || !isdigit((unsigned char)*at))
		return false;
	while (isdigit((unsigned char)*at))
		at++;
	return !strcmp(at, ".seg") || !strcmp(at, ".zseg");
}

static int
damaged(const struct restore *restore, const char *what,
    struct store_fault *fault)
{
	return fault_set(fault, STORE_CORRUPT, "%s: %s", restore->options->from,
	    what);
}

/* One line of SHA256SUMS that names a file. */
static int
take_file(struct restore *restore, const char *line, struct store_fault *fault)
{
	char wanted[SHA256_HEX_MAX], name[NAME_BYTES], sha256[SHA256_HEX_MAX];
	int result;

	if (sscanf(line, "%64[0-9a-f]  %63s", wanted, name) != 2 ||
	    !is_known(name))
		return damaged(restore, BACKUP_SUMS " has a line that is none",
		    fault);
	result =
	    copyfile(restore->backup.dir, restore->aside, name, sha256, fault);
	if (result == STORE_OK && strcmp(sha256, wanted) != 0)
		result = fault_set(fault, STORE_CORRUPT,
		    "%s/%s: is not what " BACKUP_SUMS " says",
		    restore->options->from, name);
	return result;
}

/* Every line; the last one says how many files there are. */
static int
take_lines(struct restore *restore, FILE *sums, struct store_fault *fault)
{
	struct restore_result *result = restore->result;
	uint64_t files = 0, count = UINT64_MAX;
	char line[2 * NAME_BYTES + SHA256_HEX_MAX];
	int code = STORE_OK;

	if (!fgets(line, sizeof(line), sums) ||
	    sscanf(line, BACKUP_HEAD "%" SCNu64, &result->last_seq) != 1)
		return damaged(restore, "is no backup of tocsin", fault);
	while (code == STORE_OK && count == UINT64_MAX &&
	    fgets(line, sizeof(line), sums)) {
		if (sscanf(line, BACKUP_FOOT "%" SCNu64, &count) == 1)
			break;
		code = take_file(restore, line, fault);
		files++;
	}
	if (code == STORE_OK && count != files)
		code = damaged(restore,
		    BACKUP_SUMS " breaks off: it was not copied whole", fault);
	return code;
}

static int
take_files(struct restore *restore, struct store_fault *fault)
{
	int fd = openat(restore->backup.dir, BACKUP_SUMS, O_RDONLY | O_CLOEXEC);
	FILE *sums = fd < 0 ? NULL : fdopen(fd, "r");
	int result;

	if (!sums) {
		result = fault_system(fault, errno, "%s/" BACKUP_SUMS,
		    restore->options->from);
		if (fd >= 0)
			(void)close(fd);
		return result;
	}
	result = take_lines(restore, sums, fault);
	(void)fclose(sums);
	return result;
}

/* --- what was erased since ------------------------------------------------ */

/*
 * Another epoch goes its own way from a restore on: ordinals and sequences
 * mean other things there, but a report's key is the same.
 */
static void
sort_line(struct restore *restore, const struct erased *erased, bool is_own)
{
	bool is_same = erased->epoch == restore->backup.epoch;
	bool is_held = is_same && erased->seq <= restore->result->last_seq;

	if (is_held && is_own) {
		erased_write(&restore->erased, erased);
	} else if (!is_held &&
	    (is_same || erased->record.kind == ERASE_REPORT) &&
	    erased->record.seq <= restore->result->last_seq) {
		erased_write(&restore->again, erased);
	}
}

static int
sort_list(struct restore *restore, int folder, bool is_own,
    struct store_fault *fault)
{
	struct buf text = { 0 };
	struct erased erased;
	struct text lines;
	int result = erased_read(folder, ERASED_FILE, &text, fault);

	lines = buf_text(&text);
	while (result == STORE_OK && erased_next(&lines, &erased))
		sort_line(restore, &erased, is_own);
	buf_free(&text);
	return result;
}

static int
sort_beside(void *who, int folder, const char *name)
{
	(void)name;
	return sort_list(who, folder, false, NULL);
}

/* Other backups of the store, where this one lies. */
static void
look_beside(struct restore *restore)
{
	struct backups backups = { .lock = -1 };

	memcpy(backups.instance, restore->backup.instance,
	    sizeof(backups.instance));
	backups.dir = openat(restore->backup.dir, "..",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (backups.dir >= 0)
		(void)backups_each(&backups, sort_beside, restore);
	backups_close(&backups);
}

/* A start finds what to erase again; the list begins with what is erased. */
static int
write_lists(struct restore *restore, struct store_fault *fault)
{
	int result = sort_list(restore, restore->backup.dir, true, fault);

	if (result == STORE_OK)
		result = sort_list(restore, restore->store.dir, false, fault);
	if (result != STORE_OK)
		return result;
	look_beside(restore);
	(void)erased_settle(&restore->erased);
	restore->result->again = erased_settle(&restore->again);
	if (restore->erased.failed || restore->again.failed)
		return fault_set(fault, STORE_MEMORY, "out of memory");
	(void)unlinkat(restore->aside, ERASED_FILE, 0);
	result = erased_add(restore->aside, ERASED_FILE,
	    buf_text(&restore->erased), fault);
	if (result == STORE_OK && restore->again.len)
		result = erased_add(restore->aside, ERASED_AGAIN_FILE,
		    buf_text(&restore->again), fault);
	return result;
}

/* --- putting it in its place ---------------------------------------------- */

static bool
has(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
sync_log(const struct restore *restore, struct store_fault *fault)
{
	int fd =
	    openat(restore->aside, "log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = fd < 0 || fsync(fd) != 0 ? errno : 0;

	if (fd >= 0)
		(void)close(fd);
	return error ? fault_system(fault, error, ASIDE "/log") : STORE_OK;
}

/*
 * The instance comes last, there and here: a log without one is refused by
 * every start, and here an instance says that all else is there.
 */
static int
gather(struct restore *restore, struct store_fault *fault)
{
	struct identity instance = restore->backup;
	uint64_t now = (uint64_t)restore->options->now_ms / 1000;
	int result = take_files(restore, fault);

	if (result == STORE_OK)
		result = write_lists(restore, fault);
	if (result == STORE_OK)
		result = sync_log(restore, fault);
	if (result != STORE_OK)
		return result;
	/* Restored twice, one backup makes two histories. */
	instance.epoch++;
	if (now > instance.epoch && now <= UINT32_MAX)
		instance.epoch = (uint32_t)now;
	instance.dir = restore->aside;
	return identity_write(&instance, ASIDE, fault);
}

static int
move_in(const struct restore *restore, struct store_fault *fault)
{
	static const char *const names[] = { ERASED_FILE, ERASED_AGAIN_FILE,
		"log", "instance" };
	int to = restore->store.dir;

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if ((renameat(restore->aside, names[i], to, names[i]) != 0 &&
			errno != ENOENT) ||
		    fsync(to) != 0)
			return fault_system(fault, errno, "%s/%s",
			    restore->options->to, names[i]);
	(void)scrub_tree(to, ASIDE);
	return STORE_OK;
}

static int
open_aside(struct restore *restore, struct store_fault *fault)
{
	restore->aside = openat(restore->store.dir, ASIDE,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return restore->aside < 0
	    ? fault_system(fault, errno, "%s/" ASIDE, restore->options->to)
	    : STORE_OK;
}

static int
make_aside(struct restore *restore, struct store_fault *fault)
{
	int error = scrub_tree(restore->store.dir, ASIDE);

	if (!error &&
	    (mkdirat(restore->store.dir, ASIDE, 0700) != 0 ||
		mkdirat(restore->store.dir, ASIDE "/log", 0700) != 0))
		error = errno;
	return error
	    ? fault_system(fault, error, "%s/" ASIDE, restore->options->to)
	    : open_aside(restore, fault);
}

/* Killed after the log was moved, only the instance is left to be. */
static int
run(struct restore *restore, struct store_fault *fault)
{
	int to = restore->store.dir;
	bool is_begun = has(to, "log") && has(to, ASIDE "/instance");
	int result;

	if (has(to, "instance") || has(to, "db") ||
	    (has(to, "log") && !is_begun))
		return fault_set(fault, STORE_REFUSED,
		    "%s holds a store already; restore into another directory, "
		    "or move it away",
		    restore->options->to);
	result =
	    is_begun ? open_aside(restore, fault) : make_aside(restore, fault);
	if (result == STORE_OK && !is_begun)
		result = gather(restore, fault);
	if (result == STORE_OK)
		result = move_in(restore, fault);
	return result;
}

/* One that was never finished, or is being removed, says so by its name. */
static bool
is_partial_name(const char *path)
{
	char *real = realpath(path, NULL);
	const char *slash = real ? strrchr(real, '/') : NULL;
	bool is_partial = false;
	int64_t made_ms;

	if (!slash || !backups_name_read(slash + 1, &made_ms, &is_partial))
		is_partial = false;
	free(real);
	return is_partial;
}

static int
open_backup(struct restore *restore, struct store_fault *fault)
{
	const char *from = restore->options->from;

	restore->backup.dir = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (restore->backup.dir < 0)
		return fault_system(fault, errno, "%s: cannot be opened", from);
	if (is_partial_name(from))
		return fault_set(fault, STORE_REFUSED,
		    "%s: was never finished, or is past its time", from);
	return identity_read(&restore->backup, from, fault);
}

int
restore_run(const struct restore_options *options,
    struct restore_result *result, struct store_fault *fault)
{
	struct restore restore = { .options = options,
		.result = result,
		.store = { .dir = -1, .lock = -1 },
		.backup = { .dir = -1, .lock = -1 },
		.aside = -1 };
	int code;

	*result = (struct restore_result){ .last_seq = 0 };
	code = open_backup(&restore, fault);
	if (code == STORE_OK)
		code = identity_lock(&restore.store, options->to, false, fault);
	if (code == STORE_OK)
		code = run(&restore, fault);
	if (restore.aside >= 0)
		(void)close(restore.aside);
	buf_free(&restore.erased);
	buf_free(&restore.again);
	identity_close(&restore.store);
	identity_close(&restore.backup);
	return code;
}
