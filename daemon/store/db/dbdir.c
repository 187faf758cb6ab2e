#include "daemon/store/db/dbdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
	DBDIR_PATH_MAX = 4096,
	NO_ROOM_BYTES = 16 << 20, /* of free disk explain a short write */
};

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
	static const char *const name[] = { "data.mdb", "lock.mdb" };
	char path[DBDIR_PATH_MAX];

	for (int i = 0; i < 2; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", dir, name[i]) >=
		    (int)sizeof(path))
			return fault_set(fault, STORE_REFUSED, "%s: too long",
			    dir);
		if (unlink(path) != 0 && errno != ENOENT)
			return fault_system(fault, errno, "%s", path);
	}
	return STORE_OK;
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
