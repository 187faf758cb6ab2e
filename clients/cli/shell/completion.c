/*
 * completion.c - commands.def as a completion script of bash, zsh or fish.
 */
#include "clients/cli/shell/command.h"

#include <string.h>

/* The first row of its noun? */
static bool
is_first(unsigned index)
{
	for (unsigned i = 0; i < index; i++) {
		if (!strcmp(command_table[i].noun, command_table[index].noun))
			return false;
	}
	return true;
}

static void
put_nouns(FILE *to)
{
	for (unsigned i = 0; i < command_count; i++) {
		if (is_first(i))
			fprintf(to, "%s%s", i ? " " : "",
			    command_table[i].noun);
	}
}

static void
put_verbs(FILE *to, const char *noun)
{
	const char *gap = "";
	for (unsigned i = 0; i < command_count; i++) {
		const struct command *command = &command_table[i];
		if (strcmp(command->noun, noun) != 0 || !command->verb)
			continue;
		fprintf(to, "%s%s", gap, command->verb);
		gap = " ";
	}
}

static void
put_options(FILE *to, int command)
{
	const char *gap = "";
	for (unsigned i = 0; option_table[i].name; i++) {
		if (option_table[i].command != command)
			continue;
		fprintf(to, "%s--%s", gap, option_table[i].name);
		gap = " ";
	}
}

/* A shell pattern of the global options that take a value. */
static void
put_valued(FILE *to)
{
	const char *gap = "";
	for (unsigned i = 0; option_table[i].name; i++) {
		const struct option_row *option = &option_table[i];
		if (option->command >= 0 || !option->argument)
			continue;
		fprintf(to, "%s--%s", gap, option->name);
		gap = "|";
		if (option->letter)
			fprintf(to, "|-%c", option->letter);
	}
}

/* Words of a shell function that bash runs, and zsh through bashcompinit. */
static void
put_bash(FILE *to)
{
	fputs("_tocsin() {\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} noun= verb= words i\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tcase ${COMP_WORDS[i]} in\n\t\t",
	    to);
	put_valued(to);
	fputs(") ((i++)) ;;\n"
	      "\t\t-*) ;;\n"
	      "\t\t*)\n"
	      "\t\t\tif [[ -z $noun ]]; then noun=${COMP_WORDS[i]}\n"
	      "\t\t\telif [[ -z $verb ]]; then verb=${COMP_WORDS[i]}; fi ;;\n"
	      "\t\tesac\n"
	      "\tdone\n"
	      "\tcase $noun/$verb in\n"
	      "\t/) words='",
	    to);
	put_nouns(to);
	fputs(" ", to);
	put_options(to, -1);
	fputs("' ;;\n", to);
	for (unsigned i = 0; i < command_count; i++) {
		const struct command *command = &command_table[i];
		if (command->verb && is_first(i)) {
			fprintf(to, "\t%s/) words='", command->noun);
			put_verbs(to, command->noun);
			fputs("' ;;\n", to);
		}
		fprintf(to, "\t%s/%s) words='", command->noun,
		    command->verb ? command->verb : "*");
		put_options(to, (int)i);
		fputs(" ", to);
		put_options(to, -1);
		if (strchr(command->operands, '|')) {
			fputc(' ', to);
			for (const char *at = command->operands; *at; at++)
				fputc(*at == '|' ? ' ' : *at, to);
		}
		fputs("' ;;\n", to);
	}
	fputs("\t*) words= ;;\n"
	      "\tesac\n"
	      "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	      "\t[[ ${#COMPREPLY[@]} -gt 0 || $cur == -* ]] ||\n"
	      "\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	      "}\n"
	      "complete -F _tocsin tocsin\n",
	    to);
}

static void
put_zsh(FILE *to)
{
	fputs("#compdef tocsin\n"
	      "autoload -U +X bashcompinit && bashcompinit\n",
	    to);
	put_bash(to);
}

/* A text in single quotes, as fish and sh read it. */
static void
put_quoted(FILE *to, const char *text)
{
	fputc('\'', to);
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			fputc('\\', to);
		fputc(*text, to);
	}
	fputc('\'', to);
}

static void
put_fish_option(FILE *to, const struct option_row *option)
{
	fputs("complete -c tocsin", to);
	if (option->command >= 0) {
		const struct command *command = &command_table[option->command];
		fprintf(to, " -n '__fish_seen_subcommand_from %s",
		    command->noun);
		if (command->verb)
			fprintf(to, "; and __fish_seen_subcommand_from %s",
			    command->verb);
		fputc('\'', to);
	}
	fprintf(to, " -l %s", option->name);
	if (option->letter)
		fprintf(to, " -s %c", option->letter);
	if (option->argument)
		fputs(" -r", to);
	fputs(" -d ", to);
	put_quoted(to, option->meaning);
	fputc('\n', to);
}

static void
put_fish(FILE *to)
{
	for (unsigned i = 0; i < command_count; i++) {
		const struct command *command = &command_table[i];
		if (command->verb && is_first(i))
			fprintf(to,
			    "complete -c tocsin -f -n "
			    "__fish_use_subcommand -a %s\n",
			    command->noun);
		fputs("complete -c tocsin -f -n ", to);
		if (command->verb)
			fprintf(to,
			    "'__fish_seen_subcommand_from %s' -a %s -d ",
			    command->noun, command->verb);
		else
			fprintf(to, "__fish_use_subcommand -a %s -d ",
			    command->noun);
		put_quoted(to, command->summary);
		fputc('\n', to);
	}
	for (unsigned i = 0; option_table[i].name; i++)
		put_fish_option(to, &option_table[i]);
}

int
run_completion(struct line *line)
{
	static const char *const shells[] = { "bash", "zsh", "fish", NULL };
	struct output *output = line_output(line);
	const char *shell = line_operand(line, 0);
	if (!strcmp(shell, "bash"))
		put_bash(output->data);
	else if (!strcmp(shell, "zsh"))
		put_zsh(output->data);
	else if (!strcmp(shell, "fish"))
		put_fish(output->data);
	else
		return line_usage_word(line, shell, shells);
	return output_flush(output);
}
