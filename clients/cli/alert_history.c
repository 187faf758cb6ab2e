/* alert_history.c - tocsin alerts history, and the same below alerts show. */
#include "clients/cli/alert_history.h"

#include "clients/cli/shell/listing.h"

static const struct table_column columns[] = {
	{ "at", ALIGN_LEFT, false },
	{ "change", ALIGN_LEFT, false },
	{ "state", ALIGN_LEFT, false },
	{ "episode", ALIGN_RIGHT, false },
	{ "reports", ALIGN_RIGHT, false },
	{ "sources", ALIGN_RIGHT, false },
	{ "severity", ALIGN_LEFT, false },
	{ "by", ALIGN_LEFT, true },
	{ "why", ALIGN_LEFT, true },
	{ NULL, ALIGN_LEFT, false },
};

/* A person of an organisation, or the organisation. */
static struct tocsin_text
who_of(const struct tocsin_value *event)
{
	struct tocsin_text by = tocsin_get_text(event, "by");
	return by.len ? by : tocsin_get_text(event, "organisation");
}

static struct tocsin_text
why_of(const struct tocsin_value *event)
{
	struct tocsin_text reason = tocsin_get_text(event, "reason");
	return reason.len ? reason : tocsin_get_text(event, "text");
}

static void
show_events(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	struct tocsin_value events = tocsin_get(result, "events"), event;
	struct tocsin_walk walk = tocsin_walk_of(&events);
	struct table *table = table_new(output, columns);
	while (table && tocsin_walk_item(&walk, &event)) {
		table_text(table, tocsin_get_text(&event, "at"));
		table_text(table, tocsin_get_text(&event, "change"));
		table_text(table, tocsin_get_text(&event, "state"));
		table_number(table, tocsin_get_int(&event, "episode", -1));
		table_number(table,
		    tocsin_get_int(&event, "counts.reports", -1));
		table_number(table,
		    tocsin_get_int(&event, "counts.sources", -1));
		table_text(table, tocsin_get_text(&event, "severity"));
		table_text(table, who_of(&event));
		table_text(table, why_of(&event));
	}
	if (table && events.count) {
		if (output->format == OUTPUT_TABLE)
			fputs("\nhistory\n", output->data);
		table_print(table);
	}
	table_free(table);
}

int
alert_history_show(struct line *line)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	int code = EXIT_LOCAL;
	if (!writer)
		return code;
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "id", line_operand(line, 0));
	tocsin_put_end(writer);
	code = show_one(line, "alerts.history", writer, show_events);
	tocsin_writer_free(writer);
	return code;
}

int
run_alerts_history(struct line *line)
{
	return alert_history_show(line);
}
