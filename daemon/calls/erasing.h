/*
 * erasing.h - an erasure on its way: what goes is found, events say so, the
 * log is written anew where it stood, LMDB is compacted, an event says that it
 * is done.  One at a time; a start goes on with one that was cut short.  Loop
 * thread but where said.
 */
#ifndef TOCSIN_CALLS_ERASING_H
#define TOCSIN_CALLS_ERASING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/calls/fresh.h"
#include "daemon/intake/erase.h"
#include "daemon/store/erasure.h"
#include "daemon/store/store_erasure.h"

struct erasing {
	struct fresh fresh; /* first: its work, for steps of the writer, too */
	void (*done)(struct erasing *erasing); /* frees it */
	atomic_bool is_stopping;

	/* What is to go. */
	struct erase_order order;
	struct buf reports; /* owned; struct erasing_report each */
	uint32_t source;    /* ordinal of a reporter's pseudonym; 0: none */
	uint64_t note;      /* 0: none */
	uint32_t epoch;     /* names under this key of reporters; 0: none */
	bool is_dry;

	/* What became of it. */
	size_t next;              /* report */
	uint32_t last_source;     /* whose name was looked at */
	bool is_parted;           /* names of the epoch: all were */
	uint64_t erased, already; /* reports */
	uint64_t segments;        /* of the log written anew */
	uint64_t seq;             /* of the last event */
	struct refusal why;       /* when it failed */

	struct erasure erasure; /* owned */
	struct buf listed;      /* owned: its lines for ERASED_FILE */
	bool is_compact;        /* LMDB has no freed pages any more */
	struct eraser eraser;
};

struct erasing_report {
	uint8_t key[16];
	uint64_t first_seq; /* 0: not known */
};

/* Begin: all that is to go, then the bytes of it. */
void erasing_start(struct erasing *erasing);

/* Begin with bytes that may have been left by an earlier one. */
void erasing_resume(struct erasing *erasing);

/* Release what it owns. */
void erasing_fini(struct erasing *erasing);

#endif
