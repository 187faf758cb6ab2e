#include "clients/cli/shell/listing.h"

#include <string.h>

enum { PAGE = 500, LABEL_COLUMN = 16, AFTER_BYTES = 65 };

struct state {
	const struct listing *listing;
	struct table *table; /* owned; NULL with JSON */
	int64_t left;
	int64_t shown;
	char after[AFTER_BYTES];
	bool more;
};

static int
take(struct state *state, const struct tocsin_value *item)
{
	struct output *output = line_output(state->listing->line);
	state->left--;
	state->shown++;
	if (state->table) {
		state->listing->row(state->table, item);
		return 0;
	}
	output_json_line(output->data, item);
	return ferror(output->data) ? output_flush(output) : 0;
}

static int
take_page(struct state *state, const struct tocsin_value *page)
{
	struct tocsin_value items = tocsin_get(page, state->listing->items);
	struct tocsin_walk walk = tocsin_walk_of(&items);
	struct tocsin_text after = tocsin_get_text(page, "after");
	struct tocsin_value item;
	int code = 0;
	while (!code && state->left > 0 && tocsin_walk_item(&walk, &item))
		code = take(state, &item);
	state->more = tocsin_get_bool(page, "more") && after.len &&
	    after.len < AFTER_BYTES;
	if (state->more) {
		memcpy(state->after, after.at, after.len);
		state->after[after.len] = '\0';
	}
	return code;
}

static int
ask_page(struct state *state, struct tocsin_writer *writer)
{
	struct line *line = state->listing->line;
	struct tocsin_reply *reply;
	int code;
	tocsin_writer_clear(writer);
	tocsin_put_map(writer, NULL);
	state->listing->params(line, writer);
	tocsin_put_int(writer, "max", state->left < PAGE ? state->left : PAGE);
	if (state->after[0])
		tocsin_put_string(writer, "after", state->after);
	tocsin_put_end(writer);
	code = line_call(line, state->listing->method, writer, &reply);
	if (!code)
		code = take_page(state, tocsin_reply_result(reply));
	tocsin_reply_free(reply);
	return code;
}

static int
ask_all(struct state *state, struct tocsin_writer *writer)
{
	struct output *output = line_output(state->listing->line);
	int code;
	do
		code = ask_page(state, writer);
	while (!code && state->more && state->left > 0);
	if (!code && state->table)
		code = table_print(state->table);
	if (!code)
		code = output_flush(output);
	if (!code && !state->shown && !output_is_json(output))
		output_message(output, "%s", state->listing->nothing);
	if (!code && state->more)
		output_message(output,
		    "there are more; --limit N shows as many");
	return code;
}

int
listing_run(const struct listing *listing)
{
	struct output *output = line_output(listing->line);
	int64_t range[2] = { 1, INT64_C(1) << 40 };
	struct state state = { .listing = listing, .left = listing->most };
	struct tocsin_writer *writer;
	int code = line_number(listing->line, "limit", range, &state.left);
	if (code)
		return code;
	writer = tocsin_writer_new();
	if (!output_is_json(output))
		state.table = table_new(output, listing->columns);
	if (writer && (state.table || output_is_json(output))) {
		code = ask_all(&state, writer);
	} else {
		output_message(output, "out of memory");
		code = EXIT_LOCAL;
	}
	table_free(state.table);
	tocsin_writer_free(writer);
	return code;
}

int
show_one(struct line *line, const char *method,
    const struct tocsin_writer *params,
    void (*show)(struct line *line, const struct tocsin_value *result))
{
	struct output *output = line_output(line);
	struct tocsin_reply *reply;
	int code = line_call(line, method, params, &reply);
	if (!code && output_is_json(output)) {
		code = output_json(output, tocsin_reply_result(reply));
	} else if (!code) {
		show(line, tocsin_reply_result(reply));
		code = output_flush(output);
	}
	tocsin_reply_free(reply);
	return code;
}

static void
show_label(struct output *output, const char *label)
{
	output_colour(output, COLOUR_DIM);
	fprintf(output->data, "%-*s", LABEL_COLUMN, label);
	output_colour(output, COLOUR_NONE);
}

void
show_text(struct output *output, const char *label, struct tocsin_text text)
{
	if (!text.len)
		return;
	show_label(output, label);
	output_safe(output->data, text);
	fputc('\n', output->data);
}

void
show_number(struct output *output, const char *label, int64_t number)
{
	char digits[32];
	if (number < 0)
		return;
	output_number(number, digits);
	show_text(output, label, tocsin_text_of(digits));
}

void
show_list(struct output *output, const char *label,
    const struct tocsin_value *list)
{
	struct tocsin_walk walk = tocsin_walk_of(list);
	struct tocsin_value item;
	const char *gap = "";
	if (list->kind == TOCSIN_TEXT)
		show_text(output, label, tocsin_as_text(list));
	if (list->kind != TOCSIN_LIST || !list->count)
		return;
	show_label(output, label);
	while (tocsin_walk_item(&walk, &item)) {
		fputs(gap, output->data);
		output_safe(output->data, tocsin_as_text(&item));
		gap = ", ";
	}
	fputc('\n', output->data);
}

void
show_listed(struct line *line, const struct tocsin_value *result,
    const struct listed *listed)
{
	struct output *output = line_output(line);
	struct tocsin_value list = tocsin_get(result, listed->key), item;
	struct tocsin_walk walk = tocsin_walk_of(&list);
	struct table *table = NULL;

	if (!list.count && listed->none) {
		output_message(output, "%s", listed->none);
		return;
	}
	table = table_new(output, listed->columns);
	if (!table) {
		output_message(output, "out of memory");
		return;
	}
	while (tocsin_walk_item(&walk, &item))
		listed->put_row(table, &item);
	table_print(table);
	table_free(table);
	if (listed->more && tocsin_get_bool(result, "more"))
		output_message(output, "there are more: %s", listed->more);
}

void
line_put_given(struct line *line, struct tocsin_writer *writer,
    const char *const names[])
{
	for (; *names; names++)
		if (line_option(line, *names))
			tocsin_put_string(writer, *names,
			    line_option(line, *names));
}
