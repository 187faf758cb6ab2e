/*
 * record_rules.h - the header of the event that says by which rules the daemon
 * judges from now on <-> bytes; record.h says how records may change.  The
 * body is their names.
 */
#ifndef TOCSIN_STORE_RECORD_RULES_H
#define TOCSIN_STORE_RECORD_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct record_rules {
	uint32_t version;
	uint32_t count;
	uint32_t grave; /* hazards of which two sources ring, a mask; absent in
			   old logs: 0 */
};

/* Append the header. */
void record_rules_write(struct buf *out, const struct record_rules *record);

/* Read it; false: no such header. */
bool record_rules_read(struct text header, struct record_rules *record);

#endif
