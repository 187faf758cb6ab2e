/*
 * enrol.h - an act on organisations and tokens on its way: written down by
 * the writer, learned by the keyring, answered.  Loop thread but for its run.
 */
#ifndef TOCSIN_CALLS_ENROL_H
#define TOCSIN_CALLS_ENROL_H

#include "daemon/calls/services.h"
#include "daemon/core/passkey.h"
#include "daemon/store/record_access.h"

struct enrol {
	struct work work; /* first */
	struct services *services;
	struct ticket ticket;
	bool names, makes; /* which of these are written */
	struct record_organisation organisation;
	struct record_token token;
	struct buf revoked; /* uint32_t each: tokens to end */
	struct buf texts;   /* what the records borrow, but for ... */
	struct buf sites;   /* ... these */
	struct buf body, rows;
	char passkey[PASSKEY_TEXT_MAX]; /* of the token made */
	uint64_t seq;
	struct refusal why;
	/* Pack the answer, without seq; as many pairs. */
	void (*pack)(const struct enrol *enrol, struct buf *out);
	uint32_t pairs;
};

/*
 * Begin, with the author in the body.  NULL when memory is out, and the call
 * is answered so.
 */
struct enrol *enrol_new(struct call *call, struct text reason);

/* Keep a copy of the text: each member of the records once, at most 600. */
struct text enrol_keep(struct enrol *enrol, struct text text);

/* Have a token made: its secret is drawn here. */
void enrol_make(struct enrol *enrol);

/* Have this token end. */
void enrol_revoke(struct enrol *enrol, uint32_t token);

/* Go on to the answer, which frees it; at once when why is set. */
void enrol_start(struct enrol *enrol);

#endif
