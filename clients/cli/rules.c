/*
 * rules.c - tocsin rules check: do rule files make sense?  No daemon.
 */
#include <stdio.h>
#include <string.h>

#include "clients/cli/rulebook.h"

static const struct table_column columns[] = {
	{ "rule", ALIGN_LEFT, false },
	{ "basis", ALIGN_LEFT, false },
	{ "per", ALIGN_LEFT, false },
	{ "window", ALIGN_RIGHT, false },
	{ "rings from", ALIGN_LEFT, true },
	{ "watch from", ALIGN_LEFT, false },
	{ "version", ALIGN_RIGHT, false },
	{ NULL, ALIGN_LEFT, false },
};

struct threshold {
	const char *name;
	uint32_t least;
};
enum { THRESHOLDS = 4 };

static void
thresholds_of(const struct rule *rule, struct threshold out[THRESHOLDS])
{
	out[0] = (struct threshold){ "sources", rule->sources };
	out[1] = (struct threshold){ "cases", rule->cases };
	out[2] = (struct threshold){ "reports", rule->reports };
	out[3] = (struct threshold){ "organisations", rule->organisations };
}

static const char *
per(const struct rule *rule)
{
	return rule->scope == SCOPE_MODE ? "product-and-mode" : "product";
}

static void
put_row(struct table *table, const struct rule *rule)
{
	struct threshold threshold[THRESHOLDS];
	char text[120] = "", number[32];
	size_t len = 0;

	thresholds_of(rule, threshold);
	for (unsigned i = 0; i < THRESHOLDS; i++)
		if (threshold[i].least)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    "%s%u %s", len ? ", " : "", threshold[i].least,
			    threshold[i].name);
	table_string(table, rule->name);
	table_string(table, rule_basis_name(rule->basis));
	table_string(table, per(rule));
	snprintf(number, sizeof(number), "%d d", rule->window_days);
	table_string(table, number);
	table_string(table, text);
	snprintf(number, sizeof(number), "%u sources", rule->watch_sources);
	table_string(table, rule->watch_sources ? number : "");
	table_number(table, rule->version);
}

static int
print_table(struct output *output, const struct rules *rules)
{
	struct table *table = table_new(output, columns);
	int code = EXIT_LOCAL;

	for (unsigned i = 0; table && i < rules->count; i++)
		put_row(table, &rules->rule[i]);
	if (table)
		code = table_print(table);
	table_free(table);
	return code;
}

static int
print_one(struct output *output, struct tocsin_writer *writer,
    const struct rule *rule)
{
	struct threshold threshold[THRESHOLDS];
	struct tocsin_value value;

	thresholds_of(rule, threshold);
	tocsin_writer_clear(writer);
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "rule", rule->name);
	tocsin_put_string(writer, "basis", rule_basis_name(rule->basis));
	tocsin_put_string(writer, "per", per(rule));
	tocsin_put_int(writer, "window_days", rule->window_days);
	for (unsigned i = 0; i < THRESHOLDS; i++)
		tocsin_put_int(writer, threshold[i].name, threshold[i].least);
	tocsin_put_int(writer, "watch_sources", rule->watch_sources);
	tocsin_put_int(writer, "version", rule->version);
	tocsin_put_end(writer);
	if (!tocsin_writer_is_whole(writer) ||
	    !tocsin_decode(tocsin_writer_bytes(writer), &value))
		return EXIT_LOCAL;
	return output_json(output, &value);
}

static int
print_json(struct output *output, const struct rules *rules)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	int code = writer ? 0 : EXIT_LOCAL;

	for (unsigned i = 0; i < rules->count && !code; i++)
		code = print_one(output, writer, &rules->rule[i]);
	tocsin_writer_free(writer);
	return code;
}

int
run_rules_check(struct line *line)
{
	struct output *output = line_output(line);
	struct rulebook book;
	int code = rulebook_open(&book, line);

	if (!code && !line_has(line, "no-default"))
		rulebook_add_default(&book);
	for (unsigned i = 0; !code && line_operand(line, i); i++)
		rulebook_add(&book, line_operand(line, i));
	if (!code)
		code = rulebook_tell(&book, output);
	if (!code)
		code = output_is_json(output)
		    ? print_json(output, &book.rules)
		    : print_table(output, &book.rules);
	if (!code)
		code = output_flush(output);
	rulebook_close(&book);
	return code;
}
