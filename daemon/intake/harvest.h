/*
 * harvest.h - what held reports say, read back from the log and judged by
 * today's rules of identity, a piece at a time.  Any thread.
 */
#ifndef TOCSIN_INTAKE_HARVEST_H
#define TOCSIN_INTAKE_HARVEST_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/prepare.h"
#include "daemon/store/record.h"
#include "daemon/store/store.h"

enum {
	HARVEST_MAX = 500,      /* reports of a piece */
	HARVEST_EVENTS = 20000, /* looked at for them, at most */
};

/* A report as one of its events left it; the newest or not. */
struct harvested {
	struct record_report record; /* of the event */
	uint64_t seq;                /* of the event */
	uint64_t contents;           /* the event they stand with */
	/* As prepare_report would have it, as far as resolve.h looks. */
	struct candidate candidate;
};

struct harvest {
	struct store *store; /* borrowed, as is the next */
	const struct vocabulary *vocabulary;
	uint64_t mark;  /* events up to here were looked at */
	uint64_t until; /* the last one to look at; durable */
	struct buf scratch;
	unsigned count;
	struct harvested item[HARVEST_MAX];
};

/*
 * The next piece, in place of the one before; mark moves on.  It may be empty
 * before the end.  Reports whose contents are erased are left out.  STORE_OK
 * or a fault.
 */
MUST_CHECK int harvest_next(struct harvest *harvest);

/*
 * What one report's contents say of its product.  false: they are erased, or
 * cannot be read.
 */
bool harvest_identify(const struct vocabulary *vocabulary,
    const struct store_event *contents, struct candidate *candidate);

#endif
