#include "daemon/reload.h"

#include <stdio.h>

#include "daemon/calls/keyring.h"
#include "daemon/calls/noting.h"
#include "daemon/logger.h"
#include "daemon/metrics.h"
#include "daemon/ruleset.h"
#include "daemon/sandbox.h"

void
reload_limits(struct tocsind *daemon)
{
	const struct config *config = &daemon->config;

	daemon->services.limits = (struct call_limits){
		.frame_bytes = (uint32_t)config->limits_frame_bytes,
		.elements = (uint32_t)config->limits_elements,
		.depth = (uint32_t)config->limits_depth,
		.report_bytes = (uint32_t)config->limits_report_bytes,
		.text_bytes = (uint32_t)config->limits_text_bytes,
		.batch_reports = (uint32_t)config->limits_batch_reports,
		.calls_in_flight = (uint32_t)config->limits_calls_in_flight,
		.queued_bytes = config->limits_queued_bytes,
		.token = { (uint32_t)config->limits_reports_a_second,
		    (uint32_t)config->limits_reports_a_day },
		.stranger = { (uint32_t)
				  config->limits_stranger_reports_a_second,
		    (uint32_t)config->limits_stranger_reports_a_day },
		.local = { (uint32_t)config->limits_local_reports_a_second,
		    (uint32_t)config->limits_local_reports_a_day },
		.organisation_bytes = config->limits_organisation_bytes,
		.backfill_days = (int32_t)config->backfill_days,
		.compares = config->duplicates_compare,
		.key_days = (int64_t)config->privacy_key_days,
		.exports_open = (int32_t)config->exports_open_max,
		.exports_keep_ms = config->exports_keep_ms,
	};
	daemon->services.trusted = config->alerts_trusted.item;
	daemon->services.ntrusted = (unsigned)config->alerts_trusted.count;
}

static void
say_reload(struct tocsind *daemon, struct config_changes *changes)
{
	struct text applied = buf_text(&changes->applied);
	struct text waiting = buf_text(&changes->waiting);

	log_line(LOG_INFO, "reloaded", "applied=%s needs_restart=%s",
	    LOG_QUOTE(applied), LOG_QUOTE(waiting));
	noting_put(&daemon->services, AUDIT_RELOAD, NULL, applied);
}

void
reload_errors(const struct yaml_errors *errors)
{
	if (errors->text.len)
		fwrite(errors->text.at, 1, errors->text.len, stderr);
}

static void
use_criteria(struct tocsind *daemon, struct criteria *criteria)
{
	struct services *services = &daemon->services;

	keyring_set_anonymous(services->keyring,
	    ruleset_anonymous(&daemon->config));
	if (ruleset_use(services->writer, criteria, services->criteria))
		ruleset_free(criteria);
	else
		services->criteria = criteria;
}

/* The same rules, other organisations. */
void
reload_organisations(void *who)
{
	struct tocsind *daemon = who;
	struct yaml_errors errors = { 0 };
	struct criteria *criteria =
	    ruleset_load(&daemon->config, daemon->vocabulary, &errors);

	if (criteria) {
		ruleset_name(criteria, keyring_table(daemon->services.keyring));
		use_criteria(daemon, criteria);
	}
	reload_errors(&errors);
	yaml_errors_free(&errors);
}

void
reload(void *who)
{
	struct tocsind *daemon = who;
	struct config_changes changes = { 0 };
	struct yaml_errors errors = { 0 };
	struct config fresh;
	struct criteria *criteria = NULL;
	struct services *services = &daemon->services;

	supervisor_tell(daemon->options.supervisor, NEWS_RELOADING);
	if (!config_load(&fresh, &daemon->options.source, &errors))
		criteria = ruleset_load(&fresh, daemon->vocabulary, &errors);
	if (criteria)
		ruleset_name(criteria, keyring_table(services->keyring));
	if (!criteria || doors_reload(&daemon->doors, &fresh)) {
		ruleset_free(criteria);
		metrics_add(METRIC_config_reload_failures, 1);
		reload_errors(&errors);
		sandbox_explain(fresh.file ? &fresh : &daemon->config);
		log_event(LOG_ERROR, "reload-refused");
	} else {
		config_reload(&daemon->config, &fresh, &changes);
		log_setup((enum log_level)daemon->config.log_level,
		    (enum log_format)daemon->config.log_format);
		reload_limits(daemon);
		use_criteria(daemon, criteria);
		metrics_add(METRIC_config_reloads, 1);
		say_reload(daemon, &changes);
	}
	supervisor_tell(daemon->options.supervisor, NEWS_READY);
	config_free(&fresh);
	config_changes_free(&changes);
	yaml_errors_free(&errors);
}
