/*
 * record_access.h - organisations that the operator named, and their tokens:
 * the headers of RECORD_ORGANISATION and RECORD_TOKEN, and their rows.  Who
 * did it and why stand in the body.
 */
#ifndef TOCSIN_STORE_RECORD_ACCESS_H
#define TOCSIN_STORE_RECORD_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* All that is said of an organisation; each event replaces the last. */
struct record_organisation {
	uint32_t organisation; /* ordinal */
	bool is_removed;
	bool is_trusted;
	uint8_t trust;           /* twentieths */
	int32_t probation_until; /* day; INT32_MIN none */
	uint32_t nsites;
	struct text name, note;
	struct text sites; /* nsites lengths and texts: cut_string */
};

/* What happens to a token. */
enum token_act {
	TOKEN_MADE,
	TOKEN_REVOKED,
	TOKEN_USED, /* for the first time on a day */
	TOKEN_ACT_COUNT
};

enum { TOKEN_HASH_BYTES = 32 };

struct record_token {
	uint8_t act; /* enum token_act; all below is of TOKEN_MADE */
	uint32_t token;
	uint32_t organisation;
	uint8_t roles;      /* ACCESS_ROLE bits */
	int64_t expires_ms; /* 0: never */
	uint8_t hash[TOKEN_HASH_BYTES];
	struct text scope; /* MessagePack map as tokens.add's, or empty */
	struct text note;
	bool may_read_text; /* others' free texts, where they agreed */
};

/* KEYSPACE_ACCESS */
struct access_row {
	int64_t made_ms;
	int64_t revoked_ms; /* 0: it is not */
	int64_t used_ms;    /* 0: never */
	struct record_token made;
};

/* Append the header; read it, borrowing: false when it is none. */
void record_organisation_write(struct buf *out,
    const struct record_organisation *record);
bool record_organisation_read(struct text header,
    struct record_organisation *record);
void record_token_write(struct buf *out, const struct record_token *record);
bool record_token_read(struct text header, struct record_token *record);

/* The same of a row.  That of an organisation is its header. */
void access_row_write(struct buf *out, const struct access_row *row);
bool access_row_read(struct text bytes, struct access_row *row);

#endif
