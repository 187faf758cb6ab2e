/*
 * chronicle_part.h - the inside of a chronicle: which products matter, and the
 * tables that stand for the writer's rows.  Nobody else includes it.
 */
#ifndef TOCSIN_FEED_CHRONICLE_PART_H
#define TOCSIN_FEED_CHRONICLE_PART_H

#include "daemon/core/detection.h"
#include "daemon/feed/chronicle.h"

/* --- products that ever were of one family (chronicle_kindred.c) */

/* Zeroed: none. */
struct kindred {
	uint32_t *parent; /* owned; by product */
	bool *is_wanted;  /* owned; of the topmost */
	uint32_t count;   /* products below this ordinal */
	uint32_t cap;
};
void kindred_fini(struct kindred *kindred);

/* A product there is; 0, STORE_MEMORY or CHRONICLE_TOO_LARGE. */
int kindred_add(struct kindred *kindred, uint32_t product);
void kindred_join(struct kindred *kindred, uint32_t one, uint32_t other);
void kindred_want(struct kindred *kindred, uint32_t product);
bool kindred_is_wanted(struct kindred *kindred, uint32_t product);

/* --- tables (chronicle_ledger.c) */

/* A stream, and what it showed. */
struct track {
	uint32_t root;
	struct subject subject;
	bool is_shown;
	bool is_read;       /* reading is of the open week */
	uint32_t alert;     /* that rang in the open week; 0 none */
	uint32_t first, to; /* its rows, once sorted */
	struct stream stream;
	struct chronicle_row reading; /* of the last report */
};

struct ware {
	struct pulse pulse;
	uint64_t category;
	bool has_streams;
	bool is_counted; /* it has a row of counts, which holds the pulse */
};

/* Zeroed, with kindred: empty. */
struct ledger {
	struct kindred *kindred; /* borrowed */
	struct ware *ware;       /* owned; by product */
	uint32_t nwares, wares_cap;
	struct track *track; /* owned */
	uint32_t ntracks, tracks_cap;
	uint32_t *place; /* owned; of tracks, from 1, by hash */
	uint32_t mask;
	struct chronicle_row *row; /* owned; root is the track's number */
	uint32_t nrows, rows_cap;
	uint8_t *shown; /* owned; by alert, was it ever shown to all? */
	uint32_t shown_cap;
	struct pulse spare_pulse;
	struct stream spare_stream;
	int result; /* the first fault */
};
void ledger_fini(struct ledger *ledger);

/* Its tables as detection asks for them. */
struct detection_rows ledger_rows(struct ledger *ledger);

/* The first fault; STORE_MEMORY when there was another's. */
int ledger_fault(const struct ledger *ledger);

/* A product was named; or it has counted a report. */
int ledger_product(struct ledger *ledger, uint32_t product, uint64_t category,
    bool has_streams);
void ledger_count(struct ledger *ledger, uint32_t product);

/* Is this week the open one of a stream that is kept? */
bool ledger_is_open(const struct ledger *ledger, uint32_t root,
    struct subject subject, uint16_t week);

/* A report was scored; a stream's alarm rang. */
void ledger_read(struct ledger *ledger, const struct detection_news *news);
void ledger_ring(struct ledger *ledger, uint32_t root, struct subject subject,
    uint32_t alert);

/* An alert was shown to all. */
int ledger_show(struct ledger *ledger, uint32_t alert);

/* The open week of a track at the end, as it was looked at last. */
int ledger_close(struct ledger *ledger, uint32_t number,
    const struct detection_news *news);

/* Visit all rows of tracks that are shown, in order. */
int ledger_visit(struct ledger *ledger, const struct chronicle_range *range);

#endif
