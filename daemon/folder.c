#include "daemon/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

int
folder_make(const char *path)
{
	char *parent;

	if (mkdir(path, 0700)) {
		if (errno == EEXIST)
			return 0;
		fprintf(stderr, "tocsind: %s: cannot be made: %s\n", path,
		    strerror(errno));
		return -1;
	}
	parent = folder_of(path);
	if (parent)
		sync_folder(parent);
	free(parent);
	return 0;
}

char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder, *real;

	if (!slash)
		folder = strdup(".");
	else if (slash == path)
		folder = strdup("/");
	else
		folder = strndup(path, (size_t)(slash - path));
	real = folder ? realpath(folder, NULL) : NULL;
	free(folder);
	return real;
}

int
folder_of_exports(const struct config *config, char *path, size_t cap)
{
	if (config->exports_directory[0])
		snprintf(path, cap, "%s", config->exports_directory);
	else
		snprintf(path, cap, "%s/tmp", config->data_dir);
	return folder_make(path);
}
