#include "daemon/supervisor.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/logger.h"

/* "/path", or "@name" of the abstract space; its length, 0 for neither. */
static socklen_t
read_address(const char *name, struct sockaddr_un *address)
{
	size_t len = strlen(name);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len < 2 || len >= sizeof(address->sun_path) ||
	    (name[0] != '/' && name[0] != '@'))
		return 0;
	memcpy(address->sun_path, name, len);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static int
connect_to(const char *name)
{
	struct sockaddr_un address;
	socklen_t len = read_address(name, &address);
	int fd, error;

	if (!len) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, len)) {
		error = errno;
		close(fd);
		errno = error;
		fd = -1;
	}
	return fd;
}

/* $WATCHDOG_USEC, if it is meant for this process. */
static int64_t
read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (!usec || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	return strtoll(usec, NULL, 10) / 1000;
}

void
supervisor_open(struct supervisor *supervisor)
{
	const char *name = getenv("NOTIFY_SOCKET");

	*supervisor = (struct supervisor){ .fd = -1 };
	if (!name)
		return;
	supervisor->fd = connect_to(name);
	if (supervisor->fd < 0)
		log_line(LOG_WARNING, "supervisor-unreached",
		    "address=%s why=%s", LOG_QUOTE(text_of(name)),
		    LOG_QUOTE(text_of(strerrordesc_np(errno))));
	else
		supervisor->watchdog_ms = read_watchdog();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void
supervisor_close(struct supervisor *supervisor)
{
	if (supervisor->fd >= 0)
		close(supervisor->fd);
	supervisor->fd = -1;
}

void
supervisor_tell(const struct supervisor *supervisor, enum supervisor_news news)
{
	static const char *const words[] = { [NEWS_READY] = "READY=1",
		[NEWS_RELOADING] = "RELOADING=1",
		[NEWS_STOPPING] = "STOPPING=1",
		[NEWS_ALIVE] = "WATCHDOG=1" };
	struct timespec now;
	char text[80];
	int len;

	if (supervisor->fd < 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (news == NEWS_RELOADING)
		len =
		    snprintf(text, sizeof(text), "%s\nMONOTONIC_USEC=%lld%06ld",
			words[news], (long long)now.tv_sec, now.tv_nsec / 1000);
	else
		len = snprintf(text, sizeof(text), "%s", words[news]);
	/* A supervisor that does not read must not hold the loop up. */
	(void)!send(supervisor->fd, text, (size_t)len,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
}
