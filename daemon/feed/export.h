/*
 * export.h - an export at one sequence, whole, in pages.  Made by a worker
 * thread into an unlinked temporary file; pages are read from that.
 */
#ifndef TOCSIN_FEED_EXPORT_H
#define TOCSIN_FEED_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/vocabulary.h"
#include "daemon/feed/filter.h"
#include "daemon/store/store.h"
#include "proto/error.h"

enum export_what {
	EXPORT_GROUPS,
	EXPORT_PRODUCTS,
	EXPORT_REPORTS,
	EXPORT_ALERTS,
	EXPORT_TIMESERIES,
};
enum export_format { EXPORT_CSV, EXPORT_NDJSON };
enum export_clock { CLOCK_FILED, CLOCK_OCCURRED, CLOCK_RECEIVED };
enum export_step { STEP_DAY, STEP_WEEK, STEP_MONTH };

/* Index of a word ("groups", "csv", "filed", "day"), or -1. */
int export_what_find(struct text word);
int export_format_find(struct text word);
int export_clock_find(struct text word);
int export_step_find(struct text word);

struct export_options {
	enum export_what what;
	enum export_format format;
	enum export_clock by;
	enum export_step step;
	bool fill; /* timeseries: empty buckets too */
	bool raw_cells; /* CSV without the formula guard */
	bool show_text; /* reports: include free text */
	uint64_t at; /* last sequence that counts; 0: newest durable.  For
			groups and products only the newest is possible */
	uint64_t since; /* reports, alerts: after this sequence */
	struct filter *filter; /* borrowed; product, brand, category, country,
				  kind, severity apply to rows; may be NULL */
};

/*
 * Write an export's rows, header first for CSV, through put, from a worker
 * thread.  snapshot is the state of groups and products; walking the log goes
 * up to *seq.  Returns 0, or -1 with why (disk full, corrupt).  *rows counts.
 */
struct export_source {
	struct store *store;
	const struct vocabulary *vocabulary;
};
typedef int export_put(void *who, const void *bytes, size_t len);
int export_write(const struct export_source *source,
    const struct export_options *options, uint64_t *seq, export_put *put,
    void *who, uint64_t *rows, struct refusal *why);

/* Names of the columns, in order; NULL-terminated, static. */
const char *const *export_columns(enum export_what what);

#endif
