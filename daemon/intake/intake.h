/*
 * intake.h - what the writer thread decides with: the store, the rules, the
 * vocabulary, the day, and small caches of names.  Everything here belongs to
 * the writer thread.
 */
#ifndef TOCSIN_INTAKE_INTAKE_H
#define TOCSIN_INTAKE_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "daemon/core/linkage.h"
#include "daemon/core/vocabulary.h"
#include "daemon/intake/criteria.h"
#include "daemon/intake/intake_cache.h"
#include "daemon/intake/mutes.h"
#include "daemon/intake/projection.h"
#include "daemon/intake/timekeeper.h"
#include "daemon/store/origin_rows.h"
#include "daemon/store/record.h"

enum {
	NAME_CACHE = 8192, /* entries; powers of two */
	PRODUCT_CACHE = 65536,
	FRAME_TARGET = 16384, /* bytes after which a frame is ended */
};

struct alert_notice;
struct blocks;
struct gatekeeper;
struct senders;
struct weigher;

struct intake {
	struct store *store; /* borrowed, as are the next three */
	const struct vocabulary *vocabulary;
	const struct rules *rules; /* replaced on reload, by work */
	const struct organisations *organisations; /* the same */
	const struct statistic *statistic;         /* the same; may be NULL */
	const struct clock *clock;
	struct projection projection;
	struct linkage_weights weights;
	struct blocks *blocks;         /* owned: the newest reports */
	struct senders *senders;       /* owned: organisations */
	struct weigher *weigher;       /* owned: reporters and bursts */
	struct gatekeeper *gatekeeper; /* owned */
	struct timekeeper timekeeper;
	unsigned criteria_turn; /* goes up when they are replaced */
	int64_t received_ms; /* of the frame being gathered; never goes back */
	bool frame_is_open;
	struct buf header;              /* of the event being written */
	struct name_entry *names;       /* owned, NAME_CACHE */
	struct product_entry *products; /* owned, PRODUCT_CACHE */
	struct product_note *notes;     /* owned, PRODUCT_CACHE */
	uint64_t *spellings; /* owned, PRODUCT_CACHE: product << 32 | hash */
	struct origin_note origin;
	struct latest_note latest;
	struct chance chance;
	struct liken_counts likened; /* taken and cleared by the writer */
	uint32_t *open_alerts;       /* owned: ids of alerts that may age */
	unsigned nopen, open_cap;
	struct mutes mutes; /* as the alerts' rows say */
	/* Alert events not yet published, in order; owned by the list. */
	struct alert_notice *notices;
	struct alert_notice **last_notice;
};

/* An alert event on its way to the hub. */
struct alert_notice {
	struct alert_notice *next;
	struct store_event event; /* header borrows from bytes */
	uint8_t change;           /* enum alarm_change */
	uint8_t bytes[];
};

/* 0, or -1 when out of memory; fini accepts a zeroed one. */
int intake_init(struct intake *intake, struct store *store);
void intake_fini(struct intake *intake);

/* Forget caches and notices: the overlays were dropped. */
void intake_forget(struct intake *intake);
/* Forget what is cached of names and reports: some were erased. */
void intake_forget_names(struct intake *intake);
/* Forget what is cached of products: a curator changed something. */
void intake_forget_products(struct intake *intake);

/* Judge by these from now on. */
void intake_use(struct intake *intake, const struct criteria *criteria);
/* The rule of this id, of a file or the statistic's; NULL: none. */
const struct rule *intake_rule(const struct intake *intake, uint32_t id);

/* Today's day number by the intake's clock. */
int32_t intake_today(const struct intake *intake);

/* Begin a frame if none is open; end it if it is (due: only if long). */
void intake_open_frame(struct intake *intake);
void intake_close_frame(struct intake *intake);
void intake_close_long_frame(struct intake *intake);
/* Have all that was decided in the log, durable: it will be read back. */
void intake_settle(struct intake *intake);

/* Add the event whose header stands in intake->header; returns its seq. */
uint64_t intake_add_event(struct intake *intake, enum record_type type,
    struct text body);

/* Four bytes of chance for a header (erasure.h); never 0. */
uint32_t intake_blind(struct intake *intake);

/* What is known of a product; NULL when the store failed. */
const struct product_note *intake_product(struct intake *intake,
    uint32_t product);
/* The family a product belongs to; false when the store failed. */
struct family;
bool intake_family(struct intake *intake, uint32_t product,
    struct family *family);
/* The hash of a folded brand as notes hold it: as today's rules read it. */
uint64_t intake_brand_hash(struct text brand);

/*
 * The ordinal of a name, given the hash it is found by; a new one becomes an
 * event.  0 when the kind has no ordinals left (16 bits but for sources,
 * labels and origins) or the store failed.
 */
uint32_t intake_name(struct intake *intake, enum name_kind kind, uint64_t hash,
    struct text name);
/*
 * The ordinal of the mode "unstated", which every store knows from its first
 * start on: what a mode is called once the ordinals have run out.
 */
uint32_t intake_unstated(struct intake *intake);
/*
 * The ordinal of a report's source.  A reporter who is known under the key
 * before is known under that of now from here on: an event says so.
 */
struct candidate;
struct prepare_options;
uint32_t intake_source(struct intake *intake, const struct candidate *candidate,
    const struct prepare_options *options);
/* As intake_name, but only looks. */
uint32_t intake_find_name(struct intake *intake, enum name_kind kind,
    uint64_t hash);
/* As intake_find_name, but asks the cache only. */
uint32_t intake_guess_name(const struct intake *intake, enum name_kind kind,
    uint64_t hash);
/* The name of an ordinal, borrowed until the next store call. */
struct text intake_name_text(struct intake *intake, enum name_kind kind,
    uint32_t ordinal);

#endif
