#include "daemon/store/log/scrub.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCRUB_BYTES = 65536 };

void
scrub_close(int fd)
{
	static const uint8_t zeroes[SCRUB_BYTES];
	struct stat st;
	off_t at = 0;

	if (fd < 0)
		return;
	if (fstat(fd, &st) != 0 || st.st_nlink > 0)
		st.st_size = 0;
	while (at < st.st_size) {
		off_t left = st.st_size - at;
		ssize_t n = pwrite(fd, zeroes,
		    left < SCRUB_BYTES ? (size_t)left : SCRUB_BYTES, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += n;
	}
	(void)fdatasync(fd);
	(void)close(fd);
}

/* A file, or what is no folder; EISDIR when it is one. */
static int
scrub_file(int dir, const char *name)
{
	struct stat st;
	int fd = -1;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (S_ISREG(st.st_mode))
		fd = openat(dir, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (unlinkat(dir, name, 0) != 0) {
		int error = errno;

		if (fd >= 0)
			(void)close(fd);
		return error;
	}
	scrub_close(fd);
	return 0;
}

/* What is in a folder. */
static int
scrub_files(int dir, const char *name)
{
	int fd =
	    openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int error = 0;

	if (!stream) {
		error = errno;
		if (fd >= 0)
			(void)close(fd);
		return error;
	}
	while (!error && (entry = readdir(stream)) != NULL) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		error = scrub_file(fd, entry->d_name);
		if (error == EISDIR)
			error = scrub_tree(fd, entry->d_name);
	}
	(void)closedir(stream);
	return error;
}

int
scrub_tree(int dir, const char *name)
{
	int error = scrub_file(dir, name);

	if (error != EISDIR)
		return error;
	error = scrub_files(dir, name);
	if (!error && unlinkat(dir, name, AT_REMOVEDIR) != 0)
		error = errno;
	return error;
}
