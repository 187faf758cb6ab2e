#include "daemon/store/db/dbdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "daemon/store/log/scrub.h"

enum {
	DBDIR_PATH_MAX = 4096,
	NO_ROOM_BYTES = 16 << 20, /* of free disk explain a short write */
};

#define DATA_NAME "data.mdb"
#define COPY_NAME "data.new"

int
dbdir_make(const char *dir)
{
	return mkdir(dir, 0700) == 0 || errno == EEXIST ? 0 : errno;
}

static int
sync_one(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return errno;
	if (fsync(fd) != 0)
		rc = errno;
	(void)close(fd);
	return rc;
}

int
dbdir_sync(const char *dir)
{
	char parent[DBDIR_PATH_MAX];
	int rc;

	if (snprintf(parent, sizeof(parent), "%s/..", dir) >=
	    (int)sizeof(parent))
		return ENAMETOOLONG;
	rc = sync_one(dir);
	return rc == 0 ? sync_one(parent) : rc;
}

int
dbdir_remove(const char *dir, struct store_fault *fault)
{
	static const char *const name[] = { DATA_NAME, "lock.mdb", COPY_NAME };
	char path[DBDIR_PATH_MAX];

	for (int i = 0; i < 3; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", dir, name[i]) >=
		    (int)sizeof(path))
			return fault_set(fault, STORE_REFUSED, "%s: too long",
			    dir);
		if (unlink(path) != 0 && errno != ENOENT)
			return fault_system(fault, errno, "%s", path);
	}
	return STORE_OK;
}

/* --- copies --- */

static int
path_of(const char *dir, const char *name, char out[DBDIR_PATH_MAX])
{
	return snprintf(out, DBDIR_PATH_MAX, "%s/%s", dir, name) >=
		DBDIR_PATH_MAX
	    ? ENAMETOOLONG
	    : 0;
}

int
dbdir_clean(const char *dir)
{
	char path[DBDIR_PATH_MAX];
	int rc = path_of(dir, COPY_NAME, path);

	if (rc == 0 && unlink(path) != 0 && errno != ENOENT)
		rc = errno;
	return rc;
}

int
dbdir_copy_begin(const char *dir, struct dbdir_copy *copy)
{
	char path[DBDIR_PATH_MAX];
	int rc = path_of(dir, DATA_NAME, path);

	*copy = (struct dbdir_copy){ -1, -1 };
	if (rc != 0)
		return rc;
	copy->old = open(path, O_WRONLY | O_CLOEXEC);
	if (copy->old < 0)
		return errno;
	rc = path_of(dir, COPY_NAME, path);
	if (rc == 0)
		copy->fd =
		    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (rc == 0 && copy->fd < 0)
		rc = errno;
	return rc;
}

int
dbdir_copy_sync(struct dbdir_copy *copy)
{
	return fsync(copy->fd) == 0 ? 0 : errno;
}

int
dbdir_copy_take(const char *dir, struct dbdir_copy *copy)
{
	char from[DBDIR_PATH_MAX], to[DBDIR_PATH_MAX];
	int rc = path_of(dir, COPY_NAME, from);

	if (rc == 0)
		rc = path_of(dir, DATA_NAME, to);
	if (rc == 0 && rename(from, to) != 0)
		rc = errno;
	if (rc == 0)
		rc = sync_one(dir);
	(void)close(copy->fd);
	copy->fd = -1;
	return rc;
}

void
dbdir_copy_scrub(struct dbdir_copy *copy)
{
	scrub_close(copy->old);
	copy->old = -1;
}

void
dbdir_copy_drop(const char *dir, struct dbdir_copy *copy)
{
	if (copy->fd >= 0)
		(void)close(copy->fd);
	if (copy->old >= 0)
		(void)close(copy->old);
	(void)dbdir_clean(dir);
}

/*
 * A commit that was cut short was never published (LMDB writes its meta page
 * last), so it may be tried again once there is room.
 */
bool
dbdir_has_room(const char *dir)
{
	struct statvfs disk;

	return statvfs(dir, &disk) != 0 ||
	    (uint64_t)disk.f_bavail * disk.f_frsize >= NO_ROOM_BYTES;
}
