/*
 * line.h - the inside of a command line, for the file that reads it.
 */
#ifndef TOCSIN_CLIENTS_CLI_LINE_H
#define TOCSIN_CLIENTS_CLI_LINE_H

#include "clients/cli/shell/command.h"

/* Empty, with output as the streams are.  NULL: out of memory. */
struct line *line_new(void);

/* Remember an option's value (NULL for a switch).  0, or EXIT_LOCAL. */
int line_add_value(struct line *line, unsigned row, const char *value);

/* How many values are remembered; forget those that came later. */
unsigned line_mark(const struct line *line);
void line_rewind(struct line *line, unsigned mark);

/* From here on this command's options are known. */
void line_set_command(struct line *line, const struct command *command);

/* Operands are borrowed from argv. */
void line_set_operands(struct line *line, char **operands, unsigned count);
unsigned line_operands(const struct line *line);

/* Apply --output, --json, --color, --utc.  0, or EXIT_USAGE with a message. */
int line_set_output(struct line *line);

/* The connection; kept takes ownership. */
struct tocsin *line_tocsin(const struct line *line);
void line_keep_tocsin(struct line *line, struct tocsin *tocsin);

/* Was line_be_patient called, and no --timeout given? */
bool line_is_patient(const struct line *line);

/* Print the version; returns an exit code. */
int line_print_version(struct line *line);

#endif
