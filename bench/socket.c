/* socket.c - loopback sockets for the drivers. */
#include "bench/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "bench/measure.h"

enum { SOCKETS_MAX = 65536, READ_AHEAD = 65536 };

/* Of a short-lived program's sockets, those in TLS. */
static SSL_CTX *context;
static SSL *secure[SOCKETS_MAX];

uint16_t
socket_port(const char *text)
{
	char number[8] = "";
	const char *comma = strchr(text, ',');
	size_t len = comma ? (size_t)(comma - text) : strlen(text);

	if (len < sizeof(number))
		memcpy(number, text, len);
	if (comma) {
		context = SSL_CTX_new(TLS_client_method());
		if (!context ||
		    SSL_CTX_load_verify_file(context, comma + 1) != 1)
			die("%s: no certificate", comma + 1);
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
		SSL_CTX_set_read_ahead(context, 1);
		SSL_CTX_set_default_read_buffer_len(context, READ_AHEAD);
		SSL_CTX_set_mode(context,
		    SSL_MODE_ENABLE_PARTIAL_WRITE |
			SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	}
	return (uint16_t)number_of("port", number, 1, 65535);
}

static void
shake(int fd)
{
	if (fd >= SOCKETS_MAX)
		die("too many sockets");
	secure[fd] = SSL_new(context);
	if (!secure[fd] || SSL_set_fd(secure[fd], fd) != 1 ||
	    SSL_connect(secure[fd]) != 1)
		die("TLS handshake: %s",
		    ERR_reason_error_string(ERR_peek_error()));
}

static SSL *
secure_of(int fd)
{
	return fd < SOCKETS_MAX ? secure[fd] : NULL;
}

static bool
would_block(SSL *ssl, int result)
{
	int error = SSL_get_error(ssl, result);

	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		die("TLS: %s", ERR_reason_error_string(ERR_peek_error()));
	return true;
}

/* All that has come, so that nothing waits unseen in OpenSSL. */
static size_t
read_secure(int fd, uint8_t *bytes, size_t len)
{
	SSL *ssl = secure[fd];
	bool blocks = !(fcntl(fd, F_GETFL) & O_NONBLOCK);
	size_t got = 0;

	while (got == 0 || !blocks || SSL_pending(ssl) > 0) {
		int read = SSL_read(ssl, bytes + got, (int)(len - got));

		if (read <= 0 && would_block(ssl, read))
			break;
		got += (size_t)read;
		if (got == len)
			break;
	}
	return got;
}

static size_t
write_secure(int fd, const uint8_t *bytes, size_t len)
{
	size_t sent = 0;

	while (sent < len) {
		int written =
		    SSL_write(secure[fd], bytes + sent, (int)(len - sent));

		if (written <= 0 && would_block(secure[fd], written))
			break;
		sent += (size_t)written;
	}
	return sent;
}

static int
open_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket: %s", strerror(errno));
	return fd;
}

static void
no_delay(int fd)
{
	int one = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		die("TCP_NODELAY: %s", strerror(errno));
}

static struct sockaddr_in
loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

int
socket_connect(uint16_t port)
{
	struct sockaddr_in address = loopback(port);
	int fd = open_socket();

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("connect to port %u: %s", port, strerror(errno));
	no_delay(fd);
	if (context)
		shake(fd);
	return fd;
}

void
socket_close(int fd)
{
	if (secure_of(fd)) {
		SSL_shutdown(secure[fd]);
		SSL_free(secure[fd]);
		secure[fd] = NULL;
	}
	close(fd);
}

int
socket_listen(uint16_t *port)
{
	struct sockaddr_in address = loopback(0);
	socklen_t len = sizeof(address);
	int fd = open_socket();

	if (bind(fd, (struct sockaddr *)&address, len) || listen(fd, 4096) ||
	    getsockname(fd, (struct sockaddr *)&address, &len))
		die("listen: %s", strerror(errno));
	*port = ntohs(address.sin_port);
	return fd;
}

int
socket_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		die("accept: %s", strerror(errno));
	no_delay(fd);
	return fd;
}

void
socket_unblock(int fd)
{
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		die("O_NONBLOCK: %s", strerror(errno));
}

void
socket_send(int fd, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	if (secure_of(fd)) {
		if (write_secure(fd, at, len) != len)
			die("send: not all of it");
		return;
	}
	while (len > 0) {
		ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			die("send: %s", strerror(errno));
		at += sent;
		len -= (size_t)sent;
	}
}

void
socket_receive(int fd, void *bytes, size_t len)
{
	uint8_t *at = bytes;

	if (secure_of(fd))
		die("socket_receive is for plain sockets");
	while (len > 0) {
		ssize_t got = read(fd, at, len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			die("receive: %s", got ? strerror(errno) : "closed");
		at += got;
		len -= (size_t)got;
	}
}

size_t
socket_write_some(int fd, const void *bytes, size_t len)
{
	ssize_t sent;

	if (secure_of(fd))
		return write_secure(fd, bytes, len);
	sent = send(fd, bytes, len, MSG_NOSIGNAL);
	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (sent < 0)
		die("send: %s", strerror(errno));
	return (size_t)sent;
}

size_t
socket_read_some(int fd, void *bytes, size_t len)
{
	ssize_t got;

	if (secure_of(fd))
		return read_secure(fd, bytes, len);
	got = read(fd, bytes, len);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0)
		die("receive: %s", got ? strerror(errno) : "closed");
	return (size_t)got;
}
