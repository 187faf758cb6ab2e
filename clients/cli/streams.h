/*
 * streams.h - what the streams of one product showed, week by week: the rows
 * of an export of evidence, fetched and sorted by stream.
 */
#ifndef TOCSIN_CLIENTS_CLI_STREAMS_H
#define TOCSIN_CLIENTS_CLI_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clients/cli/shell/command.h"

enum { STREAM_WORD_MAX = 128, STREAM_ALERT_MAX = 24 };

/* Of a week; what is absent is NAN. */
struct stream_week {
	int32_t monday; /* days since 1970-01-01 */
	double observed, volume;
	double a, b, size; /* INFINITY: no more than chance */
	double expected, score;
	bool is_closed;               /* the evidence begins anew after it */
	char alert[STREAM_ALERT_MAX]; /* that it rang; empty: none */
};

struct stream_weeks {
	char product[STREAM_ALERT_MAX];
	char mode[STREAM_WORD_MAX], hazard[STREAM_WORD_MAX]; /* or empty */
	struct stream_week *week; /* owned; in order */
	size_t count, cap;
};

/* Zeroed: none. */
struct streams {
	struct stream_weeks *stream; /* owned */
	size_t count;
	int64_t seq; /* of the export */
};

struct streams_query {
	struct tocsin_text product; /* id */
	struct tocsin_text mode;    /* empty: all */
	int64_t at;                 /* sequence; 0: newest */
};

/* Fetch; 0, or an exit code with the message printed. */
int streams_fetch(struct line *line, const struct streams_query *query,
    struct streams *streams);

/* Free what is owned; zeroed is fine. */
void streams_free(struct streams *streams);

#endif
