#include <stdio.h>

#include "clients/cli/alert_history.h"
#include "clients/cli/recompute.h"
#include "clients/cli/shell/listing.h"

static const struct table_column columns[] = {
	{ "id", ALIGN_LEFT, false },
	{ "state", ALIGN_LEFT, false },
	{ "basis", ALIGN_LEFT, false },
	{ "product", ALIGN_LEFT, true },
	{ "failure", ALIGN_LEFT, true },
	{ "severity", ALIGN_LEFT, false },
	{ "reports", ALIGN_RIGHT, false },
	{ "sources", ALIGN_RIGHT, false },
	{ "rule", ALIGN_LEFT, true },
	{ "last seen", ALIGN_LEFT, false },
	{ "muted until", ALIGN_LEFT, false },
	{ NULL, ALIGN_LEFT, false },
};

static void
row(struct table *table, const struct tocsin_value *item)
{
	table_text(table, tocsin_get_text(item, "id"));
	table_text(table, tocsin_get_text(item, "state"));
	table_text(table, tocsin_get_text(item, "basis"));
	table_text(table, tocsin_get_text(item, "product.name"));
	table_text(table, tocsin_get_text(item, "mode"));
	table_text(table, tocsin_get_text(item, "severity"));
	table_number(table, tocsin_get_int(item, "counts.reports", -1));
	table_number(table, tocsin_get_int(item, "counts.sources", -1));
	table_text(table, tocsin_get_text(item, "rule"));
	table_text(table, tocsin_get_text(item, "last_seen"));
	table_text(table, tocsin_get_text(item, "muted.until"));
}

static void
list_params(struct line *line, struct tocsin_writer *writer)
{
	const char *state = line_option(line, "state");
	if (state)
		tocsin_put_string(writer, "state", state);
	line_put_filter(line, writer, "filter");
}

int
run_alerts_list(struct line *line)
{
	static const char *const states[] = { "watch", "held", "open",
		"subsiding", "closed", "withdrawn", NULL };
	const struct listing listing = { .line = line,
		.method = "alerts.list",
		.items = "alerts",
		.columns = columns,
		.row = row,
		.params = list_params,
		.most = 100,
		.nothing = "no alerts" };
	const char *state;
	int code = line_word(line, "state", states, &state);
	return code ? code : listing_run(&listing);
}

/* "sources at least" of sources_at_least. */
static void
show_label(FILE *out, struct tocsin_text key)
{
	fputs("  ", out);
	for (size_t i = 0; i < key.len; i++)
		fputc(key.at[i] == '_' ? ' ' : key.at[i], out);
	fputs(": ", out);
}

/* What a reader needs to recompute the alert. */
static void
show_evidence(struct output *output, const struct tocsin_value *evidence)
{
	struct tocsin_walk walk = tocsin_walk_of(evidence);
	struct tocsin_value key, item;
	if (evidence->kind != TOCSIN_MAP || !evidence->count)
		return;
	fputs("\nevidence\n", output->data);
	while (tocsin_walk_pair(&walk, &key, &item)) {
		show_label(output->data, tocsin_as_text(&key));
		output_json_line(output->data, &item);
	}
}

/* What people said of it, and why it is not told. */
static void
show_marks(struct output *output, const struct tocsin_value *alert)
{
	struct tocsin_value judged = tocsin_get(alert, "judged");
	struct tocsin_value acknowledged = tocsin_get(alert, "acknowledged");
	show_text(output, "held", tocsin_get_text(alert, "held"));
	show_text(output, "muted until", tocsin_get_text(alert, "muted.until"));
	show_text(output, "muted because",
	    tocsin_get_text(alert, "muted.reason"));
	if (judged.kind == TOCSIN_BOOL)
		show_text(output, "judged",
		    tocsin_text_of(
			tocsin_as_bool(&judged) ? "true" : "a false alarm"));
	if (acknowledged.kind == TOCSIN_BOOL)
		show_text(output, "acknowledged", tocsin_text_of("yes"));
}

static void
show(struct line *line, const struct tocsin_value *result)
{
	static const char *const texts[][2] = { { "alert", "id" },
		{ "state", "state" }, { "product", "product.name" },
		{ "product id", "product.id" },
		{ "category", "product.category" }, { "failure", "mode" },
		{ "severity", "severity" }, { "basis", "basis" },
		{ "rule", "rule" }, { "rule version", "rule_version" },
		{ "from", "window.from" }, { "to", "window.to" },
		{ "clock", "window.clock" }, { "first seen", "first_seen" },
		{ "last seen", "last_seen" } };
	static const char *const numbers[][2] = { { "episode", "episode" },
		{ "reports", "counts.reports" }, { "cases", "counts.cases" },
		{ "cases at least", "cases_min" },
		{ "sources", "counts.sources" },
		{ "organisations", "counts.organisations" } };
	struct output *output = line_output(line);
	struct tocsin_value alert = tocsin_get(result, "alert");
	struct tocsin_value hazards = tocsin_get(&alert, "hazards");
	struct tocsin_value countries = tocsin_get(&alert, "countries");
	struct tocsin_value evidence = tocsin_get(&alert, "evidence");
	output_safe(output->data,
	    tocsin_get_text(&alert,
		output_is_french() ? "sentence.fr" : "sentence.en"));
	fputs("\n\n", output->data);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		show_text(output, texts[i][0],
		    tocsin_get_text(&alert, texts[i][1]));
	show_list(output, "hazards", &hazards);
	show_list(output, "countries", &countries);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		show_number(output, numbers[i][0],
		    tocsin_get_int(&alert, numbers[i][1], -1));
	show_marks(output, &alert);
	show_evidence(output, &evidence);
}

int
run_alerts_show(struct line *line)
{
	struct tocsin_writer *writer;
	int code = EXIT_LOCAL;
	if (line_has(line, "recompute"))
		return recompute_alert(line);
	writer = tocsin_writer_new();
	if (!writer)
		return code;
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "id", line_operand(line, 0));
	tocsin_put_end(writer);
	code = show_one(line, "alerts.get", writer, show);
	if (!code && line_output(line)->format == OUTPUT_TABLE)
		code = alert_history_show(line);
	tocsin_writer_free(writer);
	return code;
}
