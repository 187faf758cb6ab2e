/*
 * licences.h - the licences named in an export, found while it streams by.
 */
#ifndef TOCSIN_CLIENTS_CLI_LICENCES_H
#define TOCSIN_CLIENTS_CLI_LICENCES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "clients/cli/cells.h"
#include "clients/libtocsin/value.h"

enum { LICENCES_MAX = 64, LICENCE_BYTES = 200 };

struct licences {
	bool is_csv;
	struct cells cells;
	struct buf line; /* owned: of NDJSON */
	char found[LICENCES_MAX][LICENCE_BYTES];
	unsigned count; /* more than the maximum are not kept */
};

/* Begin; release with licences_fini. */
void licences_init(struct licences *licences, bool is_csv);
void licences_fini(struct licences *licences);

/* Look through the next bytes of the export, cut anywhere. */
void licences_scan(struct licences *licences, const char *bytes, size_t len);

/* Write what was found as a list of texts. */
void licences_put(const struct licences *licences, struct tocsin_writer *writer,
    const char *key);

#endif
