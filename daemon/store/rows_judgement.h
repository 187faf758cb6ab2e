/*
 * rows_judgement.h - the rows of what people say of reports: their structs, as
 * they are stored.
 */
#ifndef TOCSIN_STORE_ROWS_JUDGEMENT_H
#define TOCSIN_STORE_ROWS_JUDGEMENT_H

#include <stdint.h>

/* KEYSPACE_REVIEW */
struct review_row {
	uint64_t other; /* first sequence of the report most alike */
	uint16_t permille;
	uint8_t rule;        /* enum linkage_rule */
	uint8_t reserved[5]; /* 0 */
};

/* KEYSPACE_REVIEW_OF: so many sequences; more reports do not wait for one. */
enum { REVIEWS_OF_ONE_MAX = 200 };

/* KEYSPACE_APART */
struct apart_row {
	uint64_t act;      /* that told them apart; it may be undone since */
	uint32_t product;  /* under which that act stands */
	uint32_t reserved; /* 0 */
};

/* KEYSPACE_JUDGEMENT; edited in place. */
enum { JUDGED_MAX = 32 };
struct judgement_row {
	uint64_t undone_by; /* the act that took it back; 0 none */
	uint32_t kind;      /* enum judgement_kind */
	uint32_t count;     /* at most JUDGED_MAX */
	uint64_t seq[];     /* reports concerned, by first sequence */
};

#endif
