/*
 * watch.h - deadlines and memory of many connections in one coarse walk: no
 * timer each, and nothing to do for idle ones.  Loop thread.
 */
#ifndef TOCSIN_NET_WATCH_H
#define TOCSIN_NET_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/net/loop.h"

struct conn;

/* What is watched of one connection.  Zeroed but for conn: nothing. */
struct watched {
	TAILQ_ENTRY(watched) link;
	struct conn *conn;
	int64_t frame_by_ms;  /* the begun frame must be whole; 0: none */
	int64_t output_by_ms; /* output must have moved; 0: none */
	size_t bytes;         /* of its buffers */
	bool is_listed;
};

TAILQ_HEAD(watched_list, watched);

typedef void watch_fn(struct conn *conn);

struct watch {
	struct loop *loop;
	struct watched_list list;
	size_t count;            /* listed */
	struct loop_timer *step; /* while anything is listed */
	size_t bytes;            /* of all */
	size_t most_bytes;       /* that they may have; set by the owner */
	watch_fn *on_frame_late;
	watch_fn *on_output_late;
};

/*
 * The callbacks hear of deadlines that are over, once each, up to a tenth of
 * a second late, and later when many are over at once.  They may watch and
 * forget their own conn, no other.
 */
void watch_init(struct watch *watch, struct loop *loop, watch_fn *on_frame_late,
    watch_fn *on_output_late);
void watch_fini(struct watch *watch);

/* Set or, with 0, lift a deadline (loop_now_ms). */
void watch_frame(struct watch *watch, struct watched *watched, int64_t by_ms);
void watch_output(struct watch *watch, struct watched *watched, int64_t by_ms);

/* Say how much memory it holds now. */
void watch_bytes(struct watch *watch, struct watched *watched, size_t bytes);

/* Who holds most; NULL when nobody holds any. */
struct conn *watch_heaviest(const struct watch *watch);

/* It is gone: watch nothing of it. */
void watch_forget(struct watch *watch, struct watched *watched);

#endif
