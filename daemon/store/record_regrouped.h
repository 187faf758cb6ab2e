/*
 * record_regrouped.h - under which rules of identity the reports are grouped,
 * and how far a regrouping has come <-> bytes; record.h says how records may
 * change.  The row (COUNTER_IDENTITY) holds the newest event's header.
 */
#ifndef TOCSIN_STORE_RECORD_REGROUPED_H
#define TOCSIN_STORE_RECORD_REGROUPED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct record_regrouped {
	uint32_t version; /* product_version of all reports; 0: not known */
	bool is_mixed;    /* other rules have decided some since */
	/* Of a regrouping that is under way; else 0. */
	uint32_t target;   /* version to be */
	uint64_t until;    /* the last event whose report is to be looked at */
	uint64_t mark;     /* up to here all were */
	uint64_t begun;    /* what moved stands behind this event */
	uint32_t products; /* that there were before */
	uint64_t read, moved; /* reports */
};

/* Append the header; read it: false when it is no such header. */
void record_regrouped_write(struct buf *out,
    const struct record_regrouped *record);
bool record_regrouped_read(struct text header, struct record_regrouped *record);

#endif
