/*
 * records.h - the raw bytes between TLS and a socket: whole records in, one
 * send for all records of a write out.  What is unfinished in either
 * direction is all that a connection holds.  Knows how long a record is, and
 * nothing else of TLS.  Loop thread.
 */
#ifndef TOCSIN_NET_RECORDS_H
#define TOCSIN_NET_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"

enum {
	RECORDS_IN = 256 * 1024,   /* raw bytes of one read */
	RECORDS_OUT = 144 * 1024,  /* raw bytes of one write */
	RECORDS_KEPT = 256 * 1024, /* raw bytes unsent: more is a failure */
};

/* Room for the present read or write, shared by all. */
struct records_room {
	uint8_t in[RECORDS_IN];
	uint8_t out[RECORDS_OUT];
};

/* Zeroed but for fd, borrowed, and room, borrowed: nothing under way. */
struct records {
	int fd;
	struct records_room *room;
	struct buf rest;     /* owned: read, and not taken */
	struct buf unsent;   /* owned */
	const uint8_t *view; /* during a read: bytes not taken, in room */
	size_t left;         /* at view, or in rest */
	size_t owed;         /* of the record being taken */
	size_t gathered;     /* bytes of a write, in room */
	bool gathers;        /* a write is under way */
	bool is_over;        /* the socket's end was read */
};

/* Forget everything, release the memory. */
void records_free(struct records *records);

/* Read once, behind what was left; as recv.  records_settle ends it. */
ssize_t records_fill(struct records *records);
/* Give the room back, keeping what is left; false when out of memory. */
bool records_settle(struct records *records);

/* Take bytes of whole records only: how many, 0 when there is none. */
size_t records_take(struct records *records, uint8_t *at, size_t len);

/* Is there a whole record? */
bool records_are_there(const struct records *records);

/*
 * Send, or keep for records_flush what the socket does not take; between
 * gather and its flush, in one go.  false when too much is kept, or out of
 * memory, or the socket has failed (errno).
 */
bool records_put(struct records *records, const uint8_t *at, size_t len);
void records_gather(struct records *records);
/* 0 when all is sent or kept; 1 when some is kept; -1 with errno. */
int records_flush(struct records *records);

#endif
