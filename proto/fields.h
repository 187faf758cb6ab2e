/*
 * fields.h - fields.def as a table: what a report may hold, and where in
 * struct report it goes.  Tables only; any thread.
 */
#ifndef TOCSIN_PROTO_FIELDS_H
#define TOCSIN_PROTO_FIELDS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"
#include "proto/message.h"

enum report_field_kind {
	REPORT_FIELD_ID,   /* struct text; an integer counts as its decimals */
	REPORT_FIELD_KIND, /* enum report_kind */
	REPORT_FIELD_SEVERITY, /* enum severity */
	REPORT_FIELD_COUNT,    /* int64_t, -1 absent */
	REPORT_FIELD_COUNTRY,  /* char[2] */
	REPORT_FIELD_LINE,     /* struct text, no control characters */
	REPORT_FIELD_PROSE,    /* struct text, newlines and tabs allowed */
	REPORT_FIELD_LANG,     /* struct text */
	REPORT_FIELD_DATE,     /* struct date */
	REPORT_FIELD_YEARS,    /* double, -1 absent */
	REPORT_FIELD_FLAG,     /* bool */
	REPORT_FIELD_LIST,  /* struct value: nil, a line, or a list of lines */
	REPORT_FIELD_CODES, /* as LIST, integers allowed */
	REPORT_FIELD_MAP,   /* a group */
	REPORT_FIELD_KINDS
};

enum report_group {
	GROUP_TOP,
	GROUP_PRODUCT,
	GROUP_FAILURE,
	GROUP_OUTCOME,
	GROUP_CONSENT,
	GROUP_ORIGIN,
	GROUP_COUNT
};

struct report_field {
	const char *path; /* "product.gtin" */
	const char *key;  /* "gtin" */
	uint8_t index;    /* of this row */
	uint8_t kind;     /* enum report_field_kind */
	uint8_t need;     /* enum field_need */
	uint8_t group;    /* enum report_group; of a MAP: the group it holds */
	uint32_t offset;  /* in struct report */
	uint32_t min, max;
	const char *meaning;
};

/* Every row, by group; *count of them (fewer than 64).  Static. */
const struct report_field *report_fields(unsigned *count);

/* Bit i: row i is required. */
uint64_t report_fields_required(void);

/*
 * The row of key in group, or NULL.  *hint is where to look first, zeroed
 * before the first key of a map; senders keep an order, so the row behind
 * the last one found is nearly always it.
 */
const struct report_field *report_field_find(enum report_group group,
    struct text key, unsigned *hint);

/* The nearest row when somebody wrote key in group, or NULL. */
const struct report_field *report_field_nearest(enum report_group group,
    struct text key);

/* "product" ...; "" for GROUP_TOP. */
const char *report_group_name(enum report_group group);

/* "line", "date" ... */
const char *report_field_kind_name(enum report_field_kind kind);

/* Print every key as a Markdown table, for docs/protocol.md. */
void report_describe(FILE *out);

#endif
