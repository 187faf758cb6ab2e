/*
 * server.c - the server itself: what it counts, who it is, its words.
 */
#include "clients/cli/shell/listing.h"

#include <string.h>

#include "daemon/core/vocabulary.h"

enum { VOCABULARY_MS = 1000 };

static void
show_stats(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	struct tocsin_walk walk = tocsin_walk_of(result);
	struct tocsin_value metrics = tocsin_get(result, "metrics");
	struct tocsin_value key, item;
	while (tocsin_walk_pair(&walk, &key, &item)) {
		struct tocsin_text name = tocsin_as_text(&key);
		char label[32];
		snprintf(label, sizeof(label), "%.*s", (int)name.len, name.at);
		if (item.kind == TOCSIN_TEXT)
			show_text(output, label, tocsin_as_text(&item));
		else if (item.kind == TOCSIN_INT)
			show_number(output, label, tocsin_as_int(&item, -1));
	}
	if (metrics.kind != TOCSIN_MAP || !metrics.count)
		return;
	fputc('\n', output->data);
	walk = tocsin_walk_of(&metrics);
	while (tocsin_walk_pair(&walk, &key, &item)) {
		output_safe(output->data, tocsin_as_text(&key));
		fputc(' ', output->data);
		output_json_line(output->data, &item);
	}
}

int
run_stats(struct line *line)
{
	return show_one(line, "server.stats", NULL, show_stats);
}

static void
show_info(struct line *line, const struct tocsin_value *greeting)
{
	static const char *const texts[][2] = { { "server", "server" },
		{ "instance", "instance" }, { "now", "now" },
		{ "you are", "organisation" } };
	static const char *const numbers[][2] = { { "protocol", "protocol" },
		{ "epoch", "epoch" }, { "sequence", "seq" } };
	struct output *output = line_output(line);
	struct tocsin_value limits = tocsin_get(greeting, "limits");
	struct tocsin_value roles = tocsin_get(greeting, "roles");
	struct tocsin_walk walk = tocsin_walk_of(&limits);
	struct tocsin_value key, item;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		show_text(output, texts[i][0],
		    tocsin_get_text(greeting, texts[i][1]));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		show_number(output, numbers[i][0],
		    tocsin_get_int(greeting, numbers[i][1], -1));
	show_list(output, "roles", &roles);
	while (
	    limits.kind == TOCSIN_MAP && tocsin_walk_pair(&walk, &key, &item)) {
		struct tocsin_text name = tocsin_as_text(&key);
		char label[48];
		snprintf(label, sizeof(label), "%.*s", (int)name.len, name.at);
		show_number(output, label, tocsin_as_int(&item, -1));
	}
}

int
run_server_info(struct line *line)
{
	struct output *output = line_output(line);
	struct tocsin_value greeting;
	int code;
	struct tocsin *tocsin = line_connect(line, &code);
	if (!tocsin)
		return code;
	greeting = tocsin_greeting(tocsin);
	if (output_is_json(output))
		return output_json(output, &greeting);
	show_info(line, &greeting);
	return output_flush(output);
}

/* --- categories ---------------------------------------------------------- */

static const struct table_column columns[] = {
	{ "category", ALIGN_LEFT, false },
	{ "english", ALIGN_LEFT, true },
	{ "french", ALIGN_LEFT, true },
	{ "parent", ALIGN_LEFT, false },
	{ NULL, ALIGN_LEFT, false },
};

static int
print_words(struct output *output, const struct tocsin_value *words)
{
	struct tocsin_walk walk = tocsin_walk_of(words);
	struct table *table = table_new(output, columns);
	struct tocsin_value word;
	int code;
	if (!table)
		return EXIT_LOCAL;
	while (tocsin_walk_item(&walk, &word)) {
		if (output_is_json(output)) {
			output_json_line(output->data, &word);
			continue;
		}
		table_text(table, tocsin_get_text(&word, "slug"));
		table_text(table, tocsin_get_text(&word, "en"));
		table_text(table, tocsin_get_text(&word, "fr"));
		table_text(table, tocsin_get_text(&word, "parent"));
	}
	code =
	    output_is_json(output) ? output_flush(output) : table_print(table);
	table_free(table);
	return code;
}

static void
put_word(struct tocsin_writer *writer, const char *key, struct text text)
{
	if (text.len)
		tocsin_put_text(writer, key,
		    (struct tocsin_text){ text.at, text.len });
}

/* The words this program was built with, in the shape of the server's. */
static int
put_builtin(struct tocsin_writer *writer)
{
	struct yaml_errors errors = { .count = 0 };
	struct vocabulary *vocabulary = vocabulary_new(NULL, &errors);
	unsigned count;
	yaml_errors_free(&errors);
	if (!vocabulary)
		return -1;
	count = vocabulary_count(vocabulary, WORDS_CATEGORY);
	tocsin_put_list(writer, NULL);
	for (unsigned i = 0; i < count; i++) {
		const struct word *word =
		    vocabulary_word(vocabulary, WORDS_CATEGORY, i);
		tocsin_put_map(writer, NULL);
		put_word(writer, "slug", word->slug);
		put_word(writer, "en", word->en);
		put_word(writer, "fr", word->fr);
		if (word->parent >= 0)
			put_word(writer, "parent",
			    vocabulary_word(vocabulary, WORDS_CATEGORY,
				(unsigned)word->parent)
				->slug);
		tocsin_put_end(writer);
	}
	tocsin_put_end(writer);
	vocabulary_free(vocabulary);
	return 0;
}

/* Without a word: a list that works offline has no use for "refused". */
static struct tocsin_reply *
ask_server(struct line *line)
{
	const struct tocsin_options options = {
		.server = line_option(line, "server"),
		.ca = line_option(line, "ca"),
		.cert = line_option(line, "cert"),
		.key = line_option(line, "key"),
		.client = "tocsin/0.1.0",
		.timeout_ms = VOCABULARY_MS,
	};
	struct tocsin_writer *params = tocsin_writer_new();
	struct tocsin *tocsin = tocsin_new(&options, NULL);
	struct tocsin_reply *reply = NULL;
	if (params && tocsin && !tocsin_connect(tocsin, false, NULL)) {
		tocsin_put_map(params, NULL);
		tocsin_put_string(params, "list", "categories");
		tocsin_put_end(params);
		if (tocsin_call_wait(tocsin, "vocabulary.get",
			tocsin_writer_bytes(params), &reply, NULL))
			reply = NULL;
	}
	tocsin_free(tocsin);
	tocsin_writer_free(params);
	return reply;
}

int
run_categories(struct line *line)
{
	struct output *output = line_output(line);
	struct tocsin_reply *reply = ask_server(line);
	struct tocsin_writer *writer = tocsin_writer_new();
	struct tocsin_value words;
	int code = EXIT_LOCAL;
	if (reply) {
		words = tocsin_get(tocsin_reply_result(reply), "words");
		code = print_words(output, &words);
	} else if (writer && !put_builtin(writer) &&
	    tocsin_decode(tocsin_writer_bytes(writer), &words)) {
		code = print_words(output, &words);
	} else {
		output_message(output, "the built-in list cannot be read");
	}
	tocsin_reply_free(reply);
	tocsin_writer_free(writer);
	return code;
}
