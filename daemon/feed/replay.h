/*
 * replay.h - what moved the counts of products, from the log, in the order in
 * which rules are to hear of it: product by product, day by day.  What came as
 * history is told on the day it was filed and in the state it is held in now;
 * all else as it came.  As many products at a time as fit: a turn.  One thread.
 *
 * Memory: 112 bytes a movement; a turn has REPLAY_MOVES on average, or those
 * of one product when it has more.
 */
#ifndef TOCSIN_FEED_REPLAY_H
#define TOCSIN_FEED_REPLAY_H

#include "daemon/core/aggregate.h"
#include "daemon/feed/export.h"
#include "daemon/feed/lineage.h"

enum { REPLAY_MOVES = 1 << 19, REPLAY_NO_MORE = -4 };

/* Out and in, in one event: the report was amended.  DEAD: tell nobody. */
enum replay_step {
	REPLAY_OUT,
	REPLAY_IN,
	REPLAY_CASE,    /* a report brings a case from now on */
	REPLAY_NO_CASE, /* ... and no longer */
	REPLAY_DEAD,
};

struct replay_move {
	uint64_t seq;       /* of the report's first event */
	uint64_t event;     /* that moved it */
	uint32_t root;      /* of its product's family */
	int32_t day;        /* on which it is told */
	uint8_t step;       /* enum replay_step */
	struct facts facts; /* of cases: product and mode; never backfill */
};

struct replay {
	struct store *store;
	uint64_t seq;                     /* the last that counts */
	const struct lineage *lineage;    /* at that sequence */
	struct export_progress *progress; /* may be NULL */
	struct replay_move *move; /* owned; of this turn: by root, then day */
	size_t nmoves;
	int32_t today; /* of the last event */
	/* the inside */
	size_t cap;
	uint32_t turn, nturns;
	bool has_revised_history;
};

/* Gather the next turn: 0, REPLAY_NO_MORE or an enum store_result. */
int replay_turn(struct replay *replay);

/* Free what it holds; zeroed is fine. */
void replay_free(struct replay *replay);

#endif
