/*
 * lookalikes.h - products of a snapshot that look like one of them, through
 * the index of tokens.  Worker thread.
 */
#ifndef TOCSIN_CALLS_LOOKALIKES_H
#define TOCSIN_CALLS_LOOKALIKES_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/candidate.h"
#include "daemon/core/proposal.h"
#include "daemon/core/vocabulary.h"
#include "daemon/store/snapshot.h"

/* Postings looked at for one product, whatever the number of products. */
enum { LOOKALIKES_READ = 200 };

struct lookalike {
	uint32_t root;      /* the other product, as it is read */
	uint32_t member;    /* of it: the one that looks most alike */
	bool is_root_alike; /* does the root look alike by itself? */
	struct proposal proposal;
};

/* Where they are looked for, and what was done; a plain struct. */
struct lookalikes {
	struct snapshot *snapshot;
	const struct vocabulary *vocabulary;
	uint64_t records;  /* products in the snapshot */
	unsigned left;     /* postings that may still be read */
	uint64_t postings; /* read so far, of all products asked */
	uint64_t compared; /* pairs scored so far */
	unsigned count;
	struct lookalike at[CANDIDATE_MAX]; /* the best first */
};

/* Begin with this snapshot, which outlives it. */
void lookalikes_init(struct lookalikes *lookalikes, struct snapshot *snapshot,
    const struct vocabulary *vocabulary);

/*
 * Fill at and count: what looks like this product, which is a root, with at
 * least this score.  At most LOOKALIKES_READ postings are looked at and
 * CANDIDATE_MAX products compared.  Its own family and whom a curator called
 * distinct are left out; of another family only the likest is given.
 * STORE_OK or a fault.
 */
MUST_CHECK int lookalikes_find(struct lookalikes *lookalikes, uint32_t product,
    double least);

#endif
