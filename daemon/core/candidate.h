/*
 * candidate.h - which records are worth comparing with one: those that share
 * its rarest tokens, found through an index of tokens, never by a scan.
 */
#ifndef TOCSIN_CORE_CANDIDATE_H
#define TOCSIN_CORE_CANDIDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum {
	CANDIDATE_MAX = 50,       /* given back */
	CANDIDATE_TOKENS = 64,    /* of a record; the rarest are kept */
	CANDIDATE_POSTINGS = 512, /* read of one token */
	CANDIDATE_READ = 4096,    /* of all tokens, and so ids looked at */
};

/* A token of the record and in how many records it stands. */
struct candidate_token {
	struct text text;
	uint32_t frequency; /* 0: in none, it finds nothing */
};

/* Where tokens stand. */
struct candidate_index {
	uint64_t records; /* in all */
	/*
	 * Ids of at most max records with this token, each once, in an order
	 * that does not change.  Returns how many; a failure reads as none.
	 */
	unsigned (
	    *read)(void *who, struct text token, uint64_t *id, unsigned max);
	void *who;
};

struct candidate {
	uint64_t id;
	double weight; /* sum of squared log(records / frequency) */
};

/*
 * The records that share most with these tokens, the best first, at most
 * max (and CANDIDATE_MAX); among equals the smaller id.  Tokens are read from
 * the rarest on, CANDIDATE_READ ids in all; one that stands in more than
 * CANDIDATE_POSTINGS records is read only while fewer than max are found.
 * Sorts tokens.  Returns how many, 0 also when memory runs out.
 */
unsigned candidate_select(const struct candidate_index *index,
    struct candidate_token *token, unsigned tokens, struct candidate found[],
    unsigned max);

#endif
