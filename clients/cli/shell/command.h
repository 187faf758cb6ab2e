/*
 * command.h - the rows of commands.def as data, one command line read against
 * them, and what every command needs: options, operands, a connection,
 * refusals as exit codes.
 */
#ifndef TOCSIN_CLIENTS_CLI_COMMAND_H
#define TOCSIN_CLIENTS_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clients/cli/shell/output.h"
#include "clients/libtocsin/tocsin.h"
#include "clients/libtocsin/value.h"

/* What the process says to its caller; tocsin(1) lists them. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_PARTIAL = 1, /* failed at the server, or some rows rejected */
	EXIT_USAGE = 2,
	EXIT_NOT_FOUND = 3,
	EXIT_DENIED = 4,      /* not allowed, or we do not trust the server */
	EXIT_UNREACHABLE = 5, /* cannot connect, or no answer in time */
	EXIT_CONFLICT = 6,
	EXIT_REJECTED = 7, /* invalid */
	EXIT_LATER = 8,    /* overloaded or over a quota */
	EXIT_LOCAL = 9,    /* local input or output */
	EXIT_BROKEN = 10,  /* a chain of alerts does not hold */
	EXIT_INTERRUPTED = 130,
};
struct line;
typedef int command_run(struct line *line); /* returns enum exit_code */

/* clang-format off */
#define COMMAND(ID, noun, verb, run, operands, least, most, summary, examples) \
	int run(struct line *line);
#define OPTION(ID, name, letter, argument, meaning)
#include "clients/cli/shell/commands.def"
#undef COMMAND
#undef OPTION
/* clang-format on */
struct command {
	const char *noun;
	const char *verb; /* NULL: the noun alone */
	command_run *run;
	const char *operands; /* as shown in the usage line */
	unsigned least;       /* operands needed */
	unsigned most;        /* operands allowed */
	const char *summary;
	const char *examples; /* lines */
};

struct option_row {
	int command; /* index of its command; -1: every command */
	const char *name;
	char letter;          /* 0: none */
	const char *argument; /* NULL: a switch */
	const char *meaning;
};

extern const struct command command_table[];   /* ends with a NULL noun */
extern const struct option_row option_table[]; /* ends with a NULL name */
extern const unsigned command_count;

/*
 * Read a command line.  0 with *line filled (line_free it), or an exit code
 * plus one, with the message or the help asked for already printed.
 */
int line_read(struct line **line, int argc, char **argv);
void line_free(struct line *line); /* NULL is fine */

/* Its command, and where its output goes; both live as long as the line. */
const struct command *line_command(const struct line *line);
struct output *line_output(struct line *line);
/* Operand number (from 0), or NULL. */
const char *line_operand(const struct line *line, unsigned number);

/*
 * Options by long name, which must stand in commands.def.  line_option gives
 * the last value, else the environment's for server, organisation, ca, cert,
 * key, timeout and output, else NULL.
 */
bool line_has(const struct line *line, const char *name);
const char *line_option(const struct line *line, const char *name);
unsigned line_count(const struct line *line, const char *name);
const char *line_nth(const struct line *line, const char *name,
    unsigned number);

/*
 * A number within min..max; *out keeps its value when the option is absent.
 * 0, or EXIT_USAGE with the message printed.
 */
int line_number(struct line *line, const char *name, int64_t range[2],
    int64_t *out);

/* As line_number, of "30", "500ms", "30s", "5m", "2h", "1d", in ms. */
int line_duration(struct line *line, const char *name, int64_t *out_ms);

/* One of the words (NULL-terminated), with a suggestion when it is none. */
int line_word(struct line *line, const char *name, const char *const *words,
    const char **out);

/* An operand that is none of the words: EXIT_USAGE with a suggestion. */
int line_usage_word(struct line *line, const char *written,
    const char *const *words);

/* Print "tocsin NOUN VERB: ..." and where help is; returns EXIT_USAGE. */
int line_usage(struct line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Connect as the global options say, telling on stderr when it takes long.
 * NULL with *exit_code set and the message printed.  The handle is owned by
 * the line.
 */
struct tocsin *line_connect(struct line *line, int *exit_code);

/* Call and wait; 0 with *reply, or an exit code with the message printed. */
int line_call(struct line *line, const char *method,
    const struct tocsin_writer *params, struct tocsin_reply **reply);

/* Print why on stderr; returns the exit code that belongs to it. */
int line_refused(struct line *line, const struct tocsin_error *error);
int exit_code_of(enum tocsin_code code);

/*
 * Write the filter options that were given (product, brand, category,
 * country, kind, rule, severity) as a map under key; nothing when none was.
 */
void line_put_filter(struct line *line, struct tocsin_writer *writer,
    const char *key);

/*
 * SIGINT ends the process at once, with EXIT_INTERRUPTED.  A command with
 * something to put in order first holds it: from then on the first one only
 * shows here, and the next ends the process.
 */
void line_hold_interrupts(struct line *line);
bool line_is_interrupted(struct line *line);

/* Help of one command, or of all when NULL; on stdout. */
void help_print(struct output *output, const struct command *command);
/* Examples first, on stderr, for who left something out. */
void help_brief(struct output *output, const struct command *command);
/* The command meant, or NULL with a suggestion printed. */
const struct command *command_find(struct output *output, const char *noun,
    const char *verb);

#endif
