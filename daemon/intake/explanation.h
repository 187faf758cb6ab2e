/*
 * explanation.h - why the statistic rang, in the numbers that a reader needs to
 * come to the same score and the same ratios.
 */
#ifndef TOCSIN_INTAKE_EXPLANATION_H
#define TOCSIN_INTAKE_EXPLANATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/detect/disproportion.h"
#include "daemon/core/detect/gate.h"
#include "daemon/core/detection.h"

struct explanation {
	struct detection_news news; /* by detection_look */
	double threshold;           /* nats: ln N */
	double per_week;            /* the budget */
	double scale;               /* of it */
	uint64_t streams;
	bool has_table; /* of cases of the category, which a mode has */
	struct disproportion_table table;
	bool has_gate;
	struct gate_answer gate;
	bool is_single; /* one organisation is known */
};

/* Append its pairs to a map under way; how many. */
uint32_t explanation_pack(const struct explanation *explanation,
    struct buf *out);

/*
 * One pair of a map: 1.  What is no number, or infinite, is left out: 0.  And
 * the Monday that a week begins with.
 */
uint32_t explanation_pack_number(struct buf *out, const char *key,
    double value);
void explanation_pack_week(struct buf *out, const char *key, uint16_t week);

#endif
