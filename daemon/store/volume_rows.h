/*
 * volume_rows.h - a volume as its rows say: the weeks of KEYSPACE_VOLUME and
 * the yardstick of KEYSPACE_PRIOR.
 */
#ifndef TOCSIN_STORE_VOLUME_ROWS_H
#define TOCSIN_STORE_VOLUME_ROWS_H

#include "daemon/core/volumes.h"
#include "daemon/store/family.h"
#include "daemon/store/rows_detection.h"

/* Fill a zeroed volume whose hash is set; STORE_OK or a fault. */
MUST_CHECK int volume_rows_load(const struct row_source *source,
    const struct blocks_row *blocks, struct volume *volume);

#endif
