#include "daemon/core/duplicate.h"

#include <math.h>
#include <stdio.h>

#include "base/digest.h"
#include "daemon/core/fold.h"
#include "proto/value.h"

enum {
	FOLDED_MAX = 16384, /* bytes of a folded text that are compared */
	FOLDED_CHARACTER_MAX = 64, /* less room than this left: it was cut */
	DEPTH_MAX = 32,            /* the scanner passes no deeper frame */
};

/* Tags that keep kinds of value apart. */
enum { KIND_TEXT = 1, KIND_RAW, KIND_BOOL, KIND_FLOAT, KIND_LIST, KIND_MAP };

/* Room that no level of the walk needs for itself. */
struct fingerprint {
	char folded[FOLDED_MAX];
	const struct duplicate_keys *keys; /* of codes; NULL: there are none */
	bool is_match; /* leave out what a source renames, and the reporter */
};

/* One value's share.  An absent value has none. */
struct share {
	uint64_t hash;
	bool is_present;
};

static struct share share_of(struct fingerprint *fingerprint,
    const struct value *value, bool is_raw, unsigned depth);

/* The folded halves of a 128-bit product: each bit of a and b counts. */
static uint64_t
mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product =
	    (unsigned __int128)(a ^ 0x9e3779b97f4a7c15u) *
	    (b ^ 0xe7037ed1a0b428dbu);
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t
hash_bytes(uint64_t seed, struct text bytes)
{
	uint64_t hash = mix(seed, bytes.len);
	uint64_t block = 0;
	size_t i = 0;
	for (; bytes.len - i >= sizeof(block); i += sizeof(block)) {
		memcpy(&block, bytes.at + i, sizeof(block));
		hash = mix(hash, block);
	}
	block = 0;
	if (i < bytes.len)
		memcpy(&block, bytes.at + i, bytes.len - i);
	return mix(hash, block);
}

/*
 * A text counts as folded; one that folds to nothing is an edit away from
 * none and counts as absent.  What does not fit the buffer counts as given.
 */
static struct share
share_of_text(struct fingerprint *fingerprint, struct text text)
{
	struct text folded = { fingerprint->folded,
		fold_prose(text, fingerprint->folded, FOLDED_MAX) };
	if (folded.len > FOLDED_MAX - FOLDED_CHARACTER_MAX)
		return (struct share){ hash_bytes(KIND_RAW, text), true };
	return (struct share){ hash_bytes(KIND_TEXT, folded), folded.len > 0 };
}

/* Numbers count as their digits: 17 and "17" are one, whatever the width. */
static struct share
share_of_integer(uint64_t magnitude, bool is_negative)
{
	char digits[24];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + magnitude % 10);
		magnitude /= 10;
	} while (magnitude > 0);
	if (is_negative)
		digits[--at] = '-';
	struct text text = { digits + at, sizeof(digits) - at };
	return (struct share){ hash_bytes(KIND_TEXT, text), true };
}

/* A float of 64 bits and the same sent in 32 are one. */
static struct share
share_of_float(double real)
{
	float narrow = (float)real;
	uint32_t bits = 0x7fc00000; /* any that is no number */
	if (fabs(real) < 0x1p53 && real == floor(real))
		return share_of_integer((uint64_t)fabs(real), real < 0);
	if (!isnan(narrow))
		memcpy(&bits, &narrow, sizeof(bits));
	return (struct share){ mix(KIND_FLOAT, bits), true };
}

/* Items in any order; one item counts as itself, as on the wire. */
static struct share
share_of_list(struct fingerprint *fingerprint, const struct value *list,
    bool is_raw, unsigned depth)
{
	struct value_walk walk = value_walk(list);
	struct value item;
	uint64_t sum = 0;
	uint64_t last = 0;
	uint64_t count = 0;
	while (value_next(&walk, &item)) {
		struct share share =
		    share_of(fingerprint, &item, is_raw, depth + 1);
		if (!share.is_present)
			continue;
		last = share.hash;
		sum += mix(last, KIND_LIST);
		count++;
	}
	if (count == 1)
		return (struct share){ last, true };
	return (struct share){ mix(sum, count + KIND_LIST), count > 0 };
}

/* Does this text hold that word? */
static bool
has_word(struct text text, const char *word)
{
	return text.len && memmem(text.at, text.len, word, strlen(word));
}

/*
 * Between releases sources rename their categories, in columns of their own
 * too ("partner_product_category"), and their branches.
 */
static bool
is_left_out(const struct fingerprint *fingerprint, struct text name,
    unsigned depth)
{
	if (depth == 0 &&
	    (text_is(name, "id") || text_is(name, "amend_reason")))
		return true;
	return fingerprint->is_match && depth <= 1 &&
	    (has_word(name, "category") ||
		(depth == 0 && text_is(name, "reporter")) ||
		(depth == 1 && text_is(name, "group")));
}

/*
 * The reporter, and the serial of the product, are codes and count as given.
 * What is known of the rest of a report must not help to find them by trial.
 */
static struct share
share_of_code(struct fingerprint *fingerprint, const struct value *value,
    bool is_reporter)
{
	const struct duplicate_keys *keys = fingerprint->keys;
	const struct pseudonym_key *key = !keys ? NULL
	    : is_reporter                       ? keys->reporter
						: keys->serial;
	struct share share =
	    share_of(fingerprint, value, true, is_reporter ? 1 : 2);

	if (key && share.is_present)
		share.hash = value->kind == VALUE_STR
		    ? digest_sip64(key->sip, value->as.text.at,
			  value->as.text.len)
		    : digest_sip64(key->sip, &share.hash, sizeof(share.hash));
	return share;
}

/* Fields in any order.  At the top the id is no part of the content. */
static struct share
share_of_map(struct fingerprint *fingerprint, const struct value *map,
    bool is_raw, unsigned depth)
{
	struct value_walk walk = value_walk(map);
	struct value key;
	struct value item;
	uint64_t sum = 0;
	uint64_t count = 0;
	while (value_next_pair(&walk, &key, &item)) {
		struct text name = value_text(&key);
		if (is_left_out(fingerprint, name, depth))
			continue;
		bool is_code = (depth == 0 && text_is(name, "reporter")) ||
		    (depth == 1 && text_is(name, "serial"));
		struct share share = is_code
		    ? share_of_code(fingerprint, &item, depth == 0)
		    : share_of(fingerprint, &item, is_raw, depth + 1);
		if (!share.is_present)
			continue;
		sum += mix(hash_bytes(KIND_MAP, name), share.hash);
		count++;
	}
	return (struct share){ mix(sum, count + KIND_MAP), count > 0 };
}

static struct share
share_of(struct fingerprint *fingerprint, const struct value *value,
    bool is_raw, unsigned depth)
{
	const struct share absent = { 0, false };
	if (depth > DEPTH_MAX)
		return (
		    struct share){ hash_bytes(KIND_RAW, value->span), true };
	switch (value->kind) {
	case VALUE_NIL:
		return absent;
	case VALUE_BOOL:
		return (struct share){ mix(KIND_BOOL, value->as.yes), true };
	case VALUE_UINT:
		return share_of_integer(value->as.uint, false);
	case VALUE_INT:
		return share_of_integer(0 - (uint64_t)value->as.sint, true);
	case VALUE_FLOAT:
		return share_of_float(value->as.real);
	case VALUE_STR:
		if (!is_raw)
			return share_of_text(fingerprint, value->as.text);
		return (struct share){ hash_bytes(KIND_RAW, value->as.text),
			value->as.text.len > 0 };
	case VALUE_BIN:
		return (struct share){ hash_bytes(KIND_RAW, value->as.text),
			value->as.text.len > 0 };
	case VALUE_LIST:
		return share_of_list(fingerprint, value, is_raw, depth);
	case VALUE_MAP:
		return share_of_map(fingerprint, value, is_raw, depth);
	case VALUE_EXT:
		return (
		    struct share){ hash_bytes(KIND_RAW, value->span), true };
	}
	return absent;
}

uint64_t
duplicate_fingerprint(const struct report *report,
    const struct duplicate_keys *keys)
{
	struct fingerprint fingerprint;
	struct value map;
	uint64_t hash = 0;
	fingerprint.is_match = false;
	fingerprint.keys = keys;
	if (value_of(report->raw, &map))
		hash = share_of(&fingerprint, &map, false, 0).hash;
	return hash ? hash : 1;
}

/* 16 bits of a text inside a map of the report, folded. */
static uint32_t
tag_of(struct fingerprint *fingerprint, const struct value *report,
    const char *map, const char *field)
{
	struct value inner, value;
	if (!value_find(report, map, &inner) || inner.kind != VALUE_MAP ||
	    !value_find(&inner, field, &value))
		return 0;
	return (uint32_t)(share_of(fingerprint, &value, false, 2).hash >> 48);
}

struct duplicate_match
duplicate_match(struct text body)
{
	struct duplicate_match match = { 1, 0 };
	struct fingerprint fingerprint;
	struct value map;
	fingerprint.is_match = true;
	fingerprint.keys = NULL;
	if (!value_of(body, &map))
		return match;
	match.hash = share_of(&fingerprint, &map, false, 0).hash;
	match.tag = tag_of(&fingerprint, &map, "product", "category") << 16 |
	    tag_of(&fingerprint, &map, "origin", "group");
	return match;
}

void
duplicate_release_key(const uint8_t hash_key[16],
    const struct duplicate_name *name, uint32_t release, uint8_t out[16])
{
	char source[256];
	int len = snprintf(source, sizeof(source), "%.*s\x1f%u",
	    TEXT_ARG(name->source), release);
	duplicate_key(hash_key, name->organisation,
	    (struct text){ source, (size_t)len }, name->id, out);
	out[0] &= (uint8_t)~DUPLICATE_TIMED;
}

void
duplicate_key(const uint8_t hash_key[16], struct text organisation,
    struct text source, struct text id, uint8_t out[16])
{
	enum { TIME_BYTES = 6 };
	uint8_t parts[3][16];
	uint8_t raw[16];
	int64_t ms;
	digest_sip128(hash_key, organisation.at, organisation.len, parts[0]);
	digest_sip128(hash_key, source.at, source.len, parts[1]);
	digest_sip128(hash_key, id.at, id.len, parts[2]);
	digest_sip128(hash_key, parts, sizeof(parts), out);
	out[0] &= (uint8_t)~DUPLICATE_TIMED;
	if (uuid7_parse(id, &ms, raw) != 0)
		return;
	memcpy(out, raw, TIME_BYTES);
	out[0] |= DUPLICATE_TIMED;
}
