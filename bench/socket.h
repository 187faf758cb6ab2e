/*
 * socket.h - loopback sockets for the drivers, blocking unless said
 * otherwise.  Every function ends the program at a failure.
 */
#ifndef TOCSIN_BENCH_SOCKET_H
#define TOCSIN_BENCH_SOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * "PORT" or "PORT,CERTIFICATE": with the latter, a PEM file, every socket that
 * is connected from here on speaks TLS and believes that certificate only.
 */
uint16_t socket_port(const char *text);

/* Connect to a port of 127.0.0.1, without Nagle's delay. */
int socket_connect(uint16_t port);

/* Listen on a free port of 127.0.0.1, stored in *port. */
int socket_listen(uint16_t *port);

/* Take a connection, without Nagle's delay. */
int socket_accept(int listener);

/* Make reads and writes return at once. */
void socket_unblock(int fd);

/* Write all of it to a blocking socket. */
void socket_send(int fd, const void *bytes, size_t len);

/* Read exactly len bytes from a blocking socket. */
void socket_receive(int fd, void *bytes, size_t len);

/* Close, saying so in TLS. */
void socket_close(int fd);

/* As write and read, 0 when it would block; an end of file is a failure. */
size_t socket_write_some(int fd, const void *bytes, size_t len);
size_t socket_read_some(int fd, void *bytes, size_t len);

#endif
