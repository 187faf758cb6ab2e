/*
 * workers.h - long reads off the loop and off the writer: a job runs on a
 * worker thread, then comes back to the loop.
 */
#ifndef TOCSIN_CALLS_WORKERS_H
#define TOCSIN_CALLS_WORKERS_H

#include "daemon/net/loop.h"

struct workers;

/* Embedded as the first member of what it carries. */
struct job {
	struct job *next;
	void (*run)(struct job *job);  /* worker thread */
	void (*done)(struct job *job); /* loop thread */
};

/* Start count threads.  NULL when they cannot be had. */
struct workers *workers_start(struct loop *loop, unsigned count);

/* Finish what runs, drop nothing: every job's done is called.  NULL is fine. */
void workers_stop(struct workers *workers);

/* Loop thread: hand over a job. */
void workers_put(struct workers *workers, struct job *job);

#endif
