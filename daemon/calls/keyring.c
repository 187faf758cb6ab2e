#include "daemon/calls/keyring.h"

#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/date.h"
#include "daemon/calls/scope.h"
#include "daemon/core/organisations.h"
#include "daemon/core/passkey.h"
#include "daemon/intake/members.h"
#include "daemon/logger.h"
#include "daemon/net/sessions.h"
#include "daemon/store/record.h"

enum { TICK_MS = 200 };

/* What a token is looked up by: all of them lie in a row. */
struct lock {
	uint64_t hash[TOKEN_HASH_BYTES / sizeof(uint64_t)];
	int64_t ends_ms; /* INT64_MAX: never; INT64_MIN: it was revoked */
};

struct keyring {
	struct services *services; /* borrowed */
	struct loop_timer *timer;
	struct bearer **bearer; /* owned, by number from 1; [0] is NULL */
	struct lock *lock;      /* of each, by number from 0 */
	struct member **member; /* owned, in the order they were named */
	unsigned nbearers, nmembers;
	struct grant anonymous, owner;
	bool had_administrator;   /* when last looked */
	unsigned anonymous_roles; /* once there are tokens */
};

static int64_t
now_of(const struct keyring *keyring)
{
	return clock_now(keyring->services->clock);
}

/* --- ends ---------------------------------------------------------------- */

/* Nothing falls open: the owner is left, by the Unix socket. */
static void
tell_administrators(struct keyring *keyring)
{
	unsigned live = 0;

	for (unsigned i = 1; i <= keyring->nbearers; i++)
		live += !access_is_ended(&keyring->bearer[i]->grant,
			    now_of(keyring)) &&
		    keyring->bearer[i]->grant.roles & ACCESS_ROLE(ROLE_ADMIN);
	if (!keyring->nbearers)
		return;
	if (!live && keyring->had_administrator)
		log_line(LOG_WARNING, "no-administrator", "why=%s",
		    LOG_QUOTE(TEXT(
			"no token that is left has role admin; the daemon's "
			"own user can make one by a Unix socket")));
	keyring->had_administrator = live > 0;
}

static void
end_bearer(struct keyring *keyring, struct bearer *bearer)
{
	bearer->grant.is_revoked = true;
	if (keyring->services->sessions)
		sessions_end_grant(keyring->services->sessions, &bearer->grant);
}

/* Some expire without anybody calling. */
static void
tick(void *who)
{
	struct keyring *keyring = who;
	int64_t now = now_of(keyring);

	for (unsigned i = 1; i <= keyring->nbearers; i++) {
		struct bearer *bearer = keyring->bearer[i];

		if (!bearer->grant.is_revoked &&
		    access_is_ended(&bearer->grant, now))
			end_bearer(keyring, bearer);
	}
	tell_administrators(keyring);
}

static void
set_anonymous(struct keyring *keyring)
{
	struct grant *anonymous = &keyring->anonymous;
	unsigned before = anonymous->roles;

	anonymous->roles = keyring_is_empty(keyring) ? ACCESS_ALL_ROLES
						     : keyring->anonymous_roles;
	anonymous->is_public = !keyring_is_empty(keyring);
	anonymous->may_read_text = !anonymous->is_public;
	if (before & ~anonymous->roles && keyring->services->sessions)
		sessions_end_grant(keyring->services->sessions, anonymous);
}

void
keyring_set_anonymous(struct keyring *keyring, unsigned roles)
{
	keyring->anonymous_roles = roles;
	set_anonymous(keyring);
}

bool
keyring_is_empty(const struct keyring *keyring)
{
	return keyring->nbearers == 0;
}

struct keyring *
keyring_new(struct services *services)
{
	struct keyring *keyring = calloc(1, sizeof(*keyring));

	if (!keyring)
		return NULL;
	keyring->services = services;
	keyring->had_administrator = true;
	keyring->owner.roles = ACCESS_ALL_ROLES;
	keyring->owner.may_read_text = true;
	set_anonymous(keyring);
	keyring->timer = loop_timer_new(services->loop, TICK_MS, tick, keyring);
	if (keyring->timer)
		return keyring;
	keyring_free(keyring);
	return NULL;
}

static void
free_bearer(struct bearer *bearer)
{
	if (bearer)
		buf_free(&bearer->row);
	free(bearer);
}

static void
free_member(struct member *member)
{
	if (member)
		buf_free(&member->row);
	free(member);
}

void
keyring_free(struct keyring *keyring)
{
	if (!keyring)
		return;
	for (unsigned i = 1; i <= keyring->nbearers; i++)
		free_bearer(keyring->bearer[i]);
	for (unsigned i = 0; i < keyring->nmembers; i++)
		free_member(keyring->member[i]);
	loop_timer_free(keyring->timer);
	free(keyring->bearer);
	free(keyring->lock);
	free(keyring->member);
	free(keyring);
}

/* --- learning ------------------------------------------------------------ */

static int
add_bearer(struct keyring *keyring, struct bearer *bearer)
{
	size_t count = keyring->nbearers;
	struct bearer **bearers =
	    realloc(keyring->bearer, (count + 2) * sizeof(struct bearer *));
	struct lock *locks;

	if (bearers)
		keyring->bearer = bearers;
	locks = realloc(keyring->lock, (count + 1) * sizeof(*locks));
	if (locks)
		keyring->lock = locks;
	if (!bearers || !locks)
		return -1;
	bearers[0] = NULL;
	bearers[++keyring->nbearers] = bearer;
	return 0;
}

/* As access_is_ended says of it. */
static void
set_lock(struct keyring *keyring, const struct bearer *bearer)
{
	struct lock *lock = &keyring->lock[bearer->grant.token - 1];
	int64_t expires_ms = bearer->grant.expires_ms;

	memcpy(lock->hash, bearer->token.made.hash, sizeof(lock->hash));
	lock->ends_ms = expires_ms ? expires_ms : INT64_MAX;
	if (bearer->grant.is_revoked)
		lock->ends_ms = INT64_MIN;
}

static bool
take_row(struct buf *row, struct text bytes)
{
	buf_clear(row);
	buf_add_text(row, bytes);
	return !row->failed;
}

static int
learn_token(struct keyring *keyring, struct text bytes)
{
	struct access_row row;
	struct bearer *bearer;
	bool is_new;

	if (!access_row_read(bytes, &row))
		return -1;
	bearer = keyring_token(keyring, row.made.token);
	is_new = !bearer;
	if (is_new && row.made.token != keyring->nbearers + 1)
		return -1;
	if (is_new)
		bearer = calloc(1, sizeof(*bearer));
	if (!bearer || !take_row(&bearer->row, bytes) ||
	    !access_row_read(buf_text(&bearer->row), &bearer->token) ||
	    (is_new && add_bearer(keyring, bearer))) {
		if (is_new)
			free_bearer(bearer);
		return -1;
	}
	bearer->grant.token = row.made.token;
	bearer->grant.roles = row.made.roles;
	bearer->grant.may_read_text = row.made.may_read_text;
	bearer->grant.expires_ms = row.made.expires_ms;
	bearer->used_day = date_of_ms(row.used_ms);
	if (scope_read(bearer->token.made.scope, keyring->services->vocabulary,
		&bearer->grant.scope))
		bearer->grant.roles = 0; /* it speaks of a lost category */
	if (row.revoked_ms)
		end_bearer(keyring, bearer);
	set_lock(keyring, bearer);
	return 0;
}

static int
learn_organisation(struct keyring *keyring, struct text bytes)
{
	struct record_organisation said;
	struct member *member = NULL, **members;

	if (!record_organisation_read(bytes, &said))
		return -1;
	for (unsigned i = 0; i < keyring->nmembers; i++)
		if (keyring->member[i]->said.organisation == said.organisation)
			member = keyring->member[i];
	if (!member) {
		members = realloc(keyring->member,
		    (keyring->nmembers + 1) * sizeof(struct member *));
		if (members)
			keyring->member = members;
		member = members ? calloc(1, sizeof(*member)) : NULL;
		if (!member)
			return -1;
		members[keyring->nmembers++] = member;
	}
	if (!take_row(&member->row, bytes) ||
	    !record_organisation_read(buf_text(&member->row), &member->said))
		return -1;
	return 0;
}

int
keyring_learn(struct keyring *keyring, struct text rows)
{
	struct cut cut = cut_of(rows.at, rows.len);
	int result = 0;

	while (!result && !cut_is_done(&cut)) {
		uint8_t type = cut_u8(&cut);
		struct text row = cut_string(&cut);

		if (cut.bad)
			return -1;
		result = type == RECORD_TOKEN
		    ? learn_token(keyring, row)
		    : learn_organisation(keyring, row);
	}
	set_anonymous(keyring);
	tell_administrators(keyring);
	return result;
}

/* Who waits and the writer share it: the last one frees. */
struct loading {
	struct work work; /* first */
	struct buf rows;
	int result;
	sem_t is_read;
};

static void
load_run(struct work *work, struct intake *intake)
{
	struct loading *loading = (struct loading *)work;

	loading->result = members_list(intake, &loading->rows);
	sem_post(&loading->is_read);
}

static void
load_done(struct work *work)
{
	struct loading *loading = (struct loading *)work;

	sem_destroy(&loading->is_read);
	buf_free(&loading->rows);
	free(loading);
}

int
keyring_load(struct keyring *keyring)
{
	struct writer *writer = keyring->services->writer;
	struct loading *loading = calloc(1, sizeof(*loading));

	if (!loading)
		return -1;
	sem_init(&loading->is_read, 0, 0);
	loading->work = (struct work){ .run = load_run, .done = load_done };
	writer_put(writer, &loading->work);
	writer_flush(writer);
	while (sem_wait(&loading->is_read))
		continue;
	if (loading->result)
		return -1;
	return keyring_learn(keyring, buf_text(&loading->rows));
}

/* --- looking ------------------------------------------------------------- */

struct bearer *
keyring_token(const struct keyring *keyring, uint32_t token)
{
	return token && token <= keyring->nbearers ? keyring->bearer[token]
						   : NULL;
}

unsigned
keyring_tokens(const struct keyring *keyring)
{
	return keyring->nbearers;
}

struct member *
keyring_member(const struct keyring *keyring, unsigned place)
{
	return place < keyring->nmembers ? keyring->member[place] : NULL;
}

struct member *
keyring_organisation(const struct keyring *keyring, struct text name)
{
	for (unsigned i = 0; i < keyring->nmembers; i++)
		if (text_equal(keyring->member[i]->said.name, name))
			return keyring->member[i]->said.is_removed
			    ? NULL
			    : keyring->member[i];
	return NULL;
}

struct text
keyring_name(const struct keyring *keyring, uint32_t organisation)
{
	for (unsigned i = 0; i < keyring->nmembers; i++)
		if (keyring->member[i]->said.organisation == organisation)
			return keyring->member[i]->said.name;
	return (struct text){ "", 0 };
}

/*
 * Each lock is tried, whatever fits: which memory is read, and in which order,
 * does not depend on what is asked.
 */
struct bearer *
keyring_find(struct keyring *keyring, struct text token)
{
	uint64_t hash[TOKEN_HASH_BYTES / sizeof(uint64_t)];
	int64_t now = now_of(keyring);
	size_t found = 0;

	passkey_hash(token, (uint8_t *)hash);
	if (!keyring->nbearers)
		return NULL;
	for (size_t i = 0; i < keyring->nbearers; i++) {
		const struct lock *lock = &keyring->lock[i];
		uint64_t differ = (lock->hash[0] ^ hash[0]) |
		    (lock->hash[1] ^ hash[1]) | (lock->hash[2] ^ hash[2]) |
		    (lock->hash[3] ^ hash[3]);
		size_t is_equal = ~(differ | -differ) >> 63;
		size_t is_live = now < lock->ends_ms;

		found |= (i + 1) & -(is_equal & is_live);
	}
	return keyring->bearer[found];
}

const struct grant *
keyring_greet(const struct keyring *keyring, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) &&
	    peer.pid > 0 && (peer.uid == geteuid() || peer.uid == 0))
		return &keyring->owner;
	return &keyring->anonymous;
}

bool
keyring_is_owner(const struct keyring *keyring, const struct grant *grant)
{
	return grant == &keyring->owner;
}

struct organisations *
keyring_table(const struct keyring *keyring)
{
	struct organisation_given *given =
	    calloc(keyring->nmembers + 1, sizeof(*given));
	struct organisations *table = NULL;
	unsigned count = 0;

	for (unsigned i = 0; given && i < keyring->nmembers; i++) {
		const struct record_organisation *said =
		    &keyring->member[i]->said;

		if (!said->is_removed && count < ORGANISATIONS_MAX)
			given[count++] = (struct organisation_given){
				.known = { .name = said->name,
				    .trust = said->trust,
				    .is_trusted = said->is_trusted,
				    .probation_until = said->probation_until,
				    .nsites = said->nsites },
				.sites = said->sites,
			};
	}
	if (count)
		table = organisations_of(given, count);
	free(given);
	return table;
}

/* --- use ----------------------------------------------------------------- */

struct using
{
	struct work work; /* first */
	struct record_token record;
};

static void
use_run(struct work *work, struct intake *intake)
{
	struct using *using = (struct using *)work;

	if (!store_is_full(intake->store))
		members_token(intake, &using->record, (struct text){ 0 });
}

static void
use_done(struct work *work)
{
	free(work);
}

void
keyring_note_use(struct keyring *keyring, struct bearer *bearer)
{
	int64_t today = date_of_ms(now_of(keyring));
	struct using *using;

	if (bearer->used_day == today || !(using = calloc(1, sizeof(*using))))
		return;
	bearer->used_day = today;
	bearer->token.used_ms = now_of(keyring);
	using->record = (struct record_token){ .act = TOKEN_USED,
		.token = bearer->grant.token };
	using->work = (struct work){ .run = use_run, .done = use_done };
	writer_put(keyring->services->writer, &using->work);
}
