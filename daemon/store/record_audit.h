/*
 * record_audit.h - which events are acts: what somebody who runs or curates
 * this did, for audit.list.  And the header of RECORD_AUDIT, an act that no
 * other event tells of; its body is a MessagePack map: organisation, token,
 * by, reason, text.
 */
#ifndef TOCSIN_STORE_RECORD_AUDIT_H
#define TOCSIN_STORE_RECORD_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/store/store.h"

enum audit_kind {
	AUDIT_RELOAD = 1,  /* the configuration; text: what was taken over */
	AUDIT_REGROUP = 2, /* all held reports, by products.regroup */
	AUDIT_KIND_COUNT
};

struct record_audit {
	uint8_t kind; /* enum audit_kind */
};

/* KEYSPACE_AUDIT; stored as it is. */
struct audit_row {
	int64_t at_ms; /* received */
	uint8_t type;  /* enum record_type */
	uint8_t reserved[7];
};

/* "reload", "regroup". */
const char *audit_kind_name(uint8_t kind);

/* Append the header; read it: false when it is none. */
void record_audit_write(struct buf *out, const struct record_audit *record);
bool record_audit_read(struct text header, struct record_audit *record);

/*
 * Is the event an act?  What it is does not change when its body is erased.
 * The daemon's own doing is none, but what rules it loads.
 */
bool record_is_act(const struct store_event *event);

#endif
