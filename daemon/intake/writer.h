/*
 * writer.h - the writer thread: takes work from the queue, runs it, appends
 * what it decided, and lets each piece go back to the loop when the log says
 * that everything it could have seen is durable.  Acknowledgement is born
 * here and nowhere else.
 */
#ifndef TOCSIN_INTAKE_WRITER_H
#define TOCSIN_INTAKE_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/intake.h"
#include "daemon/intake/queue.h"
#include "daemon/store/store.h"

struct writer;

struct writer_options {
	struct store_options
	    store; /* on_durable, on_applied, who are set here */
	const struct vocabulary *vocabulary;
	const struct criteria *criteria;
	const struct clock *clock;
	uint64_t free_space_bytes; /* below it the disk counts as full */
	/* Any thread: something is done or published: call writer_collect. */
	void (*on_done)(void *who);
	/* Loop thread: work was put, the first of a turn: have writer_flush
	 * called before the loop sleeps. */
	void (*on_put)(void *who);
	/* Loop thread, from writer_collect: an alert event is durable. */
	void (*on_alert)(void *who, const struct alert_notice *notice);
	void *who;
};

/*
 * Open the store, replay what LMDB lacks, and start the thread.  NULL with
 * fault filled.
 */
struct writer *writer_start(const struct writer_options *options,
    struct store_fault *fault);

/*
 * Finish what is queued, make it durable, checkpoint, close the store, free.
 * What is done by then is collected.  NULL is fine.
 */
void writer_stop(struct writer *writer);

/*
 * Loop thread: hand over; the work comes back through its done.  Work of one
 * turn is gathered, and given to the writer together by writer_flush, which
 * on_put asks for.
 */
void writer_put(struct writer *writer, struct work *work);
void writer_flush(struct writer *writer);

/* Loop thread: call done of finished work and on_alert, in order. */
void writer_collect(struct writer *writer);

/* The store it opened; for the functions that any thread may call. */
struct store *writer_store(struct writer *writer);

/* Is nothing written for now, because a disk or LMDB is full? */
bool writer_is_read_only(const struct writer *writer);

/* Loop thread: judge by others from the next piece of work on.  The caller
 * keeps both until done(who) was called. */
void writer_set_criteria(struct writer *writer,
    const struct criteria *criteria);

/*
 * A piece of work that only waits: its done comes once LMDB holds everything
 * decided before it (for snapshots that must be fresh).
 */
void writer_fresh_run(struct work *work, struct intake *intake);

#endif
