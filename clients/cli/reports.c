/*
 * reports.c - reports that are held: listed, shown, amended, taken back.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "clients/cli/report.h"
#include "clients/cli/shell/listing.h"
#include "clients/cli/transfer.h"

enum { ROW_BYTES = 1 << 20 };

struct lister {
	struct line *line;
	struct buf row;               /* of NDJSON, while it is not whole */
	struct tocsin_writer *parsed; /* owned */
	int64_t count;
};

/* The running list's columns: it may be long, so it is not gathered and
 * fitted as other tables are. */
static const struct {
	const char *key;
	unsigned width;
} columns[] = { { "received", 10 }, { "id", 36 }, { "kind", 9 },
	{ "country", 7 }, { "severity", 8 }, { "mode", 14 }, { "brand", 14 },
	{ "model", 14 }, { "category", 0 } };

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* A cell cut or filled to its width; the last one is as long as it is. */
static void
print_padded(struct output *output, struct tocsin_text text, unsigned column)
{
	unsigned width = columns[column].width;
	while (width && output_width(text) > width)
		text.len--;
	output_safe(output->data, text);
	if (column + 1 == COLUMNS)
		fputc('\n', output->data);
	else
		fprintf(output->data, "%*s",
		    (int)(width - output_width(text) + 2), "");
}

static void
print_row(struct output *output, const struct tocsin_value *row)
{
	for (unsigned i = 0; i < COLUMNS; i++)
		print_padded(output, tocsin_get_text(row, columns[i].key), i);
}

static void
print_headings(struct output *output)
{
	output_colour(output, COLOUR_BOLD);
	for (unsigned i = 0; i + 1 < COLUMNS; i++)
		print_padded(output, tocsin_text_of(columns[i].key), i);
	fputs("category", output->data);
	output_colour(output, COLOUR_NONE);
	fputc('\n', output->data);
}

static int
take_row(struct lister *lister)
{
	struct output *output = line_output(lister->line);
	struct text row = buf_text(&lister->row);
	struct tocsin_value value;
	char why[160];
	tocsin_writer_clear(lister->parsed);
	if (output_parse_json(lister->parsed, NULL,
		(struct tocsin_text){ row.at, row.len }, why) ||
	    !tocsin_decode(tocsin_writer_bytes(lister->parsed), &value)) {
		output_message(output, "a row cannot be read: %s", why);
		return EXIT_PARTIAL;
	}
	if (!lister->count++)
		print_headings(output);
	print_row(output, &value);
	return ferror(output->data) ? output_flush(output) : 0;
}

/* JSON goes through as it came; for people each row becomes a line. */
static int
put(void *who, const char *bytes, size_t len)
{
	struct lister *lister = who;
	struct output *output = line_output(lister->line);
	int code = 0;
	if (output->format != OUTPUT_TABLE) {
		output_bytes(output, bytes, len);
		return output_flush(output);
	}
	while (len && !code) {
		const char *end = memchr(bytes, '\n', len);
		size_t part = end ? (size_t)(end - bytes) : len;
		if (lister->row.len + part <= ROW_BYTES)
			buf_add(&lister->row, bytes, part);
		if (end) {
			code = take_row(lister);
			buf_clear(&lister->row);
			part++;
		}
		bytes += part;
		len -= part;
	}
	return code;
}

static int
list(struct lister *lister, struct tocsin_writer *params)
{
	struct line *line = lister->line;
	struct output *output = line_output(line);
	int64_t range[2] = { 0, INT64_C(1) << 53 };
	int64_t since = -1;
	struct transfer transfer = { .progress = NULL };
	int code = line_number(line, "since", range, &since);
	if (code)
		return code;
	tocsin_put_map(params, NULL);
	tocsin_put_string(params, "what", "reports");
	tocsin_put_string(params, "format",
	    output->format == OUTPUT_CSV ? "csv" : "ndjson");
	line_put_filter(line, params, "filter");
	if (since >= 0)
		tocsin_put_int(params, "since", since);
	tocsin_put_end(params);
	code = transfer_run(line, params, put, lister, &transfer);
	if (!code)
		code = output_flush(output);
	if (!code && output->format == OUTPUT_TABLE && !lister->count)
		output_message(output, "no reports");
	return code;
}

int
run_reports_list(struct line *line)
{
	struct lister lister = { .line = line };
	struct tocsin_writer *params = tocsin_writer_new();
	int code = EXIT_LOCAL;
	lister.parsed = tocsin_writer_new();
	if (params && lister.parsed)
		code = list(&lister, params);
	buf_free(&lister.row);
	tocsin_writer_free(lister.parsed);
	tocsin_writer_free(params);
	return code;
}

/* {id, source} of what the operand and the options name. */
static struct tocsin_writer *
open_params(struct line *line)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	const char *source = line_option(line, "source");
	const char *id = line_operand(line, 0);
	if (!writer)
		return NULL;
	tocsin_put_map(writer, NULL);
	if (id)
		tocsin_put_string(writer, "id", id);
	if (source)
		tocsin_put_string(writer, "source", source);
	return writer;
}

static void
show(struct line *line, const struct tocsin_value *result)
{
	static const char *const texts[][2] = { { "report", "id" },
		{ "organisation", "organisation" }, { "source", "source" },
		{ "received", "received" }, { "product", "product.name" },
		{ "product id", "product.id" }, { "level", "product.level" },
		{ "failure", "group.mode" }, { "kind", "report.kind" },
		{ "severity", "report.severity" },
		{ "country", "report.country" },
		{ "occurred", "report.occurred" }, { "filed", "report.filed" },
		{ "text", "report.text" } };
	struct output *output = line_output(line);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		show_text(output, texts[i][0],
		    tocsin_get_text(result, texts[i][1]));
	show_number(output, "revision", tocsin_get_int(result, "revision", -1));
	show_number(output, "sequence", tocsin_get_int(result, "seq", -1));
	if (tocsin_get_bool(result, "withdrawn"))
		show_text(output, "withdrawn", tocsin_text_of("yes"));
}

int
run_reports_show(struct line *line)
{
	struct tocsin_writer *params = open_params(line);
	int code = EXIT_LOCAL;
	if (!params)
		return code;
	tocsin_put_end(params);
	code = show_one(line, "report.get", params, show);
	tocsin_writer_free(params);
	return code;
}

static void
show_amended(struct line *line, const struct tocsin_value *result)
{
	report_print(line, result);
}

static int
amend(struct line *line, struct tocsin_writer *params)
{
	const char *reason = line_option(line, "reason");
	char why[160];
	char *bytes;
	size_t len;
	int code = read_whole(line, line_option(line, "file"), &bytes, &len);
	if (code)
		return code;
	code = output_parse_json(params, "report",
	    (struct tocsin_text){ bytes, len }, why);
	free(bytes);
	if (code) {
		output_message(line_output(line), "%s: %s",
		    line_option(line, "file"), why);
		return EXIT_REJECTED;
	}
	if (reason)
		tocsin_put_string(params, "reason", reason);
	tocsin_put_end(params);
	return show_one(line, "report.amend", params, show_amended);
}

int
run_reports_amend(struct line *line)
{
	struct tocsin_writer *params;
	int code = EXIT_LOCAL;
	if (!line_has(line, "file"))
		return line_usage(line, "missing: --file");
	params = open_params(line);
	if (params)
		code = amend(line, params);
	tocsin_writer_free(params);
	return code;
}

static void
show_withdrawn(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	int64_t count = tocsin_get_int(result, "withdrawn", 0);
	char digits[32];
	output_number(count, digits);
	fprintf(output->data, "withdrew %s report%s\n", digits,
	    count == 1 ? "" : "s");
}

int
run_reports_withdraw(struct line *line)
{
	const char *import = line_option(line, "import");
	const char *reason = line_option(line, "reason");
	struct tocsin_writer *params;
	int code = EXIT_LOCAL;
	if (!import == !line_operand(line, 0))
		return line_usage(line, "name either an ID or an --import");
	if (!reason)
		return line_usage(line,
		    "missing: --reason; it stands in the log for others");
	params = open_params(line);
	if (!params)
		return code;
	if (import)
		tocsin_put_string(params, "import", import);
	tocsin_put_string(params, "reason", reason);
	tocsin_put_end(params);
	code = show_one(line, "report.withdraw", params, show_withdrawn);
	tocsin_writer_free(params);
	return code;
}
