/*
 * metrics.h - what the daemon counts of itself, by metrics.def.  One of the
 * two allowed globals (the other is the logger); any thread.  Relaxed
 * atomics: each number is right, several read together may be of slightly
 * different moments.
 */
#ifndef TOCSIN_DAEMON_METRICS_H
#define TOCSIN_DAEMON_METRICS_H

#include <stdint.h>
#include <stdio.h>

enum metric {
/* clang-format off */
#define METRIC(name, kind, unit, meaning) METRIC_##name,
#include "daemon/metrics.def"
#undef METRIC
	/* clang-format on */
	METRICS
};

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

struct metric_info {
	const char *name;
	enum metric_kind kind;
	const char *unit; /* "" for counts */
	const char *meaning;
};

/* A row of metrics.def; static. */
const struct metric_info *metrics_info(enum metric metric);

/* Count up. */
void metrics_add(enum metric metric, uint64_t more);

/* Count down; gauges only. */
void metrics_sub(enum metric metric, uint64_t less);

/*
 * Say how a gauge stands, or take over a count that is kept elsewhere (the
 * store's figures).
 */
void metrics_set(enum metric metric, uint64_t value);

/* How it stands now. */
uint64_t metrics_get(enum metric metric);

/* All metrics with their values now, in the order of metrics.def. */
typedef void metrics_visit(void *who, const struct metric_info *info,
    uint64_t value);
void metrics_each(metrics_visit *visit, void *who);

/* All to zero: for tests. */
void metrics_clear(void);

/* The table of metrics in Markdown. */
void metrics_describe(FILE *out);

#endif
