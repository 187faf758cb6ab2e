/*
 * record_curation.h - the header of a curator's act <-> bytes; record.h says
 * how records may change.  The body is a MessagePack map {author, reason,
 * text}: who, why, and the name or code as it was written.
 */
#ifndef TOCSIN_STORE_RECORD_CURATION_H
#define TOCSIN_STORE_RECORD_CURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/curation.h"

/*
 * How many sources of a group stand in more than one product of a family: what
 * the act leaves, counted when it was decided.
 */
struct record_overlap {
	uint32_t root;
	uint16_t mode; /* 0 all */
	uint32_t sources;
};

struct record_curation {
	uint8_t kind; /* enum curation_kind */
	uint32_t product;
	uint32_t other;        /* MERGE, SPLIT: the parent; DISTINCT */
	uint64_t undoes;       /* the act taken back; 0 none */
	uint32_t organisation; /* of the author, ordinal */
	uint8_t key[16];       /* ALIAS, UNALIAS */
	uint64_t gtin;         /* ALIAS: the code the key is of, or 0 */
	struct text given;     /* RENAME: brand, 0x1f, model; empty: none */
	struct text previous;  /* RENAME: what was given before */
	uint32_t noverlaps;    /* MERGE, SPLIT */
	struct cut overlaps;   /* read: for record_overlap_next */
};

/* Append the header; its overlaps, noverlaps of them, are given apart. */
void record_curation_write(struct buf *out,
    const struct record_curation *record,
    const struct record_overlap overlaps[]);

/* Read it; texts and overlaps borrow.  false: no such header. */
bool record_curation_read(struct text header, struct record_curation *record);

/* The next of its overlaps; false after the last, or when cut short. */
bool record_overlap_next(struct record_curation *record,
    struct record_overlap *overlap);

#endif
