/*
 * evidence.h - what of a report takes part when it is compared with others,
 * and the blocks it is looked for in.  The struct is stored as it is: fixed
 * layout, little-endian, no pointers, no padding; zeroed is an empty one.
 */
#ifndef TOCSIN_CORE_EVIDENCE_H
#define TOCSIN_CORE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "daemon/core/minhash.h"
#include "daemon/core/pseudonym.h"
#include "proto/report.h"

/*
 * Hashes are keyed: that of the serial with the key of serials (pseudonym.h),
 * which lies apart, the others with the store's.  0: the field is blank.
 */
struct evidence {
	uint32_t seq_low; /* sequence of the report's event, evidence_seq */
	uint16_t seq_high;
	uint16_t organisation;    /* ordinal */
	uint32_t product;         /* ordinal */
	uint32_t source;          /* ordinal */
	uint32_t serial;          /* hash, folded */
	uint32_t lot;             /* hash of the first, folded */
	uint32_t hazards;         /* mask */
	int32_t occurred;         /* day * 4 + enum date_precision */
	uint16_t mode;            /* ordinal; 0 not stated */
	uint16_t filed;           /* day, 0..65535 */
	uint16_t country;         /* 'F' << 8 | 'R' */
	uint16_t sender;          /* hash of organisation and origin.source */
	uint16_t region;          /* hash, folded */
	uint16_t site;            /* hash of origin.group, folded */
	uint8_t age;              /* half years + 1; 255 is 127 years or more */
	uint8_t severity : 3;     /* enum severity */
	uint8_t injured : 5;      /* people + 1, at most 31 */
	uint8_t completeness : 5; /* what the report states, 0..31 */
	uint8_t is_reporter : 1;  /* source is a reporter's pseudonym */
	uint8_t is_model : 1;     /* product was named by model or barcode */
	uint8_t is_backfill : 1;
	uint8_t shingles; /* distinct, at most 255; 0: no signature */
	uint8_t signature[MINHASH_BYTES];
};

_Static_assert(sizeof(struct evidence) == 112, "evidence is stored as it is");

struct evidence_keys {
	const uint8_t *store; /* DIGEST_SIP_KEY_BYTES */
	const struct pseudonym_key *serial;
};

/*
 * The part that needs no store (any thread; folds, hashes and shingles: about
 * 1.5 us with a narrative of 200 characters).  organisation is its name.
 * Ordinals, hazards, seq and is_backfill are left 0.
 */
void evidence_read(struct evidence *evidence, const struct report *report,
    const struct evidence_keys *keys, struct text organisation);

/* What only the store knows. */
struct evidence_place {
	uint64_t seq; /* below 2^48 */
	uint32_t product, source;
	uint32_t hazards; /* mask */
	uint16_t mode, organisation;
	bool is_model; /* the product's level is model, or a barcode names it */
	bool is_backfill;
};

/* Fill in the rest (a few ns; the writer thread). */
void evidence_place(struct evidence *evidence,
    const struct evidence_place *place);

/* Both at once, from a parsed report. */
void evidence_of(struct evidence *evidence, const struct report *report,
    const struct evidence_keys *keys, struct text organisation,
    const struct evidence_place *place);

static inline uint64_t
evidence_seq(const struct evidence *evidence)
{
	return (uint64_t)evidence->seq_high << 32 | evidence->seq_low;
}

/* seq below 2^48 */
static inline void
evidence_set_seq(struct evidence *evidence, uint64_t seq)
{
	evidence->seq_low = (uint32_t)seq;
	evidence->seq_high = (uint16_t)(seq >> 32);
}

/* Take out what an erased report's words and codes left in it. */
void evidence_blank(struct evidence *evidence);

/* When it happened; precision DATE_ABSENT when not stated. */
static inline struct date
evidence_occurred(const struct evidence *evidence)
{
	return (struct date){ .day = evidence->occurred >> 2,
		.precision = (uint8_t)(evidence->occurred & 3) };
}

/* --- blocks -------------------------------------------------------------- */

enum block_kind {
	BLOCK_SERIAL,   /* serial number, of any product */
	BLOCK_REPORTER, /* reporter's pseudonym and product */
	BLOCK_LOT,      /* lot and product */
	BLOCK_DAYS,     /* product, mode, 16 days in which it happened */
	BLOCK_MONTH,    /* product, mode, month; the day is not known */
};

struct block_key {
	uint64_t hash; /* the kind takes part */
	enum block_kind kind;
};

enum {
	BLOCK_HOMES_MAX = 4,
	BLOCK_LOOKS_MAX = 5,
	BLOCK_CANDIDATES_MAX = 64, /* that can be compared at once */
};

/*
 * The blocks under which an evidence is kept: its serial, its reporter, its
 * lot, and the days (or the month) in which it happened.  Mostly one.
 */
unsigned evidence_homes(const struct evidence *evidence,
    struct block_key out[BLOCK_HOMES_MAX]);

/*
 * The blocks in which its duplicates are looked for, best first: serial,
 * reporter, lot, its days, the nearer neighbouring days (so that 8 days to
 * either side are found), its month; of a month-only date the month and its
 * days.  At most five: the last ones give way.  Mostly three.  Take the newest
 * candidates; the same report may stand in two.
 */
unsigned evidence_looks(const struct evidence *evidence,
    struct block_key out[BLOCK_LOOKS_MAX]);

#endif
