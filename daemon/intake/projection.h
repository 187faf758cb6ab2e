/*
 * projection.h - rows of the store behind one sticky fault, so that applying
 * an event is straight-line code with one check at its end.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_PROJECTION_H
#define TOCSIN_INTAKE_PROJECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/store/store.h"

struct detecting;
struct overlap;

enum { SENDERS_MAX = 1 << 16 }; /* ordinals of organisations are 16 bits */

struct projection {
	struct store *store; /* borrowed */
	int result;          /* enum store_result; the first fault sticks */
	struct buf scratch;  /* a row being written */
	/* Counts of families under way: they are told of sources that come
	 * and go; borrowed. */
	struct overlap *watching;
	struct detecting *detecting; /* owned: detecting.h; NULL until used */
	/* Rows of KEYSPACE_SENDER that need no look: bits by ordinal, and how
	 * many are established (-1: not asked yet). */
	struct {
		uint64_t known[SENDERS_MAX / 64];
		uint64_t established[SENDERS_MAX / 64];
		int64_t nestablished;
	} senders;
	bool is_serving; /* what detection says of each report is wanted */
};

/* Begin with this store; release what it owns. */
void projection_init(struct projection *projection, struct store *store);
void projection_fini(struct projection *projection);

/* Forget what it remembers of rows: the overlays were dropped. */
void projection_forget(struct projection *projection);

/* Replace a row, by these bytes or by those in scratch. */
void projection_put(struct projection *projection, enum keyspace keyspace,
    const struct key *key, struct text row);
void projection_put_scratch(struct projection *projection,
    enum keyspace keyspace, const struct key *key);

/*
 * Find a row, borrowed until the next call.  STORE_OK, STORE_NOT_FOUND (which
 * does not stick) or the fault.
 */
int projection_get(struct projection *projection, enum keyspace keyspace,
    const struct key *key, struct text *row);

/* A row of len bytes to edit in place; zeroes when new; NULL on a fault. */
void *projection_edit(struct projection *projection, enum keyspace keyspace,
    const struct key *key, size_t len);

/* The same of a row known to exist nowhere yet (store_add). */
void *projection_add(struct projection *projection, enum keyspace keyspace,
    const struct key *key, size_t len);

/* Counters (KEYSPACE_COUNTER); an absent one is 0. */
uint64_t projection_counter(struct projection *projection, const char *name);
void projection_set_counter(struct projection *projection, const char *name,
    uint64_t value);
void projection_add_counter(struct projection *projection, const char *name,
    int64_t change);

/* Their names.  The next free ordinal is the value + 1. */
#define COUNTER_PRODUCTS "products"
#define COUNTER_ALERTS "alerts"
#define COUNTER_KEY_EPOCH "key-epoch"       /* of reporters' keys */
#define COUNTER_ACCESS "access-tokens"      /* ever made */
#define COUNTER_CHAIN "alert-chain"         /* 32 bytes */
#define COUNTER_ALARM_TOTALS "alarm-totals" /* struct alarm_totals */
#define COUNTER_ESTABLISHED "established"   /* organisations: senders.h */
#define COUNTER_REMEDIES "remedies"         /* ever declared */
#define COUNTER_REPORTS "reports"           /* held and not withdrawn */
#define COUNTER_RULES "rules-version"
#define COUNTER_EPOCHS "epochs"     /* sources that give their ids anew */
#define COUNTER_IDENTITY "identity" /* record_regrouped's newest header */
#define COUNTER_NEWEST "newest-key" /* 16 bytes: greatest timed report key */

#endif
