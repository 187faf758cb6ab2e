/*
 * exported.h - the rows of an export, one by one, as values.
 */
#ifndef TOCSIN_CLIENTS_CLI_EXPORTED_H
#define TOCSIN_CLIENTS_CLI_EXPORTED_H

#include "clients/cli/transfer.h"

/* Take a row, borrowed; 0, or -1 with errno of what is wrong with it. */
typedef int exported_row(void *who, const struct tocsin_value *row);

struct exported {
	exported_row *row;
	void *who;
	int64_t seq; /* filled: the export is the state at this sequence */
};

/*
 * Run export.open with params, which ask for ndjson, and give every row to
 * row.  0, or an exit code with the message printed.
 */
int exported_each(struct line *line, const struct tocsin_writer *params,
    struct exported *exported);

/*
 * Params of what, of one product (id), at a sequence (0: newest); the map is
 * left open for more.
 */
void exported_put_params(struct tocsin_writer *writer, const char *what,
    struct tocsin_text product, int64_t at);

#endif
