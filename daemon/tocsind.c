#include "daemon/tocsind.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/calls/admission.h"
#include "daemon/calls/durables.h"
#include "daemon/calls/erase.h"
#include "daemon/calls/estimating.h"
#include "daemon/calls/exports.h"
#include "daemon/calls/imports.h"
#include "daemon/calls/keyring.h"
#include "daemon/calls/keys.h"
#include "daemon/calls/quota.h"
#include "daemon/calls/regroup.h"
#include "daemon/calls/services.h"
#include "daemon/calls/workers.h"
#include "daemon/doors.h"
#include "daemon/folder.h"
#include "daemon/heartbeat.h"
#include "daemon/intake/replay.h"
#include "daemon/logger.h"
#include "daemon/metrics.h"
#include "daemon/net/sessions.h"
#include "daemon/reload.h"
#include "daemon/ruleset.h"
#include "daemon/sandbox.h"
#include "daemon/store/secret.h"

enum {
	WORKERS = 2,
	DRAIN_STEP_MS = 20,
	DRAIN_STEPS = 150, /* three seconds */
	SWEEP_MS = 30000,
};

/* --- what the parts tell each other --- */

static void
turn_hub(void *who)
{
	struct tocsind *daemon = who;

	daemon->is_turn_due = false;
	if (hub_turn(daemon->services.hub))
		daemon->is_turn_due = loop_soon(daemon->loop, turn_hub, daemon);
}

/* Any number of times a turn: the hub is turned once, in the next. */
static void
turn_hub_soon(void *who)
{
	struct tocsind *daemon = who;

	if (daemon->is_turn_due)
		return;
	daemon->is_turn_due = loop_soon(daemon->loop, turn_hub, daemon);
}

static void
collect(void *who)
{
	struct tocsind *daemon = who;

	writer_collect(daemon->services.writer);
	/* Behind the replies: no reporter waits for a thousand pushes. */
	if (daemon->services.hub)
		turn_hub_soon(daemon);
}

/* Any thread. */
static void
on_done(void *who)
{
	struct tocsind *daemon = who;

	loop_wake_now(daemon->wake);
}

static void
flush_writer(void *who)
{
	struct tocsind *daemon = who;

	writer_flush(daemon->services.writer);
}

static void
on_put(void *who)
{
	struct tocsind *daemon = who;

	if (!loop_soon(daemon->loop, flush_writer, daemon))
		flush_writer(daemon);
}

static void
on_alert(void *who, const struct alert_notice *notice)
{
	struct tocsind *daemon = who;
	enum alarm_change change = (enum alarm_change)notice->change;

	if (change == CHANGE_RAISED || change == CHANGE_REGRESSED)
		metrics_add(METRIC_alerts_raised, 1);
	else if (change == CHANGE_CLOSED)
		metrics_add(METRIC_alerts_closed, 1);
	else
		metrics_add(METRIC_alerts_updated, 1);
	if (daemon->services.hub)
		hub_publish(daemon->services.hub, &notice->event);
}

static void
on_accept(void *who, struct transport transport)
{
	struct tocsind *daemon = who;

	sessions_accept(daemon->services.sessions, transport);
}

static unsigned
open_sessions(void *who)
{
	struct tocsind *daemon = who;

	return sessions_count(daemon->services.sessions);
}

static bool
has_tokens(void *who)
{
	struct tocsind *daemon = who;

	return !keyring_is_empty(daemon->services.keyring);
}

static const struct grant *
greet(void *who, int fd)
{
	struct tocsind *daemon = who;

	return keyring_greet(daemon->services.keyring, fd);
}

static void
on_session_end(void *who)
{
	struct tocsind *daemon = who;

	doors_release(&daemon->doors);
}

static void
on_sweep(void *who)
{
	struct tocsind *daemon = who;

	exports_sweep(daemon->services.exports,
	    daemon->services.limits.exports_keep_ms);
	estimating_tick(daemon->services.estimating);
	keys_tick(&daemon->services);
}

/* --- stopping --- */

static void
on_drain(void *who)
{
	struct tocsind *daemon = who;

	if (sessions_idle(daemon->services.sessions) ||
	    ++daemon->drain_steps >= DRAIN_STEPS)
		loop_stop(daemon->loop);
}

static void
on_terminate(void *who)
{
	struct tocsind *daemon = who;

	if (daemon->drain) {
		loop_stop(daemon->loop);
		return;
	}
	log_event(LOG_INFO, "stopping");
	supervisor_tell(daemon->options.supervisor, NEWS_STOPPING);
	doors_close(&daemon->doors);
	sessions_drain(daemon->services.sessions);
	daemon->drain =
	    loop_timer_new(daemon->loop, DRAIN_STEP_MS, on_drain, daemon);
	if (!daemon->drain)
		loop_stop(daemon->loop);
}

/* --- starting --- */

static int
fail(const char *why)
{
	fprintf(stderr, "tocsind: %s\n", why);
	return -1;
}

static int
load_words(struct tocsind *daemon)
{
	const struct config *config = &daemon->config;
	struct yaml_errors errors = { 0 };

	daemon->vocabulary = ruleset_words(config, &errors);
	if (daemon->vocabulary)
		daemon->services.criteria =
		    ruleset_load(config, daemon->vocabulary, &errors);
	reload_errors(&errors);
	yaml_errors_free(&errors);
	return daemon->services.criteria ? 0 : -1;
}

static int
start_writer(struct tocsind *daemon)
{
	const struct config *config = &daemon->config;
	struct store_fault fault = { 0 };
	struct writer_options options = {
		.store = {
		    .dir = config->data_dir,
		    .map_bytes = config->store_map_size,
		    .segment_bytes = config->store_segment_size,
		    .overlay_events = (uint32_t)config->store_overlay_events,
		    .overlay_bytes = config->store_overlay_bytes,
		},
		.vocabulary = daemon->vocabulary,
		.criteria = daemon->services.criteria,
		.clock = &daemon->clock,
		.free_space_bytes = config->store_free_space,
		.on_done = on_done,
		.on_put = on_put,
		.on_alert = on_alert,
		.who = daemon,
	};
	char why[512];

	if (secret_prepare(config->data_dir, why, sizeof(why)))
		return fail(why);
	daemon->services.writer = writer_start(&options, &fault);
	if (!daemon->services.writer)
		return fail(fault.text);
	daemon->services.store = writer_store(daemon->services.writer);
	daemon->services.data_dir = config->data_dir;
	daemon->services.replaces_keys = daemon->options.replaces_keys;
	if (keys_load(&daemon->services, why, sizeof(why)))
		return fail(why);
	daemon->services.exports_dir = daemon->exports_dir;
	return folder_of_exports(config, daemon->exports_dir,
	    sizeof(daemon->exports_dir));
}

static int
start_feeds(struct tocsind *daemon)
{
	struct services *services = &daemon->services;
	struct hub_options options = {
		.store = services->store,
		.vocabulary = daemon->vocabulary,
		.queue_bytes = daemon->config.limits_queue_bytes,
	};

	services->hub = hub_new(&options);
	services->workers = workers_start(daemon->loop, WORKERS);
	services->durables = durables_new();
	services->exports = exports_new();
	services->imports = imports_new();
	services->estimating = estimating_new(services);
	services->keyring = keyring_new(services);
	services->quota = quota_new();
	services->renew = reload_organisations;
	services->who = daemon;
	if (!services->hub || !services->workers || !services->durables ||
	    !services->exports || !services->imports || !services->estimating ||
	    !services->quota || !services->keyring ||
	    keyring_load(services->keyring))
		return fail(
		    "the feeds cannot be started: out of memory, or an alert "
		    "cannot be read");
	ruleset_name(services->criteria, keyring_table(services->keyring));
	keyring_set_anonymous(services->keyring,
	    ruleset_anonymous(&daemon->config));
	if (ruleset_use(services->writer, daemon->services.criteria, NULL))
		return -1;
	regroup_begin(services);
	replay_verify_clean(daemon->config.data_dir);
	erase_begin(services);
	keys_tick(services);
	estimating_tick(services->estimating);
	return 0;
}

static int
start_sessions(struct tocsind *daemon)
{
	const struct config *config = &daemon->config;
	struct sessions_options options = {
		.loop = daemon->loop,
		.services = &daemon->services,
		.hub = daemon->services.hub,
		.limits = {
		    .scan = { (uint32_t)config->limits_frame_bytes,
			(uint32_t)config->limits_elements,
			(uint32_t)config->limits_depth },
		    .output_bytes = config->limits_output_bytes,
		    .frame_ms = config->limits_frame_time_ms,
		    .stall_ms = config->limits_stall_time_ms,
		    .handshake_ms = config->tls_handshake_time_ms,
		    .frame_rate = config->limits_frame_rate,
		    .memory_bytes = config->limits_buffer_bytes,
		},
		.calls_in_flight = (unsigned)config->limits_calls_in_flight,
		.subscriptions = (unsigned)config->limits_subscriptions,
		.subscriptions_per_token =
		    (unsigned)config->limits_subscriptions_per_token,
		.subscriptions_in_all =
		    (unsigned)config->limits_subscriptions_in_all,
		.held_bytes = config->limits_held_bytes,
		.stranger_frame_bytes =
		    (uint32_t)config->limits_stranger_frame_bytes,
		.guests = {
		    .connections = (unsigned)config->limits_connections,
		    .per_network =
			(unsigned)config->limits_connections_per_network,
		    .strangers = (unsigned)config->limits_strangers,
		    .strangers_per_network =
			(unsigned)config->limits_strangers_per_network,
		    .first_frame_ms = config->limits_first_frame_time_ms,
		    .idle_ms = config->limits_stranger_idle_time_ms,
		},
		.on_end = on_session_end,
		.on_poked = turn_hub_soon,
		.greet = greet,
		.check = admission_check,
		.who = daemon,
	};

	daemon->services.sessions = sessions_new(&options);
	if (!daemon->services.sessions)
		return fail("out of memory");
	return 0;
}

static int
start_loop(struct tocsind *daemon)
{
	daemon->loop = loop_new();
	if (!daemon->loop)
		return fail("out of memory");
	daemon->services.loop = daemon->loop;
	daemon->services.laters.loop = daemon->loop;
	daemon->wake = loop_wake_new(daemon->loop, collect, daemon);
	daemon->sweep =
	    loop_timer_new(daemon->loop, SWEEP_MS, on_sweep, daemon);
	signal(SIGPIPE, SIG_IGN);
	if (!daemon->wake || !daemon->sweep ||
	    !loop_on_signal(daemon->loop, SIGTERM, on_terminate, daemon) ||
	    !loop_on_signal(daemon->loop, SIGINT, on_terminate, daemon) ||
	    !loop_on_signal(daemon->loop, SIGHUP, reload, daemon))
		return fail("out of memory");
	return 0;
}

static int
start_doors(struct tocsind *daemon)
{
	struct doors_accepting accepting = { on_accept, open_sessions,
		has_tokens, daemon };

	daemon->heartbeat = heartbeat_start(daemon->loop,
	    daemon->services.writer, daemon->options.supervisor);
	if (!daemon->heartbeat)
		return fail("out of memory");
	return doors_open(&daemon->doors, daemon->loop, &daemon->config,
	    &accepting, daemon->options.inherited);
}

struct tocsind *
tocsind_start(struct config *config, const struct tocsind_options *options)
{
	struct tocsind *daemon = calloc(1, sizeof(*daemon));

	if (!daemon) {
		config_free(config);
		return NULL;
	}
	daemon->config = *config;
	*config = (struct config){ 0 };
	daemon->options = *options;
	daemon->clock.offset_ms = options->clock_offset_ms;
	daemon->services.clock = &daemon->clock;
	daemon->services.config = &daemon->config;
	daemon->services.version = TOCSIND_VERSION;
	daemon->services.started_ms = loop_now_ms();
	reload_limits(daemon);
	if (doors_check(&daemon->config) || load_words(daemon))
		goto fail;
	daemon->services.vocabulary = daemon->vocabulary;
	if (start_loop(daemon) || start_writer(daemon) || start_feeds(daemon) ||
	    start_sessions(daemon) || start_doors(daemon) ||
	    sandbox_settle(&daemon->config))
		goto fail;
	log_line(LOG_INFO, "started", "data_dir=%s seq=%llu rules=%u",
	    LOG_QUOTE(text_of(daemon->config.data_dir)),
	    (unsigned long long)store_durable(daemon->services.store),
	    daemon->services.criteria->rules->count);
	return daemon;
fail:
	tocsind_stop(daemon);
	return NULL;
}

void
tocsind_run(struct tocsind *daemon)
{
	loop_run(daemon->loop);
}

void
tocsind_stop(struct tocsind *daemon)
{
	struct services *services;

	if (!daemon)
		return;
	services = &daemon->services;
	doors_close(&daemon->doors);
	erase_stop(services);
	estimating_stop(services->estimating);
	workers_stop(services->workers);
	services->workers = NULL;
	writer_stop(services->writer);
	laters_finish(&services->laters);
	heartbeat_stop(daemon->heartbeat);
	sessions_free(services->sessions);
	doors_free(&daemon->doors);
	durables_free(services->durables);
	exports_free(services->exports);
	imports_free(services->imports);
	estimating_free(services->estimating);
	keyring_free(services->keyring);
	quota_free(services->quota);
	hub_free(services->hub);
	if (daemon->loop) {
		loop_timer_free(daemon->drain);
		loop_timer_free(daemon->sweep);
		loop_wake_free(daemon->wake);
	}
	loop_free(daemon->loop);
	ruleset_free(daemon->services.criteria);
	vocabulary_free(daemon->vocabulary);
	config_free(&daemon->config);
	free(daemon);
}
