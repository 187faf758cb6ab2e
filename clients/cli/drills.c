/*
 * drills.c - tocsin rules test: do rules ring when, and only when, a file of
 * tests says so?  No daemon.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/drill.h"

/* An expected alert and one that rang, where they met. */
struct verdict {
	const struct drill *drill;
	struct drill_alert *rang; /* owned */
	unsigned nrang;
	bool *is_met;      /* owned: of what was expected */
	bool *is_expected; /* owned: of what rang */
	unsigned nmissing, nsurplus;
};

static bool
is_same(const struct drill_alert *wanted, const struct drill_alert *rang)
{
	if (wanted->day != rang->day || !text_equal(wanted->rule, rang->rule))
		return false;
	if (wanted->product.len && !text_equal(wanted->product, rang->product))
		return false;
	if (wanted->mode.len && !text_equal(wanted->mode, rang->mode))
		return false;
	if ((wanted->change >= 0 && wanted->change != rang->change) ||
	    (wanted->state >= 0 && wanted->state != rang->state) ||
	    (wanted->severity >= 0 && wanted->severity != rang->severity))
		return false;
	for (int i = 0; i < DRILL_COUNTS; i++)
		if (wanted->count[i] >= 0 && wanted->count[i] != rang->count[i])
			return false;
	return true;
}

static int
judge(const struct drills *drills, const struct drill *drill,
    struct verdict *verdict)
{
	int code;

	*verdict = (struct verdict){ .drill = drill };
	code = drill_run(drills, drill, &verdict->rang, &verdict->nrang);
	verdict->is_met = calloc(drill->nalerts + 1u, sizeof(bool));
	verdict->is_expected = calloc(verdict->nrang + 1u, sizeof(bool));
	if (code || !verdict->is_met || !verdict->is_expected)
		return EXIT_LOCAL;
	verdict->nsurplus = verdict->nrang;
	for (unsigned i = 0; i < drill->nalerts; i++) {
		unsigned at = 0;

		while (at < verdict->nrang &&
		    (verdict->is_expected[at] ||
			!is_same(&drill->alert[i], &verdict->rang[at])))
			at++;
		verdict->is_met[i] = at < verdict->nrang;
		if (verdict->is_met[i]) {
			verdict->is_expected[at] = true;
			verdict->nsurplus--;
		} else {
			verdict->nmissing++;
		}
	}
	return 0;
}

static void
verdict_free(struct verdict *verdict)
{
	free(verdict->rang);
	free(verdict->is_met);
	free(verdict->is_expected);
}

/* --- as text ------------------------------------------------------------- */

static void
print_word(FILE *to, const char *key, struct text word)
{
	if (!word.len)
		return;
	fprintf(to, ", %s: ", key);
	output_safe(to, (struct tocsin_text){ word.at, word.len });
}

/* As it is written in a file of tests, so that it can be copied there. */
static void
print_alert(FILE *to, char mark, const struct drill_alert *alert)
{
	fprintf(to, "  %c {day: %d", mark, alert->day);
	print_word(to, "rule", alert->rule);
	print_word(to, "product", alert->product);
	print_word(to, "mode", alert->mode);
	if (alert->change >= 0)
		print_word(to, "change",
		    text_of(
			alarm_change_name((enum alarm_change)alert->change)));
	if (alert->state >= 0)
		print_word(to, "state",
		    text_of(
			alarm_status_name((enum alarm_status)alert->state)));
	if (alert->severity > 0)
		print_word(to, "severity",
		    text_of(severity_name((enum severity)alert->severity)));
	for (int i = 0; i < DRILL_COUNTS; i++)
		if (alert->count[i] >= 0)
			fprintf(to, ", %s: %" PRId64,
			    drill_count_name((enum drill_count)i),
			    alert->count[i]);
	fputs("}\n", to);
}

/* What was expected and did not ring, beside what rang unexpected. */
static void
print_diff(FILE *to, const struct verdict *verdict)
{
	const struct drill *drill = verdict->drill;
	unsigned want = 0, rang = 0;

	while (want < drill->nalerts || rang < verdict->nrang) {
		bool is_next = want < drill->nalerts &&
		    (rang == verdict->nrang ||
			drill->alert[want].day <= verdict->rang[rang].day);

		if (is_next && !verdict->is_met[want])
			print_alert(to, '-', &drill->alert[want]);
		else if (!is_next && !verdict->is_expected[rang])
			print_alert(to, '+', &verdict->rang[rang]);
		want += is_next;
		rang += !is_next;
	}
}

static bool
is_passed(const struct verdict *verdict)
{
	return verdict->nmissing + verdict->nsurplus == 0;
}

static void
print_verdict(struct output *output, const char *path,
    const struct verdict *verdict)
{
	const struct drill *drill = verdict->drill;
	bool is_good = is_passed(verdict);

	output_colour(output, is_good ? COLOUR_GREEN : COLOUR_RED);
	fputs(is_good ? "passed" : "FAILED", output->data);
	output_colour(output, COLOUR_NONE);
	fprintf(output->data, "  %s:%u: ", path, drill->line);
	output_safe(output->data,
	    (struct tocsin_text){ drill->name.at, drill->name.len });
	fputc('\n', output->data);
	print_diff(output->data, verdict);
}

/* --- as JSON ------------------------------------------------------------- */

static void
put_word(struct tocsin_writer *writer, const char *key, struct text word)
{
	if (word.len)
		tocsin_put_text(writer, key,
		    (struct tocsin_text){ word.at, word.len });
}

static void
put_alert(struct tocsin_writer *writer, const struct drill_alert *alert)
{
	tocsin_put_map(writer, NULL);
	tocsin_put_int(writer, "day", alert->day);
	put_word(writer, "rule", alert->rule);
	put_word(writer, "product", alert->product);
	put_word(writer, "mode", alert->mode);
	if (alert->change >= 0)
		tocsin_put_string(writer, "change",
		    alarm_change_name((enum alarm_change)alert->change));
	if (alert->state >= 0)
		tocsin_put_string(writer, "state",
		    alarm_status_name((enum alarm_status)alert->state));
	if (alert->severity >= 0)
		tocsin_put_string(writer, "severity",
		    severity_name((enum severity)alert->severity));
	for (int i = 0; i < DRILL_COUNTS; i++)
		if (alert->count[i] >= 0)
			tocsin_put_int(writer,
			    drill_count_name((enum drill_count)i),
			    alert->count[i]);
	tocsin_put_end(writer);
}

static int
print_json(struct output *output, const struct verdict *verdict)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	const struct drill *drill = verdict->drill;
	struct tocsin_value value;
	int code = EXIT_LOCAL;

	if (!writer)
		return code;
	tocsin_put_map(writer, NULL);
	put_word(writer, "test", drill->name);
	tocsin_put_bool(writer, "passed", is_passed(verdict));
	tocsin_put_list(writer, "missing");
	for (unsigned i = 0; i < drill->nalerts; i++)
		if (!verdict->is_met[i])
			put_alert(writer, &drill->alert[i]);
	tocsin_put_end(writer);
	tocsin_put_list(writer, "unexpected");
	for (unsigned i = 0; i < verdict->nrang; i++)
		if (!verdict->is_expected[i])
			put_alert(writer, &verdict->rang[i]);
	tocsin_put_end(writer);
	tocsin_put_end(writer);
	if (tocsin_writer_is_whole(writer) &&
	    tocsin_decode(tocsin_writer_bytes(writer), &value))
		code = output_json(output, &value);
	tocsin_writer_free(writer);
	return code;
}

/* --- the command --------------------------------------------------------- */

static int
run_one(struct line *line, const struct drills *drills,
    const struct drill *drill, unsigned *npassed)
{
	struct output *output = line_output(line);
	struct verdict verdict;
	int code = judge(drills, drill, &verdict);

	if (code)
		output_message(output, "out of memory");
	else if (output_is_json(output))
		code = print_json(output, &verdict);
	else
		print_verdict(output, line_operand(line, 0), &verdict);
	if (!code)
		*npassed += is_passed(&verdict);
	verdict_free(&verdict);
	return code;
}

int
run_rules_test(struct line *line)
{
	struct output *output = line_output(line);
	struct drills drills;
	unsigned npassed = 0;
	int code = drills_open(&drills, line, line_operand(line, 0));

	for (unsigned i = 0; i < drills.count && !code; i++)
		code = run_one(line, &drills, &drills.drill[i], &npassed);
	if (!code)
		code = output_flush(output);
	if (!code)
		output_message(output, "%u of %u tests passed", npassed,
		    drills.count);
	if (!code && npassed < drills.count)
		code = EXIT_PARTIAL;
	drills_close(&drills);
	return code;
}
