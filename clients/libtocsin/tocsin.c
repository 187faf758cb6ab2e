#include "clients/libtocsin/handle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/digest.h"
#include "proto/error.h"

enum { WINDOW = 64, TIMEOUT_MS = 30000 };

struct tocsin_reply {
	struct buf bytes;
	struct tocsin_value result;
};

const char *
tocsin_code_name(enum tocsin_code code)
{
	static const char *const ours[] = { "unreachable", "timeout",
		"out-of-memory", "misuse", "untrusted" };
	if (code < TOCSIN_UNREACHABLE)
		return error_name((enum error_code)code);
	if (code < TOCSIN_CODE_COUNT)
		return ours[code - TOCSIN_UNREACHABLE];
	return "";
}

/* Copy a string that may be NULL; false when memory runs out. */
static bool
keep(char **to, const char *string)
{
	*to = string ? strdup(string) : NULL;
	return *to || !string;
}

/* The epoll that stands for all of the handle, with its timer in it. */
static int
make_poller(struct tocsin *tocsin)
{
	struct epoll_event event = { .events = EPOLLIN };
	tocsin->poller = epoll_create1(EPOLL_CLOEXEC);
	tocsin->timer =
	    timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	event.data.fd = tocsin->timer;
	if (tocsin->poller < 0 || tocsin->timer < 0)
		return -1;
	return epoll_ctl(tocsin->poller, EPOLL_CTL_ADD, tocsin->timer, &event);
}

static int
set_up(struct tocsin *tocsin, const struct tocsin_options *options,
    struct tocsin_error *error)
{
	const char *server =
	    options->server ? options->server : "127.0.0.1:7171";
	const struct secure_files files = { options->ca, options->cert,
		options->key };
	tocsin->window = options->window ? options->window : WINDOW;
	tocsin->timeout_ms =
	    options->timeout_ms ? options->timeout_ms : TIMEOUT_MS;
	tocsin->no_reconnect = options->no_reconnect;
	if (link_init(&tocsin->link, server, &files, error))
		return -1;
	if (!keep(&tocsin->client, options->client) ||
	    !keep(&tocsin->organisation, options->organisation) ||
	    !keep(&tocsin->token, options->token) ||
	    !keep(&tocsin->lang, options->lang)) {
		error_set(error, TOCSIN_NO_MEMORY, "out of memory");
		return -1;
	}
	if (digest_init() || make_poller(tocsin)) {
		error_set(error, TOCSIN_NO_MEMORY,
		    "no file descriptor or randomness to be had: %s",
		    strerror(errno));
		return -1;
	}
	return 0;
}

struct tocsin *
tocsin_new(const struct tocsin_options *options, struct tocsin_error *error)
{
	const struct tocsin_options none = { 0 };
	struct tocsin *tocsin = calloc(1, sizeof(*tocsin));
	if (!tocsin) {
		error_set(error, TOCSIN_NO_MEMORY, "out of memory");
		return NULL;
	}
	tocsin->poller = -1;
	tocsin->timer = -1;
	tocsin->link.fd = -1;
	calls_init(&tocsin->calls);
	TAILQ_INIT(&tocsin->subscriptions);
	if (set_up(tocsin, options ? options : &none, error)) {
		tocsin_free(tocsin);
		return NULL;
	}
	return tocsin;
}

void
tocsin_free(struct tocsin *tocsin)
{
	if (!tocsin)
		return;
	link_fini(&tocsin->link);
	calls_fini(&tocsin->calls);
	subscriptions_reap(tocsin, true);
	if (tocsin->poller >= 0)
		close(tocsin->poller);
	if (tocsin->timer >= 0)
		close(tocsin->timer);
	buf_free(&tocsin->greeting);
	free(tocsin->client);
	free(tocsin->organisation);
	free(tocsin->token);
	free(tocsin->lang);
	free(tocsin);
}

static int
fail(struct tocsin_error *error, const struct tocsin_error *why)
{
	if (error)
		*error = *why;
	return (int)why->code;
}

int
tocsin_connect(struct tocsin *tocsin, bool keep_trying,
    struct tocsin_error *error)
{
	int64_t until = clock_steady() + tocsin->timeout_ms;
	unsigned losses = tocsin->losses;
	while (tocsin->phase != PHASE_READY) {
		int64_t left = until - clock_steady();
		int wait = tocsin->timeout_ms < 0 ? -1 : (int)left;
		if (tocsin->timeout_ms >= 0 && left <= 0)
			return tocsin->trouble.code
			    ? fail(error, &tocsin->trouble)
			    : error_set(error, TOCSIN_UNREACHABLE,
				  "cannot connect to %s: no answer",
				  tocsin->link.shown);
		if (tocsin_step(tocsin, wait) ||
		    (!keep_trying && tocsin->losses != losses))
			return fail(error, &tocsin->trouble);
	}
	return 0;
}

bool
tocsin_is_connected(const struct tocsin *tocsin)
{
	return tocsin->phase == PHASE_READY;
}

struct tocsin_value
tocsin_greeting(const struct tocsin *tocsin)
{
	struct text bytes = buf_text(&tocsin->greeting);
	struct tocsin_value value;
	tocsin_decode((struct tocsin_text){ bytes.at, bytes.len }, &value);
	return value;
}

const char *
tocsin_server(const struct tocsin *tocsin)
{
	return tocsin->link.shown;
}

const struct tocsin_error *
tocsin_trouble(const struct tocsin *tocsin)
{
	return &tocsin->trouble;
}

void
tocsin_set_on_wait(struct tocsin *tocsin, tocsin_on_wait *on_wait, void *who)
{
	tocsin->on_wait = on_wait;
	tocsin->waiter = who;
}

int
tocsin_fd(const struct tocsin *tocsin)
{
	return tocsin->poller;
}

int
tocsin_call(struct tocsin *tocsin, const char *method,
    struct tocsin_text params, tocsin_on_reply *on_reply, void *who)
{
	const struct call callback = { .on_reply = on_reply, .who = who };
	int64_t deadline = tocsin->timeout_ms < 0
	    ? HANDLE_NEVER_MS
	    : clock_steady() + tocsin->timeout_ms;
	return calls_add(tocsin, method, (struct text){ params.at, params.len },
	    deadline, &callback);
}

size_t
tocsin_pending(const struct tocsin *tocsin)
{
	return tocsin->calls.pending;
}

int
tocsin_wait(struct tocsin *tocsin, size_t left)
{
	while (tocsin->calls.pending > left) {
		int code = tocsin_step(tocsin, -1);
		if (code)
			return code;
	}
	return 0;
}

/* Where the one answer that is waited for goes. */
struct awaited {
	struct tocsin_reply *reply;
	struct tocsin_error error;
	bool is_done;
};

static void
on_awaited(void *who, const struct tocsin_value *result,
    const struct tocsin_error *error)
{
	struct awaited *awaited = who;
	awaited->is_done = true;
	if (error) {
		awaited->error = *error;
		return;
	}
	awaited->reply = calloc(1, sizeof(*awaited->reply));
	if (awaited->reply) {
		struct buf *bytes = &awaited->reply->bytes;
		buf_add(bytes, result->encoded.at, result->encoded.len);
		if (!bytes->failed &&
		    tocsin_decode((struct tocsin_text){ (char *)bytes->at,
				      bytes->len },
			&awaited->reply->result))
			return;
	}
	tocsin_reply_free(awaited->reply);
	awaited->reply = NULL;
	error_set(&awaited->error, TOCSIN_NO_MEMORY, "out of memory");
}

int
tocsin_call_wait(struct tocsin *tocsin, const char *method,
    struct tocsin_text params, struct tocsin_reply **reply,
    struct tocsin_error *error)
{
	struct awaited awaited = { .is_done = false };
	int code;
	*reply = NULL;
	if (tocsin->is_stepping)
		return error_set(error, TOCSIN_MISUSE,
		    "a callback must not wait for an answer");
	code = tocsin_call(tocsin, method, params, on_awaited, &awaited);
	if (code)
		return error_set(error, (enum tocsin_code)code,
		    "the call cannot be made: %s",
		    tocsin_code_name((enum tocsin_code)code));
	while (!awaited.is_done)
		tocsin_step(tocsin, -1);
	if (!awaited.reply)
		return fail(error, &awaited.error);
	*reply = awaited.reply;
	return 0;
}

const struct tocsin_value *
tocsin_reply_result(const struct tocsin_reply *reply)
{
	return &reply->result;
}

void
tocsin_reply_free(struct tocsin_reply *reply)
{
	if (!reply)
		return;
	buf_free(&reply->bytes);
	free(reply);
}
