/*
 * watch.h - alerts as they come: what is done with an event, whichever way it
 * was got (pushed in watch.c, pulled in drain.c).
 */
#ifndef TOCSIN_CLIENTS_CLI_WATCH_H
#define TOCSIN_CLIENTS_CLI_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "clients/cli/bookmark.h"
#include "clients/cli/chain.h"
#include "clients/cli/shell/command.h"
#include "clients/libtocsin/stream.h"

struct watch {
	struct line *line;
	struct output *output;
	struct tocsin *tocsin;        /* borrowed */
	const char *from;             /* NULL: as the daemon has it */
	const char *durable;          /* or NULL */
	const char *exec;             /* or NULL */
	struct tocsin_writer *writer; /* owned: the filter, alone */
	struct tocsin_value filter;   /* nil when none */
	int64_t until;                /* clock_ms, INT64_MAX: without limit */
	int64_t poll_ms;              /* how long alerts.fetch may wait */
	int64_t left;                 /* events still wanted */
	char acked[CURSOR_BYTES];     /* last one sent to alerts.ack */
	char done[CURSOR_BYTES];      /* last one dealt with */
	bool is_acking;               /* an alerts.ack is under way */
	bool is_over;
	int code;       /* exit code, once over */
	bool is_parted; /* the user was told of a lost connection */
	bool is_verifying;
	struct chain chain;       /* verifying */
	struct bookmark bookmark; /* path NULL: none is kept */
	bool is_moved;            /* further than the bookmark's file says */
};

/*
 * Check that it holds, where that is asked for; print the event, or run the
 * command with it; then, and only then, it is dealt with and may be
 * acknowledged.  Sets is_over when it is the last one wanted or something
 * failed.
 */
void watch_event(struct watch *watch, const struct tocsin_value *event);

/* Keep how far it has come, when there is a file for it. */
void watch_keep(struct watch *watch);

/* Acknowledge what is dealt with, when there is a durable name. */
void watch_ack(struct watch *watch);

/* Wait until what is dealt with is acknowledged. */
void watch_settle(struct watch *watch);

/* Stop with this error. */
void watch_fail(struct watch *watch, const struct tocsin_error *error);

/* Pull events until there are none (drain) or without end. */
void watch_pull(struct watch *watch, bool is_draining);

/* Run a shell command with one line of JSON on its stdin: its exit status, or
 * -1 with errno. */
int run_with_json(const char *command, const struct tocsin_value *event);

#endif
