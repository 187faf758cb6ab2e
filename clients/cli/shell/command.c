/*
 * command.c - commands.def as tables, and a command line read against them.
 */
#include "clients/cli/shell/command.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "clients/cli/shell/line.h"

/* clang-format off */
enum command_id {
	COMMAND_ID_GLOBAL = -1,
#define COMMAND(ID, noun, verb, run, operands, least, most, summary, examples) \
	COMMAND_ID_##ID,
#define OPTION(ID, name, letter, argument, meaning)
#include "clients/cli/shell/commands.def"
#undef COMMAND
#undef OPTION
	COMMAND_ID_COUNT
};

const struct command command_table[] = {
#define COMMAND(ID, noun, verb, run, operands, least, most, summary, examples) \
	{ noun, verb, run, operands, least, most, summary, examples },
#define OPTION(ID, name, letter, argument, meaning)
#include "clients/cli/shell/commands.def"
#undef COMMAND
#undef OPTION
	{ NULL, NULL, NULL, NULL, 0, 0, NULL, NULL },
};

const struct option_row option_table[] = {
#define COMMAND(ID, noun, verb, run, operands, least, most, summary, examples)
#define OPTION(ID, name, letter, argument, meaning) \
	{ COMMAND_ID_##ID, name, letter, argument, meaning },
#include "clients/cli/shell/commands.def"
#undef COMMAND
#undef OPTION
	{ COMMAND_ID_GLOBAL, NULL, 0, NULL, NULL },
};
/* clang-format on */

const unsigned command_count = COMMAND_ID_COUNT;

enum {
	ROWS_MAX = 64, /* options of one command with the global ones */
	WORDS_MAX = 128,
	/* What getopt returns for row i is ROW_BASE + i, never a letter. */
	ROW_BASE = 1000,
};

/* The rows that count for a command, as getopt wants them. */
struct grammar {
	struct option option[ROWS_MAX + 1];
	char letters[2 * ROWS_MAX + 3];
	unsigned count;
};

static void
grammar_add(struct grammar *grammar, unsigned row)
{
	const struct option_row *option = &option_table[row];
	size_t len = strlen(grammar->letters);
	if (grammar->count == ROWS_MAX)
		abort();
	grammar->option[grammar->count++] = (struct option){
		.name = option->name,
		.has_arg = option->argument ? required_argument : no_argument,
		.val = ROW_BASE + (int)row,
	};
	if (!option->letter)
		return;
	grammar->letters[len++] = option->letter;
	if (option->argument)
		grammar->letters[len++] = ':';
	grammar->letters[len] = '\0';
}

/* prefix ":" permutes operands and options, "+:" stops at an operand. */
static struct grammar
grammar_of(int command, const char *prefix)
{
	struct grammar grammar = { .count = 0 };
	strcpy(grammar.letters, prefix);
	for (unsigned i = 0; option_table[i].name; i++) {
		int owner = option_table[i].command;
		if (owner < 0 || owner == command)
			grammar_add(&grammar, i);
	}
	return grammar;
}

/* The row of what getopt returned, or -1. */
static int
row_of(const struct grammar *grammar, int got)
{
	if (got >= ROW_BASE)
		return got - ROW_BASE;
	for (unsigned i = 0; i < grammar->count; i++) {
		int row = grammar->option[i].val - ROW_BASE;
		if (option_table[row].letter == got)
			return row;
	}
	return -1;
}

/* The word getopt has just read, as it was written. */
static const char *
word_read(char **argv)
{
	const char *word = argv[optind - 1];
	return optarg == word && optind >= 2 ? argv[optind - 2] : word;
}

/* getopt takes "--serv" for "--server"; a later option could change that. */
static bool
is_abbreviated(char **argv, int row)
{
	const char *word = word_read(argv);
	const char *name = option_table[row].name;
	size_t len = strlen(name);
	if (strncmp(word, "--", 2) != 0)
		return false;
	return strncmp(word + 2, name, len) != 0 ||
	    (word[2 + len] && word[2 + len] != '=');
}

/* What was meant: a word near to it, or the first it is the beginning of. */
static const char *
likeliest(struct text written, const char *const *words, size_t count)
{
	const char *near = nearest_word(written, words, count);
	for (size_t i = 0; !near && written.len > 1 && i < count; i++) {
		if (!strncmp(words[i], written.at, written.len))
			near = words[i];
	}
	return near;
}

static int
unknown_option(struct line *line, const struct grammar *grammar,
    const char *word)
{
	const char *words[ROWS_MAX];
	const char *near = NULL;
	size_t len = strcspn(word, "=");
	for (unsigned i = 0; i < grammar->count; i++)
		words[i] = grammar->option[i].name;
	if (len > 2 && !strncmp(word, "--", 2))
		near = likeliest((struct text){ word + 2, len - 2 }, words,
		    grammar->count);
	if (near)
		return line_usage(line,
		    "there is no option %.*s; did you mean --%s?", (int)len,
		    word, near);
	return line_usage(line, "there is no option %.*s", (int)len, word);
}

/* What the user wrote, and how far it is read. */
struct words {
	int count;
	char **word;
	int at;
};

/*
 * Read options from words->at on into line.  Stops where the grammar says;
 * words->at is then the first operand.  0, or EXIT_USAGE with the message
 * printed (none when quiet).
 */
static int
read_options(struct line *line, const struct grammar *grammar,
    struct words *words, bool quiet)
{
	int skipped = words->at - 1;
	char **rest = words->word + skipped;
	int got;
	optind = 0;
	opterr = 0;
	while ((got = getopt_long(words->count - skipped, rest,
		    grammar->letters, grammar->option, NULL)) != -1) {
		int row = got == '?' || got == ':' ? -1 : row_of(grammar, got);
		if (row >= 0 && !is_abbreviated(rest, row)) {
			if (line_add_value(line, (unsigned)row, optarg))
				return EXIT_LOCAL;
			continue;
		}
		if (quiet)
			return EXIT_USAGE;
		if (got == ':')
			return line_usage(line, "%s needs a value",
			    rest[optind - 1]);
		return unknown_option(line, grammar, word_read(rest));
	}
	words->at = optind + skipped;
	return 0;
}

static bool
has_noun(const char *noun)
{
	for (unsigned i = 0; i < command_count; i++) {
		if (!strcmp(command_table[i].noun, noun))
			return true;
	}
	return false;
}

/* The noun meant: itself, or the plural of a singular. */
static const char *
noun_of(const char *written)
{
	for (unsigned i = 0; i < command_count; i++) {
		const char *noun = command_table[i].noun;
		size_t len = strlen(noun);
		if (!strcmp(noun, written))
			return noun;
		if (command_table[i].verb && noun[len - 1] == 's' &&
		    strlen(written) == len - 1 &&
		    !strncmp(noun, written, len - 1) && !has_noun(written))
			return noun;
	}
	return NULL;
}

/* Words that may stand here: nouns, or the verbs of a noun. */
static size_t
words_for(const char *noun, const char *words[WORDS_MAX])
{
	size_t count = 0;
	for (unsigned i = 0; i < command_count && count < WORDS_MAX; i++) {
		const struct command *command = &command_table[i];
		if (!noun) {
			words[count++] = command->noun;
		} else if (!strcmp(command->noun, noun) && command->verb) {
			words[count++] = command->verb;
		}
	}
	return count;
}

static const struct command *
unknown(struct output *output, const char *noun, const char *written)
{
	const char *words[WORDS_MAX];
	size_t count = words_for(noun, words);
	const char *near = likeliest(text_of(written), words, count);
	const char *before = noun ? noun : "";
	const char *gap = noun ? " " : "";
	if (near)
		output_message(output,
		    "there is no command '%s%s%s'; did you mean '%s%s%s'?",
		    before, gap, written, before, gap, near);
	else
		output_message(output,
		    "there is no command '%s%s%s'; 'tocsin help' lists them",
		    before, gap, written);
	return NULL;
}

const struct command *
command_find(struct output *output, const char *noun, const char *verb)
{
	const char *meant = noun_of(noun);
	const struct command *list = NULL;
	if (!meant)
		return unknown(output, NULL, noun);
	for (unsigned i = 0; i < command_count; i++) {
		const struct command *command = &command_table[i];
		if (strcmp(command->noun, meant) != 0)
			continue;
		if (!command->verb)
			return command;
		if (verb && !strcmp(command->verb, verb))
			return command;
		if (!list || !strcmp(command->verb, "list"))
			list = command;
	}
	return verb ? unknown(output, meant, verb) : list;
}

/* Find the command that begins at words->at, which moves behind it. */
static const struct command *
read_words(struct line *line, struct words *words)
{
	struct grammar grammar = grammar_of(-1, "+:");
	const char *noun = words->word[words->at++];
	const char *meant = noun_of(noun);
	const char *verbs[WORDS_MAX];
	struct words behind = *words;
	unsigned before = line_mark(line);
	/* Global options may stand between noun and verb; what follows a bare
	 * noun is read once its command is known. */
	if (!meant || !words_for(meant, verbs))
		return command_find(line_output(line), noun, NULL);
	if (!read_options(line, &grammar, &behind, true) &&
	    behind.at < behind.count) {
		words->at = behind.at + 1;
		return command_find(line_output(line), noun,
		    behind.word[behind.at]);
	}
	line_rewind(line, before);
	return command_find(line_output(line), noun, NULL);
}

/* Help or version asked for, or no command at all: print it. */
static int
read_nothing(struct line *line)
{
	if (line_has(line, "version"))
		return line_print_version(line) + 1;
	if (!line_has(line, "help")) {
		help_brief(line_output(line), NULL);
		return EXIT_USAGE + 1;
	}
	help_print(line_output(line), NULL);
	return output_flush(line_output(line)) + 1;
}

static int
check_operands(struct line *line, const struct command *command)
{
	unsigned count = line_operands(line);
	if (count > command->most)
		return line_usage(line, "'%s' is one operand too many",
		    line_operand(line, command->most));
	if (count >= command->least)
		return 0;
	help_brief(line_output(line), command);
	return EXIT_USAGE;
}

/* The command is known: its options and operands. */
static int
read_rest(struct line *line, struct words *words)
{
	const struct command *command = line_command(line);
	struct grammar grammar =
	    grammar_of(command ? (int)(command - command_table) : -1, ":");
	int code = read_options(line, &grammar, words, false);
	if (code)
		return code + 1;
	if (line_has(line, "version"))
		return line_print_version(line) + 1;
	if (line_has(line, "help")) {
		help_print(line_output(line), command);
		return output_flush(line_output(line)) + 1;
	}
	line_set_operands(line, words->word + words->at,
	    (unsigned)(words->count - words->at));
	code = line_set_output(line);
	if (!code)
		code = check_operands(line, command);
	return code ? code + 1 : 0;
}

static int
read_all(struct line *line, struct words *words)
{
	struct grammar grammar = grammar_of(-1, "+:");
	const struct command *command;
	int code = read_options(line, &grammar, words, false);
	if (code)
		return code + 1;
	if (words->at >= words->count || line_has(line, "version"))
		return read_nothing(line);
	command = read_words(line, words);
	if (!command)
		return EXIT_USAGE + 1;
	line_set_command(line, command);
	return read_rest(line, words);
}

int
line_read(struct line **line, int argc, char **argv)
{
	struct words words = { .count = argc, .word = argv, .at = 1 };
	int code;
	*line = line_new();
	if (!*line)
		return EXIT_LOCAL + 1;
	code = read_all(*line, &words);
	if (code) {
		line_free(*line);
		*line = NULL;
	}
	return code;
}
