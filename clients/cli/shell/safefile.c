#include "clients/cli/shell/safefile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODE = 0666 }; /* less the umask */

static int
open_unnamed(const char *path)
{
	char *copy = strdup(path);
	int fd = -1;
	if (copy)
		fd = open(dirname(copy), O_TMPFILE | O_RDWR | O_CLOEXEC, MODE);
	free(copy);
	return fd;
}

int
safefile_open(struct safefile *file, const char *path, const char *suffix)
{
	*file = (struct safefile){ .fd = -1 };
	if (asprintf(&file->path, "%s%s", path, suffix) < 0 ||
	    asprintf(&file->part, "%s%s.part", path, suffix) < 0)
		return -1;
	file->fd = open_unnamed(file->path);
	if (file->fd < 0) {
		file->fd = open(file->part,
		    O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, MODE);
		file->is_named = file->fd >= 0;
	}
	if (file->fd < 0)
		return -1;
	file->stream = fdopen(file->fd, "wb");
	return file->stream ? 0 : -1;
}

/* Give the file without a name its first one. */
static int
name_part(struct safefile *file)
{
	char self[64];
	snprintf(self, sizeof(self), "/proc/self/fd/%d", file->fd);
	if (unlink(file->part) && errno != ENOENT)
		return -1;
	if (linkat(AT_FDCWD, self, AT_FDCWD, file->part, AT_SYMLINK_FOLLOW))
		return -1;
	file->is_named = true;
	return 0;
}

int
safefile_keep(struct safefile *file)
{
	if (fflush(file->stream) || ferror(file->stream) || fsync(file->fd))
		return -1;
	if (!file->is_named && name_part(file))
		return -1;
	if (rename(file->part, file->path))
		return -1;
	file->is_named = false;
	return 0;
}

void
safefile_drop(struct safefile *file)
{
	if (file->stream)
		fclose(file->stream);
	else if (file->fd >= 0)
		close(file->fd);
	if (file->is_named && file->part)
		unlink(file->part);
	free(file->path);
	free(file->part);
	*file = (struct safefile){ .fd = -1 };
}
