/*
 * intake_cache.h - entries of the intake's small caches: names, products by
 * their keys, and what is asked of a product at every report.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_INTAKE_CACHE_H
#define TOCSIN_INTAKE_INTAKE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/origin_rows.h"
#include "daemon/store/record.h"

/* Ordinals never change, so a cache entry is right or empty. */
struct name_entry {
	uint64_t hash;
	uint32_t ordinal;
	uint32_t kind;
};
struct product_entry {
	uint8_t hash[16];
	uint32_t product;
	bool is_alias; /* a curator said so */
};

/* What changes of a product by curators only. */
struct product_note {
	uint32_t product; /* 0: empty */
	bool is_merged;   /* with others; else it is a family of its own */
	bool is_stale;    /* today's rules read its brand differently */
	int16_t category; /* index in the vocabulary, or -1 */
	uint8_t level;    /* enum product_level */
	uint64_t brand;   /* hash of the folded brand; 0: none */
};

/* What was declared of the source asked for last. */
struct origin_note {
	uint64_t organisation, origin; /* hashes; 0: empty */
	struct origin_row row;
	bool is_declared;
};

/* The header read last of a report's latest event. */
struct latest_note {
	uint64_t seq, contents; /* 0: none; the event that has them */
	struct record_report record;
};

/* Random bytes, asked of the system so many at a time. */
struct chance {
	uint8_t bytes[1024];
	uint32_t left; /* at the end, not yet used */
};

/* What came of looking for duplicates of the reports taken in this batch. */
struct liken_counts {
	uint64_t compared, linked, suspected; /* metrics.def */
};

#endif
