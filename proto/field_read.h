/*
 * field_read.h - one field of a report, checked, by its kind.  Only report.c
 * and extra.c need it.
 */
#ifndef TOCSIN_PROTO_FIELD_READ_H
#define TOCSIN_PROTO_FIELD_READ_H

#include <stdint.h>

#include "proto/fields.h"
#include "proto/report.h"

/* One report being read. */
struct reading {
	struct report *report;
	const struct report_limits *limits;
	struct problems *problems; /* may be NULL */
	struct refusal *why;
	uint64_t seen;    /* bit i: row i of fields.def was met */
	uint64_t present; /* bit i: and held something */
};

/*
 * Check a value that is not absent and is no map, and put it into the report.
 * A text of which trimming leaves nothing clears the field's bit of present.
 * 0, or an error code with reading->why.
 */
MUST_CHECK int field_read(struct reading *reading,
    const struct report_field *field, const struct value *value);

/* Without the blanks at both ends. */
struct text report_trim(struct text text);

#endif
