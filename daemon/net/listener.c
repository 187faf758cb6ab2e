/*
 * listener.c - one listening socket: addresses, accepting up to a cap, and a
 * rest when the machine is out of descriptors (a ready listener that cannot
 * be served would keep the loop spinning).
 */
#include "daemon/net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "daemon/logger.h"

enum {
	ADDRESS_MAX = 128, /* printed, with its NUL */
	BACKLOG = 1024,
	ACCEPTS_A_ROUND = 8, /* the peers already here get their turn */
	REST_MS = 100,
};

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
	} as;
	socklen_t len;
};

struct listener {
	struct loop *loop;
	struct listener_options options;
	struct event *event;     /* pending while accepting */
	struct loop_timer *rest; /* while out of descriptors, else NULL */
	int fd;
	unsigned open; /* connections of its own, not released */
	struct log_limit rest_log;
	bool owns_path; /* unlink the Unix socket at the end */
	ino_t inode;    /* of that socket, so that no other's is unlinked */
	uint64_t rests;
	char bound[ADDRESS_MAX];
};

static bool
parse_port(const char *text, in_port_t *port)
{
	unsigned long value = 0;
	size_t len = strlen(text);
	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned long)(text[i] - '0');
	}
	if (value > UINT16_MAX)
		return false;
	*port = htons((uint16_t)value);
	return true;
}

static bool
parse_unix(const char *path, struct address *address)
{
	struct sockaddr_un *local = &address->as.local;
	size_t len = strlen(path);
	if (len == 0 || len >= sizeof(local->sun_path))
		return false;
	local->sun_family = AF_UNIX;
	memcpy(local->sun_path, path, len + 1);
	address->len = (socklen_t)sizeof(*local);
	return true;
}

static bool
parse_v6(const char *text, struct address *address)
{
	char host[INET6_ADDRSTRLEN];
	const char *close = strchr(text, ']');
	if (!close || close[1] != ':')
		return false;
	size_t len = (size_t)(close - text);
	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	address->as.v6.sin6_family = AF_INET6;
	address->len = (socklen_t)sizeof(address->as.v6);
	return parse_port(close + 2, &address->as.v6.sin6_port) &&
	    inet_pton(AF_INET6, host, &address->as.v6.sin6_addr) == 1;
}

static bool
parse_v4(const char *text, struct address *address)
{
	char host[INET_ADDRSTRLEN];
	const char *colon = strchr(text, ':');
	if (!colon)
		return false;
	size_t len = (size_t)(colon - text);
	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	address->as.v4.sin_family = AF_INET;
	address->len = (socklen_t)sizeof(address->as.v4);
	if (!parse_port(colon + 1, &address->as.v4.sin_port))
		return false;
	const char *numeric = strcmp(host, "localhost") ? host : "127.0.0.1";
	return inet_pton(AF_INET, numeric, &address->as.v4.sin_addr) == 1;
}

static bool
parse_address(const char *text, struct address *address)
{
	memset(address, 0, sizeof(*address));
	if (!strncmp(text, "unix:", 5))
		return parse_unix(text + 5, address);
	if (text[0] == '[')
		return parse_v6(text + 1, address);
	return parse_v4(text, address);
}

int
listener_is_local(const char *text)
{
	struct address address;
	if (!parse_address(text, &address))
		return -1;
	if (address.as.any.sa_family == AF_UNIX)
		return 1;
	if (address.as.any.sa_family == AF_INET)
		return ntohl(address.as.v4.sin_addr.s_addr) >> 24 == 127;
	const struct in6_addr *v6 = &address.as.v6.sin6_addr;
	return IN6_IS_ADDR_LOOPBACK(v6) ||
	    (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
}

static void
print_address(const struct address *address, char out[ADDRESS_MAX])
{
	char host[INET6_ADDRSTRLEN] = "";
	if (address->as.any.sa_family == AF_UNIX) {
		snprintf(out, ADDRESS_MAX, "unix:%s",
		    address->as.local.sun_path);
	} else if (address->as.any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &address->as.v4.sin_addr, host,
		    sizeof(host));
		snprintf(out, ADDRESS_MAX, "%s:%u", host,
		    ntohs(address->as.v4.sin_port));
	} else {
		inet_ntop(AF_INET6, &address->as.v6.sin6_addr, host,
		    sizeof(host));
		snprintf(out, ADDRESS_MAX, "[%s]:%u", host,
		    ntohs(address->as.v6.sin6_port));
	}
}

/* Nobody answers at a Unix socket's path: remove what a dead daemon left. */
static void
remove_stale(const struct address *address)
{
	struct stat info;
	const char *path = address->as.local.sun_path;
	if (lstat(path, &info) != 0 || !S_ISSOCK(info.st_mode))
		return;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, &address->as.any, address->len) != 0 &&
	    errno == ECONNREFUSED)
		unlink(path);
	close(fd);
}

static void accept_some(evutil_socket_t fd, short what, void *who);

static bool
is_full(const struct listener *listener)
{
	const struct listener_options *options = &listener->options;
	unsigned open =
	    options->open ? options->open(options->who) : listener->open;
	return open >= options->max_connections;
}

/* Accept unless the cap is reached or a rest is being taken. */
static void
go_on(struct listener *listener)
{
	if (!listener->rest && !is_full(listener))
		event_add(listener->event, NULL);
}

static void
on_rested(void *who)
{
	struct listener *listener = who;
	loop_timer_free(listener->rest);
	listener->rest = NULL;
	go_on(listener);
}

static void
take_rest(struct listener *listener, int error)
{
	uint64_t suppressed;
	listener->rests++;
	if (log_allowed(&listener->rest_log, loop_now_ms(), &suppressed))
		log_line(LOG_WARNING, "accept-rests",
		    "address=%s why=%s suppressed=%llu",
		    LOG_QUOTE(text_of(listener->bound)),
		    LOG_QUOTE(text_of(strerrordesc_np(error))),
		    (unsigned long long)suppressed);
	listener->rest =
	    loop_timer_new(listener->loop, REST_MS, on_rested, listener);
	/* Without memory for a timer, spinning is the lesser evil. */
	if (listener->rest)
		event_del(listener->event);
}

/* Does this failure belong to the one connection, not to the machine? */
static bool
is_passing(int error)
{
	return error == EINTR || error == ECONNABORTED || error == EPROTO ||
	    error == EPERM;
}

/*
 * Small answers go at once, and a peer whose machine vanished is noticed.
 * Sockets that are not TCP refuse these, which does no harm.
 */
static void
set_options(int fd)
{
	int yes = 1;
	int idle_s = 60;
	int probe_s = 15;
	socklen_t len = (socklen_t)sizeof(yes);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, len);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, len);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, len);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &probe_s, len);
}

static void
accept_some(evutil_socket_t fd, short what, void *who)
{
	struct listener *listener = who;
	const struct listener_options *options = &listener->options;
	(void)what;
	for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
		if (is_full(listener)) {
			event_del(listener->event);
			return;
		}
		int peer =
		    accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (peer >= 0) {
			listener->open++;
			set_options(peer);
			options->on_accept(options->who, peer);
		} else if (errno == EAGAIN) {
			return;
		} else if (!is_passing(errno)) {
			take_rest(listener, errno);
			return;
		}
	}
}

static void
own_path(struct listener *listener, const char *path)
{
	struct stat info;
	if (lstat(path, &info) != 0)
		return;
	listener->owns_path = true;
	listener->inode = info.st_ino;
}

static int
listen_on(struct listener *listener, struct address *address)
{
	int yes = 1;
	int family = address->as.any.sa_family;
	listener->fd =
	    socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener->fd < 0)
		return -1;
	if (family == AF_UNIX)
		remove_stale(address);
	else
		setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &yes,
		    (socklen_t)sizeof(yes));
	if (family == AF_INET6)
		setsockopt(listener->fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes,
		    (socklen_t)sizeof(yes));
	if (bind(listener->fd, &address->as.any, address->len) != 0)
		return -1;
	if (family == AF_UNIX)
		own_path(listener, address->as.local.sun_path);
	if (listen(listener->fd, BACKLOG) != 0)
		return -1;
	if (family == AF_UNIX)
		return 0;
	return getsockname(listener->fd, &address->as.any, &address->len);
}

/* Where a socket of another's listens; "unix:" if it has no name. */
static void
address_of(int fd, struct address *address)
{
	memset(address, 0, sizeof(*address));
	address->len = (socklen_t)sizeof(address->as);
	if (getsockname(fd, &address->as.any, &address->len) != 0)
		address->as.any.sa_family = AF_UNIX;
}

static void
explain(const char *address, char *why, size_t cap)
{
	int error = errno;
	if (error == EADDRINUSE)
		snprintf(why, cap, "%s is in use by another process", address);
	else
		snprintf(why, cap, "cannot listen on %s: %s", address,
		    strerrordesc_np(error));
}

struct listener *
listener_open(struct loop *loop, const struct listener_options *options,
    char *why, size_t cap)
{
	struct address address;
	if (options->inherited) {
		address_of(options->inherited, &address);
	} else if (!parse_address(options->address, &address)) {
		snprintf(why, cap,
		    "%s is no address: use 127.0.0.1:PORT, [::1]:PORT or "
		    "unix:/PATH",
		    options->address);
		return NULL;
	}
	struct listener *listener = calloc(1, sizeof(*listener));
	if (!listener) {
		snprintf(why, cap, "out of memory");
		return NULL;
	}
	listener->loop = loop;
	listener->options = *options;
	listener->rest_log =
	    (struct log_limit){ .burst = 1, .period_ms = 60000 };
	listener->options.address = listener->bound;
	print_address(&address, listener->bound);
	listener->fd = options->inherited;
	if (!options->inherited && listen_on(listener, &address) != 0)
		goto fail;
	print_address(&address, listener->bound);
	listener->event = event_new(loop_base(loop), listener->fd,
	    EV_READ | EV_PERSIST, accept_some, listener);
	if (!listener->event || event_add(listener->event, NULL) != 0) {
		errno = ENOMEM;
		goto fail;
	}
	return listener;
fail:
	explain(options->inherited ? listener->bound : options->address, why,
	    cap);
	listener_close(listener);
	return NULL;
}

const char *
listener_address(const struct listener *listener)
{
	return listener->bound;
}

void
listener_release(struct listener *listener)
{
	if (listener->open > 0)
		listener->open--;
	go_on(listener);
}

uint64_t
listener_rests(const struct listener *listener)
{
	return listener->rests;
}

static void
unlink_own(const struct listener *listener)
{
	struct stat info;
	const char *path = listener->bound + sizeof("unix:") - 1;
	if (lstat(path, &info) == 0 && info.st_ino == listener->inode)
		unlink(path);
}

void
listener_close(struct listener *listener)
{
	if (!listener)
		return;
	loop_timer_free(listener->rest);
	if (listener->event)
		event_free(listener->event);
	if (listener->owns_path)
		unlink_own(listener);
	if (listener->fd >= 0)
		close(listener->fd);
	free(listener);
}
