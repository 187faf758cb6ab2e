/*
 * cells.h - the cells of a CSV export while it streams by, cut anywhere.
 */
#ifndef TOCSIN_CLIENTS_CLI_CELLS_H
#define TOCSIN_CLIENTS_CLI_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum { CELLS_COLUMNS = 64 };

/*
 * A cell, borrowed: of the header line, or below it.  Which columns are wanted
 * below it is said while the header goes by.
 */
struct cells;
typedef void cells_take(void *who, struct cells *cells, struct text cell);

struct cells {
	cells_take *take;
	void *who;
	bool is_quoted;  /* inside a quoted cell */
	bool is_body;    /* the header line is over */
	unsigned at;     /* column, from 0 */
	uint64_t wanted; /* bit of each column given to take below the header */
	struct buf cell; /* owned */
};

/* Begin; release with cells_fini. */
void cells_init(struct cells *cells, cells_take *take, void *who);
void cells_fini(struct cells *cells);

/* Want the column being read. */
void cells_want(struct cells *cells);

/* The next bytes.  A cell of more than 256 KiB is cut. */
void cells_scan(struct cells *cells, const char *bytes, size_t len);

#endif
