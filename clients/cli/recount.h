/*
 * recount.h - an alert's event as it was exported, and what a rule counted,
 * counted again from exported reports.
 */
#ifndef TOCSIN_CLIENTS_CLI_RECOUNT_H
#define TOCSIN_CLIENTS_CLI_RECOUNT_H

#include "clients/cli/streams.h"

/* The event of an alert that its numbers are of. */
struct alert_event {
	int64_t seq;
	bool is_statistic;
	double score; /* NAN: none */
	char product[STREAM_ALERT_MAX];
	char mode[STREAM_WORD_MAX]; /* empty: any */
	int32_t from, to;           /* days of the window */
	int64_t reports, cases, organisations;
};

/*
 * Fetch it: of a statistic the newest that rang, else the newest.  0, or an
 * exit code with the message printed.
 */
int alert_event_fetch(struct line *line, const struct tocsin_value *alert,
    struct alert_event *event);

/*
 * Count the window's reports again and print them beside the alert's.
 * Reporters are not exported, so sources cannot be counted, and cases only
 * from above.  EXIT_PARTIAL when what comes out is not what the alert says.
 */
int recount_alert(struct line *line, const struct tocsin_value *alert,
    const struct alert_event *event);

#endif
