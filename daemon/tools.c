#include "daemon/tools.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/doors.h"
#include "daemon/feed/table.h"
#include "daemon/init.h"
#include "daemon/intake/replay.h"
#include "daemon/metrics.h"
#include "daemon/ruleset.h"
#include "daemon/store/backup.h"
#include "daemon/store/db/keys.h"
#include "daemon/store/restore.h"
#include "daemon/tocsind.h"
#include "proto/error.h"
#include "proto/fields.h"
#include "proto/message.h"

#define DAY_MS INT64_C(86400000)

bool
tools_need_no_config(enum mode mode)
{
	return mode == MODE_HELP || mode == MODE_VERSION ||
	    mode == MODE_DESCRIBE;
}

int
tools_load_config(const struct options *options, struct config *config)
{
	struct yaml_errors errors = { 0 };
	int result = config_load(config, &options->source, &errors);

	if (errors.text.len)
		fwrite(errors.text.at, 1, errors.text.len, stderr);
	yaml_errors_free(&errors);
	return result;
}

static int
describe(const char *what)
{
	static const struct {
		const char *name;
		void (*print)(FILE *out);
	} tables[] = {
		{ "knobs", config_describe },
		{ "metrics", metrics_describe },
		{ "errors", error_describe },
		{ "messages", message_describe },
		{ "keyspaces", keyspaces_describe },
		{ "columns", table_describe },
		{ "report", report_describe },
		{ "sample", config_sample },
		{ "manual", config_manual },
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		if (!strcmp(tables[i].name, what)) {
			tables[i].print(stdout);
			return 0;
		}
	fprintf(stderr,
	    "tocsind: --describe %s: use knobs, metrics, errors, messages, "
	    "keyspaces, columns or sample\n",
	    what);
	return 2;
}

/* The files a configuration names are checked with it. */
static int
check_config(const struct config *config)
{
	struct yaml_errors errors = { 0 };
	struct vocabulary *vocabulary = ruleset_words(config, &errors);
	struct criteria *criteria = NULL;
	unsigned bad = 0;

	if (vocabulary)
		criteria = ruleset_load(config, vocabulary, &errors);
	if (errors.text.len)
		fwrite(errors.text.at, 1, errors.text.len, stderr);
	if (doors_check(config))
		bad++;
	bad += errors.count;
	if (!bad && criteria)
		printf("ok: %u rules\n", criteria->rules->count);
	ruleset_free(criteria);
	vocabulary_free(vocabulary);
	yaml_errors_free(&errors);
	return bad ? 2 : 0;
}

static struct store_options
store_of(const struct config *config)
{
	return (struct store_options){
		.dir = config->data_dir,
		.map_bytes = config->store_map_size,
		.segment_bytes = config->store_segment_size,
		.overlay_events = (uint32_t)config->store_overlay_events,
		.overlay_bytes = config->store_overlay_bytes,
		.must_exist = true,
	};
}

static int
verify(const struct config *config)
{
	struct store_options options = store_of(config);
	struct store_fault fault = { 0 };
	int64_t broken = 0;
	int64_t differences = replay_verify(&options, stdout, &broken, &fault);

	if (differences < 0) {
		fprintf(stderr, "tocsind: %s\n", fault.text);
		return 1;
	}
	if (differences)
		printf("%" PRId64 " rows differ; tocsind --rebuild makes them "
		       "anew from the log\n",
		    differences);
	if (broken)
		printf("the chain of alert events breaks %" PRId64 " times: "
		       "somebody altered the log; go back to a backup\n",
		    broken);
	if (!differences && !broken)
		printf("ok: every row follows from the log\n");
	return differences || broken;
}

static int
rebuild(const struct config *config)
{
	struct store_options options = store_of(config);
	struct store_fault fault = { 0 };
	struct store *store;
	uint64_t events = 0;
	int64_t last_ms = 0;
	int result;

	options.rebuild = true;
	store = store_open(&options, &fault);
	result = store ? replay_store(store, &events, &last_ms, &fault) : 1;
	if (!result)
		result = replay_settle(store, &fault);
	store_close(store);
	if (result) {
		fprintf(stderr, "tocsind: %s\n", fault.text);
		return 1;
	}
	printf("rebuilt from %" PRIu64 " events\n", events);
	return 0;
}

/* The time it is, or that a test says it is. */
static int64_t
now_of(const struct options *options)
{
	struct clock clock = { .offset_ms = options->clock_offset_ms };

	return clock_now(&clock);
}

static int
say_fault(const struct store_fault *fault)
{
	fprintf(stderr, "tocsind: %s\n", fault->text);
	return 1;
}

static int
backup(const struct options *options, const struct config *config)
{
	struct backup_options how = { .from = config->data_dir,
		.to = options->place,
		.now_ms = now_of(options),
		.keep_ms = (int64_t)config->backup_keep_days * DAY_MS };
	struct store_fault fault = { 0 };
	struct backup_result result;

	if (backup_run(&how, &result, &fault))
		return say_fault(&fault);
	printf("%s/%s: %" PRIu64 " segments, to sequence %" PRIu64
	       "; removed %" PRIu64 " past their time\n",
	    how.to, result.name, result.segments, result.last_seq,
	    result.expired);
	return 0;
}

static int
restore(const struct options *options, const struct config *config)
{
	struct restore_options how = { .from = options->place,
		.to = config->data_dir,
		.now_ms = now_of(options) };
	struct store_fault fault = { 0 };
	struct restore_result result;

	if (restore_run(&how, &result, &fault))
		return say_fault(&fault);
	if (rebuild(config))
		return 1;
	printf("restored %s to sequence %" PRIu64 "; %" PRIu64
	       " later erasures are known and done again at the start.\n"
	       "Erase again by hand what was erased after the last of them.\n",
	    config->data_dir, result.last_seq, result.again);
	return 0;
}

int
tools_run(const struct options *options, const struct config *config)
{
	switch (options->mode) {
	case MODE_HELP:
		options_help(stdout);
		return 0;
	case MODE_VERSION:
		puts(TOCSIND_VERSION);
		return 0;
	case MODE_DESCRIBE:
		return describe(options->describe);
	case MODE_CHECK_CONFIG:
		return check_config(config);
	case MODE_PRINT_CONFIG:
		config_print(config, stdout);
		return 0;
	case MODE_VERIFY:
		return verify(config);
	case MODE_REBUILD:
		return rebuild(config);
	case MODE_INIT:
		return init_run(config, options->init,
		    options->clock_offset_ms);
	case MODE_BACKUP:
		return backup(options, config);
	case MODE_RESTORE:
		return restore(options, config);
	case MODE_SERVE:
		break;
	}
	return 2;
}
