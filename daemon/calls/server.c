/* server.c - hello, vocabulary.get, server.stats. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/keyring.h"
#include "daemon/calls/trust.h"
#include "daemon/config.h"
#include "daemon/core/organisations.h"
#include "daemon/intake/detecting.h"
#include "daemon/metrics.h"
#include "daemon/net/dispatch.h"
#include "daemon/net/session.h"
#include "proto/codec.h"

enum { PROTOCOL_VERSION = 1 };

struct limits_packing {
	struct buf *out;
	uint32_t pairs;
};

static void
pack_limit(void *who, const char *name, bool is_ms, uint64_t value)
{
	struct limits_packing *packing = who;
	char key[64];

	snprintf(key, sizeof(key), "%s%s", name, is_ms ? "_ms" : "");
	pack_field_uint(packing->out, key, value);
	packing->pairs++;
}

/* Every knob there is, and two under the names that clients know. */
static void
pack_limits(const struct services *services, struct buf *out)
{
	struct limits_packing packing = { out, 2 };
	size_t token;

	pack_string(out, "limits");
	token = pack_open_map(out);
	pack_field_uint(out, "batch", services->limits.batch_reports);
	pack_field_uint(out, "backfill_days",
	    (uint64_t)services->limits.backfill_days);
	config_each_limit(services->config, pack_limit, &packing);
	pack_close_map(out, token, packing.pairs);
}

static void
pack_roles(unsigned roles, struct buf *out)
{
	uint32_t count = 0;
	size_t token;

	pack_string(out, "roles");
	token = pack_open_list(out);
	for (unsigned role = ROLE_SUBMIT; role <= ROLE_ADMIN; role++)
		if (roles & ACCESS_ROLE(role)) {
			pack_string(out, role_name((enum message_role)role));
			count++;
		}
	pack_close_list(out, token, count);
}

static void
pack_hello(struct call *call, struct buf *out)
{
	struct services *services = session_services(call->session);
	char instance[33], now[INSTANT_MAX];

	digest_hex(store_instance(services->store), 16, instance);
	instant_format(clock_now(services->clock), now);
	pack_map(out, 9);
	pack_field_uint(out, "protocol", PROTOCOL_VERSION);
	pack_field_string(out, "server", services->version);
	pack_field_string(out, "instance", instance);
	pack_field_uint(out, "epoch", store_epoch(services->store));
	pack_field_uint(out, "seq", store_durable(services->store));
	pack_field_string(out, "now", now);
	pack_field_text(out, "organisation",
	    session_organisation(call->session));
	pack_roles(session_grant(call->session)->roles, out);
	pack_limits(services, out);
}

/* A connection has one token, so that what it holds ends with that. */
static int
take_token(struct call *call, const struct call_hello *args,
    struct refusal *why)
{
	struct keyring *keyring = session_services(call->session)->keyring;
	const struct grant *grant = session_grant(call->session);
	struct bearer *bearer = keyring_find(keyring, args->token);
	struct text name;

	if (!bearer)
		return refuse(why, ERROR_UNAUTHORIZED, "token",
		    "is unknown, revoked or expired");
	if (grant->token && grant != &bearer->grant)
		return refuse(why, ERROR_CONFLICT, "token",
		    "this connection has another one");
	name = keyring_name(keyring, bearer->token.made.organisation);
	if (args->organisation.len && !text_equal(args->organisation, name))
		return refuse(why, ERROR_INVALID, "organisation",
		    "the token is of another organisation, %.*s",
		    TEXT_ARG(name));
	session_set_organisation(call->session, name);
	session_set_grant(call->session, &bearer->grant);
	keyring_note_use(keyring, bearer);
	return 0;
}

/* Once there are tokens, a name must be shown to be one's own. */
static int
take_name(struct call *call, struct text name, struct refusal *why)
{
	struct keyring *keyring = session_services(call->session)->keyring;
	const struct grant *grant = session_grant(call->session);

	if (!name.len)
		return 0;
	if (!text_equal(name, session_organisation(call->session)) &&
	    !keyring_is_owner(keyring, grant) && !keyring_is_empty(keyring))
		return refuse(why, ERROR_UNAUTHORIZED, "organisation",
		    "%.*s needs one of its tokens", TEXT_ARG(name));
	session_set_organisation(call->session, name);
	return 0;
}

void
handle_hello(struct call *call)
{
	const struct call_hello *args = call->args;
	struct services *services = session_services(call->session);
	struct refusal why = { 0 };
	struct buf out = { 0 };

	if (args->protocol != PROTOCOL_VERSION)
		refuse(&why, ERROR_UNSUPPORTED, "protocol",
		    "this server speaks version %d", PROTOCOL_VERSION);
	else if (args->organisation.len &&
	    !organisations_is_name(args->organisation))
		refuse(&why, ERROR_INVALID, "organisation",
		    "use lower-case letters, digits, dots and hyphens");
	else if (args->token.len)
		take_token(call, args, &why);
	else
		take_name(call, args->organisation, &why);
	if (!why.code)
		pack_hello(call, &out);
	answer_ticket(services, call_ticket(call), &out, 0, &why);
}

static void
pack_word(const struct vocabulary *vocabulary, enum word_list list,
    unsigned index, struct buf *out)
{
	const struct word *word = vocabulary_word(vocabulary, list, index);
	bool is_hazard = list == WORDS_HAZARD;
	uint32_t pairs = 3u + (word->parent >= 0) + is_hazard;

	pack_map(out, pairs);
	pack_field_text(out, "slug", word->slug);
	pack_field_text(out, "en", word->en);
	pack_field_text(out, "fr", word->fr);
	if (word->parent >= 0)
		pack_field_text(out, "parent",
		    vocabulary_word(vocabulary, list, (unsigned)word->parent)
			->slug);
	if (is_hazard)
		pack_field_bool(out, "designated", word->is_designated);
}

void
handle_vocabulary_get(struct call *call)
{
	static const char *const names[] = { "categories", "modes", "hazards" };
	const struct call_vocabulary_get *args = call->args;
	struct services *services = session_services(call->session);
	struct refusal why = { 0 };
	struct buf out = { 0 };
	unsigned list = 0, count;

	while (list < 3 && !text_is(args->list, names[list]))
		list++;
	if (list == 3) {
		refuse(&why, ERROR_INVALID, "list",
		    "use categories, modes or hazards");
	} else {
		count = vocabulary_count(services->vocabulary,
		    (enum word_list)list);
		pack_map(&out, 2);
		pack_field_string(&out, "list", names[list]);
		pack_string(&out, "words");
		pack_list(&out, count);
		for (unsigned i = 0; i < count; i++)
			pack_word(services->vocabulary, (enum word_list)list, i,
			    &out);
	}
	answer_ticket(services, call_ticket(call), &out, 0, &why);
}

/* The store keeps its own figures; they are taken over when asked for. */
static void
refresh_metrics(struct services *services)
{
	struct store_figures figures;

	store_figures(services->store, &figures);
	metrics_set(METRIC_seq, store_durable(services->store));
	metrics_set(METRIC_durable_seq, store_durable(services->store));
	metrics_set(METRIC_applied_seq, store_applied(services->store));
	metrics_set(METRIC_log_bytes, figures.log_bytes);
	metrics_set(METRIC_lmdb_bytes, figures.lmdb_bytes);
	metrics_set(METRIC_overlay_rows, figures.overlay_rows);
	metrics_set(METRIC_overlay_bytes, figures.overlay_bytes);
	metrics_set(METRIC_checkpoints, figures.checkpoints);
	metrics_set(METRIC_checkpoint_ms, figures.checkpoint_ms);
	metrics_set(METRIC_syncs, figures.syncs);
	metrics_set(METRIC_read_only, writer_is_read_only(services->writer));
}

static void
pack_metric(void *who, const struct metric_info *info, uint64_t value)
{
	pack_field_uint(who, info->name, value);
}

struct stats {
	struct work work; /* first */
	struct services *services;
	struct ticket ticket;
	uint64_t reports, products, streams;
};

static void
stats_run(struct work *work, struct intake *intake)
{
	struct stats *stats = (struct stats *)work;

	stats->reports =
	    projection_counter(&intake->projection, COUNTER_REPORTS);
	stats->products =
	    projection_counter(&intake->projection, COUNTER_PRODUCTS);
	stats->streams =
	    projection_counter(&intake->projection, COUNTER_STREAMS) +
	    projection_counter(&intake->projection, COUNTER_STREAMS_SEVERE);
}

static void
stats_done(struct work *work)
{
	struct stats *stats = (struct stats *)work;
	struct services *services = stats->services;
	struct refusal why = { 0 };
	struct buf out = { 0 };

	if (work->failed)
		answer_undone(&why);
	refresh_metrics(services);
	metrics_set(METRIC_streams, stats->streams);
	pack_map(&out, 8);
	pack_field_string(&out, "server", services->version);
	pack_field_uint(&out, "uptime_s",
	    (uint64_t)(loop_now_ms() - services->started_ms) / 1000);
	pack_field_uint(&out, "seq", store_durable(services->store));
	pack_field_uint(&out, "epoch", store_epoch(services->store));
	pack_field_uint(&out, "reports", stats->reports);
	pack_field_uint(&out, "products", stats->products);
	pack_field_uint(&out, "alerts_open",
	    hub_open_alerts(services->hub,
		trust_ticket(services, stats->ticket) ? READER_TRUSTED
						      : READER_PUBLIC));
	pack_string(&out, "metrics");
	pack_map(&out, METRICS);
	metrics_each(pack_metric, &out);
	answer_ticket(services, stats->ticket, &out, 0, &why);
	free(stats);
}

void
handle_server_stats(struct call *call)
{
	struct stats *stats = answer_alloc(call, sizeof(*stats));

	if (!stats)
		return;
	stats->services = session_services(call->session);
	stats->ticket = call_ticket(call);
	stats->work.run = stats_run;
	stats->work.done = stats_done;
	writer_put(stats->services->writer, &stats->work);
}
