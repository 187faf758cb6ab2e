/*
 * judgement.h - what people may decide of reports over the linkage's head: that
 * two tell of one event, or do not.  Every act is an event: remembered,
 * undoable by another act, and kept with who, why and when.
 */
#ifndef TOCSIN_CORE_JUDGEMENT_H
#define TOCSIN_CORE_JUDGEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/cases.h"

/* Numbers stand in the log: only ever appended. */
enum judgement_kind {
	JUDGEMENT_LINK = 1,   /* one event: two cases become one */
	JUDGEMENT_UNLINK = 2, /* reports leave the case they are in */
	JUDGEMENT_REFUSE = 3, /* not the same event; never joined again */
	JUDGEMENT_ALLOW = 4,  /* that is taken back */
	JUDGEMENT_KIND_COUNT,
};

/* "link", "unlink" ...; static. */
const char *judgement_kind_name(uint8_t kind);

/* The kind that takes this one back. */
enum judgement_kind judgement_inverse(enum judgement_kind kind);

/* A report's share in a count of cases: of a mode, or (0) of the product. */
struct judgement_share {
	uint16_t mode;
	uint64_t seq;
};

enum { JUDGEMENT_SHARES_MAX = CASES_MEMBERS_MAX + 1 };

/*
 * A case's members in order of joining, of one product, and which of them
 * (is_other) are one side of it.  Whoever is first of a mode, or of all, brings
 * the case there.  The shares of those who bring one only while the sides are
 * two cases: so many cases there are more when they are parted, fewer when
 * they are joined.  Returns how many.
 */
unsigned judgement_shares(const struct evidence *members, const bool *is_other,
    unsigned count, struct judgement_share out[JUDGEMENT_SHARES_MAX]);

#endif
