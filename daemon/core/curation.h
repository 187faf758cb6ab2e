/*
 * curation.h - what people may decide of products over the rules' heads.
 * Every act is an event: sticky (the next report does not undo it), undoable
 * by another act, and kept with who, why and when.
 */
#ifndef TOCSIN_CORE_CURATION_H
#define TOCSIN_CORE_CURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Numbers stand in the log: only ever appended. */
enum curation_kind {
	CURATION_MERGE = 1,      /* product is other: read through other */
	CURATION_SPLIT = 2,      /* product stands for itself again */
	CURATION_ALIAS = 3,      /* what bears this name or code is product */
	CURATION_UNALIAS = 4,    /* ... no longer */
	CURATION_RENAME = 5,     /* show product so */
	CURATION_DISTINCT = 6,   /* product and other are not the same */
	CURATION_INDISTINCT = 7, /* that is taken back */
	CURATION_KIND_COUNT,
};

/* "merge", "split" ...; static. */
const char *curation_kind_name(uint8_t kind);

/* The kind that takes this one back. */
enum curation_kind curation_inverse(enum curation_kind kind);

#endif
