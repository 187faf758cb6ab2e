#include "daemon/store/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "daemon/store/copyfile.h"
#include "daemon/store/log/identity.h"
#include "daemon/store/log/logcopy.h"
#include "daemon/store/log/scrub.h"

enum { PATH_BYTES = 300 };

struct backup {
	const struct backup_options *options;
	struct backup_result *result;
	struct identity identity; /* dir: the data directory's */
	struct backups backups;
	int folder; /* descriptor */
	struct buf sums;
	uint64_t files;
};

/* --- what is in it -------------------------------------------------------- */

static void
add_sum(struct backup *backup, const char *name, const char *sha256)
{
	buf_printf(&backup->sums, "%s  %s\n", sha256, name);
	backup->files++;
}

static int
copy_log(struct backup *backup, struct store_fault *fault)
{
	struct logcopy copy = { .from = -1,
		.to = -1,
		.instance = backup->identity.instance };
	int result = STORE_OK;

	copy.from = openat(backup->identity.dir, "log",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(backup->folder, "log", 0700) == 0)
		copy.to = openat(backup->folder, "log",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy.from < 0 || copy.to < 0)
		result = fault_system(fault, errno, "log: cannot be opened");
	else
		result = logcopy_run(&copy, fault);
	if (copy.from >= 0)
		(void)close(copy.from);
	if (copy.to >= 0)
		(void)close(copy.to);
	backup->result->segments = copy.segments;
	backup->result->last_seq = copy.last_seq;
	return result;
}

static int
sum_log(struct backup *backup, struct store_fault *fault)
{
	int fd =
	    openat(backup->folder, "log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = STORE_OK;

	if (!stream) {
		result = fault_system(fault, errno, "log");
		if (fd >= 0)
			(void)close(fd);
		return result;
	}
	while (result == STORE_OK && (entry = readdir(stream)) != NULL) {
		char name[PATH_BYTES], sha256[SHA256_HEX_MAX];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof(name), "log/%s", entry->d_name);
		result = copyfile(backup->folder, -1, name, sha256, fault);
		if (result == STORE_OK)
			add_sum(backup, name, sha256);
	}
	(void)closedir(stream);
	return result;
}

/* The list of erasures comes after the log: it may know more, never less. */
static int
copy_files(struct backup *backup, struct store_fault *fault)
{
	static const char *const names[] = { BACKUP_FILES };
	int result = STORE_OK;

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char sha256[SHA256_HEX_MAX];

		result = copyfile(backup->identity.dir, backup->folder,
		    names[i], sha256, fault);
		if (result == STORE_OK)
			add_sum(backup, names[i], sha256);
		else if (result != STORE_NOT_FOUND || i == 0)
			return result;
	}
	return STORE_OK;
}

static int
write_sums(struct backup *backup, struct store_fault *fault)
{
	struct buf text = { 0 };
	int fd = openat(backup->folder, BACKUP_SUMS,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int error = fd < 0 ? errno : 0;

	buf_printf(&text, BACKUP_HEAD "%" PRIu64 "\n",
	    backup->result->last_seq);
	buf_add_text(&text, buf_text(&backup->sums));
	buf_printf(&text, BACKUP_FOOT "%" PRIu64 "\n", backup->files);
	if (!error && (text.failed || backup->sums.failed))
		error = ENOMEM;
	if (!error && write(fd, text.at, text.len) != (ssize_t)text.len)
		error = errno ? errno : ENOSPC;
	if (!error && fsync(fd) != 0)
		error = errno;
	if (fd >= 0)
		(void)close(fd);
	buf_free(&text);
	return error ? fault_system(fault, error, BACKUP_SUMS) : STORE_OK;
}

static int
fill(struct backup *backup, struct store_fault *fault)
{
	int result = copy_log(backup, fault);

	if (result == STORE_OK)
		result = copy_files(backup, fault);
	if (result == STORE_OK)
		result = sum_log(backup, fault);
	if (result == STORE_OK)
		result = write_sums(backup, fault);
	if (result == STORE_OK && fsync(backup->folder) != 0)
		result = fault_system(fault, errno, "the backup");
	return result;
}

/* --- making it ------------------------------------------------------------ */

static int
make(struct backup *backup, struct store_fault *fault)
{
	const struct backup_options *options = backup->options;
	const char *name = backup->result->name;
	int dir = backup->backups.dir;
	char partial[BACKUP_NAME_MAX];
	struct stat st;
	int result = STORE_OK;

	backups_name(options->now_ms, false, backup->result->name);
	backups_name(options->now_ms, true, partial);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return fault_set(fault, STORE_REFUSED, "%s/%s is there already",
		    options->to, name);
	if (mkdirat(dir, partial, 0700) == 0)
		backup->folder =
		    openat(dir, partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (backup->folder < 0)
		return fault_system(fault, errno, "%s/%s: cannot be made",
		    options->to, partial);
	result = fill(backup, fault);
	if (result == STORE_OK &&
	    (renameat(dir, partial, dir, name) != 0 || fsync(dir) != 0))
		result = fault_system(fault, errno, "%s/%s", options->to, name);
	if (result != STORE_OK)
		(void)scrub_tree(dir, partial);
	return result;
}

/* A directory, or where it will be made; owned. */
static char *
real_place(const char *path)
{
	char *place = realpath(path, NULL);
	char *copy, *slash;

	if (place || !(copy = strdup(path)))
		return place;
	slash = strrchr(copy, '/');
	if (slash == copy)
		slash++;
	if (slash)
		*slash = '\0';
	place = realpath(slash ? copy : ".", NULL);
	free(copy);
	return place;
}

/* A backup in the data directory would be lost with it. */
static int
check_place(const struct backup_options *options, struct store_fault *fault)
{
	char *from = realpath(options->from, NULL);
	char *to = real_place(options->to);
	size_t len = from ? strlen(from) : 0;
	int result = STORE_OK;

	if (from && to && !strncmp(from, to, len) &&
	    (!to[len] || to[len] == '/'))
		result = fault_set(fault, STORE_REFUSED,
		    "%s lies in the data directory, and would be lost with it",
		    options->to);
	free(from);
	free(to);
	return result;
}

static int
open_store(struct backup *backup, struct store_fault *fault)
{
	const char *dir = backup->options->from;

	backup->identity.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (backup->identity.dir < 0)
		return fault_system(fault, errno, "%s: cannot be opened", dir);
	return identity_read(&backup->identity, dir, fault);
}

int
backup_run(const struct backup_options *options, struct backup_result *result,
    struct store_fault *fault)
{
	struct backup backup = { .options = options,
		.result = result,
		.identity = { .dir = -1, .lock = -1 },
		.backups = { .dir = -1, .lock = -1 },
		.folder = -1 };
	int64_t before_ms = options->now_ms - options->keep_ms;
	int code;

	*result = (struct backup_result){ .segments = 0 };
	code = open_store(&backup, fault);
	if (code == STORE_OK)
		code = check_place(options, fault);
	if (code == STORE_OK)
		code = backups_open(&backup.backups, options->to,
		    backup.identity.instance, fault);
	if (code == STORE_OK)
		code = backups_expire(&backup.backups, before_ms,
		    &result->expired, fault);
	if (code == STORE_OK)
		code = make(&backup, fault);
	if (code == STORE_OK)
		code = backups_expire(&backup.backups, before_ms,
		    &result->expired, fault);
	if (backup.folder >= 0)
		(void)close(backup.folder);
	buf_free(&backup.sums);
	backups_close(&backup.backups);
	identity_close(&backup.identity);
	return code;
}
