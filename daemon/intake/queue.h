/*
 * queue.h - work handed from the loop to the writer and back.  A piece of
 * work is owned by whoever holds it; the queue allocates nothing.
 */
#ifndef TOCSIN_INTAKE_QUEUE_H
#define TOCSIN_INTAKE_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intake;
struct work;

/* Embedded as the first member of what it carries. */
struct work {
	struct work *next;
	/* Writer thread: decide.  Sets failed when it could not. */
	void (*run)(struct work *work, struct intake *intake);
	/* Loop thread, once everything it could have seen is durable. */
	void (*done)(struct work *work);
	size_t bytes;       /* what it holds, for the queue's bound */
	uint64_t barrier;   /* sequence that must be durable before done */
	bool wants_applied; /* ... and in LMDB */
	bool failed;        /* the log or LMDB is full: nothing was taken */
};

/* First in, first out; any number of threads. */
struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t filled;
	struct work *first;
	struct work **last;
	bool is_woken;
};

/* In the caller's memory; fini frees no work still queued. */
void queue_init(struct queue *queue);
void queue_fini(struct queue *queue);

/* Add a list of work at the end. */
void queue_put(struct queue *queue, struct work *list);

/*
 * Take everything, waiting up to wait_ms for the first (0: not at all, -1:
 * for ever).  NULL when the time is over or queue_wake was called.
 */
struct work *queue_take(struct queue *queue, int64_t wait_ms);

/* Make a waiting queue_take return. */
void queue_wake(struct queue *queue);

#endif
