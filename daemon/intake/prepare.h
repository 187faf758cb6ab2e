/*
 * prepare.h - what can be known of a report before the store is asked: its
 * fields checked, its names folded, its keys hashed.  Pure; runs on the loop
 * thread, so that the writer only looks up and counts.
 */
#ifndef TOCSIN_INTAKE_PREPARE_H
#define TOCSIN_INTAKE_PREPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/duplicate.h"
#include "daemon/core/evidence.h"
#include "daemon/core/product.h"
#include "daemon/core/pseudonym.h"
#include "proto/report.h"

enum backfill { BACKFILL_AUTO, BACKFILL_ALL, BACKFILL_NONE };

/* "" and "auto", "all", "none"; -1 for anything else. */
int backfill_find(struct text word);

struct prepare_options {
	const struct vocabulary *vocabulary;
	struct report_limits limits;
	const uint8_t *hash_key; /* the store's, 16 bytes */
	const struct pseudonym_keys *keys;
	struct text organisation;
	enum backfill backfill;
	int32_t backfill_days;
	bool compares; /* fill in evidence, so that duplicates are looked for */
};

/* A name as the store knows names: its text and the hash it is found by. */
enum { SOURCE_NAME_MAX = 3 * 200 + 8 };

struct candidate {
	struct report report; /* borrows from the frame */
	/*
	 * What is kept of it: a place among the bodies that were rewritten to
	 * conceal something, or, when body_len is 0, the report as it came.
	 */
	uint32_t body_at, body_len;
	struct product_identity identity;
	struct product_key product_key[2];
	unsigned nproduct_keys;
	uint8_t key[16]; /* duplicate_key */
	uint64_t fingerprint;
	uint64_t fingerprint_before; /* under the reporters' key before; or 0 */
	bool is_backfill;
	bool has_evidence;
	struct evidence evidence; /* what needs no store */
	uint64_t mode_hash, source_hash, origin_hash, licence_hash;
	uint64_t source_before; /* its hash under the key before; 0 none */
	struct duplicate_match match; /* only where ids are EPOCH */
};

/*
 * The name of the report's source: a reporter's (pseudonym_name),
 * "g:<organisation>/<origin>/<group>" or "s:<organisation>/<origin>".
 */
struct text prepare_source(const struct prepare_options *options,
    const struct report *report, char out[SOURCE_NAME_MAX]);

/*
 * Check one report map and fill the candidate.  0, or the refusal's code.
 * problems may be NULL.
 */
MUST_CHECK int prepare_report(const struct prepare_options *options,
    const struct value *map, struct candidate *candidate,
    struct problems *problems, struct refusal *why);

/*
 * The hash under which the source of this reporter is held, by the pseudonym
 * (as conceal.h makes it) of this epoch.
 */
uint64_t prepare_reporter_hash(const uint8_t hash_key[16], uint32_t epoch,
    const char *pseudonym);

/* Are these contents those of that fingerprint, under either key? */
bool prepare_is_same(const struct candidate *candidate, uint64_t fingerprint);

/* The hash under which a name of this kind is held. */
uint64_t prepare_name_hash(const uint8_t hash_key[16], uint8_t kind,
    struct text name);

/*
 * The hash under which an organisation's import label is held: another's label
 * of the same name is another import.  Each at most 64 bytes.
 */
uint64_t prepare_label_hash(const uint8_t hash_key[16],
    struct text organisation, struct text label);

/* The key of the report that organisation and source call id. */
void prepare_key(const struct prepare_options *options, struct text source,
    struct text id, uint8_t out[16]);

#endif
