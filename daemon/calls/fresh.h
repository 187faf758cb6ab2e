/*
 * fresh.h - a long read that sees everything decided before it: wait until
 * LMDB holds it, run on a worker, come back to the loop.
 */
#ifndef TOCSIN_CALLS_FRESH_H
#define TOCSIN_CALLS_FRESH_H

#include "daemon/calls/services.h"
#include "daemon/calls/workers.h"
#include "daemon/intake/queue.h"

/* Embedded as the first member of what it carries. */
struct fresh {
	struct work work;
	struct job job;
	struct services *services;
	struct refusal why; /* set: answer with it; read may set it, too */
	void (*read)(struct fresh *fresh); /* worker thread */
	void (*done)(struct fresh *fresh); /* loop thread; frees it */
};

/*
 * Loop thread: begin.  services, read and done are set.  While LMDB is full
 * and behind, read is not called and why says so.
 */
void fresh_start(struct fresh *fresh);

#endif
