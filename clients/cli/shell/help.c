#include "clients/cli/shell/line.h"

#include <string.h>

#define VERSION "0.1.0"

enum { MEANING_COLUMN = 26, TEXT_COLUMNS = 80 };

/* Words after one another from column on, broken before the 80th. */
static void
wrap(FILE *to, const char *text, unsigned column)
{
	unsigned at = column;
	while (*text) {
		unsigned len = (unsigned)strcspn(text, " ");
		if (at > column && at + 1 + len > TEXT_COLUMNS) {
			fprintf(to, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			fputc(' ', to);
			at++;
		}
		fprintf(to, "%.*s", (int)len, text);
		at += len;
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', to);
}

static void
print_option(FILE *to, const struct option_row *option)
{
	char left[64];
	char letter[8] = "";
	int len;
	if (option->letter)
		snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	len = snprintf(left, sizeof(left), "  %s--%s%s%s", letter, option->name,
	    option->argument ? " " : "",
	    option->argument ? option->argument : "");
	if (len >= MEANING_COLUMN)
		fprintf(to, "%s\n%*s", left, MEANING_COLUMN, "");
	else
		fprintf(to, "%-*s", MEANING_COLUMN, left);
	wrap(to, option->meaning, MEANING_COLUMN);
}

static void
print_options(FILE *to, int command)
{
	for (unsigned i = 0; option_table[i].name; i++) {
		if (option_table[i].command == command)
			print_option(to, &option_table[i]);
	}
}

static void
print_usage(FILE *to, const struct command *command)
{
	fprintf(to, "usage: tocsin %s%s%s%s%s [options]\n", command->noun,
	    command->verb ? " " : "", command->verb ? command->verb : "",
	    command->operands[0] ? " " : "", command->operands);
}

static void
print_examples(FILE *to, const struct command *command)
{
	const char *line = command->examples;
	while (*line) {
		int len = (int)strcspn(line, "\n");
		fprintf(to, "  %.*s\n", len, line);
		line += len;
		line += *line == '\n';
	}
}

static void
print_commands(FILE *to)
{
	for (unsigned i = 0; i < command_count; i++) {
		const struct command *command = &command_table[i];
		char left[64];
		snprintf(left, sizeof(left), "  %s%s%s", command->noun,
		    command->verb ? " " : "",
		    command->verb ? command->verb : "");
		fprintf(to, "%-*s", MEANING_COLUMN, left);
		wrap(to, command->summary, MEANING_COLUMN);
	}
}

void
help_brief(struct output *output, const struct command *command)
{
	FILE *to = output->messages;
	if (!command) {
		fputs("usage: tocsin COMMAND [options]\n\n"
		      "Tell about products that fail, and hear what others "
		      "told.\n\n",
		    to);
		print_commands(to);
		fputs("\n'tocsin help COMMAND' says more of one.\n", to);
		return;
	}
	fputs("examples:\n", to);
	print_examples(to, command);
	print_usage(to, command);
	fprintf(to, "'tocsin help %s%s%s' says more.\n", command->noun,
	    command->verb ? " " : "", command->verb ? command->verb : "");
}

/* The tables themselves, for whoever checks manuals against them. */
static int
print_rows(struct output *output)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	int code = writer ? 0 : EXIT_LOCAL;
	for (unsigned i = 0; !code && option_table[i].name; i++) {
		const struct option_row *option = &option_table[i];
		const struct command *command = option->command < 0
		    ? NULL
		    : &command_table[option->command];
		struct tocsin_value row;
		tocsin_writer_clear(writer);
		tocsin_put_map(writer, NULL);
		if (command)
			tocsin_put_string(writer, "noun", command->noun);
		if (command && command->verb)
			tocsin_put_string(writer, "verb", command->verb);
		tocsin_put_string(writer, "option", option->name);
		if (option->letter)
			tocsin_put_text(writer, "letter",
			    (struct tocsin_text){ &option->letter, 1 });
		if (option->argument)
			tocsin_put_string(writer, "argument", option->argument);
		tocsin_put_string(writer, "meaning", option->meaning);
		tocsin_put_end(writer);
		tocsin_decode(tocsin_writer_bytes(writer), &row);
		if (output_json_line(output->data, &row))
			code = EXIT_LOCAL;
	}
	tocsin_writer_free(writer);
	return code ? code : output_flush(output);
}

void
help_print(struct output *output, const struct command *command)
{
	FILE *to = output->data;
	if (!command) {
		fputs("usage: tocsin COMMAND [options]\n\n"
		      "Tell about products that fail, and hear what others "
		      "told.\n\ncommands:\n",
		    to);
		print_commands(to);
	} else {
		print_usage(to, command);
		fprintf(to, "\n%s\n\nexamples:\n", command->summary);
		print_examples(to, command);
		fputs("\noptions:\n", to);
		print_options(to, (int)(command - command_table));
	}
	fputs("\noptions of every command, before or after it:\n", to);
	print_options(to, -1);
	fputs("\nexit codes: 0 done; 1 failed at the server, or in part; "
	      "2 usage; 3 not found;\n4 not allowed; 5 no connection or no "
	      "answer; 6 conflict; 7 invalid; 8 try later;\n9 local input or "
	      "output; 130 interrupted\n",
	    to);
}

int
line_print_version(struct line *line)
{
	struct output *output = line_output(line);
	if (line_has(line, "json"))
		fputs("{\"client\":\"tocsin\",\"version\":\"" VERSION "\"}\n",
		    output->data);
	else
		fputs("tocsin " VERSION "\n", output->data);
	return output_flush(output);
}

int
run_version(struct line *line)
{
	return line_print_version(line);
}

int
run_help(struct line *line)
{
	struct output *output = line_output(line);
	const char *noun = line_operand(line, 0);
	const struct command *command = NULL;
	if (noun) {
		command = command_find(output, noun, line_operand(line, 1));
		if (!command)
			return EXIT_USAGE;
	}
	if (output_is_json(output))
		return print_rows(output);
	help_print(output, command);
	return output_flush(output);
}
