/*
 * rules.c - tocsin rules check and list: do rule files make sense, without a
 * server; and which rules does one run?
 */
#include <stdio.h>
#include <string.h>

#include "clients/cli/rulebook.h"
#include "clients/cli/shell/listing.h"

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

/* The thresholds of a rule, as messages and files call them. */
static const char *const thresholds[] = { "sources", "cases", "reports",
	"organisations" };

static void
put_row(struct table *table, const struct tocsin_value *rule)
{
	char text[120] = "", number[32];
	size_t len = 0;
	int64_t watch = tocsin_get_int(rule, "watch_sources", 0);

	for (size_t i = 0; i < sizeof(thresholds) / sizeof(*thresholds); i++) {
		int64_t least = tocsin_get_int(rule, thresholds[i], 0);

		if (least && len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    "%s%lld %s", len ? ", " : "", (long long)least,
			    thresholds[i]);
	}
	table_text(table, tocsin_get_text(rule, "name"));
	table_text(table, tocsin_get_text(rule, "basis"));
	table_text(table, tocsin_get_text(rule, "per"));
	snprintf(number, sizeof(number), "%lld d",
	    (long long)tocsin_get_int(rule, "window_days", 0));
	table_string(table, number);
	table_string(table, text);
	snprintf(number, sizeof(number), "%lld source%s", (long long)watch,
	    watch == 1 ? "" : "s");
	table_string(table, watch ? number : "");
	table_number(table, tocsin_get_int(rule, "version", -1));
}

/* A list of rules as rules.get answers it. */
static int
print_rules(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	struct tocsin_value list = tocsin_get(result, "rules"), rule;
	struct tocsin_walk walk = tocsin_walk_of(&list);
	struct table *table = NULL;
	int code = 0;

	if (!output_is_json(output)) {
		table = table_new(output, columns);
		code = table ? 0 : EXIT_LOCAL;
	}
	while (!code && tocsin_walk_item(&walk, &rule)) {
		if (table)
			put_row(table, &rule);
		else
			code = output_json(output, &rule);
	}
	if (!code && table)
		code = table_print(table);
	table_free(table);
	return code ? code : output_flush(output);
}

static void
put_rule(struct tocsin_writer *writer, const struct rule *rule)
{
	const uint32_t least[] = { rule->sources, rule->cases, rule->reports,
		rule->organisations };

	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "name", rule->name);
	tocsin_put_int(writer, "version", rule->version);
	tocsin_put_string(writer, "basis", rule_basis_name(rule->basis));
	tocsin_put_string(writer, "per",
	    rule->scope == SCOPE_MODE ? "product-and-mode" : "product");
	tocsin_put_int(writer, "window_days", rule->window_days);
	for (size_t i = 0; i < sizeof(thresholds) / sizeof(*thresholds); i++)
		tocsin_put_int(writer, thresholds[i], least[i]);
	tocsin_put_int(writer, "watch_sources", rule->watch_sources);
	tocsin_put_end(writer);
}

/* What was read from files, shown as what a server runs. */
static int
print_book(struct line *line, const struct rulebook *book)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	struct tocsin_value value;
	int code = EXIT_LOCAL;

	if (!writer)
		return code;
	tocsin_put_map(writer, NULL);
	tocsin_put_list(writer, "rules");
	for (unsigned i = 0; i < book->rules.count; i++)
		put_rule(writer, &book->rules.rule[i]);
	tocsin_put_end(writer);
	tocsin_put_end(writer);
	if (tocsin_writer_is_whole(writer) &&
	    tocsin_decode(tocsin_writer_bytes(writer), &value))
		code = print_rules(line, &value);
	tocsin_writer_free(writer);
	return code;
}

int
run_rules_check(struct line *line)
{
	struct rulebook book;
	int code = rulebook_open(&book, line);

	if (!code && !line_has(line, "no-default"))
		rulebook_add_default(&book);
	for (unsigned i = 0; !code && line_operand(line, i); i++)
		rulebook_add(&book, line_operand(line, i));
	if (!code)
		code = rulebook_tell(&book, line_output(line));
	if (!code)
		code = print_book(line, &book);
	rulebook_close(&book);
	return code;
}

int
run_rules_list(struct line *line)
{
	struct tocsin_reply *reply;
	int code = line_call(line, "rules.get", NULL, &reply);

	if (!code)
		code = print_rules(line, tocsin_reply_result(reply));
	tocsin_reply_free(reply);
	return code;
}
