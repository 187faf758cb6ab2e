/*
 * extra.h - keys of a report that fields.def does not know: kept and
 * exported, so they must be fit for that.  Only report.c needs it.
 */
#ifndef TOCSIN_PROTO_EXTRA_H
#define TOCSIN_PROTO_EXTRA_H

#include "proto/field_read.h"

/*
 * Check one pair of map, whose key is none of group's.  Refused: keys that
 * are no strings or stand there twice, at any level; ext, bytes that are no
 * UTF-8, NUL, NaN and infinities; more than REPORT_UNKNOWN_MAX such keys.
 * What is accepted is counted, and noted when it looks like a misspelling.
 */
MUST_CHECK int extra_check(struct reading *reading, enum report_group group,
    const struct value *map, const struct value *key, const struct value *item);

#endif
