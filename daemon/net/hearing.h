/*
 * hearing.h - the reading half of a conn: the handshake, whole frames, their
 * deadline, the ends that reading can come to.  Only conn.c calls this.  Loop
 * thread.
 */
#ifndef TOCSIN_NET_HEARING_H
#define TOCSIN_NET_HEARING_H

#include "daemon/net/conn_inside.h"

/* The socket is readable, and conn_hears: read once. */
void hearing_read(struct conn *conn);

/* Reading may go on: look at what was read already, then read on. */
void hearing_go_on(struct conn *conn);

/* Have the readable event pending when it is wanted. */
void hearing_tend(struct conn *conn);

/* What is heard, or whether at all, has changed: set or lift the deadline. */
void hearing_time(struct conn *conn);

/* The handshake or a frame was not whole in time. */
void hearing_late(struct conn *conn);

#endif
