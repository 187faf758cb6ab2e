#include "clients/cli/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/cli/duplicates.h"

/* What is needed and not given, as "--category, --country"; "" when none. */
static void
list_missing(const struct draft *draft, char out[160])
{
	out[0] = '\0';
	for (const struct fact *fact = fact_table; fact->option; fact++) {
		size_t len = strlen(out);
		if (fact->is_needed && !draft_value(draft, fact, 0))
			snprintf(out + len, 160 - len, "%s--%s",
			    len ? ", " : "", fact->option);
	}
}

static int
read_file(struct draft *draft, const char *path, struct tocsin_writer *writer)
{
	char why[160];
	char *bytes;
	size_t len;
	struct tocsin_value map;
	int code = read_whole(draft->line, path, &bytes, &len);
	if (code)
		return code;
	if (output_parse_json(writer, NULL, (struct tocsin_text){ bytes, len },
		why)) {
		output_message(line_output(draft->line), "%s: %s", path, why);
		code = EXIT_REJECTED;
	}
	free(bytes);
	if (code)
		return code;
	draft->file = tocsin_writer_bytes(writer);
	if (tocsin_writer_is_whole(writer) &&
	    tocsin_decode(draft->file, &map) && map.kind == TOCSIN_MAP)
		return 0;
	output_message(line_output(draft->line),
	    "%s: a report is one JSON object", path);
	return EXIT_REJECTED;
}

static int
read_text(struct draft *draft)
{
	const char *text = line_option(draft->line, "text");
	size_t len;
	if (!text || strcmp(text, "-") != 0)
		return 0;
	return read_whole(draft->line, "-", &draft->read, &len);
}

/* Everything the user has to say is there, or is asked for. */
static int
gather(struct draft *draft, struct tocsin_writer *file)
{
	struct line *line = draft->line;
	const char *path = line_option(line, "file");
	char missing[160];
	int code = read_text(draft);
	if (code)
		return code;
	if (path)
		return read_file(draft, path, file);
	list_missing(draft, missing);
	if (!missing[0])
		return 0;
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO) &&
	    !line_has(line, "no-input"))
		return draft_ask(draft);
	help_brief(line_output(line), line_command(line));
	return line_usage(line, "missing: %s", missing);
}

static void
print_alerts(struct output *output, const struct tocsin_value *result)
{
	struct tocsin_value alerts = tocsin_get(result, "alerts");
	struct tocsin_walk walk = tocsin_walk_of(&alerts);
	struct tocsin_value alert;
	while (tocsin_walk_item(&walk, &alert)) {
		fputs("; alert ", output->data);
		output_safe(output->data, tocsin_get_text(&alert, "id"));
		fputc(' ', output->data);
		output_safe(output->data, tocsin_get_text(&alert, "state"));
	}
}

static void
print_count(struct output *output, const struct tocsin_value *result,
    const char *path, const char *one, const char *many)
{
	int64_t count = tocsin_get_int(result, path, 0);
	char digits[32];
	output_number(count, digits);
	fprintf(output->data, "%s %s", digits, count == 1 ? one : many);
}

/* Things accepted but worth telling, on stderr. */
static void
print_problems(struct output *output, const struct tocsin_value *result)
{
	struct tocsin_value problems = tocsin_get(result, "problems");
	struct tocsin_walk walk = tocsin_walk_of(&problems);
	struct tocsin_value problem;
	struct tocsin_value twin = tocsin_get(result, "duplicate_of");
	char name[NAMED_MAX];
	while (tocsin_walk_item(&walk, &problem)) {
		struct tocsin_text field = tocsin_get_text(&problem, "field");
		struct tocsin_text text = tocsin_get_text(&problem, "text");
		output_message(output, "note: %.*s: %.*s", (int)field.len,
		    field.at, (int)text.len, text.at);
	}
	if (twin.kind != TOCSIN_MAP)
		return;
	duplicates_name(&twin, name);
	output_message(output, "note: much like report %s (score %.2f); %s",
	    name, tocsin_get_real(&twin, "score", 0),
	    tocsin_get_bool(&twin, "linked")
		? "linked to it, counted as one case"
		: "tocsin duplicates says whether they are one");
}

static void
print_explanation(struct output *output, const struct tocsin_value *result)
{
	struct tocsin_value explain = tocsin_get(result, "explain");
	struct tocsin_walk walk = tocsin_walk_of(&explain);
	struct tocsin_value key, item;
	while (explain.kind == TOCSIN_MAP &&
	    tocsin_walk_pair(&walk, &key, &item)) {
		fputs("  ", output->data);
		output_safe(output->data, tocsin_as_text(&key));
		fputs(": ", output->data);
		if (item.kind == TOCSIN_TEXT) {
			output_safe(output->data, tocsin_as_text(&item));
			fputc('\n', output->data);
		} else {
			output_json_line(output->data, &item);
		}
	}
}

int
report_print(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	struct tocsin_text name = tocsin_get_text(result, "product.name");
	if (output_is_json(output))
		return output_json(output, result);
	fputs(line_has(line, "dry-run") ? "would accept " : "accepted ",
	    output->data);
	output_safe(output->data, tocsin_get_text(result, "id"));
	fputs(" (", output->data);
	output_safe(output->data, tocsin_get_text(result, "status"));
	fputs(")", output->data);
	if (name.len) {
		fputs(" into ", output->data);
		output_safe(output->data, name);
	}
	fputs(": ", output->data);
	print_count(output, result, "counts.reports", "report", "reports");
	fputs(" from ", output->data);
	print_count(output, result, "counts.sources", "source", "sources");
	print_alerts(output, result);
	fputc('\n', output->data);
	print_explanation(output, result);
	print_problems(output, result);
	return output_flush(output);
}

/* The report, and a second map where something is asked of the daemon. */
static int
submit(struct draft *draft, struct tocsin_writer *params)
{
	struct line *line = draft->line;
	struct tocsin_reply *reply = NULL;
	bool is_dry = line_has(line, "dry-run");
	bool is_explained = line_has(line, "explain");
	int code = draft_write(draft, params);
	if (code)
		return code;
	if (is_dry || is_explained) {
		tocsin_put_map(params, NULL);
		if (is_dry)
			tocsin_put_bool(params, "dry_run", true);
		if (is_explained)
			tocsin_put_bool(params, "explain", true);
		tocsin_put_end(params);
	}
	code = line_call(line, "report.submit", params, &reply);
	if (!code)
		code = report_print(line, tocsin_reply_result(reply));
	else if (draft->id[0] && code == EXIT_UNREACHABLE)
		output_message(line_output(line),
		    "send it again with --id %s, so that it counts once",
		    draft->id);
	tocsin_reply_free(reply);
	return code;
}

int
run_report(struct line *line)
{
	struct draft draft = { .line = line };
	struct tocsin_writer *file = tocsin_writer_new();
	struct tocsin_writer *params = tocsin_writer_new();
	int code = EXIT_LOCAL;
	if (file && params) {
		code = gather(&draft, file);
		if (!code)
			code = submit(&draft, params);
	}
	tocsin_writer_free(file);
	tocsin_writer_free(params);
	draft_fini(&draft);
	return code;
}
