/*
 * record_type.h - what an event of the log is.  A type keeps its number for
 * ever.
 */
#ifndef TOCSIN_STORE_RECORD_TYPE_H
#define TOCSIN_STORE_RECORD_TYPE_H

#include <stdbool.h>
#include <stdint.h>

enum record_type {
	RECORD_NAME = 1,        /* a name got its ordinal; body: the name */
	RECORD_PRODUCT = 2,     /* a product was first named, or named anew */
	RECORD_PRODUCT_KEY = 3, /* a product got one more key */
	RECORD_SPELLING = 4,    /* a product's name as written */
	RECORD_REPORT = 5,      /* body: the report as received */
	RECORD_AMEND = 6,       /* body: the report as received */
	RECORD_WITHDRAW = 7,    /* body: the reason */
	RECORD_ALERT = 8,       /* an alert's transition; the whole alert */
	RECORD_DURABLE = 9,     /* a durable cursor made, moved or refiltered */
	RECORD_RULES = 10,      /* rules loaded; body: their names */
	RECORD_ORIGIN = 11,     /* how a source gives its ids, or its release */
	RECORD_RESUBMIT = 12,   /* what a release calls a report */
	RECORD_CURATION = 13,   /* record_curation.h; body: author, reason */
	RECORD_REGROUP = 14,    /* a report is of another product from now on */
	RECORD_REGROUPED = 15,  /* record_regrouped.h: how far that has come */
	RECORD_LINK = 16,       /* record_judgement.h; body: author, reason */
	RECORD_UNLINK = 17,     /* the same: unlink, refuse, allow */
	RECORD_REMEDY = 19,     /* record_remedy.h; body: author, reason */
	RECORD_PRIOR = 20,      /* record_prior.h: streams of a category */
	RECORD_ERASE = 24,      /* record_erase.h; body: author, reason */
	RECORD_ORGANISATION = 25, /* record_access.h; body: who, why */
	RECORD_TOKEN = 26,        /* the same */
	RECORD_KEY_EPOCH = 27,    /* record_key.h; body: who, why */
	RECORD_AUDIT = 28,        /* record_audit.h; body: who, why */
};

/* For logs and docs: "name", "product" ... */
const char *record_type_name(uint8_t type);

/* Has it a struct record_report: is it an event of one report? */
bool record_is_of_report(uint8_t type);

#endif
