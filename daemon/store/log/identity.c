#include "daemon/store/log/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/digest.h"
#include "daemon/store/log/segment.h"

enum { INSTANCE_BYTES = 64, INSTANCE_VERSION = 1 };

static const char magic[8] = { 'T', 'O', 'C', 'S', 'T', 'O', 'R', 'E' };

/* Locks and fdatasync cannot be trusted there. */
static const struct {
	uint32_t type;
	const char *name;
} network[] = {
	{ 0x6969, "nfs" },
	{ 0x517b, "smb" },
	{ 0xfe534d42, "smb2" },
	{ 0xff534d42, "cifs" },
	{ 0x01021997, "9p" },
	{ 0x65735546, "fuse" },
	{ 0x00c36400, "ceph" },
	{ 0x5346414f, "afs" },
	{ 0x73757245, "coda" },
};

static int
refuse_network(int fd, const char *dir, struct store_fault *fault)
{
	struct statfs st;

	if (fstatfs(fd, &st) != 0)
		return fault_system(fault, errno, "%s", dir);
	for (size_t i = 0; i < sizeof(network) / sizeof(network[0]); i++)
		if ((uint32_t)st.f_type == network[i].type)
			return fault_set(fault, STORE_REFUSED,
			    "%s is on %s: a store needs a local file system "
			    "(ext4, xfs, btrfs ...)",
			    dir, network[i].name);
	return STORE_OK;
}

/* Make the directory's own entry durable. */
static int
sync_parent(const char *dir, struct store_fault *fault)
{
	char parent[4096];
	int fd, result = STORE_OK;

	if (snprintf(parent, sizeof(parent), "%s/..", dir) >=
	    (int)sizeof(parent))
		return fault_set(fault, STORE_REFUSED, "%s: too long", dir);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		result = fault_system(fault, errno, "%s", parent);
	if (fd >= 0)
		(void)close(fd);
	return result;
}

static int
open_dir(struct identity *identity, const char *dir, bool must_exist,
    struct store_fault *fault)
{
	bool is_new = false;

	if (!must_exist) {
		is_new = mkdir(dir, 0700) == 0;
		if (!is_new && errno != EEXIST)
			return fault_system(fault, errno, "%s: cannot be made",
			    dir);
	}
	identity->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (identity->dir < 0 && must_exist && errno == ENOENT)
		return fault_set(fault, STORE_REFUSED, "%s does not exist",
		    dir);
	if (identity->dir < 0)
		return fault_system(fault, errno, "%s: cannot be opened", dir);
	if (is_new && sync_parent(dir, fault) != STORE_OK)
		return fault ? (int)fault->result : STORE_IO;
	return refuse_network(identity->dir, dir, fault);
}

static int
take_lock(struct identity *identity, const char *dir, struct store_fault *fault)
{
	char holder[24] = "";
	int len;

	identity->lock =
	    openat(identity->dir, "lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (identity->lock < 0)
		return fault_system(fault, errno, "%s/lock", dir);
	if (flock(identity->lock, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			return fault_system(fault, errno, "%s/lock", dir);
		if (pread(identity->lock, holder, sizeof(holder) - 1, 0) < 0)
			holder[0] = '\0';
		holder[strspn(holder, "0123456789")] = '\0';
		return fault_set(fault, STORE_REFUSED,
		    "%s is in use by process %s: one daemon, one directory",
		    dir, holder[0] ? holder : "?");
	}
	len = snprintf(holder, sizeof(holder), "%ld\n", (long)getpid());
	if (ftruncate(identity->lock, 0) != 0 ||
	    pwrite(identity->lock, holder, (size_t)len, 0) != len)
		return fault_system(fault, errno, "%s/lock", dir);
	return STORE_OK;
}

int
identity_write(const struct identity *identity, const char *dir,
    struct store_fault *fault)
{
	uint8_t bytes[INSTANCE_BYTES] = { 0 };
	uint32_t version = INSTANCE_VERSION;
	uint32_t crc;
	int fd = openat(identity->dir, "instance.new",
	    O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	bool is_done = false;

	memcpy(bytes, magic, 8);
	memcpy(bytes + 8, &version, 4);
	memcpy(bytes + 12, &identity->epoch, 4);
	memcpy(bytes + 16, identity->instance, 16);
	memcpy(bytes + 32, identity->hash_key, 16);
	memcpy(bytes + 48, &identity->seed, 4);
	crc = crc32c(0, bytes, 60);
	memcpy(bytes + 60, &crc, 4);
	if (fd >= 0)
		is_done =
		    write(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes) &&
		    fsync(fd) == 0 &&
		    renameat(identity->dir, "instance.new", identity->dir,
			"instance") == 0 &&
		    fsync(identity->dir) == 0;
	if (!is_done)
		(void)fault_system(fault, errno, "%s/instance: cannot be made",
		    dir);
	if (fd >= 0)
		(void)close(fd);
	return is_done ? STORE_OK : fault ? (int)fault->result : STORE_IO;
}

/* A store without its instance file lost it: never make a second one. */
static int
make_instance(struct identity *identity, const char *dir, bool must_exist,
    struct store_fault *fault)
{
	if (must_exist)
		return fault_set(fault, STORE_REFUSED, "%s holds no store",
		    dir);
	if (faccessat(identity->dir, "log", F_OK, 0) == 0 ||
	    faccessat(identity->dir, "db", F_OK, 0) == 0)
		return fault_set(fault, STORE_REFUSED,
		    "%s/instance is missing beside a log: restore it", dir);
	if (faccessat(identity->dir, IDENTITY_RESTORING, F_OK, 0) == 0)
		return fault_set(fault, STORE_REFUSED,
		    "%s: a --restore into it was cut short; run it again", dir);
	if (digest_init() != 0)
		return fault_set(fault, STORE_IO,
		    "no source of random numbers");
	identity->epoch = 1;
	digest_random(identity->instance, sizeof(identity->instance));
	digest_random(identity->hash_key, sizeof(identity->hash_key));
	digest_random(&identity->seed, sizeof(identity->seed));
	return identity_write(identity, dir, fault);
}

int
identity_read(struct identity *identity, const char *dir,
    struct store_fault *fault)
{
	uint8_t bytes[INSTANCE_BYTES + 1];
	uint32_t version, crc;
	int64_t n;
	int fd = openat(identity->dir, "instance", O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return fault_set(fault, STORE_NOT_FOUND, "%s holds no store",
		    dir);
	if (fd < 0)
		return fault_system(fault, errno, "%s/instance", dir);
	n = segment_pread(fd, bytes, sizeof(bytes), 0);
	(void)close(fd);
	memcpy(&version, bytes + 8, 4);
	memcpy(&crc, bytes + 60, 4);
	if (n != INSTANCE_BYTES || memcmp(bytes, magic, 8) != 0 ||
	    crc != crc32c(0, bytes, 60))
		return fault_set(fault, STORE_CORRUPT, "%s/instance is damaged",
		    dir);
	if (version != INSTANCE_VERSION)
		return fault_set(fault, STORE_REFUSED,
		    "%s/instance: format version %" PRIu32
		    ", this program reads version %d",
		    dir, version, INSTANCE_VERSION);
	memcpy(&identity->epoch, bytes + 12, 4);
	memcpy(identity->instance, bytes + 16, 16);
	memcpy(identity->hash_key, bytes + 32, 16);
	memcpy(&identity->seed, bytes + 48, 4);
	return STORE_OK;
}

int
identity_lock(struct identity *identity, const char *dir, bool must_exist,
    struct store_fault *fault)
{
	int result;

	*identity = (struct identity){ .dir = -1, .lock = -1 };
	result = open_dir(identity, dir, must_exist, fault);
	if (result == STORE_OK)
		result = take_lock(identity, dir, fault);
	if (result != STORE_OK)
		identity_close(identity);
	return result;
}

int
identity_open(struct identity *identity, const char *dir, bool must_exist,
    struct store_fault *fault)
{
	int result = identity_lock(identity, dir, must_exist, fault);

	if (result != STORE_OK)
		return result;
	result = identity_read(identity, dir, fault);
	if (result == STORE_NOT_FOUND)
		result = make_instance(identity, dir, must_exist, fault);
	if (result != STORE_OK)
		identity_close(identity);
	return result;
}

void
identity_close(struct identity *identity)
{
	if (identity->lock >= 0)
		(void)close(identity->lock);
	if (identity->dir >= 0)
		(void)close(identity->dir);
	identity->lock = -1;
	identity->dir = -1;
}
