/*
 * redaction.h - a report without what leads to a person: e-mail addresses,
 * telephone numbers and vehicle identification numbers in its free texts are
 * replaced, and keys that have no place in a report are dropped.  Pure; loop
 * thread, before anything of the report is kept.
 */
#ifndef TOCSIN_INTAKE_REDACTION_H
#define TOCSIN_INTAKE_REDACTION_H

#include "base/bytes.h"
#include "daemon/core/redact.h"
#include "proto/report.h"
#include "proto/value.h"

/* What was found, and where; at most this many places are told apart. */
enum { REDACTION_PLACES = 6 };

struct redaction_place {
	const char *field; /* static path; "extra" for keys not known */
	uint32_t count;
};

struct redaction {
	struct buf map; /* the report without it */
	uint32_t count[REDACT_KINDS];
	uint32_t dropped; /* keys */
	char key[40];     /* the first of them */
	unsigned nplaces;
	struct redaction_place place[REDACTION_PLACES];
};

/*
 * Fill in *redaction, its map owned by the caller, when the report holds
 * anything to take out; else false and nothing is allocated.  map is what
 * report was read from.  A text that its marks made longer than text_bytes
 * (names and words: REPORT_NAME_MAX) is cut there.  Out of memory sticks in
 * redaction->map.failed.
 */
bool redaction_make(const struct report *report, const struct value *map,
    uint32_t text_bytes, struct redaction *redaction);

/* Finds and dropped keys, all together. */
uint32_t redaction_total(const struct redaction *redaction);

/*
 * Tell them as problems, one a place, codes "redacted" and "dropped"; room is
 * made among those that are there.  problems may be NULL.
 */
void redaction_tell(const struct redaction *redaction,
    struct problems *problems);

#endif
