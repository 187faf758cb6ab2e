/*
 * conceal.h - a report as it is kept: who reported and which specimen it was
 * only as pseudonyms, under the keys of now.  Pure; loop thread.
 */
#ifndef TOCSIN_INTAKE_CONCEAL_H
#define TOCSIN_INTAKE_CONCEAL_H

#include "base/bytes.h"
#include "daemon/intake/prepare.h"
#include "proto/value.h"

/*
 * Append the report's map to out with reporter and product.serial replaced.
 * False, and nothing appended, when it holds neither: then it is kept as it
 * came.
 */
bool conceal_report(const struct prepare_options *options,
    const struct value *map, const struct report *report, struct buf *out);

#endif
