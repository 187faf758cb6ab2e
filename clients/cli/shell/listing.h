/*
 * listing.h - paged lists of the daemon shown as a table or as JSON lines.
 */
#ifndef TOCSIN_CLIENTS_CLI_LISTING_H
#define TOCSIN_CLIENTS_CLI_LISTING_H

#include <stdint.h>

#include "clients/cli/shell/command.h"

struct listing {
	struct line *line;
	const char *method;
	const char *items; /* key of the list in an answer */
	const struct table_column *columns;
	/* Fill one row of the table. */
	void (*row)(struct table *table, const struct tocsin_value *item);
	/* Write the arguments but max and after into an open map. */
	void (*params)(struct line *line, struct tocsin_writer *writer);
	int64_t most;        /* unless --limit says otherwise */
	const char *nothing; /* told on stderr when there are no items */
};

/* Ask page by page and print; an exit code. */
int listing_run(const struct listing *listing);

/*
 * Before anything is asked: an answer may take as long as it takes, unless
 * --timeout says how long; connecting may not.
 */
void line_be_patient(struct line *line);

/* Ask for one thing and print it as JSON when JSON is wanted, else by show. */
int show_one(struct line *line, const char *method,
    const struct tocsin_writer *params,
    void (*show)(struct line *line, const struct tocsin_value *result));

/* "label  value" for a text, when there is one; for a number >= 0. */
void show_text(struct output *output, const char *label,
    struct tocsin_text text);
void show_number(struct output *output, const char *label, int64_t number);
/* A list of texts, with commas. */
void show_list(struct output *output, const char *label,
    const struct tocsin_value *list);

/*
 * For show: a table of the list that stands under key in result, a row an item
 * by put_row; if it is empty, none instead, and if there is more to ask for,
 * how to (both static; NULL: nothing).
 */
struct listed {
	const char *key;
	const struct table_column *columns;
	void (*put_row)(struct table *table, const struct tocsin_value *item);
	const char *none, *more;
};
void show_listed(struct line *line, const struct tocsin_value *result,
    const struct listed *listed);

/* Write those of these options (NULL ends them) that were given, as texts
 * under their own names, into an open map. */
void line_put_given(struct line *line, struct tocsin_writer *writer,
    const char *const names[]);

#endif
