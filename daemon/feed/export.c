/* export.c - see export.h. */
#include "daemon/feed/export.h"

#include <string.h>

#include "daemon/feed/export_part.h"
#include "daemon/store/record.h"
#include "daemon/store/rows.h"

static const char *const what_names[] = {
	[EXPORT_GROUPS] = "groups",
	[EXPORT_PRODUCTS] = "products",
	[EXPORT_REPORTS] = "reports",
	[EXPORT_ALERTS] = "alerts",
	[EXPORT_CHAIN] = "chain",
	[EXPORT_TIMESERIES] = "timeseries",
	[EXPORT_REPLAY] = "replay",
	[EXPORT_EVIDENCE] = "evidence",
	[EXPORT_AUDIT] = "audit",
	[EXPORT_SUBJECT] = "subject",
};
static const char *const format_names[] = {
	[EXPORT_CSV] = "csv",
	[EXPORT_NDJSON] = "ndjson",
};
static const char *const clock_names[] = {
	[CLOCK_FILED] = "filed",
	[CLOCK_OCCURRED] = "occurred",
	[CLOCK_RECEIVED] = "received",
};
static const char *const step_names[] = {
	[STEP_DAY] = "day",
	[STEP_WEEK] = "week",
	[STEP_MONTH] = "month",
};

#define COUNT_OF(array) (int)(sizeof(array) / sizeof((array)[0]))

static int
find_name(const char *const *names, int count, struct text word)
{
	for (int i = 0; i < count; i++) {
		if (text_is(word, names[i]))
			return i;
	}
	return -1;
}

int
export_what_find(struct text word)
{
	return find_name(what_names, COUNT_OF(what_names), word);
}

int
export_format_find(struct text word)
{
	return find_name(format_names, COUNT_OF(format_names), word);
}

int
export_clock_find(struct text word)
{
	return find_name(clock_names, COUNT_OF(clock_names), word);
}

int
export_step_find(struct text word)
{
	return find_name(step_names, COUNT_OF(step_names), word);
}

const char *
export_what_name(enum export_what what)
{
	return what_names[what];
}

const char *
export_clock_name(enum export_clock clock)
{
	return clock_names[clock];
}

const char *
export_step_name(enum export_step step)
{
	return step_names[step];
}

int
export_check(const struct export_options *options, struct refusal *why)
{
	bool is_grouped =
	    options->what == EXPORT_GROUPS || options->what == EXPORT_PRODUCTS;
	bool is_of_alerts =
	    options->what == EXPORT_ALERTS || options->what == EXPORT_CHAIN;
	bool is_listed = options->what == EXPORT_REPORTS || is_of_alerts ||
	    options->what == EXPORT_AUDIT;

	if (is_grouped && filter_has_kind(options->filter))
		return refuse(why, ERROR_UNSUPPORTED, "filter.kind",
		    "%s are not counted by kind; take reports or timeseries",
		    what_names[options->what]);
	if (!is_of_alerts && options->what != EXPORT_REPLAY &&
	    filter_has_rule(options->filter))
		return refuse(why, ERROR_UNSUPPORTED, "filter.rule",
		    "only alerts have rules");
	if (options->since != 0 && !is_listed)
		return refuse(why, ERROR_UNSUPPORTED, "since",
		    "only reports, alerts, chain and audit can be taken since "
		    "a sequence");
	if (options->what == EXPORT_EVIDENCE &&
	    filter_has_reports(options->filter))
		return refuse(why, ERROR_UNSUPPORTED, "filter",
		    "evidence is of products: use product, brand or category");
	if (options->what == EXPORT_AUDIT && filter_is_narrow(options->filter))
		return refuse(why, ERROR_UNSUPPORTED, "filter",
		    "audit has every act; audit.list chooses");
	if (options->mode != NULL && options->what != EXPORT_EVIDENCE)
		return refuse(why, ERROR_UNSUPPORTED, "mode",
		    "only evidence can be had of one failure mode");
	if (options->is_public && !is_grouped)
		return refuse(why, ERROR_UNSUPPORTED, "public",
		    "only groups and products have a public view");
	if (options->is_public &&
	    (options->at != 0 || filter_has_reports(options->filter)))
		return refuse(why, ERROR_UNSUPPORTED,
		    options->at ? "at" : "filter",
		    "a public view is of now, and chosen by product, brand or "
		    "category alone: small counts could be told from the rest");
	if (options->own != NULL && options->what != EXPORT_REPORTS)
		return refuse(why, ERROR_UNSUPPORTED, "own_texts",
		    "only reports have texts");
	if (options->only_erased && options->what != EXPORT_REPORTS)
		return refuse(why, ERROR_UNSUPPORTED, "erased",
		    "only reports are erased");
	if (options->what == EXPORT_SUBJECT && !options->subject)
		return refuse(why, ERROR_INVALID, "what",
		    "what a reporter sent is asked for by export.subject");
	if (options->fill && options->what != EXPORT_TIMESERIES)
		return refuse(why, ERROR_UNSUPPORTED, "fill",
		    "only a timeseries has buckets to fill");
	if ((options->what == EXPORT_REPLAY) != (options->rules != NULL))
		return refuse(why,
		    options->rules ? ERROR_UNSUPPORTED : ERROR_INVALID, "rules",
		    options->rules ? "only a replay tries rules"
				   : "a replay needs the rules to try");
	return 0;
}

int
export_go_on(const struct export_run *run)
{
	return run->table.failed ? EXPORT_STOP : 0;
}

bool
export_wants(const struct export_run *run, const struct facts *facts)
{
	const struct lexicon_product *product;
	struct filter_subject subject;
	uint32_t line[FAMILY_MAX + 1];
	unsigned nline;

	if (run->options->filter == NULL)
		return true;
	nline =
	    lineage_line(lexicon_lineage(run->lexicon), facts->product, line);
	product = lexicon_product(run->lexicon, line[nline - 1]);
	subject = (struct filter_subject){
		.product = facts->product,
		.nmembers = nline - 1,
		.member = line + 1,
		.category = product->category,
		.category_name = product->category_name,
		.brand = product->folded_brand,
		.severity = (enum severity)facts->severity,
		.kinds = (uint8_t)(1u << facts->kind),
		.ncountries = 1,
		.country = &facts->country,
	};
	return filter_matches_subject(run->options->filter, &subject);
}

int
export_fault(struct export_run *run, int result)
{
	switch (result) {
	case 0:
		return 0;
	case EXPORT_STOP:
		return refuse_for_now(run->why, ERROR_BUSY, 60000,
		    "there is no room for the export");
	case STORE_MEMORY:
		return refuse(run->why, ERROR_INTERNAL, NULL, "out of memory");
	case STORE_CORRUPT:
		return refuse(run->why, ERROR_INTERNAL, NULL,
		    "the store is damaged; run tocsind --verify");
	default:
		return refuse(run->why, ERROR_INTERNAL, NULL,
		    "the store cannot be read");
	}
}

static int
stop_at_once(void *who, struct text key, struct text row)
{
	(void)who;
	(void)key;
	(void)row;
	return EXPORT_STOP;
}

/*
 * Is a checkpoint of this sequence of no use?  What products are called in a
 * series is that of the sequence asked for; and a later checkpoint may know of
 * acts of curators that were yet to come.
 */
static int
must_ask_log(const struct export_run *run, struct snapshot *snapshot,
    bool *is_so)
{
	const struct text all = { 0 };
	uint64_t loaded = snapshot_seq(snapshot);
	int result = 0;

	*is_so = (run->options->what == EXPORT_TIMESERIES ||
		     run->options->what == EXPORT_EVIDENCE) &&
	    loaded != run->seq;
	if (!*is_so && loaded > run->seq)
		result = snapshot_walk(snapshot, KEYSPACE_ACT, all, all,
		    stop_at_once, NULL);
	if (result == EXPORT_STOP) {
		*is_so = true;
		result = 0;
	}
	return result;
}

/*
 * Names of what a report has: the last checkpoint's and those that came after
 * it, or all of them from the log.
 */
static int
load_names(struct export_run *run)
{
	struct store *store = run->source->store;
	struct snapshot *snapshot = snapshot_open(store);
	uint64_t loaded;
	bool is_of_log;
	int result;

	if (snapshot == NULL)
		return STORE_MEMORY;
	loaded = snapshot_seq(snapshot);
	result = must_ask_log(run, snapshot, &is_of_log);
	if (result == 0 && !is_of_log)
		result = lexicon_load(run->lexicon, snapshot);
	snapshot_close(snapshot);
	if (result != 0)
		return result;
	return is_of_log
	    ? lexicon_load_at(run->lexicon, store, run->seq)
	    : lexicon_catch_up(run->lexicon, store, loaded + 1, run->seq);
}

static int
write_listed(struct export_run *run)
{
	int result;

	if (run->options->what == EXPORT_ALERTS ||
	    run->options->what == EXPORT_CHAIN)
		return export_alerts(run);
	result = load_names(run);
	if (result != 0)
		return export_fault(run, result);
	if (run->options->what == EXPORT_REPLAY)
		return export_replay(run);
	if (run->options->what == EXPORT_EVIDENCE)
		return export_evidence(run);
	if (run->options->what == EXPORT_SUBJECT)
		return export_subject(run);
	if (run->options->what == EXPORT_AUDIT)
		return export_audit(run);
	return run->options->what == EXPORT_REPORTS ? export_reports(run)
						    : export_series(run);
}

static int
write_recounted(struct export_run *run)
{
	int code = export_fault(run,
	    lexicon_load_at(run->lexicon, run->source->store, run->seq));

	return code ? code : export_recounted(run);
}

/* A checkpoint has the counts at its own sequence and no other. */
static int
write_grouped(struct export_run *run)
{
	struct snapshot *snapshot = snapshot_open(run->source->store);
	uint64_t newest;
	int code;

	if (snapshot == NULL)
		return export_fault(run, STORE_MEMORY);
	newest = snapshot_seq(snapshot);
	if (run->options->at == 0)
		run->seq = newest;
	if (run->seq != newest || run->options->recount != 0) {
		snapshot_close(snapshot);
		return write_recounted(run);
	}
	code = export_fault(run, lexicon_load(run->lexicon, snapshot));
	if (code == 0)
		code = export_groups(run, snapshot);
	snapshot_close(snapshot);
	return code;
}

static int
choose_seq(struct export_run *run)
{
	uint64_t durable = store_durable(run->source->store);

	run->seq = run->options->at ? run->options->at : durable;
	if (run->seq > durable)
		return refuse(run->why, ERROR_INVALID, "at",
		    "is in the future, the newest sequence is %llu",
		    (unsigned long long)durable);
	return 0;
}

int
export_write(const struct export_source *source,
    const struct export_options *options, const struct export_sink *sink,
    struct export_result *result, struct refusal *why)
{
	struct export_run run = { .source = source,
		.options = options,
		.why = why };
	bool is_grouped =
	    options->what == EXPORT_GROUPS || options->what == EXPORT_PRODUCTS;
	int code = export_check(options, why);

	*result = (struct export_result){ 0 };
	if (code == 0)
		code = choose_seq(&run);
	if (code != 0)
		return code;
	table_init(&run.table, options, sink);
	run.lexicon = lexicon_new(source->vocabulary);
	if (run.lexicon == NULL)
		code = export_fault(&run, STORE_MEMORY);
	else
		code = is_grouped ? write_grouped(&run) : write_listed(&run);
	if (code == 0 && table_finish(&run.table) != 0)
		code = export_fault(&run, EXPORT_STOP);
	*result = (struct export_result){ run.seq, run.table.rows };
	lexicon_free(run.lexicon);
	table_fini(&run.table);
	return code;
}
