/*
 * rulebook.h - rule files read as the daemon reads them, with the vocabularies
 * a command line names.
 */
#ifndef TOCSIN_CLIENTS_CLI_RULEBOOK_H
#define TOCSIN_CLIENTS_CLI_RULEBOOK_H

#include "clients/cli/shell/command.h"
#include "daemon/core/rule.h"

struct rulebook {
	struct vocabulary *vocabulary; /* owned */
	struct rules rules;
	struct yaml_errors errors;
};

/*
 * An empty book with the vocabularies of --categories, --modes and --hazards,
 * else those built in.  0, or an exit code with the complaints printed.  Close
 * it in either case.
 */
int rulebook_open(struct rulebook *book, struct line *line);
void rulebook_close(struct rulebook *book); /* zeroed is fine */

/* Add a file's rules, or the built-in ones; complaints stay in errors. */
void rulebook_add(struct rulebook *book, const char *path);
void rulebook_add_default(struct rulebook *book);

/* Print what was complained about: 0, or EXIT_REJECTED. */
int rulebook_tell(struct rulebook *book, struct output *output);

#endif
