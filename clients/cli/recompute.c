#include "clients/cli/recompute.h"

#include <math.h>
#include <string.h>

#include "clients/cli/exported.h"
#include "clients/cli/recount.h"
#include "clients/cli/shell/listing.h"

enum { RATIOS = 4 };

/* Relative; doubles come through the export whole. */
static const double tolerance = 1e-9;

/* Beyond these the daemon lets evidence grow no more. */
static const double evidence_max = 1e250, log_max = 575;

struct recomputing {
	struct line *line;
	const char *id;
	struct tocsin_writer *writer; /* owned */
	struct tocsin_reply *reply;   /* owned; the alert as it is now */
	struct alert_event event;     /* the one with the evidence */
	struct streams streams;
};

/* One week's step; the score before the week is closed. */
static double
step(double evidence[RATIOS], const struct stream_week *week)
{
	double mean = week->volume * week->a / week->b;
	double spread = isinf(week->size) ? 0 : 1 / week->size;
	double size = 1 / (spread + 1 / week->a + spread / week->a);
	double x = week->observed, sum = 0;

	for (unsigned i = 0; i < RATIOS; i++) {
		double ratio = (double)(2u << i);
		double log_ratio = x * log(ratio) +
		    (x + size) * (log(size + mean) - log(size + ratio * mean));

		evidence[i] = (1 + evidence[i]) * exp(fmin(log_ratio, log_max));
		evidence[i] = fmin(evidence[i], evidence_max);
		sum += evidence[i];
	}
	return log(sum / RATIOS);
}

/* Steps of all weeks up to the nth; the greatest difference on the way. */
static double
walk(const struct stream_weeks *stream, size_t nth, double *difference)
{
	double evidence[RATIOS] = { 0 }, score = (double)NAN;

	*difference = 0;
	for (size_t i = 0; i <= nth && i < stream->count; i++) {
		const struct stream_week *week = &stream->week[i];

		score = (double)NAN;
		if (isfinite(week->a) && isfinite(week->b))
			score = step(evidence, week);
		if (isfinite(week->score) && isfinite(score)) {
			double apart = fabs(score - week->score) /
			    fmax(fabs(week->score), 1);

			*difference = fmax(*difference, apart);
		} else if (isfinite(week->score)) {
			*difference = HUGE_VAL;
		}
		if (week->is_closed)
			memset(evidence, 0, sizeof(evidence));
	}
	return score;
}

double
recompute_score(const struct stream_weeks *stream, size_t nth)
{
	double difference;

	return walk(stream, nth, &difference);
}

double
recompute_difference(const struct stream_weeks *stream)
{
	double difference = 0;

	if (stream->count)
		(void)walk(stream, stream->count - 1, &difference);
	return difference;
}

static const struct stream_week *
find_week(const struct streams *streams, const char *id,
    const struct stream_weeks **stream)
{
	for (size_t i = 0; i < streams->count; i++) {
		*stream = &streams->stream[i];
		for (size_t at = (*stream)->count; at-- > 0;)
			if (!strcmp((*stream)->week[at].alert, id))
				return &(*stream)->week[at];
	}
	return NULL;
}

static void
show_real(struct output *output, const char *label, double number)
{
	char text[40];

	snprintf(text, sizeof(text), "%.17g", number);
	show_text(output, label, tocsin_text_of(text));
}

static void
put_json(struct recomputing *recomputing, const struct stream_week *week,
    double score, bool agrees)
{
	struct tocsin_writer *writer = recomputing->writer;
	struct tocsin_value value;

	tocsin_writer_clear(writer);
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "id", recomputing->id);
	tocsin_put_int(writer, "seq", recomputing->event.seq);
	tocsin_put_real(writer, "score", recomputing->event.score);
	tocsin_put_real(writer, "exported", week->score);
	tocsin_put_real(writer, "recomputed", score);
	tocsin_put_real(writer, "observed", week->observed);
	tocsin_put_real(writer, "expected", week->volume * week->a / week->b);
	tocsin_put_bool(writer, "agrees", agrees);
	tocsin_put_end(writer);
	if (tocsin_decode(tocsin_writer_bytes(writer), &value))
		output_json(line_output(recomputing->line), &value);
}

static int
compare(struct recomputing *recomputing, const struct stream_weeks *stream,
    const struct stream_week *week)
{
	struct output *output = line_output(recomputing->line);
	double said = recomputing->event.score;
	double score = recompute_score(stream, (size_t)(week - stream->week));
	double apart = fabs(score - said) / fmax(fabs(said), 1);
	bool agrees = apart <= tolerance;

	if (output_is_json(output)) {
		put_json(recomputing, week, score, agrees);
		return agrees ? 0 : EXIT_PARTIAL;
	}
	show_text(output, "alert", tocsin_text_of(recomputing->id));
	show_number(output, "at sequence", recomputing->event.seq);
	show_text(output, "failure", tocsin_text_of(stream->mode));
	show_text(output, "hazard", tocsin_text_of(stream->hazard));
	show_number(output, "weeks", (int64_t)stream->count);
	show_real(output, "observed", week->observed);
	show_real(output, "expected", week->volume * week->a / week->b);
	show_real(output, "score of the alert", said);
	show_real(output, "score recomputed", score);
	show_real(output, "apart by", apart);
	show_text(output, "result",
	    tocsin_text_of(agrees ? "agrees" : "differs"));
	return agrees ? 0 : EXIT_PARTIAL;
}

static int
recompute_statistic(struct recomputing *recomputing)
{
	struct output *output = line_output(recomputing->line);
	const struct alert_event *event = &recomputing->event;
	const struct stream_weeks *stream = NULL;
	const struct stream_week *week;
	int code = streams_fetch(recomputing->line,
	    &(struct streams_query){ .product = tocsin_text_of(event->product),
		.mode = tocsin_text_of(event->mode),
		.at = event->seq },
	    &recomputing->streams);

	if (code)
		return code;
	week = find_week(&recomputing->streams, recomputing->id, &stream);
	if (week)
		return compare(recomputing, stream, week);
	output_message(output,
	    "%s: the evidence at sequence %lld does not "
	    "hold the week that rang",
	    recomputing->id, (long long)event->seq);
	return EXIT_PARTIAL;
}

static int
run(struct recomputing *recomputing)
{
	struct line *line = recomputing->line;
	struct tocsin_value alert;
	int code;

	tocsin_put_map(recomputing->writer, NULL);
	tocsin_put_string(recomputing->writer, "id", recomputing->id);
	tocsin_put_end(recomputing->writer);
	code = line_call(line, "alerts.get", recomputing->writer,
	    &recomputing->reply);
	if (code)
		return code;
	alert = tocsin_get(tocsin_reply_result(recomputing->reply), "alert");
	code = alert_event_fetch(line, &alert, &recomputing->event);
	if (code)
		return code;
	return recomputing->event.is_statistic
	    ? recompute_statistic(recomputing)
	    : recount_alert(line, &alert, &recomputing->event);
}

int
recompute_alert(struct line *line)
{
	struct recomputing recomputing = { .line = line,
		.id = line_operand(line, 0),
		.writer = tocsin_writer_new() };
	int code = recomputing.writer ? run(&recomputing) : EXIT_LOCAL;

	streams_free(&recomputing.streams);
	tocsin_reply_free(recomputing.reply);
	tocsin_writer_free(recomputing.writer);
	return code;
}
