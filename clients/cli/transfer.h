/*
 * transfer.h - an export fetched whole: opened, taken page by page, its
 * digest checked, closed.
 */
#ifndef TOCSIN_CLIENTS_CLI_TRANSFER_H
#define TOCSIN_CLIENTS_CLI_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

#include "clients/cli/shell/command.h"

/* Take bytes, borrowed; 0, or an exit code that ends the transfer. */
typedef int transfer_put(void *who, const char *bytes, size_t len);

struct transfer {
	/* Set by the caller: a call that answers done and total of what is
	 * being made, asked while it is made; NULL none. */
	const char *progress;
	const char *method; /* set by the caller: NULL: export.open */
	int64_t made_ms;    /* how long the server took to make it */
	int64_t seq;        /* last sequence that counts */
	int64_t epoch;
	int64_t rows;
	int64_t bytes;
	char sha256[65]; /* of all the bytes, as both sides found it */
};

/*
 * Run the method with params and fetch everything through put.  0 with
 * the rest of *transfer filled, or an exit code with the message printed.
 */
int transfer_run(struct line *line, const struct tocsin_writer *params,
    transfer_put *put, void *who, struct transfer *transfer);

#endif
