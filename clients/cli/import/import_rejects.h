/* import_rejects.h - rows that were refused, kept to be repaired. */
#ifndef TOCSIN_CLIENTS_CLI_IMPORT_REJECTS_H
#define TOCSIN_CLIENTS_CLI_IMPORT_REJECTS_H

#include "clients/cli/formats/formats.h"
#include "clients/cli/shell/command.h"

struct rejects {
	struct output *output;
	struct input *input; /* whose encoding is written */
	const char *path;    /* NULL: told on stderr, the first few */
	FILE *file;
	bool is_appending;
	char delimiter;       /* 0: NDJSON */
	struct text *heading; /* columns but our own; borrowed texts */
	uint32_t count;
	uint64_t told;
	bool is_failed;
};

/* raw: the row's cells as CSV, or the line of JSON. */
void rejects_add(struct rejects *rejects, uint64_t line, struct text raw,
    const struct fault *fault);

/* Write out what is buffered. */
void rejects_flush(struct rejects *rejects);

/* Close; 0, or EXIT_LOCAL with a message when something could not be
 * written. */
int rejects_close(struct rejects *rejects);

#endif
