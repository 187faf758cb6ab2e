/*
 * chronicle.h - what detection saw, week by week, as of a sequence: folded
 * from the log by the calls that the writer makes, in their order, so that
 * every number has the bits it had.  Any thread.
 *
 * Memory: 120 bytes a product, 220 a stream that is wanted, 72 a row.
 */
#ifndef TOCSIN_FEED_CHRONICLE_H
#define TOCSIN_FEED_CHRONICLE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/subject.h"
#include "daemon/store/store.h"

enum {
	CHRONICLE_ROWS_MAX = 1 << 22,     /* 300 MB */
	CHRONICLE_PRODUCTS_MAX = 1 << 22, /* 500 MB */
	CHRONICLE_TOO_LARGE = -2,
};

/* A stream in a week in which anything was reported of any product. */
struct chronicle_row {
	uint32_t root;
	struct subject subject;
	uint16_t week;
	bool is_scored; /* there was a prior: all below but observed and volume
			   mean something then only */
	bool is_closed; /* the evidence begins anew after it */
	uint32_t alert; /* that it rang; the row is as it stood then; 0 none */
	bool is_hidden; /* that alert was never shown to all */
	double observed, volume, a, b, size, expected;
	double score; /* NAN of a week that was closed and did not ring */
};

/* Non-zero stops and is returned. */
typedef int chronicle_visit(void *who, const struct chronicle_row *row);

/* Is this product, a root at the sequence, one to tell of? */
typedef bool chronicle_wants(void *who, uint32_t product);

struct chronicle_range {
	struct store *store;
	uint64_t seq;
	chronicle_wants *wants; /* NULL: all */
	chronicle_visit *visit;
	void *who;
};

/*
 * Visit the rows of streams of roots, by product, subject (modes first) and
 * week.  The last week of a stream is that of the sequence; it shows what the
 * last report in it made of it.  0, what visit said, CHRONICLE_TOO_LARGE or an
 * enum store_result.
 */
int chronicle_walk(const struct chronicle_range *range);

#endif
