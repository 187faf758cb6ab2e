/*
 * record_evidence.h - what a report's header keeps for comparing it with
 * others, and what was found: evidence and case <-> bytes.  They follow the
 * facts; older headers end before them.
 */
#ifndef TOCSIN_STORE_RECORD_EVIDENCE_H
#define TOCSIN_STORE_RECORD_EVIDENCE_H

#include <stddef.h>

#include "base/bytes.h"
#include "daemon/core/aggregate.h"
#include "daemon/core/linkage.h"

/* What was decided of a report among others. */
struct record_case {
	uint64_t joins;    /* first sequence of the case it is in; 0: alone */
	uint64_t match;    /* first sequence of the report most alike; 0 none */
	float bits;        /* of that comparison */
	float similarity;  /* of the narratives; -1 none */
	uint16_t permille; /* probability of one event */
	uint8_t decision;  /* enum linkage_decision */
	uint8_t rule;      /* enum linkage_rule */
	uint8_t version;   /* LINKAGE_VERSION */
	uint16_t organisation; /* of the match, ordinal; not kept */
	bool has_founder;      /* the case is begun, with the match */
	struct evidence founder;
};

/*
 * Where in a report's header stands what erasure takes out: how many bytes
 * before the header's end it begins; 0: nowhere.
 */
struct record_secrets {
	uint16_t fingerprint, blind, evidence, old_evidence;
	uint16_t founder; /* another report's evidence */
};

/* How many bytes the cut has left, for struct record_secrets. */
static inline uint16_t
record_left(const struct cut *cut)
{
	ptrdiff_t left = cut->end - cut->at;

	return left > UINT16_MAX ? 0 : (uint16_t)left;
}

/*
 * Zero in a header, where evidence begins, what is told of a report's words
 * and of the thing: hashes of serial and lot, the narrative's signature.  The
 * header ends at end.
 */
void record_evidence_blank(uint8_t *at, const uint8_t *end);

/* Append the evidence, of which the facts say a part already. */
void record_evidence_write(struct buf *out, const struct evidence *evidence);

/* Read it back; the facts fill in their part, seq is left 0. */
void record_evidence_read(struct cut *cut, const struct facts *facts,
    struct evidence *evidence);

/* What was decided: one byte when nothing was found. */
void record_case_write(struct buf *out, const struct record_case *record);
/* Read it back; a fault sticks in the cut. */
void record_case_read(struct cut *cut, struct record_case *record,
    struct record_secrets *secrets);

#endif
