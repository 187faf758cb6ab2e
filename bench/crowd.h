/*
 * crowd.h - many sockets that only listen, in one epoll loop.  What the first
 * one hears is kept; of the others only the number of bytes is.
 */
#ifndef TOCSIN_BENCH_CROWD_H
#define TOCSIN_BENCH_CROWD_H

#include <stdint.h>

#include "base/bytes.h"

struct crowd {
	uint32_t count;
	int epoll;
	int *fds;         /* owned */
	uint64_t *heard;  /* owned; bytes each has read */
	struct buf first; /* what the first has read and nobody took yet */
	uint64_t last_ns; /* when something was last read */
};

/* Connect count sockets to a port of 127.0.0.1; reads block until _listen. */
void crowd_connect(struct crowd *crowd, uint16_t port, uint32_t count);

/* From here on crowd_turn reads. */
void crowd_listen(struct crowd *crowd);

/* Read what has come, waiting at most so long for it; false when none did. */
bool crowd_turn(struct crowd *crowd, int timeout_ms);

/* Has everybody read at least so many bytes? */
bool crowd_heard(const struct crowd *crowd, uint64_t bytes);

/* Close and release everything. */
void crowd_close(struct crowd *crowd);

#endif
