/*
 * outcome.h - what the sender of one report is told: what the store now knows
 * of its product and of its group.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_OUTCOME_H
#define TOCSIN_INTAKE_OUTCOME_H

#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/alarm.h"
#include "daemon/intake/decide.h"
#include "daemon/intake/shown.h"

enum { OUTCOME_ALERTS_MAX = 16 };

struct outcome_counts {
	uint32_t reports, cases, sources, organisations;
};

struct outcome {
	struct shown product; /* id "p0": none yet */
	char mode[PRODUCT_SLUG_MAX + 1];
	struct outcome_counts group, all_modes;
	unsigned nalerts;
	struct {
		uint32_t id;
		uint8_t status;        /* enum alarm_status */
		uint8_t public_status; /* QUIET: not to be shown to all */
	} alert[OUTCOME_ALERTS_MAX];
};

/* Fill from a decision.  Store faults stick in the projection. */
void outcome_read(struct intake *intake, const struct decision *decision,
    struct outcome *outcome);

/*
 * Pairs product, group, counts, product_counts, alerts of a map, five; alerts
 * as who asks may see them.
 */
enum { OUTCOME_PAIRS = 5 };
void outcome_pack(struct buf *out, const struct outcome *outcome,
    bool is_trusted);

/* The same without counts, as the public sees it: three. */
enum { OUTCOME_PUBLIC_PAIRS = 3 };
void outcome_pack_public(struct buf *out, const struct outcome *outcome);

/* Pairs product, product_counts, alerts, three: of a product as a whole. */
void outcome_pack_product(struct buf *out, const struct outcome *outcome,
    bool is_trusted);

/* Pairs product and group, two: where a report was put. */
void outcome_pack_place(struct buf *out, const struct outcome *outcome);

#endif
