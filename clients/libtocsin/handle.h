/*
 * handle.h - the inside of a struct tocsin, shared by the files of this
 * folder: tocsin.c drives it, calls.c holds the calls, subscribe.c the
 * subscriptions.
 */
#ifndef TOCSIN_CLIENTS_LIBTOCSIN_HANDLE_H
#define TOCSIN_CLIENTS_LIBTOCSIN_HANDLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/bytes.h"
#include "clients/libtocsin/link.h"
#include "clients/libtocsin/stream.h"
#include "clients/libtocsin/tocsin.h"
#include "clients/libtocsin/value.h"
#include "proto/codec.h"

enum { HANDLE_NEVER_MS = -1 }; /* a deadline that does not come */

struct call {
	TAILQ_ENTRY(call) entry;
	uint32_t id;
	int64_t deadline; /* clock_steady, or HANDLE_NEVER_MS */
	int64_t due;      /* while waiting to be tried again */
	struct buf frame; /* the whole request */
	tocsin_on_reply *on_reply;
	void *who;
};

TAILQ_HEAD(call_list, call);

struct calls {
	struct call_list queued;  /* to be sent, in order */
	struct call_list sent;    /* in flight, in order */
	struct call_list waiting; /* told to come back later */
	size_t nsent;
	size_t pending;     /* all three */
	uint32_t last_id;   /* 0 is the greeting's */
	int64_t expired_at; /* when deadlines were last looked at */
};

/*
 *   APART --due--> DIALLING --connected--> GREETING --answered--> READY
 *     ^----------------- any of them, when the connection is lost
 *   DEAD: the greeting was refused, or no_reconnect; never left.
 */
enum phase {
	PHASE_APART,
	PHASE_DIALLING,
	PHASE_GREETING,
	PHASE_READY,
	PHASE_DEAD,
};

TAILQ_HEAD(subscription_list, tocsin_subscription);

struct tocsin {
	enum phase phase;
	struct link link;
	char *client, *organisation, *token, *lang; /* owned or NULL */
	uint32_t window;
	int timeout_ms;
	bool no_reconnect;
	bool is_stepping;
	int poller;       /* epoll of the socket and the timer */
	int timer;        /* timerfd */
	int64_t phase_by; /* DIALLING, GREETING: given up; APART: next try */
	int64_t ready_at;
	unsigned failures; /* in a row */
	unsigned losses;   /* ever */
	struct tocsin_error trouble;
	struct buf greeting; /* hello's result */
	struct calls calls;
	tocsin_on_wait *on_wait; /* NULL: nobody asks */
	void *waiter;
	struct subscription_list subscriptions;
	uint32_t last_subscription;
};

/* Milliseconds of a clock that never jumps. */
int64_t clock_steady(void);

/* --- calls.c ------------------------------------------------------------- */

/* Empty lists. */
void calls_init(struct calls *calls);
/* Forget all, without calling back. */
void calls_fini(struct calls *calls);

/* As tocsin_call, with a deadline.  0 or a code. */
int calls_add(struct tocsin *tocsin, const char *method, struct text params,
    int64_t deadline, const struct call *callback);

/* Hand queued calls to the link while the window and its buffer allow. */
void calls_send(struct tocsin *tocsin, int64_t now);

/* A reply has come.  A reply to nothing known is ignored, save bad-frame. */
void calls_reply(struct tocsin *tocsin, const struct rpc_frame *frame,
    int64_t now);

/* The connection is gone: what was in flight is to be sent again, first. */
void calls_requeue(struct calls *calls);

/* Call back every call with this error. */
void calls_fail(struct tocsin *tocsin, const struct tocsin_error *error);

/* Fail what is past its deadline. */
void calls_expire(struct tocsin *tocsin, int64_t now);

/* When calls_send or calls_expire next has something to do; INT64_MAX. */
int64_t calls_next(const struct tocsin *tocsin);

/* --- subscribe.c --------------------------------------------------------- */

/* The connection is greeted: ask for what has to be asked for again. */
void subscriptions_begin(struct tocsin *tocsin);
/* The connection is gone. */
void subscriptions_pause(struct tocsin *tocsin);
/* A push has come. */
void subscriptions_push(struct tocsin *tocsin, const struct rpc_frame *frame);
/* The daemon says that they are over. */
void subscriptions_end(struct tocsin *tocsin, const struct tocsin_error *error);
/* Free those that were unsubscribed, or all. */
void subscriptions_reap(struct tocsin *tocsin, bool all);

/* Read the wire's error text. */
void error_read(struct text wire, struct tocsin_error *error);

#endif
