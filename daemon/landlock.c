#include "daemon/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>

/* What newer kernels know and Debian 12's header does not. */
enum {
	FS_TRUNCATE = 1 << 14,        /* version 3 */
	FS_IOCTL_DEV = 1 << 15,       /* version 5 */
	NET_CONNECT_TCP = 1 << 1,     /* version 4 */
	SCOPE_ABSTRACT_UNIX = 1 << 0, /* version 6 */
	SCOPE_SIGNAL = 1 << 1,        /* version 6 */
	NEEDED = 2, /* before it no file can change its folder */
};

struct ruleset {
	uint64_t handled_fs;
	uint64_t handled_net; /* known from version 4 on */
	uint64_t scoped;      /* known from version 6 on */
};

enum {
	TO_READ = LANDLOCK_ACCESS_FS_READ_FILE,
	TO_BIND = LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE,
	TO_WRITE = LANDLOCK_ACCESS_FS_READ_FILE |
	    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
	    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
	    LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE,
	/* What a rule on a single file may name. */
	OF_FILES = LANDLOCK_ACCESS_FS_READ_FILE |
	    LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE,
	EVERYTHING = TO_WRITE | TO_BIND | LANDLOCK_ACCESS_FS_EXECUTE |
	    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_FIFO |
	    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |
	    FS_IOCTL_DEV,
};

int
landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return version < NEEDED ? 0 : (int)version;
}

/* Of these rights, those that this version of the kernel can refuse. */
static uint64_t
known(uint64_t rights, int version)
{
	if (version < 3)
		rights &= ~(uint64_t)FS_TRUNCATE;
	if (version < 5)
		rights &= ~(uint64_t)FS_IOCTL_DEV;
	return rights;
}

static int
make_ruleset(int version)
{
	struct ruleset ruleset = { known(EVERYTHING, version), NET_CONNECT_TCP,
		SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL };
	size_t size = sizeof(ruleset);

	/* A member that the kernel does not know must not be handed to it. */
	if (version < 6)
		size = offsetof(struct ruleset, scoped);
	if (version < 4)
		size = offsetof(struct ruleset, handled_net);
	return (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
}

static int
add_path(int ruleset, const struct landlock_path *path, int version)
{
	static const uint64_t rights[] = { [KEPT_TO_READ] = TO_READ,
		[KEPT_TO_WRITE] = TO_WRITE,
		[KEPT_TO_BIND] = TO_BIND };
	struct landlock_path_beneath_attr rule = {
		.allowed_access = known(rights[path->use], version),
		.parent_fd = open(path->path, O_PATH | O_CLOEXEC),
	};
	struct stat info;
	int error = 0;

	if (rule.parent_fd < 0)
		return errno == ENOENT ? 0 : errno;
	if (!fstat(rule.parent_fd, &info) && !S_ISDIR(info.st_mode))
		rule.allowed_access &= OF_FILES;
	if (rule.allowed_access &&
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0))
		error = errno;
	close(rule.parent_fd);
	return error;
}

int
landlock_close(const struct landlock_path *paths, size_t count)
{
	int version = landlock_version();
	int ruleset, error = 0;

	if (!version)
		return ENOSYS;
	ruleset = make_ruleset(version);
	if (ruleset < 0)
		return errno;
	for (size_t i = 0; i < count && !error; i++)
		error = add_path(ruleset, &paths[i], version);
	if (!error && syscall(SYS_landlock_restrict_self, ruleset, 0))
		error = errno;
	close(ruleset);
	return error;
}
