#include "daemon/init.h"

#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/core/access.h"
#include "daemon/core/detect/doubt.h"
#include "daemon/core/organisations.h"
#include "daemon/core/passkey.h"
#include "daemon/intake/members.h"
#include "daemon/intake/prepare.h"
#include "daemon/ruleset.h"
#include "daemon/store/secret.h"
#include "proto/codec.h"

/* The first act of a store's life: on the writer thread, while we wait. */
struct founding {
	struct work work; /* first */
	struct record_organisation organisation;
	struct record_token token;
	struct buf body;
	struct clock clock;
	bool has_tokens, is_done;
	sem_t ran;
};

static void
founding_run(struct work *work, struct intake *intake)
{
	struct founding *founding = (struct founding *)work;
	struct text body = buf_text(&founding->body);

	founding->has_tokens =
	    projection_counter(&intake->projection, COUNTER_ACCESS) > 0;
	if (!founding->has_tokens &&
	    members_name(intake, &founding->organisation,
		prepare_name_hash(store_hash_key(intake->store),
		    NAME_ORGANISATION, founding->organisation.name),
		body)) {
		founding->token.organisation =
		    founding->organisation.organisation;
		founding->is_done =
		    members_token(intake, &founding->token, body) > 0;
	}
	sem_post(&founding->ran);
}

static void
founding_done(struct work *work)
{
	struct founding *founding = (struct founding *)work;

	founding->is_done = founding->is_done && !work->failed;
}

static void
ignore(void *who)
{
	(void)who;
}

static int
fail(const char *why)
{
	fprintf(stderr, "tocsind: --init: %s\n", why);
	return 1;
}

/* Durable when this returns: the writer was stopped in order. */
static int
found(const struct config *config, struct criteria *criteria,
    struct vocabulary *vocabulary, struct founding *founding)
{
	struct store_fault fault = { 0 };
	struct writer_options options = {
		.store = {
		    .dir = config->data_dir,
		    .map_bytes = config->store_map_size,
		    .segment_bytes = config->store_segment_size,
		    .overlay_events = (uint32_t)config->store_overlay_events,
		    .overlay_bytes = config->store_overlay_bytes,
		},
		.vocabulary = vocabulary,
		.criteria = criteria,
		.clock = &founding->clock,
		.on_done = ignore,
		.on_put = ignore,
	};
	struct writer *writer;
	char why[512];

	if (secret_prepare(config->data_dir, why, sizeof(why)))
		return fail(why);
	writer = writer_start(&options, &fault);
	if (!writer)
		return fail(fault.text);
	writer_put(writer, &founding->work);
	writer_flush(writer);
	while (sem_wait(&founding->ran))
		continue;
	writer_stop(writer);
	if (founding->has_tokens)
		return fail(
		    "this store has tokens already; an administrator makes "
		    "more with tocsin token add, and the daemon's own user "
		    "may do that by its Unix socket");
	return founding->is_done ? 0 : fail("the store cannot be written");
}

static void
prepare(struct founding *founding, const char *organisation,
    char passkey[PASSKEY_TEXT_MAX])
{
	uint8_t secret[PASSKEY_SECRET_BYTES];

	digest_random(secret, sizeof(secret));
	passkey_write(secret, passkey);
	founding->work =
	    (struct work){ .run = founding_run, .done = founding_done };
	founding->organisation = (struct record_organisation){
		.is_trusted = true,
		.trust = WEIGHT_CASE,
		.probation_until = INT32_MIN,
		.name = text_of(organisation),
	};
	founding->token = (struct record_token){ .act = TOKEN_MADE,
		.roles = ACCESS_ALL_ROLES,
		.may_read_text = true,
		.note = TEXT("tocsind --init") };
	passkey_hash(text_of(passkey), founding->token.hash);
	pack_map(&founding->body, 3);
	pack_field_string(&founding->body, "organisation", organisation);
	pack_field_string(&founding->body, "token", "owner");
	pack_field_string(&founding->body, "reason", "tocsind --init");
	sem_init(&founding->ran, 0, 0);
}

int
init_run(const struct config *config, const char *organisation,
    int64_t clock_offset_ms)
{
	struct yaml_errors errors = { 0 };
	struct founding founding = {
		.clock = { .offset_ms = clock_offset_ms },
	};
	struct vocabulary *vocabulary;
	struct criteria *criteria = NULL;
	char passkey[PASSKEY_TEXT_MAX];
	int code = 2;

	if (!organisations_is_name(text_of(organisation)) ||
	    !strcmp(organisation, "local")) {
		fail("name an organisation: lower-case letters, digits, dots "
		     "and hyphens, and not local");
		return 2;
	}
	vocabulary = ruleset_words(config, &errors);
	if (vocabulary)
		criteria = ruleset_load(config, vocabulary, &errors);
	prepare(&founding, organisation, passkey);
	if (criteria)
		code = found(config, criteria, vocabulary, &founding);
	if (errors.text.len)
		fwrite(errors.text.at, 1, errors.text.len, stderr);
	if (!code) {
		puts(passkey);
		fprintf(stderr,
		    "tocsind: this is the token of %s, with every role; it is "
		    "not shown again. From now on nobody may do anything "
		    "without a token but what access.anonymous says.\n",
		    organisation);
	}
	sem_destroy(&founding.ran);
	buf_free(&founding.body);
	ruleset_free(criteria);
	vocabulary_free(vocabulary);
	yaml_errors_free(&errors);
	return code;
}
