/*
 * detection.h - a report into or out of detection: its product's pulse, its
 * category's volume, its subject's stream.  Where these are kept is the
 * caller's: rows of a store, or tables of an export that folds the log.  Calls
 * in the order of events, with what stands in events, give the same bits.
 *
 * Pulses are kept of each product, and of the root of its family, when both
 * are of one category, as well; streams of roots only.
 */
#ifndef TOCSIN_CORE_DETECTION_H
#define TOCSIN_CORE_DETECTION_H

#include "daemon/core/detect/pulse.h"
#include "daemon/core/detect/stream.h"
#include "daemon/core/subject.h"
#include "daemon/core/volumes.h"

/* A root's stream that is about to be brought to a week. */
struct detection_roll {
	uint32_t root;
	struct subject subject;
	uint16_t week;
	const struct stream *stream; /* as it is, maybe of no week yet */
	const struct stream_scene *scene;
};

/*
 * Where things are kept.  What is given out is edited in place, and good until
 * the next call of any of these; NULL: a fault, or not there.
 */
struct detection_rows {
	void *who;
	/* A product's own: category and has_streams are filled in. */
	struct pulse *(*pulse)(void *who, uint32_t product);
	/* Of a root; made when it is not there, if that is asked for. */
	struct stream *(*stream)(void *who, uint32_t root,
	    struct subject subject, bool is_made);
	/* The same change as volumes_add; NULL: there are no rows of these. */
	void (*volume)(void *who, uint64_t hash, uint16_t week, int32_t weight);
	/* So many streams more, of this kind; NULL: nobody counts. */
	void (*count)(void *who, bool is_severe, int change);
	/* NULL: nobody wants to see weeks as they are closed. */
	void (*roll)(void *who, const struct detection_roll *roll);
};

/* The last weeks of a stream, the open one included, against its baseline. */
enum { DETECTION_WEEKS = 13, DETECTION_QUIET_WEEKS = 8 };
struct detection_past {
	double observed;      /* cases of DETECTION_WEEKS weeks */
	double expected;      /* of them, by what was learnt before them */
	unsigned quiet_weeks; /* up to the last that is over, without a break:
				 score below 0, and IC025 of
				 DETECTION_QUIET_WEEKS at most 0 */
};

/* What the report that came last has changed. */
struct detection_news {
	bool is_set; /* it counted in the open week of a stream */
	uint32_t root;
	uint64_t category; /* of the root */
	struct subject subject;
	struct stream stream; /* as it is now */
	struct stream_reading reading;
	bool has_yardstick;
	struct yardstick yardstick;
	struct detection_past past; /* by detection_look only */
};

struct detection {
	struct volumes *volumes; /* borrowed */
	struct detection_rows rows;
	struct subject_words words;
	bool is_alone;     /* one organisation is known */
	bool wants_news;   /* else detection_move does not fill news */
	uint64_t category; /* of the product that moved last */
	struct detection_news news;
};

/* A report counted in or out. */
struct detection_move {
	const struct facts *facts;
	uint32_t root;     /* of the product's family, as of the event */
	uint16_t received; /* week in which it was first received */
	uint16_t now;      /* that of the event */
	bool is_added;
};

/* 0, or -1 on a fault, also for what follows. */
int detection_move(struct detection *detection,
    const struct detection_move *move);

/* Two products of a family that grows (sign 1) or is parted (-1). */
struct detection_union {
	uint32_t root, product;
	uint16_t now;
	int sign;
};

/* One subject of both, before their pulses. */
int detection_unite(struct detection *detection,
    const struct detection_union *both, struct subject subject);
int detection_unite_pulses(struct detection *detection,
    const struct detection_union *both);

/* A stream's alarm was announced; it rang (is_fired) or not. */
int detection_ring(struct detection *detection, uint32_t root,
    struct subject subject, bool is_fired);

/*
 * Put a yardstick in force.  Reports of a category whose family changes are
 * moved between the families' volumes.
 */
int detection_measure(struct detection *detection, uint64_t category,
    const struct yardstick *yardstick);

/*
 * Bring a copy of a stream of this root to the week, its weeks told, and read
 * it into news; -1 on a fault, 1 when there is none.
 */
int detection_look(struct detection *detection, uint32_t root,
    struct subject subject, uint16_t now);

#endif
