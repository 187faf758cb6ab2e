/*
 * report.h - one report on its way: the facts a user may give, as options or
 * as answers, and the map they become.
 */
#ifndef TOCSIN_CLIENTS_CLI_REPORT_H
#define TOCSIN_CLIENTS_CLI_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "clients/cli/shell/command.h"

enum fact_kind { FACT_TEXT, FACT_LIST, FACT_NUMBER, FACT_TRUE };

struct fact {
	const char *option;  /* of commands.def */
	const char *section; /* map inside the report; NULL: the report */
	const char *key;
	enum fact_kind kind;
	bool is_needed;
	const char *english; /* the question, NULL: never asked */
	const char *french;
};

enum { FACTS_MAX = 32, TEXT_BYTES_MAX = 1 << 20 };

extern const struct fact fact_table[]; /* ends with a NULL option */

struct draft {
	struct line *line;
	char *answer[FACTS_MAX]; /* owned; by fact */
	struct tocsin_text file; /* encoded map; empty: none */
	char *read;              /* owned: what --text - read */
	char id[37];             /* made here when nothing else gives one */
};

/* Release what the draft owns. */
void draft_fini(struct draft *draft);

/*
 * Ask on the terminal for what is needed and not given, then for what is
 * worth knowing.  0, or an exit code (EXIT_USAGE when the input ends).
 */
int draft_ask(struct draft *draft);

/* Value number n of a fact, as option or answer, or NULL. */
const char *draft_value(const struct draft *draft, const struct fact *fact,
    unsigned n);

/* Write the report; the file's facts where no flag says otherwise. */
int draft_write(struct draft *draft, struct tocsin_writer *writer);

/*
 * Read a whole file ("-": stdin) of at most TEXT_BYTES_MAX into *bytes, owned
 * by the caller.  0, or EXIT_LOCAL / EXIT_USAGE with a message.
 */
int read_whole(struct line *line, const char *path, char **bytes, size_t *len);

/* Print what the daemon knows of the product now. */
int report_print(struct line *line, const struct tocsin_value *result);

#endif
