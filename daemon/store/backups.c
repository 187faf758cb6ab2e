#include "daemon/store/backups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "daemon/store/log/identity.h"
#include "daemon/store/log/scrub.h"

#define PREFIX "tocsin-"
#define PARTIAL ".partial"
#define LOCK "tocsin-backup.lock"

/* Where an instant has colons, which other systems' names must not have. */
enum { COLON_1 = 13, COLON_2 = 16, INSTANT = INSTANT_MAX - 1 };

void
backups_name(int64_t made_ms, bool is_partial, char out[BACKUP_NAME_MAX])
{
	char made[INSTANT_MAX];

	instant_format(made_ms, made);
	made[COLON_1] = made[COLON_2] = '-';
	(void)snprintf(out, BACKUP_NAME_MAX, PREFIX "%s%s", made,
	    is_partial ? PARTIAL : "");
}

bool
backups_name_read(const char *name, int64_t *made_ms, bool *is_partial)
{
	char made[INSTANT_MAX];
	size_t len = strlen(name);

	if (len < sizeof(PREFIX) - 1 + INSTANT ||
	    strncmp(name, PREFIX, sizeof(PREFIX) - 1) != 0)
		return false;
	name += sizeof(PREFIX) - 1;
	memcpy(made, name, INSTANT);
	made[INSTANT] = '\0';
	if (made[COLON_1] != '-' || made[COLON_2] != '-')
		return false;
	made[COLON_1] = made[COLON_2] = ':';
	name += INSTANT;
	*is_partial = !strcmp(name, PARTIAL);
	return (*is_partial || !*name) &&
	    !instant_parse(text_of(made), made_ms);
}

/* --- its folders ---------------------------------------------------------- */

/* A folder's descriptor if it is a backup of this store, else -1. */
static int
open_own(const struct backups *backups, const char *name)
{
	struct identity identity = { .lock = -1 };

	identity.dir = openat(backups->dir, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (identity.dir >= 0 &&
	    identity_read(&identity, name, NULL) == STORE_OK &&
	    !memcmp(identity.instance, backups->instance, 16))
		return identity.dir;
	identity_close(&identity);
	return -1;
}

typedef int each_name(void *who, const char *name);

static int
each(const struct backups *backups, bool wants_partial, each_name *visit,
    void *who)
{
	int fd = openat(backups->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int64_t made_ms;
	bool is_partial;
	int result = 0;

	if (!stream) {
		if (fd >= 0)
			(void)close(fd);
		return STORE_IO;
	}
	while (!result && (entry = readdir(stream)) != NULL)
		if (backups_name_read(entry->d_name, &made_ms, &is_partial) &&
		    is_partial == wants_partial)
			result = visit(who, entry->d_name);
	(void)closedir(stream);
	return result;
}

struct giving {
	struct backups *backups;
	backups_visit *visit;
	void *who;
};

static int
give(void *who, const char *name)
{
	struct giving *giving = who;
	int folder = open_own(giving->backups, name);
	int result = folder < 0 ? 0 : giving->visit(giving->who, folder, name);

	if (folder >= 0)
		(void)close(folder);
	return result;
}

int
backups_each(struct backups *backups, backups_visit *visit, void *who)
{
	struct giving giving = { backups, visit, who };

	return each(backups, false, give, &giving);
}

/* --- opening -------------------------------------------------------------- */

struct removing {
	struct backups *backups;
	struct store_fault *fault;
};

/* The lock is held, so nobody makes it: a run was killed. */
static int
remove_partial(void *who, const char *name)
{
	struct removing *removing = who;
	int error = scrub_tree(removing->backups->dir, name);

	return error ? fault_system(removing->fault, error,
			   "%s: cannot be removed", name)
		     : STORE_OK;
}

static int
lock(struct backups *backups, const char *path, struct store_fault *fault)
{
	backups->lock = openat(backups->dir, LOCK,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (backups->lock < 0)
		return fault_system(fault, errno, "%s/" LOCK, path);
	if (!flock(backups->lock, LOCK_EX | LOCK_NB))
		return STORE_OK;
	return errno == EWOULDBLOCK
	    ? fault_set(fault, STORE_REFUSED,
		  "%s: another backup into it is under way", path)
	    : fault_system(fault, errno, "%s/" LOCK, path);
}

int
backups_open(struct backups *backups, const char *path,
    const uint8_t instance[16], struct store_fault *fault)
{
	struct removing removing = { backups, fault };
	int result = STORE_OK;

	*backups = (struct backups){ -1, -1, { 0 } };
	memcpy(backups->instance, instance, sizeof(backups->instance));
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return fault_system(fault, errno, "%s: cannot be made", path);
	backups->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (backups->dir < 0)
		result =
		    fault_system(fault, errno, "%s: cannot be opened", path);
	if (result == STORE_OK)
		result = lock(backups, path, fault);
	if (result == STORE_OK)
		result = each(backups, true, remove_partial, &removing);
	if (result != STORE_OK)
		backups_close(backups);
	return result;
}

void
backups_close(struct backups *backups)
{
	if (backups->lock >= 0)
		(void)close(backups->lock);
	if (backups->dir >= 0)
		(void)close(backups->dir);
	backups->lock = backups->dir = -1;
}

/* --- expiry --------------------------------------------------------------- */

struct expiring {
	struct backups *backups;
	int64_t before_ms;
	int64_t newest_ms; /* of all */
	uint64_t *expired;
	struct store_fault *fault;
};

static int
find_newest(void *who, int folder, const char *name)
{
	struct expiring *expiring = who;
	int64_t made_ms = 0;
	bool is_partial;

	(void)folder;
	if (backups_name_read(name, &made_ms, &is_partial) &&
	    made_ms > expiring->newest_ms)
		expiring->newest_ms = made_ms;
	return STORE_OK;
}

/* Renamed first: what is half removed is not whole. */
static int
expire(void *who, int folder, const char *name)
{
	struct expiring *expiring = who;
	char partial[BACKUP_NAME_MAX];
	int dir = expiring->backups->dir;
	int64_t made_ms = 0;
	bool is_partial;
	int error;

	(void)folder;
	if (!backups_name_read(name, &made_ms, &is_partial) ||
	    made_ms >= expiring->before_ms || made_ms == expiring->newest_ms)
		return STORE_OK;
	backups_name(made_ms, true, partial);
	error = renameat(dir, name, dir, partial) ? errno : 0;
	if (!error)
		error = scrub_tree(dir, partial);
	if (error)
		return fault_system(expiring->fault, error,
		    "%s: cannot be removed", name);
	++*expiring->expired;
	return STORE_OK;
}

int
backups_expire(struct backups *backups, int64_t before_ms, uint64_t *expired,
    struct store_fault *fault)
{
	struct expiring expiring = { backups, before_ms, INT64_MIN, expired,
		fault };
	int result = backups_each(backups, find_newest, &expiring);

	if (result == STORE_OK)
		result = backups_each(backups, expire, &expiring);
	if (result == STORE_OK && fsync(backups->dir) != 0)
		result = fault_system(fault, errno, "the backups' directory");
	return result;
}
