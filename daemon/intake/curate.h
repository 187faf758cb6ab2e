/*
 * curate.h - a curator's act: may it be, and then its event, its rows and the
 * alerts that follow from it.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_CURATE_H
#define TOCSIN_INTAKE_CURATE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/curation.h"
#include "daemon/core/product.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/overlap.h"
#include "proto/error.h"

/* What is asked for; a check fills in what the store knows. */
struct curation {
	enum curation_kind kind;
	uint32_t product, other;
	uint64_t undoes;            /* the act to take back; 0 none */
	uint64_t organisation_hash; /* of the author's */
	struct text organisation;
	uint8_t key[PRODUCT_HASH]; /* ALIAS: of the name or code */
	uint64_t gtin;
	char given[PRODUCT_SHOWN_BYTES]; /* RENAME: brand, 0x1f, model */
	uint16_t given_len;
	struct text body;             /* MessagePack map, see record_curation */
	struct family family, branch; /* MERGE, SPLIT: both sides, as they
					 will be: the root's, what goes off */
};

/*
 * Would it be lawful now?  0, or the code with why filled and nothing changed.
 * Of an act to be taken back only undoes is given: the rest is filled in.
 * Faults stick in the projection, and are INTERNAL here.
 */
MUST_CHECK int curate_check(struct intake *intake, struct curation *curation,
    struct refusal *why);

/*
 * Do it, right after a check: in a frame of its own with the alerts it
 * changes.  For MERGE the family's overlap, for SPLIT those of both parts
 * (settled, see overlap.h); else NULL.  Returns the act's sequence; faults
 * stick in the projection.
 */
uint64_t curate_take(struct intake *intake, const struct curation *curation,
    const struct overlap overlaps[], unsigned noverlaps);

#endif
