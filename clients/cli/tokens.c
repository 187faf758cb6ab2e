/*
 * tokens.c - tocsin token add, list, revoke, rotate: what organisations may
 * do.  A token is shown once, or saved where only its owner reads it.
 */
#include "clients/cli/shell/listing.h"
#include "clients/cli/shell/tokenfile.h"

#include <stdio.h>
#include <string.h>

static const struct table_column columns[] = {
	{ "id", ALIGN_LEFT, false },
	{ "organisation", ALIGN_LEFT, false },
	{ "roles", ALIGN_LEFT, false },
	{ "scope", ALIGN_LEFT, true },
	{ "expires", ALIGN_LEFT, false },
	{ "used", ALIGN_LEFT, false },
	{ "revoked", ALIGN_LEFT, false },
	{ "note", ALIGN_LEFT, true },
	{ NULL, ALIGN_LEFT, false },
};

static void
put_list(struct line *line, struct tocsin_writer *writer, const char *option,
    const char *key)
{
	unsigned count = line_count(line, option);

	if (!count)
		return;
	tocsin_put_list(writer, key);
	for (unsigned i = 0; i < count; i++)
		tocsin_put_string(writer, NULL, line_nth(line, option, i));
	tocsin_put_end(writer);
}

static void
show_revoked(struct line *line, const struct tocsin_value *result)
{
	show_text(line_output(line), "revoked", tocsin_get_text(result, "id"));
}

static void
show_made(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	const char *path = line_option(line, "save");
	struct tocsin_text token = tocsin_get_text(result, "token");
	char copy[TOKENFILE_MAX], why[512];

	show_text(output, "id", tocsin_get_text(result, "id"));
	snprintf(copy, sizeof(copy), "%.*s", (int)token.len, token.at);
	if (path && !tokenfile_write(path, copy, why, sizeof(why))) {
		output_message(output, "the token stands in %s", path);
		return;
	}
	show_text(output, "token", token);
	if (path)
		output_message(output, "not saved: %s", why);
	output_message(output, "keep the token now: it is not shown again");
}

int
run_token_add(struct line *line)
{
	static const char *const names[] = { "expires", "note", "reason",
		NULL };
	struct tocsin_writer *writer;
	int code;

	if (!line_count(line, "role"))
		return line_usage(line,
		    "missing: --role submit, subscribe, read, curate or admin");
	writer = tocsin_writer_new();
	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "organisation", line_operand(line, 0));
	put_list(line, writer, "role", "roles");
	put_list(line, writer, "category", "categories");
	put_list(line, writer, "country", "countries");
	put_list(line, writer, "product", "products");
	tocsin_put_bool(writer, "texts", line_has(line, "texts"));
	line_put_given(line, writer, names);
	tocsin_put_end(writer);
	code = show_one(line, "tokens.add", writer, show_made);
	tocsin_writer_free(writer);
	return code;
}

static int
end(struct line *line, const char *method,
    void (*show)(struct line *line, const struct tocsin_value *result))
{
	static const char *const names[] = { "reason", NULL };
	struct tocsin_writer *writer = tocsin_writer_new();
	int code;

	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "id", line_operand(line, 0));
	line_put_given(line, writer, names);
	tocsin_put_end(writer);
	code = show_one(line, method, writer, show);
	tocsin_writer_free(writer);
	return code;
}

int
run_token_revoke(struct line *line)
{
	return end(line, "tokens.revoke", show_revoked);
}

int
run_token_rotate(struct line *line)
{
	return end(line, "tokens.rotate", show_made);
}

/* Append a list's words with commas. */
static void
add_words(char *out, size_t cap, const struct tocsin_value *item,
    const char *key)
{
	struct tocsin_value list = tocsin_get(item, key), word;
	struct tocsin_walk walk = tocsin_walk_of(&list);

	while (tocsin_walk_item(&walk, &word)) {
		struct tocsin_text text = tocsin_as_text(&word);
		size_t len = strlen(out);

		snprintf(out + len, cap - len, "%s%.*s", len ? ", " : "",
		    (int)text.len, text.at);
	}
}

static void
put_row(struct table *table, const struct tocsin_value *item)
{
	char roles[64] = "", scope[256] = "";

	add_words(roles, sizeof(roles), item, "roles");
	if (tocsin_get_bool(item, "texts"))
		snprintf(roles + strlen(roles), sizeof(roles) - strlen(roles),
		    ", texts");
	add_words(scope, sizeof(scope), item, "categories");
	add_words(scope, sizeof(scope), item, "countries");
	add_words(scope, sizeof(scope), item, "products");
	table_text(table, tocsin_get_text(item, "id"));
	table_text(table, tocsin_get_text(item, "organisation"));
	table_string(table, roles);
	table_string(table, scope);
	table_text(table, tocsin_get_text(item, "expires"));
	table_text(table, tocsin_get_text(item, "used"));
	table_text(table, tocsin_get_text(item, "revoked"));
	table_text(table, tocsin_get_text(item, "note"));
}

static void
show_tokens(struct line *line, const struct tocsin_value *result)
{
	show_listed(line, result,
	    &(struct listed){ "tokens", columns, put_row, "there is no token",
		"--after ID" });
}

int
run_token_list(struct line *line)
{
	static const char *const names[] = { "after", NULL };
	struct tocsin_writer *writer = tocsin_writer_new();
	int code;

	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	if (line_operand(line, 0))
		tocsin_put_string(writer, "organisation",
		    line_operand(line, 0));
	line_put_given(line, writer, names);
	tocsin_put_end(writer);
	code = show_one(line, "tokens.list", writer, show_tokens);
	tocsin_writer_free(writer);
	return code;
}
