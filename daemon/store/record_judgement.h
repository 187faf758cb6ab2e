/*
 * record_judgement.h - the header of a person's act on reports of one event
 * <-> bytes (RECORD_LINK, RECORD_UNLINK); record.h says how records may change.
 * Reports are named by the sequences of their first events.  The body is a
 * MessagePack map {author, reason}.
 */
#ifndef TOCSIN_STORE_RECORD_JUDGEMENT_H
#define TOCSIN_STORE_RECORD_JUDGEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/judgement.h"

/* One part of a case: a case by itself before it was joined, or after. */
struct judgement_side {
	uint64_t id; /* of the case it was or becomes; 0: a report alone */
	unsigned count;
	uint64_t seq[CASES_MEMBERS_MAX]; /* in order of joining */
};

/* A pair that waited for a person; seq 0: none. */
struct judgement_review {
	uint64_t seq, other; /* seq is the one that was received later */
	uint16_t permille;   /* probability of one event */
	uint8_t rule;        /* enum linkage_rule */
};

struct record_judgement {
	uint8_t kind;   /* enum judgement_kind */
	bool is_barred; /* the sides may not be joined (LINK: might not) */
	uint32_t product;
	uint32_t organisation; /* of the author, ordinal */
	uint64_t undoes;       /* the act taken back; 0 none */
	uint64_t whole;        /* the case of both sides; 0: REFUSE, ALLOW */
	struct judgement_side side[2];
	/* LINK: those who bring a case no longer; UNLINK: from now on */
	unsigned nshares;
	struct judgement_share share[JUDGEMENT_SHARES_MAX];
	/* REFUSE, ALLOW: a report no longer, or again, under suspicion */
	uint64_t suspect; /* 0 none */
	uint16_t suspect_mode;
	/* taken from the queue (LINK, REFUSE) or put back */
	struct judgement_review review;
	/* LINK: of a side that is no case yet, its only report */
	struct evidence evidence[2]; /* seq 0: none */
	uint32_t blind;              /* chance, see erasure.h; 0 none */
};

/* Append the header. */
void record_judgement_write(struct buf *out,
    const struct record_judgement *record);

/* Read it.  false: no such header. */
bool record_judgement_read(struct text header, struct record_judgement *record);

#endif
