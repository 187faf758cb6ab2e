/*
 * guests.h - who may be here, and for how long without a word.  Peers of
 * other machines are counted by their network; those that have shown no token
 * are strangers: there are so many places for them, the one that has been
 * silent longest gives way when all are taken, and who does not ask anything
 * in time has to leave.  Deadlines lie in two queues in the order in which
 * they end, so that nobody is looked at before his is over.  Loop thread.
 */
#ifndef TOCSIN_NET_GUESTS_H
#define TOCSIN_NET_GUESTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/net/loop.h"
#include "daemon/net/prefix.h"

struct guests;

/* A connection's place among them.  Zeroed: not taken in. */
struct guest {
	TAILQ_ENTRY(guest) link; /* while a stranger */
	struct prefix prefix;
	int64_t by_ms;    /* a stranger must have sent a whole frame */
	bool is_here;     /* counted: of another machine */
	bool is_stranger; /* in one of the queues */
	bool has_spoken;  /* in the second */
};

struct guests_limits {
	unsigned connections; /* in all: the table is made for so many */
	/* 0: no limit. */
	unsigned per_network;
	unsigned strangers;
	unsigned strangers_per_network;
	/* Until the first whole frame, and then the next; 0: no limit. */
	int64_t first_frame_ms;
	int64_t idle_ms;
};

struct guests_events {
	/* Silent for longest, and in another's way: close it.  It has gone
	 * already as far as guests are concerned. */
	void (*on_displaced)(struct guest *guest);
	/* Its time is over: close it, or call guests_spoke. */
	void (*on_late)(struct guest *guest);
};

enum guests_answer {
	GUESTS_WELCOME,
	GUESTS_NETWORK_FULL,           /* with connections */
	GUESTS_NETWORK_STRANGERS_FULL, /* with strangers */
	GUESTS_STRANGERS_FULL,         /* and none of them is silent */
};

/* limits are copied, events borrowed.  NULL when out of memory.  free accepts
 * NULL. */
struct guests *guests_new(struct loop *loop, const struct guests_limits *limits,
    const struct guests_events *events);
void guests_free(struct guests *guests);

/* May one more come from there?  Another may be displaced for it. */
enum guests_answer guests_ask(struct guests *guests,
    const struct prefix *prefix);

/* It has come: a stranger, unless it is of this machine. */
void guests_come(struct guests *guests, struct guest *guest,
    const struct prefix *prefix);

/* It has sent a whole frame, or was answered, or waits for an answer. */
void guests_spoke(struct guests *guests, struct guest *guest);

/* It has shown a token. */
void guests_know(struct guests *guests, struct guest *guest);

/* It has gone.  Any number of calls. */
void guests_go(struct guests *guests, struct guest *guest);

#endif
