#include "clients/cli/watch.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { POLL_MS = 20000, AWAIT_MS = 3600000 };

/* Tell on stderr, on a terminal, that somebody is listening. */
static void
on_state(void *who, const struct tocsin_value *result,
    const struct tocsin_error *error)
{
	struct watch *watch = who;
	if (error) {
		watch_fail(watch, error);
		return;
	}
	if (watch->is_parted)
		output_message(watch->output, "connected again to %s",
		    tocsin_server(watch->tocsin));
	else if (watch->output->is_messages_terminal)
		output_message(watch->output, "watching %s; %lld alerts open",
		    tocsin_server(watch->tocsin),
		    (long long)tocsin_get_int(result, "open", 0));
	watch->is_parted = false;
}

static void
on_event(void *who, const struct tocsin_value *event)
{
	struct watch *watch = who;
	if (watch->is_over)
		return;
	watch_event(watch, event);
	watch_ack(watch);
}

/* Tell once that the line is down; the library brings it up again. */
static void
tell_parted(struct watch *watch)
{
	if (watch->is_parted || tocsin_is_connected(watch->tocsin))
		return;
	watch->is_parted = true;
	output_message(watch->output, "%s; trying again",
	    tocsin_trouble(watch->tocsin)->text);
}

/*
 * Wait for the daemon, the end of the time, or the end of whoever reads what
 * we print: days may pass before a write would show that nobody does.
 */
static void
await(struct watch *watch)
{
	struct pollfd fds[] = {
		{ .fd = tocsin_fd(watch->tocsin), .events = POLLIN },
		{ .fd = STDOUT_FILENO, .events = 0 },
	};
	int64_t left = watch->until - clock_ms();
	int wait = left > AWAIT_MS ? AWAIT_MS : (int)left;
	if (left > 0 && poll(fds, 2, wait) > 0 && (fds[1].revents & POLLERR))
		raise(SIGPIPE);
}

static void
watch_push(struct watch *watch)
{
	struct tocsin_subscribe_options options = {
		.filter =
		    watch->filter.kind == TOCSIN_MAP ? &watch->filter : NULL,
		.durable = watch->durable,
		.from = watch->from,
		.replace = line_has(watch->line, "replace"),
		.take_over = line_has(watch->line, "take-over"),
	};
	struct tocsin_subscription *subscription =
	    tocsin_subscribe(watch->tocsin, &options, on_event, on_state,
		watch);
	if (!subscription) {
		output_message(watch->output, "out of memory");
		watch->code = EXIT_LOCAL;
		return;
	}
	while (!watch->is_over && clock_ms() < watch->until) {
		if (tocsin_step(watch->tocsin, 0) && !watch->is_over)
			watch_fail(watch, tocsin_trouble(watch->tocsin));
		watch_keep(watch);
		tell_parted(watch);
		if (!watch->is_over)
			await(watch);
	}
	tocsin_unsubscribe(subscription);
	watch_settle(watch);
}

static int
read_options(struct watch *watch)
{
	struct line *line = watch->line;
	int64_t range[2] = { 1, INT64_MAX };
	int64_t length = -1;
	int64_t timeout = 2 * POLL_MS;
	int code;
	watch->left = INT64_MAX;
	watch->until = INT64_MAX;
	watch->from = line_option(line, "since");
	watch->durable = line_option(line, "durable");
	watch->exec = line_option(line, "exec");
	if ((line_has(line, "replace") || line_has(line, "take-over")) &&
	    !watch->durable)
		return line_usage(line,
		    "--replace and --take-over are for a --durable name");
	code = line_number(line, "count", range, &watch->left);
	if (!code)
		code = line_duration(line, "for", &length);
	if (!code)
		code = line_duration(line, "timeout", &timeout);
	if (!code && length >= 0)
		watch->until = clock_ms() + length;
	/* A long poll must end well before its call is given up. */
	watch->poll_ms = timeout / 2 < POLL_MS ? timeout / 2 : POLL_MS;
	return code;
}

/* Where the last run ended; a durable name knows that better. */
static int
open_bookmark(struct watch *watch)
{
	const char *path = line_option(watch->line, "state");
	char why[160];
	if (!path)
		return 0;
	if (bookmark_read(&watch->bookmark, path, why)) {
		output_message(watch->output, "%s: %s", path, why);
		return EXIT_LOCAL;
	}
	if (watch->bookmark.cursor[0] && !watch->durable)
		watch->from = watch->bookmark.cursor;
	return 0;
}

/*
 * What is told of the chain may have gaps where not all is asked for.  Whoever
 * asks for all from the beginning is told the first link first.
 */
static void
begin_chain(struct watch *watch)
{
	const struct chain_end beginning = { 0 };
	bool has_gaps =
	    watch->filter.kind == TOCSIN_MAP || line_has(watch->line, "latest");
	watch->is_verifying = line_has(watch->line, "verify");
	chain_init(&watch->chain, has_gaps);
	if (watch->bookmark.has_end) {
		chain_resume(&watch->chain, &watch->bookmark.end);
		watch->chain.is_apart = watch->bookmark.is_apart;
	} else if (watch->from && !strcmp(watch->from, "all") &&
	    !watch->durable) {
		chain_resume(&watch->chain, &beginning);
	}
}

static void
tell_chain(struct watch *watch)
{
	char text[CHAIN_TELL_MAX];
	if (watch->is_verifying && watch->code != EXIT_BROKEN)
		output_message(watch->output, "%s",
		    chain_tell(&watch->chain, text));
}

static int
read_filter(struct watch *watch)
{
	watch->writer = tocsin_writer_new();
	if (!watch->writer)
		return EXIT_LOCAL;
	line_put_filter(watch->line, watch->writer, NULL);
	tocsin_decode(tocsin_writer_bytes(watch->writer), &watch->filter);
	return 0;
}

int
run_watch(struct line *line)
{
	struct watch watch = { .line = line, .output = line_output(line) };
	bool is_draining = line_has(line, "drain");
	bool is_pulling = is_draining || line_has(line, "latest");
	int code = read_options(&watch);
	if (!code)
		code = read_filter(&watch);
	if (!code)
		code = open_bookmark(&watch);
	if (!code)
		watch.tocsin = line_connect(line, &code);
	if (!code)
		begin_chain(&watch);
	if (!code && is_pulling)
		watch_pull(&watch, is_draining);
	else if (!code)
		watch_push(&watch);
	if (!code)
		tell_chain(&watch);
	tocsin_writer_free(watch.writer);
	return code ? code : watch.code;
}
