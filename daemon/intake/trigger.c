#include "daemon/intake/trigger.h"

#include <math.h>
#include <string.h>

#include "daemon/core/detect/budget.h"
#include "daemon/core/detect/week.h"
#include "daemon/intake/detecting.h"
#include "daemon/intake/explanation.h"
#include "daemon/intake/gatekeeper.h"
#include "daemon/intake/senders.h"
#include "daemon/metrics.h"
#include "daemon/store/rows_detection.h"

/* Watched is what is a tenth of the way from ringing. */
enum { WATCH_SHARE = 10 };

static double
weight_of(const struct statistic *statistic, const struct stream *stream)
{
	return stream->flags & STREAM_SEVERE ? statistic->severe_weight : 1;
}

static void
read_budget(struct intake *intake, struct budget *budget)
{
	struct projection *projection = &intake->projection;
	const struct statistic *statistic = intake->statistic;
	struct key key = key_counter(COUNTER_BUDGET);
	struct budget_row row = { 0 };
	struct text bytes;

	if (projection_get(projection, KEYSPACE_COUNTER, &key, &bytes) ==
		STORE_OK &&
	    bytes.len == sizeof(row))
		memcpy(&row, bytes.at, sizeof(row));
	*budget = (struct budget){ .per_week = statistic->per_week,
		.floor = statistic->floor,
		.weights =
		    (double)projection_counter(projection, COUNTER_STREAMS) +
		    statistic->severe_weight *
			(double)projection_counter(projection,
			    COUNTER_STREAMS_SEVERE),
		.scale = row.scale > 0 ? row.scale : 1 };
}

/*
 * Most streams are far below the lowest threshold there can be, and nobody
 * looks at the budget for them.
 */
static bool
is_near(const struct statistic *statistic, const struct stream_reading *reading)
{
	return reading->is_scored &&
	    reading->score >= log(statistic->floor / WATCH_SHARE);
}

static enum finding
level_of(struct intake *intake, const struct detection_news *news,
    struct explanation *explanation)
{
	const struct stream_reading *reading = &news->reading;
	struct budget budget;

	read_budget(intake, &budget);
	explanation->per_week = budget.per_week;
	explanation->scale = budget.scale;
	explanation->threshold = log(budget_threshold(&budget,
	    weight_of(intake->statistic, &news->stream)));
	/* A week rings by a report, not by its being there. */
	if (!reading->is_scored || !(reading->observed > 0))
		return FINDING_NOTHING;
	if (reading->score >= explanation->threshold)
		return FINDING_RING;
	return reading->score >= explanation->threshold - log(WATCH_SHARE)
	    ? FINDING_WATCH
	    : FINDING_NOTHING;
}

/* Cases of the product's family and of its category, by mode. */
static void
fill_table(struct intake *intake, const struct recent *recent,
    struct explanation *explanation)
{
	struct projection *projection = &intake->projection;
	struct disproportion_table *table = &explanation->table;
	uint64_t category = explanation->news.category;
	double mode, all;
	struct recent whole;

	if (!recent->mode || !recent_read(intake, recent->family, 0, &whole))
		return;
	mode = (double)detecting_cases(projection, category, recent->mode);
	all = (double)detecting_cases(projection, category, 0);
	table->a = recent->cases;
	table->b =
	    whole.cases > recent->cases ? whole.cases - recent->cases : 0;
	table->c = mode > table->a ? mode - table->a : 0;
	all -= table->a + table->b + table->c;
	table->d = all > 0 ? all : 0;
	explanation->has_table = true;
}

/* Look at the stream again, as one who explains it. */
static bool
look(struct intake *intake, const struct recent *recent, struct subject subject,
    struct explanation *explanation)
{
	struct projection *projection = &intake->projection;
	struct detection *detection = detecting_of(projection);
	int64_t now_ms = intake->received_ms;
	int result;

	if (!detection)
		return false;
	result = detection_look(detection, recent->family->root, subject,
	    week_of_ms(now_ms));
	if (result < 0 && !projection->result)
		projection->result = STORE_MEMORY;
	if (result || !detection->news.has_yardstick)
		return false;
	explanation->news = detection->news;
	explanation->is_single = senders_is_single(intake);
	explanation->streams = projection_counter(projection, COUNTER_STREAMS) +
	    projection_counter(projection, COUNTER_STREAMS_SEVERE);
	fill_table(intake, recent, explanation);
	return !projection->result;
}

bool
trigger_find(struct intake *intake, struct recent *recent,
    const struct rule *rule, struct findings *findings)
{
	struct explanation *explanation = &findings->explanation;
	struct subject subject;

	*explanation = (struct explanation){ 0 };
	if (!subject_of_rule(rule->id, recent->mode, &subject) ||
	    !look(intake, recent, subject, explanation))
		return false;
	findings->finding.level =
	    level_of(intake, &explanation->news, explanation);
	explanation->has_gate =
	    gatekeeper_pass(intake, recent, findings, &explanation->gate);
	findings->finding.quiet_days =
	    7 * (int32_t)explanation->news.past.quiet_weeks;
	findings->has_explanation = true;
	return true;
}

void
trigger_report(struct intake *intake)
{
	const struct statistic *statistic = intake->statistic;
	const struct detection_news *news = detecting_news(&intake->projection);
	struct findings findings;
	struct subject subject;
	struct family family;
	struct recent recent;
	const struct rule *rule;

	if (!statistic || !(statistic->per_week > 0) || !news ||
	    intake->projection.result)
		return;
	if (!is_near(statistic, &news->reading) &&
	    !(news->stream.flags & STREAM_ALARMED))
		return;
	metrics_add(METRIC_statistic_looks, 1);
	subject = news->subject;
	rule = statistic_rule(statistic, subject_rule(subject));
	if (rule && intake_family(intake, news->root, &family) &&
	    recent_read(intake, &family, subject.mode, &recent) &&
	    findings_make(intake, &recent, rule, &findings))
		findings_follow(intake, &findings);
}

void
trigger_budget_read(struct intake *intake, struct trigger_budget *out)
{
	struct projection *projection = &intake->projection;
	struct key key = key_counter(COUNTER_BUDGET);
	struct budget_row row = { 0 };
	struct text bytes;
	struct budget budget;

	*out = (struct trigger_budget){ 0 };
	if (!intake->statistic)
		return;
	if (projection_get(projection, KEYSPACE_COUNTER, &key, &bytes) ==
		STORE_OK &&
	    bytes.len == sizeof(row))
		memcpy(&row, bytes.at, sizeof(row));
	read_budget(intake, &budget);
	*out = (struct trigger_budget){ .per_week = budget.per_week,
		.scale = budget.scale,
		.streams = projection_counter(projection, COUNTER_STREAMS),
		.severe =
		    projection_counter(projection, COUNTER_STREAMS_SEVERE),
		.threshold = budget_threshold(&budget, 1),
		.threshold_severe =
		    budget_threshold(&budget, intake->statistic->severe_weight),
		.since = row.since,
		.week = row.week,
		.weeks = row.weeks,
		.weeks_at_scale_1 = row.weeks_at_scale_1 };
	out->streams += out->severe;
}
