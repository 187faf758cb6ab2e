/*
 * record.h - an event's header <-> bytes.  Headers hold every input of the
 * projections and survive erasure; free text and pseudonyms stand in bodies.
 * Fields are only ever appended.
 */
#ifndef TOCSIN_STORE_RECORD_H
#define TOCSIN_STORE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/aggregate.h"
#include "daemon/core/alarm.h"
#include "daemon/store/record_evidence.h"
#include "daemon/store/record_type.h"

struct record_name {
	uint8_t kind; /* enum name_kind */
	uint32_t ordinal;
	uint64_t hash;  /* under which it is found */
	uint32_t blind; /* as in a report's; only of sources */
};

struct record_product {
	uint32_t product;
	uint8_t level;
	uint8_t rules_version;
	uint64_t gtin;
	struct text category, brand, model; /* folded */
	uint8_t nkeys;
	uint8_t key[2][16];
};

struct record_product_key {
	uint32_t product;
	uint8_t key[16];
	uint64_t gtin; /* 0: not a GTIN's */
};

struct record_spelling {
	uint32_t product;
	uint32_t hash;
	struct text shown; /* brand, 0x1f, model */
};

/*
 * REPORT, AMEND, WITHDRAW and REGROUP share one header; unused parts are
 * absent.  A REGROUP's facts keep the time at which the report came.
 */
struct record_report {
	uint8_t key[16]; /* duplicate_key */
	uint64_t fingerprint;
	uint64_t previous_seq; /* AMEND: the event it follows; WITHDRAW and
				  REGROUP: the one with the contents */
	uint64_t first_seq;    /* the report's first event; REPORT: 0 */
	uint32_t revision;     /* 1 for REPORT */
	uint32_t spelling;     /* hash, 0 none */
	uint32_t label;        /* import label's ordinal, 0 none */
	uint32_t origin;       /* origin.source's ordinal */
	struct facts facts;    /* as counted from now on (not WITHDRAW) */
	uint32_t old_spelling; /* not REPORT */
	struct facts old; /* not REPORT: as counted so far; product 0 when an
			     AMEND brings a withdrawn report back */
	struct evidence evidence;     /* seq 0; completeness 0 in old logs */
	struct record_case found;     /* of it, among others */
	struct evidence old_evidence; /* as old */
	uint64_t old_case;            /* the case it leaves; 0 none */
	uint16_t week; /* in which it was first received (detect/week.h); to be
			  written: 0 that of the event */
	uint64_t body_bytes; /* a report in this event has; not written */
	uint32_t blind;      /* chance, see erasure.h; 0 none */
	struct record_secrets secrets; /* read: where they stand */
};

struct record_alert {
	struct alarm alarm; /* after the change */
	uint8_t change;     /* enum alarm_change */
	uint8_t chain[32];  /* hash of the last alert event that all may see */
	struct text alert;  /* MessagePack map, as published */
	uint8_t audience;   /* enum alarm_audience; old logs: all */
};

struct record_durable {
	uint8_t hash[16]; /* key of the row */
	uint32_t organisation;
	uint64_t snapshot; /* cursor: head of the snapshot it stands in, or 0 */
	uint64_t position; /* cursor: sequence */
	struct text name;
	struct text filter; /* MessagePack map, or empty */
};

/* The event with a report's newest contents, from its latest event. */
uint64_t record_contents(enum record_type type,
    const struct record_report *record, uint64_t seq);

/* Append the header bytes to out. */
void record_name_write(struct buf *out, const struct record_name *record);
void record_product_write(struct buf *out, const struct record_product *record);
void record_product_key_write(struct buf *out,
    const struct record_product_key *record);
void record_spelling_write(struct buf *out,
    const struct record_spelling *record);
void record_report_write(struct buf *out, enum record_type type,
    const struct record_report *record, int64_t received_ms);
void record_alert_write(struct buf *out, const struct record_alert *record);
void record_durable_write(struct buf *out, const struct record_durable *record);

/*
 * Read header bytes; texts borrow from them.  false when they are not such a
 * header (a corrupt log).  received_ms is the event's own.
 */
bool record_name_read(struct text header, struct record_name *record);
bool record_product_read(struct text header, struct record_product *record);
bool record_product_key_read(struct text header,
    struct record_product_key *record);
bool record_spelling_read(struct text header, struct record_spelling *record);
bool record_report_read(struct text header, enum record_type type,
    int64_t received_ms, struct record_report *record);
bool record_alert_read(struct text header, struct record_alert *record);
bool record_durable_read(struct text header, struct record_durable *record);

#endif
