/*
 * export.h - an export at one sequence, whole.  Runs on a worker thread; the
 * caller gives it somewhere to put the bytes (an unlinked temporary file from
 * which pages are read).
 */
#ifndef TOCSIN_FEED_EXPORT_H
#define TOCSIN_FEED_EXPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/rule.h"
#include "daemon/core/vocabulary.h"
#include "daemon/feed/filter.h"
#include "daemon/store/store.h"
#include "proto/error.h"

enum export_what {
	EXPORT_GROUPS,   /* by product and failure mode */
	EXPORT_PRODUCTS, /* by product */
	EXPORT_REPORTS,
	EXPORT_ALERTS,
	EXPORT_CHAIN, /* alerts, with what their chain is checked by */
	EXPORT_TIMESERIES,
	EXPORT_REPLAY,   /* what rules would have rung */
	EXPORT_EVIDENCE, /* by stream and week: what detection saw */
	EXPORT_AUDIT,    /* acts; not for everybody who reads */
	EXPORT_SUBJECT,  /* what one reporter sent, as it is held */
};
enum export_format { EXPORT_CSV, EXPORT_NDJSON };
enum export_clock { CLOCK_FILED, CLOCK_OCCURRED, CLOCK_RECEIVED };
enum export_step { STEP_DAY, STEP_WEEK, STEP_MONTH };

/* Index of a word ("groups", "csv", "filed", "day"), or -1. */
int export_what_find(struct text word);
int export_format_find(struct text word);
int export_clock_find(struct text word);
int export_step_find(struct text word);

/* The reverse; static. */
const char *export_what_name(enum export_what what);
const char *export_clock_name(enum export_clock clock);
const char *export_step_name(enum export_step step);

/* How far an export has come, for whoever waits; any thread. */
struct export_progress {
	_Atomic uint64_t done, total; /* 0: not known yet */
};

struct export_options {
	enum export_what what;
	enum export_format format;
	enum export_clock by;
	enum export_step step;
	bool fill;        /* timeseries: empty buckets too */
	bool raw_cells;   /* CSV without the formula guard */
	bool show_hidden; /* alerts, chain: what is watched or held */
	bool is_public;   /* groups, products: no small counts (suppress.h) */
	bool hides_texts; /* reports: free texts with consent, too */
	const char *own;  /* reports: whose free texts are shown without
			     consent, too; borrowed, NULL: nobody's */
	uint64_t at;      /* last sequence that counts; 0: newest durable */
	uint64_t since;   /* reports, alerts, chain: after this sequence */
	bool only_erased; /* reports: those that were erased alone */
	const char *mode; /* evidence: this failure mode alone; NULL: all */
	/* subject: hashes of the reporter's name, by this key or the one before
	 * (0: there is none) */
	uint64_t subject, subject_before;
	const struct filter *filter; /* borrowed; NULL: all.  kind needs
					reports, alerts, chain, timeseries
					or replay, rule alerts, chain or
					replay */
	/* replay: the rules to try, and those in force; borrowed */
	const struct rules *rules, *running;
	int32_t from;                     /* replay: the first day told of */
	struct export_progress *progress; /* replay; borrowed, may be NULL */
	/*
	 * For tests, groups and products: not 0: count from the log even where
	 * a checkpoint has the counts, so many reports at once.
	 */
	uint32_t recount;
};

struct export_source {
	struct store *store;
	const struct vocabulary *vocabulary;
};

/* Takes bytes; 0, or -1 when it cannot (disk full) and the export ends. */
typedef int export_put(void *who, const void *bytes, size_t len);
struct export_sink {
	export_put *put;
	void *who;
};

struct export_result {
	uint64_t seq;  /* the export is the state at this sequence */
	uint64_t rows; /* without the header */
};

/*
 * Do the options go together?  0 or ERROR_INVALID / ERROR_UNSUPPORTED; any
 * thread.  export_write checks this too.
 */
MUST_CHECK int export_check(const struct export_options *options,
    struct refusal *why);

/*
 * Write an export's rows, header first for CSV, to the sink.  The same
 * options with the same at, or with the sequence that an export without at
 * told, give the same bytes for ever (erasure of reports aside).  Groups and
 * products without at are the state of the last checkpoint: ask for one
 * before.  At any other sequence they are counted anew from the log, in
 * memory (recount.h): as a rule within a few seconds for a million reports.
 * 0, or a code with why: ERROR_INVALID (options, or at is in the future),
 * ERROR_TOO_LARGE (a filled series; a recount past its bounds), ERROR_BUSY
 * (the sink is full), ERROR_INTERNAL (corrupt, or out of memory).
 */
MUST_CHECK int export_write(const struct export_source *source,
    const struct export_options *options, const struct export_sink *sink,
    struct export_result *result, struct refusal *why);

#endif
