/*
 * reports.h - an endless, seeded stream of reports for measuring: 391 bytes
 * each on average as MessagePack, 100,000 products and 25 failure modes that
 * follow Zipf's law, 200 groups of origin, filed today, UUIDv7 ids in order,
 * and one in twenty sent again exactly as before.
 */
#ifndef TOCSIN_BENCH_REPORTS_H
#define TOCSIN_BENCH_REPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
	REPORTS_PRODUCTS = 100000,
	REPORTS_MODES = 25,
	REPORTS_RECENT = 100000, /* a resent report is one of so many */
};

struct reports;

/* What the one report of the stream that was written last is. */
struct report_mark {
	uint8_t id[16]; /* its UUIDv7 */
	uint32_t product;
	uint8_t mode;
	bool again; /* an exact copy of an earlier one */
};

/* Start a stream; now_ms is the Unix time its ids and dates are near. */
struct reports *reports_new(uint64_t seed, int64_t now_ms);

/* Write the next report as one MessagePack map; mark may be NULL. */
void reports_next(struct reports *reports, struct buf *out,
    struct report_mark *mark);

/* NULL is fine. */
void reports_free(struct reports *reports);

#endif
