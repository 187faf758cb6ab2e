/*
 * keys.h - the key of every keyspace (keyspaces.def), made in one place.
 * Keys are at most KEY_MAX bytes; a struct key may be copied.
 */
#ifndef TOCSIN_STORE_DB_KEYS_H
#define TOCSIN_STORE_DB_KEYS_H

#include <stdint.h>
#include <stdio.h>

#include "base/text.h"

enum keyspace {
#define KEYSPACE(name, lmdb, version, key, row, meaning) KEYSPACE_##name,
#include "daemon/store/db/keyspaces.def"
#undef KEYSPACE
	KEYSPACE_COUNT
};

struct keyspace_entry {
	const char *name;
	uint8_t version;
	const char *key, *row, *meaning;
};
extern const struct keyspace_entry keyspaces[KEYSPACE_COUNT];

enum { KEY_MAX = 64, ROW_MAX = 1900 };

struct key {
	uint8_t len;
	uint8_t at[KEY_MAX];
};

/* The key as borrowed text; lives as long as the struct. */
static inline struct text
key_text(const struct key *key)
{
	return (struct text){ (const char *)key->at, key->len };
}

enum group_part {
	PART_AGGREGATE,
	PART_WINDOW,
	PART_SOURCE,  /* mode 0, ordinal: source; row: struct member_row */
	PART_ALARM,   /* ordinal: rule id; row: struct alarm */
	PART_OVERLAP, /* of a root: sources counted more than once, u32 */
	PART_STREAM,  /* of a root; mode 0: ordinal: 1 + hazard; else 0, of a
			 mode that only what was merged into it counts; row:
			 struct stream */
};

enum name_kind {
	NAME_ORGANISATION,
	NAME_SOURCE,
	NAME_MODE,
	NAME_LICENCE,
	NAME_LABEL,
	NAME_ORIGIN, /* origin.source */
	NAME_KIND_COUNT
};

/* One maker a keyspace; keyspaces.def says how its key is laid out. */
struct key key_report(const uint8_t id[16]);
struct key key_import(uint32_t label, uint64_t seq);
struct key key_product(uint32_t product);
struct key key_product_key(const uint8_t hash[16]);
struct key key_spelling(uint32_t product, uint32_t hash);
struct key key_group(uint32_t product, uint16_t mode, enum group_part part,
    uint32_t ordinal);
struct key key_family(uint32_t product);
struct key key_act(uint32_t product, uint64_t seq);
struct key key_distinct(uint32_t one, uint32_t other); /* in any order */
struct key key_case(uint64_t seq);
struct key key_case_of(uint64_t seq);
struct key key_token(uint64_t hash);
struct key key_review(uint32_t product, uint64_t seq);
struct key key_review_of(uint64_t seq);
struct key key_apart(uint64_t one, uint64_t other); /* in any order */
struct key key_judgement(uint32_t product, uint64_t seq);
struct key key_remedy(uint32_t product, uint16_t mode);
struct key key_day(int32_t day, uint32_t product, uint16_t mode);
struct key key_name_hash(enum name_kind kind, uint64_t hash);
struct key key_name_ordinal(enum name_kind kind, uint32_t ordinal);
struct key key_alert(uint32_t alert);
struct key key_alert_event(uint64_t seq);
struct key key_audit(uint64_t seq);
struct key key_volume(uint64_t hash, uint16_t block);
struct key key_prior(uint64_t hash);
struct key key_durable(const uint8_t hash[16]);
struct key key_sender(uint32_t organisation);
struct key key_organisation(uint32_t organisation);
struct key key_access(uint32_t token);
struct key key_epoch(uint32_t epoch);
struct key key_counter(const char *name);
struct key key_origin(uint32_t organisation, uint32_t origin);
struct key key_release_id(const uint8_t id[16]);
/* The pages of one match differ in their last four bytes. */
struct key key_match(uint32_t organisation, uint32_t origin, uint64_t match,
    uint32_t page);

/* Numbers back out of keys, at a byte offset. */
uint16_t key_u16(struct text key, unsigned at);
uint32_t key_u32(struct text key, unsigned at);
uint64_t key_u64(struct text key, unsigned at);

/* The table of keyspaces.def in Markdown, for docs/storage.md. */
void keyspaces_describe(FILE *out);

#endif
