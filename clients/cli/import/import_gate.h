/*
 * import_gate.h - before the first rows are sent: do ids that the daemon
 * holds already still stand for the same reports?
 */
#ifndef TOCSIN_CLIENTS_CLI_IMPORT_GATE_H
#define TOCSIN_CLIENTS_CLI_IMPORT_GATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/text.h"

struct import;
struct pending;

/* A row that waits for the verdict. */
struct gated {
	STAILQ_ENTRY(gated) entry;
	struct pending *pending; /* owned */
	uint32_t source;         /* index in import->sources */
	bool is_asked;
	size_t len; /* of report */
	char report[];
};

STAILQ_HEAD(gated_list, gated);

struct import_gate {
	struct gated_list rows;
	uint32_t held;     /* rows in the list */
	uint32_t unasked;  /* of them */
	uint64_t shared;   /* ids compared so far */
	uint64_t differ;   /* of them: another date and another brand */
	char example[400]; /* of one that differs */
	bool is_open;      /* enough were compared */
	bool is_unstable;  /* the verdict; import->code is set */
};

/*
 * Does a row of that source have to wait?  Rows behind one that waits do, too:
 * their order is kept.
 */
bool import_gate_holds(const struct import *import, uint32_t source);

/*
 * Take a row and its encoded report.  Sends what waits once the verdict is
 * good.  0, or import->code.
 */
int import_gate_add(struct import *import, struct pending *pending,
    uint32_t source, struct text report);

/* The file has ended: judge by what there was, and send it. */
int import_gate_finish(struct import *import);

/* Release rows that still wait. */
void import_gate_fini(struct import *import);

#endif
