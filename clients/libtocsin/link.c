#include "clients/libtocsin/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	CONNECT_MS = 10000, /* one address */
	SHAKE_MS = 10000,
	READ_BYTES = 65536,
	KEEP_IDLE_S = 60, /* a peer behind a dead NAT is noticed in 2 min */
	KEEP_EVERY_S = 20,
	KEEP_TIMES = 3,
};

/* What we take from a daemon: replies may be larger than requests. */
static const struct scan_limits limits = {
	.frame_bytes = 64 << 20,
	.elements = 4 << 20,
	.depth = SCAN_MAX_DEPTH,
};

int
error_set(struct tocsin_error *error, enum tocsin_code code, const char *format,
    ...)
{
	va_list args;
	if (!error)
		return (int)code;
	*error = (struct tocsin_error){ .code = code };
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return (int)code;
}

static int
read_unix(struct link *link, const char *path, struct tocsin_error *error)
{
	struct sockaddr_un address;
	if (!path[0] || strlen(path) >= sizeof(address.sun_path))
		return error_set(error, TOCSIN_MISUSE,
		    "the path of a Unix socket has 1 to %zu bytes",
		    sizeof(address.sun_path) - 1);
	link->path = strdup(path);
	if (!link->path)
		return error_set(error, TOCSIN_NO_MEMORY, "out of memory");
	return 0;
}

/* Where the host begins and ends and the port begins; false when malformed. */
static bool
split(const char *server, struct text *host, const char **port)
{
	const char *colon = strrchr(server, ':');
	const char *end;
	char *rest;
	unsigned long number;
	if (!colon || !colon[1])
		return false;
	end = colon;
	if (server[0] == '[') {
		if (end == server || end[-1] != ']')
			return false;
		server++;
		end--;
	} else if (memchr(server, ':', (size_t)(colon - server))) {
		return false;
	}
	*host = (struct text){ server, (size_t)(end - server) };
	*port = colon + 1;
	number = strtoul(*port, &rest, 10);
	return host->len && !*rest && **port >= '0' && **port <= '9' &&
	    number > 0 && number < 65536;
}

/* This machine itself, by what is written: no name is looked up. */
static bool
is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return !strcasecmp(host, "localhost");
}

static bool
names(const char *file)
{
	return file && file[0];
}

/* Plain is for this machine, and only where no file speaks of TLS. */
static int
choose_tls(struct link *link, const struct secure_files *files,
    struct tocsin_error *error)
{
	struct tocsin_error why;
	bool is_wanted = names(files->ca) || names(files->cert) ||
	    names(files->key) || !is_loopback(link->host);
	if (!is_wanted)
		return 0;
	link->secure = secure_new(files, &why);
	if (link->secure)
		return 0;
	if (error)
		*error = why;
	return (int)why.code;
}

int
link_init(struct link *link, const char *server,
    const struct secure_files *files, struct tocsin_error *error)
{
	struct text host;
	const char *port;
	*link = (struct link){ .fd = -1 };
	snprintf(link->shown, sizeof(link->shown), "%s", server);
	if (!strncmp(server, "unix:", 5))
		return read_unix(link, server + 5, error);
	if (!split(server, &host, &port))
		return error_set(error, TOCSIN_MISUSE,
		    "a server is HOST:PORT, [V6]:PORT or unix:/PATH, not %s",
		    link->shown);
	link->host = strndup(host.at, host.len);
	link->port = strdup(port);
	if (!link->host || !link->port)
		return error_set(error, TOCSIN_NO_MEMORY, "out of memory");
	return choose_tls(link, files, error);
}

void
link_fini(struct link *link)
{
	link_close(link);
	buf_free(&link->in);
	buf_free(&link->out);
	free(link->host);
	free(link->port);
	free(link->path);
	secure_free(link->secure);
}

static void
drop_addresses(struct link *link)
{
	if (link->addresses)
		freeaddrinfo(link->addresses);
	link->addresses = NULL;
	link->next = NULL;
}

void
link_close(struct link *link)
{
	if (link->secure)
		secure_close(link->secure);
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
	link->state = LINK_DOWN;
	drop_addresses(link);
	buf_clear(&link->in);
	buf_clear(&link->out);
	link->taken = 0;
	link->sent = 0;
	link->scan = (struct scan){ 0 };
}

static int
refused(struct link *link, int why, struct tocsin_error *error)
{
	link_close(link);
	return error_set(error, TOCSIN_UNREACHABLE, "cannot connect to %s: %s",
	    link->shown, strerror(why));
}

static void
set_tcp(int fd)
{
	const int names[][2] = { { TCP_NODELAY, 1 },
		{ TCP_KEEPIDLE, KEEP_IDLE_S }, { TCP_KEEPINTVL, KEEP_EVERY_S },
		{ TCP_KEEPCNT, KEEP_TIMES } };
	const int on = 1;
	/* Each is a comfort; a connection without it still works. */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		setsockopt(fd, IPPROTO_TCP, names[i][0], &names[i][1],
		    sizeof(names[i][1]));
}

/* 0 connected or on its way, else an errno. */
static int
dial(struct link *link, const struct sockaddr *address, socklen_t len)
{
	int fd = socket(address->sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	if (address->sa_family != AF_UNIX)
		set_tcp(fd);
	if (!connect(fd, address, len)) {
		link->state = LINK_UP;
	} else if (errno == EINPROGRESS) {
		link->state = LINK_CONNECTING;
	} else {
		int why = errno;
		close(fd);
		return why;
	}
	link->fd = fd;
	return 0;
}

/* Try addresses until one is on its way.  0, or the last one's errno. */
static int
dial_next(struct link *link, int64_t now, int why)
{
	while (link->next) {
		struct addrinfo *address = link->next;
		link->next = address->ai_next;
		link->connect_by = now + CONNECT_MS;
		why = dial(link, address->ai_addr, address->ai_addrlen);
		if (!why)
			break;
	}
	return why;
}

/* TLS has failed: what secure says, as one sentence about the server. */
static int
distrusted(struct link *link, struct tocsin_error *error)
{
	const char *text;
	enum tocsin_code code = secure_why(link->secure, &text);
	error_set(error, code, "%s %s: %s",
	    code == TOCSIN_UNTRUSTED ? "cannot trust" : "cannot talk to",
	    link->shown, text);
	link_close(link);
	return (int)code;
}

static int
shake(struct link *link, int64_t now, struct tocsin_error *error)
{
	int result = secure_shake(link->secure);
	if (result < 0)
		return distrusted(link, error);
	if (result > 0) {
		link->state = LINK_UP;
		drop_addresses(link);
	} else if (now >= link->connect_by) {
		link_close(link);
		return error_set(error, TOCSIN_UNREACHABLE,
		    "cannot talk to %s: the TLS handshake was not done in time",
		    link->shown);
	}
	return 0;
}

/* The socket is connected. */
static int
come_up(struct link *link, int64_t now, struct tocsin_error *error)
{
	if (!link->secure) {
		link->state = LINK_UP;
		drop_addresses(link);
		return 0;
	}
	link->state = LINK_SHAKING;
	link->connect_by = now + SHAKE_MS;
	if (secure_open(link->secure, link->fd, link->host))
		return shake(link, now, error);
	link_close(link);
	return error_set(error, TOCSIN_UNREACHABLE, "out of memory");
}

/* What dial_next came to: refused with why, on its way, or connected. */
static int
dialled(struct link *link, int why, int64_t now, struct tocsin_error *error)
{
	if (why)
		return refused(link, why, error);
	return link->state == LINK_UP ? come_up(link, now, error) : 0;
}

static int
open_unix(struct link *link, int64_t now, struct tocsin_error *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int why;
	memcpy(address.sun_path, link->path, strlen(link->path) + 1);
	link->connect_by = now + CONNECT_MS;
	why = dial(link, (const struct sockaddr *)(const void *)&address,
	    sizeof(address));
	return why ? refused(link, why, error) : 0;
}

int
link_open(struct link *link, int64_t now, struct tocsin_error *error)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	int why;
	link_close(link);
	if (link->path)
		return open_unix(link, now, error);
	why = getaddrinfo(link->host, link->port, &hints, &link->addresses);
	if (why) {
		link->addresses = NULL;
		return error_set(error, TOCSIN_UNREACHABLE,
		    "cannot connect to %s: %s", link->shown, gai_strerror(why));
	}
	link->next = link->addresses;
	why = dial_next(link, now, EADDRNOTAVAIL);
	return dialled(link, why, now, error);
}

int
link_settle(struct link *link, int64_t now, struct tocsin_error *error)
{
	int why = 0;
	socklen_t len = sizeof(why);
	if (link->state == LINK_SHAKING)
		return shake(link, now, error);
	if (now >= link->connect_by)
		why = ETIMEDOUT;
	else if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &why, &len))
		why = errno;
	if (!why)
		return come_up(link, now, error);
	close(link->fd);
	link->fd = -1;
	link->state = LINK_DOWN;
	why = dial_next(link, now, why);
	return dialled(link, why, now, error);
}

static int
lost(struct link *link, int why, struct tocsin_error *error)
{
	if (why == EPROTO && link->secure)
		return distrusted(link, error);
	return error_set(error, TOCSIN_UNREACHABLE,
	    "the connection to %s was lost: %s", link->shown,
	    why ? strerror(why) : "the server closed it");
}

static ssize_t
write_some(struct link *link, const uint8_t *at, size_t len)
{
	return link->secure ? secure_write(link->secure, at, len)
			    : send(link->fd, at, len, MSG_NOSIGNAL);
}

static ssize_t
read_some(struct link *link, uint8_t *at, size_t room)
{
	return link->secure ? secure_read(link->secure, at, room)
			    : recv(link->fd, at, room, 0);
}

int
link_flush(struct link *link, struct tocsin_error *error)
{
	while (link->sent < link->out.len) {
		ssize_t n = write_some(link, link->out.at + link->sent,
		    link->out.len - link->sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return lost(link, errno, error);
		link->sent += (size_t)n;
	}
	buf_clear(&link->out);
	link->sent = 0;
	return 0;
}

/* Move what is not taken to the front, so that the buffer stays small. */
static void
shift(struct link *link)
{
	size_t left = link->in.len - link->taken;
	if (!link->taken)
		return;
	if (left)
		memmove(link->in.at, link->in.at + link->taken, left);
	link->in.len = left;
	link->taken = 0;
}

int
link_fill(struct link *link, struct tocsin_error *error)
{
	shift(link);
	for (;;) {
		ssize_t n;
		if (!buf_reserve(&link->in, READ_BYTES))
			return error_set(error, TOCSIN_UNREACHABLE,
			    "out of memory");
		n = read_some(link, link->in.at + link->in.len, READ_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return lost(link, n ? errno : 0, error);
		link->in.len += (size_t)n;
		if (link->secure && secure_has_rest(link->secure))
			continue;
		/* A short read has emptied the socket; a full one gets its
		 * turn after what came has been worked through. */
		return 0;
	}
}

bool
link_take(struct link *link, struct text *frame, struct tocsin_error *error)
{
	const uint8_t *at = link->in.at + link->taken;
	size_t len = link->in.len - link->taken;
	if (!len)
		return false;
	switch (scan_more(&link->scan, &limits, at, len)) {
	case SCAN_MORE:
		return false;
	case SCAN_WHOLE:
		*frame = (struct text){ (const char *)at, link->scan.offset };
		link->taken += link->scan.offset;
		link->scan = (struct scan){ 0 };
		return true;
	case SCAN_BAD:
	default:
		error_set(error, TOCSIN_BAD_FRAME,
		    "%s sent what is no message of ours: %s", link->shown,
		    link->scan.why ? link->scan.why : "");
		return false;
	}
}

size_t
link_unsent(const struct link *link)
{
	return link->out.len - link->sent;
}

bool
link_wants_write(const struct link *link)
{
	if (link->state == LINK_CONNECTING)
		return true;
	if (link->secure && secure_wants_write(link->secure))
		return true;
	return link->state == LINK_UP && link_unsent(link) > 0;
}
