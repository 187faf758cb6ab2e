/* duplicates.h - how reports are named on a command line and to people. */
#ifndef TOCSIN_CLIENTS_CLI_DUPLICATES_H
#define TOCSIN_CLIENTS_CLI_DUPLICATES_H

#include "clients/cli/shell/command.h"

enum { NAMED_MAX = 224 };

/*
 * Write a report as named: "@4711" is a sequence, all else an id.  0, or an
 * exit code with the message printed.
 */
int duplicates_put_report(struct line *line, struct tocsin_writer *writer,
    const char *written, const char *seq_key, const char *id_key);

/* "17 of ufc-rennes", "@4711 of another": from {seq, organisation[, id]}. */
void duplicates_name(const struct tocsin_value *report, char out[NAMED_MAX]);

#endif
