/*
 * stream.h - what is remembered of one subject of one product: what its
 * baseline has learnt, the evidence that it has risen, and its open week.  A
 * part of a stored row: fixed layout, little-endian, edited in place.  Pure;
 * the same calls in the same order give the same bits.
 *
 * A week that is over is learnt, and is a step of the evidence; weeks without
 * a report are caught up with the next one.  The open week is scored as it
 * stands, so that the report that makes the difference is the one that rings.
 */
#ifndef TOCSIN_CORE_DETECT_STREAM_H
#define TOCSIN_CORE_DETECT_STREAM_H

#include "daemon/core/detect/exposure.h"
#include "daemon/core/detect/prior.h"
#include "daemon/core/detect/sre.h"

enum { STREAM_SHARES = 6, STREAM_WEEKS = 30, STREAM_CASES_SHOWN = 63 };

enum stream_flag {
	STREAM_FIRED = 1 << 0,   /* it rang: its open week is closed */
	STREAM_SEVERE = 1 << 1,  /* of a grave hazard: has more of the budget */
	STREAM_ALARMED = 1 << 2, /* it has an alarm, whatever became of it */
};

/* What one organisation brought to the open week. */
struct stream_share {
	uint16_t organisation; /* ordinal; 0 none */
	uint16_t weight;
};

/* Zeroed: never heard of. */
struct stream {
	double learnt; /* cases of the weeks before, forgotten by SRE_RHO */
	double evidence[SRE_RATIOS]; /* M at the end of the week before */
	uint16_t week;               /* that is open; 0 none */
	uint8_t flags;               /* of enum stream_flag */
	uint8_t unused;              /* 0 */
	uint32_t rest; /* weight of organisations beyond the shares */
	struct stream_share share[STREAM_SHARES];
	/* Cases of weeks that are over, rounded, at most STREAM_CASES_SHOWN:
	 * of week w in the w % STREAM_WEEKS-th six bits, ten a word. */
	uint64_t recent[STREAM_WEEKS / 10];
};

/* What a stream is seen against. */
struct stream_scene {
	struct exposure_view view;
	struct prior prior;
	bool is_alone; /* one organisation is known: none can be capped */
};

/*
 * Make this week the open one, after those before it were learnt.  A week
 * before the open one changes nothing.
 */
void stream_roll(struct stream *stream, const struct stream_scene *scene,
    uint16_t week);

/* A report of this weight, of the open week, in; or out again. */
void stream_add(struct stream *stream, uint16_t organisation, uint16_t weight);
void stream_take(struct stream *stream, uint16_t organisation, uint16_t weight);

/* So much weight more (or less) was reported in a week that is over. */
void stream_learn(struct stream *stream, uint16_t week, int32_t weight);

/* It rang: the evidence begins anew with the next week. */
void stream_fire(struct stream *stream);

/*
 * Another stream was united with this one (sign 1), or told apart again (-1).
 * Both have the same week open; the evidence begins anew.
 */
void stream_unite(struct stream *stream, const struct stream *other, int sign);

/*
 * Cases of the open week: no organisation counts for more than one and as many
 * as all smaller ones together.
 */
double stream_observed(const struct stream *stream, bool is_alone);

/* Cases of a week that is over, at most STREAM_CASES_SHOWN; far past: 0. */
unsigned stream_recent(const struct stream *stream, uint16_t week);

/* What a stream says in its open week. */
struct stream_reading {
	double observed;              /* cases of the open week */
	double volume;                /* V */
	double a, b;                  /* of the baseline: a/b cases per V */
	struct sre_forecast forecast; /* of observed */
	double score;                 /* nats */
	bool is_scored; /* there is a prior, and it did not ring this week */
};
void stream_read(const struct stream *stream, const struct stream_scene *scene,
    struct stream_reading *reading);

#endif
