/* rows_durable.h - the row of a named durable cursor <-> bytes. */
#ifndef TOCSIN_STORE_ROWS_DURABLE_H
#define TOCSIN_STORE_ROWS_DURABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* KEYSPACE_DURABLE; texts borrow. */
struct durable_row {
	uint32_t organisation;
	uint64_t snapshot;
	uint64_t position;
	struct text name;
	struct text filter;
};
void durable_row_write(struct buf *out, const struct durable_row *row);
bool durable_row_read(struct text bytes, struct durable_row *row);

#endif
