/*
 * record_erase.h - headers of events about erasure; see record.h.  The body
 * of all but DONE is a MessagePack map {token, author, reason}.
 */
#ifndef TOCSIN_STORE_RECORD_ERASE_H
#define TOCSIN_STORE_RECORD_ERASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum erase_kind {
	ERASE_REPORT = 1, /* a report's contents, in every revision */
	ERASE_SOURCE = 2, /* what a reporter's pseudonym was */
	ERASE_NOTE = 3,   /* what a person wrote beside another event */
	ERASE_DONE = 4,   /* the bytes of all up to seq are gone */
	ERASE_EPOCH = 5,  /* pseudonyms of reporters under a key that is gone */
	ERASE_KIND_COUNT
};

struct record_erase {
	uint8_t kind;          /* enum erase_kind */
	uint32_t organisation; /* that asked for it, ordinal; 0: the daemon */
	uint8_t key[16];       /* REPORT: duplicate_key */
	uint64_t first_seq;    /* REPORT: its first event */
	uint64_t latest_seq;   /* REPORT: the event that counts it by now */
	uint32_t source;       /* SOURCE: ordinal */
	uint64_t seq;          /* NOTE: the event; DONE: the last erasure */
	uint32_t epoch;        /* EPOCH: of that key, and all before */
	uint32_t first, last;  /* EPOCH: rows of these ordinals of sources */
	bool is_whole;         /* EPOCH: with it all rows are done */
};

/* "report", "source", "note", "done", "epoch". */
const char *erase_kind_name(uint8_t kind);

/* Append the header bytes to out. */
void record_erase_write(struct buf *out, const struct record_erase *record);

/* Read header bytes; false when they are not such a header. */
bool record_erase_read(struct text header, struct record_erase *record);

#endif
