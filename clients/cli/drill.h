/*
 * drill.h - a file of tests of rules, read and checked: for each test what is
 * reported, and what must ring.  The format is told at the top of
 * etc/rules/examples/tests/counts.yaml.
 */
#ifndef TOCSIN_CLIENTS_CLI_DRILL_H
#define TOCSIN_CLIENTS_CLI_DRILL_H

#include "clients/cli/rulebook.h"
#include "daemon/core/alarm.h"

enum {
	DRILL_DAYS = 3660,        /* greatest day */
	DRILL_TIMES = 1000,       /* greatest "times" */
	DRILL_BACKFILL_DAYS = 35, /* filed longer ago is history */
	DRILL_CHANGES = 1 << CHANGE_WATCH | 1 << CHANGE_RAISED |
	    1 << CHANGE_REGRESSED, /* looked at unless a test says others */
};

/* Texts live as long as the file; empty: not said. */
struct drill_report {
	int32_t day, filed;
	int32_t withdrawn; /* day, -1 never */
	int32_t times;
	struct text product, source, reporter, organisation, event;
	struct text mode;   /* its slug where the vocabulary has it */
	int category;       /* index in the vocabulary, or -1 */
	uint32_t hazards;   /* mask, those of mode and severity included */
	int severity, kind; /* enum severity, report_kind */
	uint16_t country;
	bool is_backfill;
};

/* What of an alert a test may speak of; -1: it does not. */
enum drill_count {
	DRILL_REPORTS,
	DRILL_CASES,
	DRILL_CASES_MIN,
	DRILL_SOURCES,
	DRILL_ORGANISATIONS,
	DRILL_COUNTS
};
const char *drill_count_name(enum drill_count count);

struct drill_alert {
	int32_t day;
	struct text rule, product, mode; /* empty: not said; mode "any": all */
	int change, state, severity;     /* -1: not said */
	int64_t count[DRILL_COUNTS];
};

struct drill {
	struct text name;
	uint32_t line;
	int32_t until;    /* the last day */
	uint32_t changes; /* mask of 1 << enum alarm_change */
	unsigned nreports, nalerts;
	struct drill_report *report; /* owned */
	struct drill_alert *alert;   /* owned; what is expected */
};

struct drills {
	struct rulebook book;
	struct yaml_doc *doc; /* owned */
	unsigned count;
	struct drill *drill; /* owned */
};

/*
 * Read a file and the rule files it names.  0, or an exit code with every
 * complaint printed.  Close it in either case.
 */
int drills_open(struct drills *drills, struct line *line, const char *path);
void drills_close(struct drills *drills);

/* --- running one (drill_run.c) ------------------------------------------ */

/*
 * Rehearse a test: what rang of the changes it looks at, in order; *alert is
 * the caller's to free.  0, or EXIT_LOCAL when out of memory.
 */
int drill_run(const struct drills *drills, const struct drill *drill,
    struct drill_alert **alert, unsigned *count);

#endif
