/*
 * report.h - a report as fields borrowed from its frame, and every check of
 * a report that needs no store and no vocabulary.
 */
#ifndef TOCSIN_PROTO_REPORT_H
#define TOCSIN_PROTO_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/text.h"
#include "proto/error.h"
#include "proto/value.h"

enum report_kind { REPORT_INCIDENT, REPORT_BREAKDOWN };

/* CPSC's ladder; UNSTATED is not NONE. */
enum severity {
	SEVERITY_UNSTATED,
	SEVERITY_NONE,
	SEVERITY_DAMAGE,
	SEVERITY_MINOR,
	SEVERITY_MEDICAL,
	SEVERITY_SEVERE,
	SEVERITY_FATAL,
	SEVERITY_COUNT
};

/* "unstated", "none", "damage" ... */
const char *severity_name(enum severity severity);
/* Index of a name, or -1. */
int severity_find(struct text name);
/* "incident", "breakdown" */
const char *report_kind_name(enum report_kind kind);

enum {
	REPORT_ID_MAX = 128,
	REPORT_NAME_MAX = 200,    /* brand, model, category, mode ... bytes */
	REPORT_LIST_MAX = 16,     /* gtin, lot, hazard, component */
	REPORT_UNKNOWN_MAX = 128, /* keys we do not know, all levels */
	REPORT_PROBLEMS_MAX = 8,
};

/*
 * Texts are trimmed of blanks; absent ones are empty; numbers -1 absent.
 * Copy one with report_copy only: id may point into id_digits.
 */
struct report {
	struct text raw; /* the whole map as received */
	struct text id;
	enum report_kind kind;
	enum severity severity;
	struct text category, brand, model, name, serial, subject_kind;
	struct text mode;
	struct value gtin, lot, hazard,
	    component; /* nil, one value or a list */
	int64_t injured, deaths, units;
	struct text outcome_status, outcome_barrier;
	char country[2]; /* alpha-2, upper case */
	struct text region;
	struct date occurred, purchased, filed;
	double age; /* years, -1 absent */
	struct text reporter;
	struct text text, lang;
	bool consent_publish, consent_share;
	struct text source, group, licence; /* of origin */
	struct text supersedes;
	bool is_filed_given; /* else filed is today */
	uint32_t unknown;   /* keys kept without being understood, all levels */
	char id_digits[24]; /* an id that came as an integer */
};

/* Copy a report; its texts go on borrowing from the same frame. */
void report_copy(struct report *to, const struct report *from);

/* Something accepted but worth telling. */
struct problem {
	const char *field; /* static */
	const char *code;  /* static, e.g. "country-mapped" */
	char text[120];
};

struct problems {
	uint32_t count; /* of item; more than the maximum are not kept */
	struct problem item[REPORT_PROBLEMS_MAX];
};

struct report_limits {
	uint32_t report_bytes; /* 64 KiB */
	uint32_t text_bytes;   /* 8 KiB */
	int32_t today; /* day number; filed and occurred may not be later than
			  tomorrow (zones), purchased neither */
};

/*
 * Read and check one report map.  0, or ERROR_INVALID / ERROR_TOO_LARGE with
 * the field's path ("product.gtin") and the rule.  problems may be NULL.
 * Texts borrow from raw.
 */
MUST_CHECK int report_read(struct report *report, const struct value *map,
    const struct report_limits *limits, struct problems *problems,
    struct refusal *why);

/* Walk a list field as texts (a lone value is a list of one; integers of
 * gtin are padded to 13 into scratch).  false at the end. */
struct report_list {
	struct value_walk walk;
	struct value lone;
	bool is_lone;
	char scratch[24];
};
struct report_list report_list(const struct value *field);
bool report_list_next(struct report_list *list, struct text *item);

/* Add a problem; beyond the maximum it is dropped. */
void problem_add(struct problems *problems, const char *field, const char *code,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
