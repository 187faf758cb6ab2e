#include "daemon/calls/enrol.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/author.h"
#include "daemon/calls/keyring.h"
#include "daemon/intake/members.h"
#include "daemon/intake/prepare.h"
#include "proto/codec.h"

enum { TEXTS_MAX = 16384 };

static void
enrol_free(struct enrol *enrol)
{
	buf_free(&enrol->revoked);
	buf_free(&enrol->texts);
	buf_free(&enrol->sites);
	buf_free(&enrol->body);
	buf_free(&enrol->rows);
	free(enrol);
}

struct enrol *
enrol_new(struct call *call, struct text reason)
{
	struct enrol *enrol = answer_alloc(call, sizeof(*enrol));

	if (!enrol)
		return NULL;
	enrol->services = session_services(call->session);
	enrol->ticket = call_ticket(call);
	pack_map(&enrol->body, AUTHOR_PAIRS + 1);
	author_pack(&enrol->body, call);
	pack_field_text(&enrol->body, "reason", reason);
	/* What is kept there must not move. */
	if (!buf_reserve(&enrol->texts, TEXTS_MAX) || enrol->body.failed)
		answer_no_memory(&enrol->why);
	return enrol;
}

struct text
enrol_keep(struct enrol *enrol, struct text text)
{
	size_t at = enrol->texts.len;

	if (enrol->texts.failed || text.len > TEXTS_MAX - at)
		return (struct text){ "", 0 };
	buf_add_text(&enrol->texts, text);
	return (struct text){ (const char *)enrol->texts.at + at, text.len };
}

void
enrol_make(struct enrol *enrol)
{
	uint8_t secret[PASSKEY_SECRET_BYTES];

	digest_random(secret, sizeof(secret));
	passkey_write(secret, enrol->passkey);
	passkey_hash(text_of(enrol->passkey), enrol->token.hash);
	enrol->token.act = TOKEN_MADE;
	enrol->makes = true;
}

void
enrol_revoke(struct enrol *enrol, uint32_t token)
{
	buf_add(&enrol->revoked, &token, sizeof(token));
}

/* --- writer thread ------------------------------------------------------- */

static void
revoke_all(struct enrol *enrol, struct intake *intake)
{
	const uint32_t *token = (const void *)enrol->revoked.at;
	size_t count = enrol->revoked.len / sizeof(*token);

	for (size_t i = 0; i < count && !intake->projection.result; i++) {
		struct record_token record = { .act = TOKEN_REVOKED,
			.token = token[i] };

		enrol->seq =
		    members_token(intake, &record, buf_text(&enrol->body));
		members_read_token(intake, token[i], &enrol->rows);
	}
}

static void
enrol_run(struct work *work, struct intake *intake)
{
	struct enrol *enrol = (struct enrol *)work;
	struct text body = buf_text(&enrol->body);

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	if (enrol->names) {
		enrol->seq = members_name(intake, &enrol->organisation,
		    prepare_name_hash(store_hash_key(intake->store),
			NAME_ORGANISATION, enrol->organisation.name),
		    body);
		if (enrol->seq)
			members_read_organisation(intake,
			    enrol->organisation.organisation, &enrol->rows);
	}
	if (enrol->makes) {
		enrol->seq = members_token(intake, &enrol->token, body);
		if (enrol->seq)
			members_read_token(intake, enrol->token.token,
			    &enrol->rows);
	}
	if ((enrol->names || enrol->makes) && !enrol->seq)
		refuse(&enrol->why, ERROR_TOO_LARGE, NULL,
		    "there are too many organisations or tokens");
	else
		revoke_all(enrol, intake);
}

/* --- loop thread --------------------------------------------------------- */

static void
finish(struct enrol *enrol)
{
	struct services *services = enrol->services;
	struct buf out = { 0 };

	if (!enrol->why.code) {
		pack_map(&out, enrol->pairs + 1);
		enrol->pack(enrol, &out);
		pack_field_uint(&out, "seq", enrol->seq);
	}
	answer_ticket(services, enrol->ticket, &out, enrol->seq, &enrol->why);
	/* Behind the answer: it may be the caller's own token that ends. */
	if (enrol->rows.len) {
		keyring_learn(services->keyring, buf_text(&enrol->rows));
		if (enrol->names && services->renew)
			services->renew(services->who);
	}
	enrol_free(enrol);
}

static void
enrol_done(struct work *work)
{
	struct enrol *enrol = (struct enrol *)work;

	if (work->failed) {
		buf_clear(&enrol->rows);
		refuse_for_now(&enrol->why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was changed");
	}
	finish(enrol);
}

void
enrol_start(struct enrol *enrol)
{
	if (!enrol->why.code &&
	    (enrol->texts.failed || enrol->sites.failed ||
		enrol->revoked.failed))
		answer_no_memory(&enrol->why);
	enrol->work = (struct work){ .run = enrol_run, .done = enrol_done };
	if (enrol->why.code)
		finish(enrol);
	else
		writer_put(enrol->services->writer, &enrol->work);
}
