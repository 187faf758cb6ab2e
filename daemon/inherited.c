#include "daemon/inherited.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

enum { FIRST = 3 /* the first after stderr, by the protocol */ };

/* $LISTEN_FDS, if $LISTEN_PID is this process; -1 when it is no number. */
static long
count_of(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *count = getenv("LISTEN_FDS");
	char *end;
	long value;

	if (!pid || !count || strtol(pid, NULL, 10) != getpid())
		return 0;
	value = strtol(count, &end, 10);
	return !*count || *end || value < 0 ? -1 : value;
}

static int
option_of(int fd, int option)
{
	int value = -1;
	socklen_t len = (socklen_t)sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) ? -1 : value;
}

static bool
is_door(int fd)
{
	return option_of(fd, SO_TYPE) == SOCK_STREAM &&
	    option_of(fd, SO_ACCEPTCONN) == 1;
}

/* Copy the name up to the next colon; returns what is behind it. */
static const char *
copy_name(const char *names, char out[INHERITED_NAME_BYTES])
{
	size_t len = strcspn(names, ":");

	snprintf(out, INHERITED_NAME_BYTES, "%.*s", (int)len, names);
	return names[len] ? names + len + 1 : names + len;
}

static int
take(struct inherited *inherited, int fd, const char **names)
{
	unsigned index = inherited->count;

	*names = copy_name(*names, inherited->socket[index].name);
	if (!is_door(fd)) {
		fprintf(stderr,
		    "tocsind: LISTEN_FDS: descriptor %d is no listening "
		    "stream socket\n",
		    fd);
		return -1;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	inherited->socket[index].fd = fd;
	inherited->count++;
	return 0;
}

int
inherited_open(struct inherited *inherited)
{
	const char *names = getenv("LISTEN_FDNAMES");
	long count = count_of();
	int result = 0;

	*inherited = (struct inherited){ .count = 0 };
	if (count < 0 || count > INHERITED_MAX) {
		fprintf(stderr, "tocsind: LISTEN_FDS: use 0 to %d\n",
		    INHERITED_MAX);
		return -1;
	}
	names = names ? names : "";
	for (int i = 0; i < count && !result; i++)
		result = take(inherited, FIRST + i, &names);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (result)
		inherited_close(inherited);
	return result;
}

void
inherited_close(struct inherited *inherited)
{
	for (unsigned i = 0; i < inherited->count; i++)
		if (inherited->socket[i].fd >= 0)
			close(inherited->socket[i].fd);
	inherited->count = 0;
}
