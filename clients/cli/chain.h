/*
 * chain.h - the hash chain of alert events, checked as they come: each link's
 * hash is BLAKE2b-256 over its prev (32 bytes) and its alert (as sent), and is
 * the prev of the next one.  Pure.
 *
 * Links are numbered from 1.  What is delivered again is walked again: it has
 * to lead to the hash that is known already.
 */
#ifndef TOCSIN_CLIENTS_CLI_CHAIN_H
#define TOCSIN_CLIENTS_CLI_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "clients/libtocsin/value.h"

enum { CHAIN_WHY_MAX = 192 };

/* The end of a part of the chain. */
struct chain_end {
	uint64_t link; /* 0: nothing yet, the chain's beginning */
	uint8_t hash[32];
};

struct chain {
	struct chain_end top; /* the furthest link that was checked */
	struct chain_end at;  /* the last one taken; behind top: again */
	bool is_begun;        /* a link was taken, or one is kept from before */
	bool is_apart;        /* the next one may be further on, this once */
	bool has_gaps;        /* not all is told: a filter, a scope */
	uint64_t checked;     /* links that follow from the one before */
	uint64_t anchors;     /* those whose one before was not told */
	uint64_t skipped;     /* links between, not told */
	uint64_t outside;     /* events that are no link */
	char why[CHAIN_WHY_MAX];
};

/* An event, borrowed: of a push, a page or a row of an export. */
struct chain_event {
	uint64_t seq;
	uint64_t link;            /* 0: no link */
	struct tocsin_text prev;  /* hexadecimal */
	struct tocsin_text hash;  /* the same; empty: none */
	struct tocsin_text alert; /* encoded */
	bool is_snapshot;         /* how it was, with gaps between */
};

/* Begin; has_gaps: events that are no neighbours may follow each other. */
void chain_init(struct chain *chain, bool has_gaps);

/* Go on where somebody left off. */
void chain_resume(struct chain *chain, const struct chain_end *end);

/* Take the next event.  0, or -1 with chain->why: it does not hold. */
int chain_take(struct chain *chain, const struct chain_event *event);

/* An EVENT map as such an event.  false: it is none. */
bool chain_read(const struct tocsin_value *event, struct chain_event *out);

/* "12 links checked, up to link 12, c0ffee..." */
enum { CHAIN_TELL_MAX = 320 };
const char *chain_tell(const struct chain *chain, char out[CHAIN_TELL_MAX]);

#endif
