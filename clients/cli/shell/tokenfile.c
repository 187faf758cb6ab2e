#include "clients/cli/shell/tokenfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
fail(const char *path, const char *reason, char *why, size_t cap)
{
	snprintf(why, cap, "%s: %s", path, reason);
	return -1;
}

/* The first line, in place, without blanks around it. */
static const char *
first_line(char *text)
{
	static const char blank[] = " \t\r";
	size_t len;

	text += strspn(text, blank);
	len = strcspn(text, "\n");
	while (len > 0 && strchr(blank, text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

int
tokenfile_read(const char *path, char token[TOKENFILE_MAX], char *why,
    size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat stat;
	char text[1024];
	const char *line;
	ssize_t got;

	if (fd < 0)
		return fail(path, strerror(errno), why, cap);
	got = fstat(fd, &stat) ? -1 : read(fd, text, sizeof(text) - 1);
	close(fd);
	if (got < 0)
		return fail(path, strerror(errno), why, cap);
	if (S_ISREG(stat.st_mode) && stat.st_mode & (S_IRWXO | S_IWGRP))
		return fail(path,
		    "others may read or change it; chmod 600 it, and have the "
		    "token rotated if that was so for long",
		    why, cap);
	text[got] = '\0';
	line = first_line(text);
	if (!line[0] || strlen(line) >= TOKENFILE_MAX)
		return fail(path, "holds no token on its first line", why, cap);
	strcpy(token, line);
	return 0;
}

int
tokenfile_write(const char *path, const char *token, char *why, size_t cap)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t len = strlen(token);
	int result;

	if (fd < 0)
		return fail(path, strerror(errno), why, cap);
	result = write(fd, token, len) != (ssize_t)len ||
	    write(fd, "\n", 1) != 1 || fsync(fd);
	if (close(fd) || result)
		return fail(path, strerror(errno), why, cap);
	return 0;
}
