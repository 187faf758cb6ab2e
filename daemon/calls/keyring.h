/*
 * keyring.h - who may do what: the organisations that the operator named and
 * their tokens, as the log says, and the sessions that came with them.  Loop
 * thread.  What changes goes through the writer first; keyring_learn is told
 * of it when it is durable.
 */
#ifndef TOCSIN_CALLS_KEYRING_H
#define TOCSIN_CALLS_KEYRING_H

#include "base/bytes.h"
#include "daemon/calls/services.h"
#include "daemon/core/access.h"
#include "daemon/store/record_access.h"

struct keyring;

/* An organisation, or one that was; its texts lie in row. */
struct member {
	struct record_organisation said;
	struct buf row;
};

/* A token; its texts lie in row.  It stays where it is. */
struct bearer {
	struct grant grant;
	struct access_row token;
	struct buf row;
	int64_t used_day; /* last noted; a day number */
};

/* NULL when out of memory.  free accepts NULL. */
struct keyring *keyring_new(struct services *services);
void keyring_free(struct keyring *keyring);

/*
 * At a start: ask the writer for all there is, and wait.  0, or -1 when
 * memory ran out or a row cannot be read.
 */
int keyring_load(struct keyring *keyring);

/*
 * What those may do who come without a token once there is one: a set of
 * roles.  Before, they may do everything.  Their subscriptions end when they
 * may not have them any more.
 */
void keyring_set_anonymous(struct keyring *keyring, unsigned roles);

/* Was no token ever made? */
bool keyring_is_empty(const struct keyring *keyring);

/*
 * Take rows as members_list writes them.  Sessions of tokens that ended, end.
 * 0, or -1.
 */
int keyring_learn(struct keyring *keyring, struct text rows);

/* By number or name; NULL: there is none, or (an organisation) no more. */
struct bearer *keyring_token(const struct keyring *keyring, uint32_t token);
struct member *keyring_organisation(const struct keyring *keyring,
    struct text name);
struct text keyring_name(const struct keyring *keyring, uint32_t organisation);
unsigned keyring_tokens(const struct keyring *keyring);
/* Its organisations, in no order: one by its place, NULL behind the last. */
struct member *keyring_member(const struct keyring *keyring, unsigned place);

/*
 * Whose token is it?  NULL for one that is unknown, revoked or expired: which
 * of these cannot be told from the time it takes.
 */
struct bearer *keyring_find(struct keyring *keyring, struct text token);

/* It was shown by a session: once a day that is noted. */
void keyring_note_use(struct keyring *keyring, struct bearer *bearer);

/*
 * What a new session may do: its socket is a Unix socket of the daemon's own
 * user or of root (everything), or not (the anonymous).
 */
const struct grant *keyring_greet(const struct keyring *keyring, int fd);

/* Is it that of the daemon's own user? */
bool keyring_is_owner(const struct keyring *keyring, const struct grant *grant);

/* Those named, for the writer; NULL when nobody is, or memory is out. */
struct organisations *keyring_table(const struct keyring *keyring);

#endif
