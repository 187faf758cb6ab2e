/*
 * eraser.h - taking out of the log what was erased: each closed segment that
 * holds some of it is written anew beside, synced, renamed into its place, and
 * the bytes of the old file are overwritten when nobody reads them any more.
 * Killed at any point, it can be run again and does what is left.
 */
#ifndef TOCSIN_STORE_LOG_ERASER_H
#define TOCSIN_STORE_LOG_ERASER_H

#include <stdatomic.h>
#include <stdint.h>

#include "daemon/store/log/frame_edit.h"
#include "daemon/store/log/shelf.h"

struct eraser {
	uint64_t from, to;          /* events looked at; to must be durable */
	struct frame_editor editor; /* says what goes */
	const atomic_bool *stop;    /* give up with STORE_REFUSED soon after */
	bool only_looks;            /* write nothing */

	/* Filled in. */
	uint64_t segments; /* that held something, and were written anew */
	/*
	 * The segment that is still being written holds something: close it
	 * (eventlog_rotate) and run this again from here.  0: it does not.
	 */
	uint64_t open_from;
};

/*
 * Any thread but the writer; everything up to "to" must be in LMDB.
 * STORE_OK, or a fault (shelf_last_fault).
 */
int eraser_run(struct shelf *shelf, struct eraser *eraser);

#endif
