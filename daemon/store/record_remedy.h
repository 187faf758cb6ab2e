/*
 * record_remedy.h - a fix or a recall of a product that people declared, or
 * that one was declared in error: the header of a RECORD_REMEDY, and its row.
 * Who, why and where it can be read stand in the body.
 */
#ifndef TOCSIN_STORE_RECORD_REMEDY_H
#define TOCSIN_STORE_RECORD_REMEDY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum remedy_kind { REMEDY_FIX, REMEDY_RECALL, REMEDY_KIND_COUNT };

/* "fix", "recall"; -1 when it is neither. */
const char *remedy_kind_name(uint8_t kind);
int remedy_kind_find(struct text name);

struct record_remedy {
	uint32_t product;
	uint16_t mode;   /* 0: all */
	uint8_t kind;    /* enum remedy_kind */
	int32_t date;    /* day */
	uint64_t undoes; /* the act taken back; 0 none */
	uint32_t alert;  /* it was declared of; 0 none */
};

/* KEYSPACE_REMEDY: a list of these, by sequence. */
struct remedy_entry {
	uint64_t seq;
	uint64_t undone_by; /* 0: in force */
	int32_t date;
	uint8_t kind;
	uint8_t reserved[3]; /* 0 */
};
enum { REMEDIES_MAX = 64 };

/* Append the header; read it: false when it is none. */
void record_remedy_write(struct buf *out, const struct record_remedy *record);
bool record_remedy_read(struct text header, struct record_remedy *record);

#endif
