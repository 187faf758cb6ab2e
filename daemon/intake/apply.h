/*
 * apply.h - an event -> rows.  The only writer of projections, while serving
 * and in replay alike: whatever is decided must be in the event's header, so
 * that the log applied again gives the same rows.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_APPLY_H
#define TOCSIN_INTAKE_APPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/projection.h"
#include "daemon/store/record.h"

/*
 * Apply one event from the log.  False when its header cannot be read; store
 * faults stick in the projection.
 */
bool apply_event(struct projection *projection,
    const struct store_event *event);

/*
 * The same, of a record not yet encoded; received_ms and day are those of the
 * event.
 */
void apply_report(struct projection *projection, enum record_type type,
    const struct record_report *record, uint64_t seq, int64_t received_ms);
void apply_alert(struct projection *projection,
    const struct record_alert *record, uint64_t seq, int32_t day);
void apply_durable(struct projection *projection,
    const struct record_durable *record);

/* The hash of the alert event with this chain value and map: the next chain. */
void apply_chain_next(const uint8_t chain[32], struct text alert,
    uint8_t next[32]);

/*
 * Fetch into the cache what applying this report will look at: the places of
 * its rows, then (is_row) the rows.
 */
void apply_prefetch(const struct projection *projection,
    const struct record_report *record, bool is_row);

#endif
