/*
 * syncer.h - the thread that calls fdatasync.  What was written before a call
 * began is durable when it returns, and nothing else.
 */
#ifndef TOCSIN_STORE_LOG_SYNCER_H
#define TOCSIN_STORE_LOG_SYNCER_H

#include <stdint.h>

struct syncer;

/*
 * Everything up to durable_seq is on disk already.  on_durable (may be NULL)
 * is called on the thread.  NULL when the thread cannot be made.
 */
struct syncer *syncer_start(uint64_t durable_seq,
    void (*on_durable)(void *who, uint64_t seq), void *who);

/* Wait for what was asked for, then end the thread and free.  NULL is fine. */
void syncer_stop(struct syncer *syncer);

/* Everything up to seq is written to fd: make it durable. */
void syncer_ask(struct syncer *syncer, int fd, uint64_t seq);

/* Wait until everything asked for is durable. */
void syncer_wait(struct syncer *syncer);

/* As syncer_wait, for one sequence that was asked for.  Any thread. */
void syncer_wait_for(struct syncer *syncer, uint64_t seq);

/* Any thread. */
uint64_t syncer_durable(const struct syncer *syncer);
uint64_t syncer_count(const struct syncer *syncer);

#endif
