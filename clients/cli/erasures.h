/*
 * erasures.h - the erased reports of an export, found while it streams by: what
 * they said is not in it, and goes from earlier ones.
 */
#ifndef TOCSIN_CLIENTS_CLI_ERASURES_H
#define TOCSIN_CLIENTS_CLI_ERASURES_H

#include "clients/cli/cells.h"
#include "clients/libtocsin/value.h"

enum { ERASURES_LISTED = 1000 };

struct erasures {
	bool is_csv;
	struct cells cells;
	int seq_column, erased_column; /* -1: not there */
	int64_t first_seq;             /* of the row being read */
	struct buf line;               /* owned: of NDJSON */
	int64_t count;
	int64_t listed[ERASURES_LISTED]; /* first sequences */
};

/* Begin; release with erasures_fini. */
void erasures_init(struct erasures *erasures, bool is_csv);
void erasures_fini(struct erasures *erasures);

/* Look through the next bytes of the export, cut anywhere. */
void erasures_scan(struct erasures *erasures, const char *bytes, size_t len);

/* Write {count, first_seq: the first 1,000 of them} under key. */
void erasures_put(const struct erasures *erasures, struct tocsin_writer *writer,
    const char *key);

#endif
