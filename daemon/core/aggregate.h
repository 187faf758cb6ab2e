/*
 * aggregate.h - fold a report into a group's counts, and out again.  The
 * structs are the stored rows themselves: fixed layout, little-endian, no
 * padding left unset, edited in place.
 */
#ifndef TOCSIN_CORE_AGGREGATE_H
#define TOCSIN_CORE_AGGREGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "daemon/core/detect/doubt.h"
#include "daemon/core/detect/pulse.h"
#include "daemon/core/detect/stream.h"
#include "proto/report.h"

/* What counting needs to know of one report.  Ordinals are store-local. */
struct facts {
	uint32_t product;      /* from 1 */
	uint32_t source;       /* from 1 */
	uint16_t mode;         /* from 1; 0 stands for "all modes" in keys */
	uint16_t organisation; /* from 1 */
	uint16_t licence;      /* 0 none */
	uint16_t country;      /* 'F' << 8 | 'R' */
	uint8_t kind : 2;      /* enum report_kind */
	bool is_backfill : 1;
	uint8_t discount : 5; /* taken off a whole case, 0..WEIGHT_CASE */
	uint8_t doubts;       /* why, of enum fact_doubt */
	uint8_t severity;     /* enum severity */
	uint8_t marks;        /* of enum fact_mark */
	uint32_t hazards;     /* mask */
	uint32_t injured, deaths, units; /* 0 unstated */
	int32_t filed;                   /* day */
	struct date occurred;
	int64_t received_ms;
};

/*
 * How a report counts among others.  Of one counted out, no case means that
 * others of its case stay.
 */
enum fact_mark {
	FACT_NO_CASE = 1 << 0,      /* its case is in the product already */
	FACT_NO_CASE_MODE = 1 << 1, /* ... and in the mode */
	FACT_SUSPECT = 1 << 2,      /* it may tell of another's event */
	FACT_REPORTER = 1 << 3,     /* its source is a reporter's pseudonym */
};

enum tally_kind {
	TALLY_COUNTRY,
	TALLY_HAZARD,
	TALLY_LICENCE,
	TALLY_ORGANISATION,
};

struct tally {
	uint16_t kind;  /* enum tally_kind */
	uint16_t code;  /* country, hazard index, ordinal */
	uint32_t count; /* reports; a tally at 0 is removed */
};

/*
 * Row of a product (mode 0) or a (product, mode).  What detection remembers of
 * it lies in it, but is not counted here: detection.h.
 */
struct aggregate {
	uint32_t reports, cases, sources, organisations, backfill;
	uint32_t severity[SEVERITY_COUNT];
	uint64_t injured, deaths, units;
	int32_t occurred_first, occurred_last; /* days; first > last: none */
	int32_t filed_first, filed_last;
	int64_t received_first_ms, received_last_ms;
	uint64_t first_seq, last_seq;
	uint16_t nalarms; /* alarm rows held for this group */
	uint16_t ntallies;
	uint32_t root; /* of a product (mode 0) that is merged with others:
			  whom it is read through; else 0 */
	union {
		struct pulse pulse;   /* of a product (mode 0) */
		struct stream stream; /* of a mode, read through the root */
	};
	struct tally tally[]; /* sorted by kind, code */
};

enum { AGGREGATE_TALLIES_MAX = 200, AGGREGATE_TALLIES_PER_REPORT = 34 };

/* Bytes of an aggregate with n tallies. */
size_t aggregate_bytes(unsigned ntallies);

/* Tallies this report would add at most (for making room beforehand). */
unsigned aggregate_tallies_of(const struct facts *facts);

/*
 * Count one report in; the row has room for aggregate_tallies_of more
 * tallies.  A zeroed row
 * is an empty one; seq is from 1.  Tallies beyond AGGREGATE_TALLIES_MAX are
 * not kept.
 */
struct newcomer {
	bool is_source, is_organisation; /* the group had not seen them */
	bool is_case;
};
void aggregate_add(struct aggregate *row, const struct facts *facts,
    uint64_t seq, struct newcomer is_new);

/*
 * Count one report out (amended or withdrawn) that was counted in with the
 * same facts.  First and last dates stay: they say when the group was heard
 * of.
 */
void aggregate_remove(struct aggregate *row, const struct facts *facts,
    struct newcomer was_last);

/*
 * Is this organisation absent from the row, or about to be?  What to tell
 * aggregate_add (is_added) and aggregate_remove of it.  One that was not kept
 * for want of room counts as there.
 */
bool aggregate_is_edge(const struct aggregate *row, uint16_t organisation,
    bool is_added);

/* Count of a tally, 0 when absent. */
uint32_t aggregate_tally(const struct aggregate *row, enum tally_kind kind,
    uint16_t code);

/* The highest severity counted; SEVERITY_UNSTATED when none is stated. */
enum severity aggregate_severity(const struct aggregate *row);

#endif
