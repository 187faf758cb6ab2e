/*
 * record_origin.h - headers of events about how sources give their ids; see
 * record.h.
 */
#ifndef TOCSIN_STORE_RECORD_ORIGIN_H
#define TOCSIN_STORE_RECORD_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* A source's kind of ids was declared, or a release of it began. */
struct record_origin {
	uint32_t organisation, origin;
	uint8_t ids, was; /* enum origin_ids; was: ORIGIN_STABLE at first */
	uint32_t release, label;
};

/* A release uses this id for this report, which is among its equals here. */
struct record_resubmit {
	uint8_t named[16]; /* duplicate_key of source and id */
	uint8_t held[16];  /* of the report */
	uint32_t organisation, origin;
	uint32_t release;
	uint64_t match; /* duplicate_match */
	uint32_t tag;
	uint32_t position; /* among its equals; MATCH_NOWHERE: not kept */
};
enum { MATCH_NOWHERE = INT32_MAX };

/* Append the header bytes to out. */
void record_origin_write(struct buf *out, const struct record_origin *record);
void record_resubmit_write(struct buf *out,
    const struct record_resubmit *record);

/* Read header bytes; false when they are not such a header. */
bool record_origin_read(struct text header, struct record_origin *record);
bool record_resubmit_read(struct text header, struct record_resubmit *record);

#endif
