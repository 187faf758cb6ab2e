/*
 * act.h - an event that is an act, as it is told: what was done, by whom, when
 * and why.  Pure.
 */
#ifndef TOCSIN_FEED_ACT_H
#define TOCSIN_FEED_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/store.h"

enum { ACT_SUBJECT_MAX = 256 };

/* Texts borrow from the event, words are static. */
struct act {
	uint64_t seq;
	int64_t at_ms;
	const char *what;         /* "curation", "tokens" ... */
	const char *kind;         /* "merge", "made" ... */
	struct text organisation; /* of whoever did it; empty: see ordinal */
	uint32_t ordinal;         /* of that organisation; 0 none */
	struct text token;        /* "t3", "owner", or empty */
	struct text by, reason;   /* as written down; a comment is its reason */
	uint32_t product, other, alert; /* 0: none */
	uint64_t undoes;                /* the act taken back, 0 none */
	char subject[ACT_SUBJECT_MAX];  /* what else it was done to, or "" */
	bool is_erased; /* who and why were written down, and are gone */
};

/* What somebody asks for; empty, 0: anything. */
struct act_wanted {
	struct text who;      /* organisation, token or by, whole */
	struct text what;     /* what or kind */
	uint32_t product;     /* done to it, or to the other */
	int64_t since, until; /* ms; until is past the last */
};

/* false: it is no act, or its header cannot be read. */
bool act_read(const struct store_event *event, struct act *act);

/* Its organisation is filled.  Is it wanted? */
bool act_is_wanted(const struct act *act, const struct act_wanted *wanted);

#endif
