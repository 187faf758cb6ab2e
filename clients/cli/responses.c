/*
 * responses.c - tocsin alerts judge, mute, unmute, acknowledge, comment,
 * confirm, close, reopen: what people do about an alert.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/shell/listing.h"

/* How one verb's command line becomes the arguments of its call. */
struct verb {
	const char *method;
	const char *operand;   /* argument of what stands behind the id */
	const char *option[4]; /* passed on when given */
	bool needs_reason;
};

static void
show_done(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	show_text(output, "done", tocsin_get_text(result, "change"));
	show_text(output, "alert", tocsin_get_text(result, "id"));
	show_text(output, "state", tocsin_get_text(result, "state"));
	show_number(output, "episode", tocsin_get_int(result, "episode", -1));
}

/* An exit code; the writer holds an open map. */
static int
ask(struct line *line, struct tocsin_writer *writer, const char *method)
{
	tocsin_put_end(writer);
	return show_one(line, method, writer, show_done);
}

static void
put_options(struct line *line, struct tocsin_writer *writer,
    const struct verb *verb)
{
	tocsin_put_string(writer, "id", line_operand(line, 0));
	for (unsigned i = 0; i < 4 && verb->option[i]; i++)
		if (line_option(line, verb->option[i]))
			tocsin_put_string(writer, verb->option[i],
			    line_option(line, verb->option[i]));
	if (line_option(line, "by"))
		tocsin_put_string(writer, "by", line_option(line, "by"));
}

static int
run_verb(struct line *line, const struct verb *verb)
{
	struct tocsin_writer *writer;
	int code;
	if (verb->needs_reason && !line_option(line, "reason"))
		return line_usage(line,
		    "missing: --reason; it stands in the log for others");
	writer = tocsin_writer_new();
	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	put_options(line, writer, verb);
	if (verb->operand)
		tocsin_put_string(writer, verb->operand, line_operand(line, 1));
	code = ask(line, writer, verb->method);
	tocsin_writer_free(writer);
	return code;
}

int
run_alerts_judge(struct line *line)
{
	static const struct verb verb = { .option = { "reason" } };
	const char *word = line_operand(line, 1);
	struct tocsin_writer *writer;
	int code;
	if (strcmp(word, "true") && strcmp(word, "false"))
		return line_usage(line, "'%s' is no verdict; use true or false",
		    word);
	writer = tocsin_writer_new();
	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	put_options(line, writer, &verb);
	tocsin_put_bool(writer, "verdict", !strcmp(word, "true"));
	code = ask(line, writer, "alerts.judge");
	tocsin_writer_free(writer);
	return code;
}

int
run_alerts_mute(struct line *line)
{
	static const struct verb verb = { .option = { "reason", "until" } };
	const char *written = line_option(line, "days");
	struct tocsin_writer *writer;
	char rest;
	int days = 0, code;
	if (!line_option(line, "reason"))
		return line_usage(line,
		    "missing: --reason; it is published with the alert");
	if (written && (sscanf(written, "%d%c", &days, &rest) != 1 || days < 1))
		return line_usage(line, "--days is a number, from 1 to 366");
	writer = tocsin_writer_new();
	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	put_options(line, writer, &verb);
	if (written)
		tocsin_put_int(writer, "days", days);
	code = ask(line, writer, "alerts.mute");
	tocsin_writer_free(writer);
	return code;
}

int
run_alerts_unmute(struct line *line)
{
	static const struct verb verb = { .method = "alerts.unmute",
		.option = { "reason" } };
	return run_verb(line, &verb);
}

int
run_alerts_acknowledge(struct line *line)
{
	static const struct verb verb = { .method = "alerts.acknowledge",
		.option = { "comment" } };
	return run_verb(line, &verb);
}

int
run_alerts_comment(struct line *line)
{
	static const struct verb verb = { .method = "alerts.comment",
		.operand = "text" };
	return run_verb(line, &verb);
}

int
run_alerts_confirm(struct line *line)
{
	static const struct verb verb = { .method = "alerts.confirm",
		.option = { "reason" },
		.needs_reason = true };
	return run_verb(line, &verb);
}

int
run_alerts_close(struct line *line)
{
	static const struct verb verb = { .method = "alerts.close",
		.option = { "reason" },
		.needs_reason = true };
	return run_verb(line, &verb);
}

int
run_alerts_reopen(struct line *line)
{
	static const struct verb verb = { .method = "alerts.reopen",
		.option = { "reason" },
		.needs_reason = true };
	return run_verb(line, &verb);
}
