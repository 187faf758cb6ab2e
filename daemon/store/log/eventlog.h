/*
 * eventlog.h - the log: a directory of segments, one writer, any readers.
 * It owns two threads: one calls fdatasync, one seals closed segments.
 */
#ifndef TOCSIN_STORE_LOG_EVENTLOG_H
#define TOCSIN_STORE_LOG_EVENTLOG_H

#include <stdint.h>

#include "daemon/store/log/fault.h"
#include "daemon/store/log/frame.h"
#include "daemon/store/log/shelf.h"
#include "daemon/store/log/walk.h"

struct eventlog;

struct eventlog_options {
	int dir; /* descriptor of the data directory; borrowed */
	uint64_t segment_bytes;
	uint32_t seed;
	const uint8_t *instance; /* 16 */
	uint64_t anchor_seq;     /* what LMDB says of the log */
	uint32_t anchor_chain;
	/* On the fdatasync thread, when everything up to seq is durable. */
	void (*on_durable)(void *who, uint64_t seq);
	void *who;
};

/* Recover and open DIR/log, made when absent.  NULL with fault filled. */
struct eventlog *eventlog_open(const struct eventlog_options *options,
    struct store_fault *fault);

/* Wait for what is written to be durable, stop the threads.  NULL is fine. */
void eventlog_close(struct eventlog *log);

/* Writer thread: the place after the last frame. */
struct log_position eventlog_position(const struct eventlog *log);

/*
 * Writer thread: write ended frames and ask for their fdatasync.  STORE_FULL
 * (nothing was kept) or STORE_OK; an input/output error ends the process.
 */
int eventlog_append(struct eventlog *log, const struct frame_maker *maker);

/*
 * Writer thread: close the segment that is written, unless it is empty, so
 * that what stands in it can be erased.  STORE_FULL or STORE_OK.
 */
int eventlog_rotate(struct eventlog *log);

/* Highest durable sequence; any thread. */
uint64_t eventlog_durable(const struct eventlog *log);
/* Wait until all that was appended is durable, or (any thread) seq is. */
void eventlog_wait(struct eventlog *log);
void eventlog_wait_for(struct eventlog *log, uint64_t seq);

/* For reading (walk.h); lives as long as the log. */
struct shelf *eventlog_shelf(struct eventlog *log);

/* Everything up to seq is in LMDB: closed segments so old may be sealed. */
void eventlog_applied(struct eventlog *log, uint64_t seq);

/* Wait until there is nothing left to seal. */
void eventlog_wait_sealed(struct eventlog *log);

struct eventlog_figures {
	uint64_t log_bytes;
	uint64_t sealed_bytes;
	uint64_t sealed_events;
	uint64_t syncs;
};
/* Any thread. */
void eventlog_figures(struct eventlog *log, struct eventlog_figures *figures);

#endif
