#include "daemon/store/db/keys.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const struct keyspace_entry keyspaces[KEYSPACE_COUNT] = {
/* clang-format off */
#define KEYSPACE(name, lmdb, version, key, row, meaning) \
	[KEYSPACE_##name] = { lmdb, version, key, row, meaning },
#include "daemon/store/db/keyspaces.def"
#undef KEYSPACE
	/* clang-format on */
};

/* Append a number, big-endian, so that keys sort by it. */
static inline void
add_number(struct key *key, uint64_t value, unsigned nbytes)
{
	uint64_t bytes = __builtin_bswap64(value << (64 - 8 * nbytes));

	assert(nbytes > 0 && nbytes <= 8 && key->len + nbytes <= KEY_MAX);
	memcpy(key->at + key->len, &bytes, nbytes);
	key->len = (uint8_t)(key->len + nbytes);
}

static void
add_bytes(struct key *key, const void *bytes, size_t len)
{
	assert(key->len + len <= KEY_MAX);
	memcpy(key->at + key->len, bytes, len);
	key->len = (uint8_t)(key->len + len);
}

struct key
key_report(const uint8_t id[16])
{
	struct key key = { 0 };

	add_bytes(&key, id, 16);
	return key;
}

struct key
key_import(uint32_t label, uint64_t seq)
{
	struct key key = { 0 };

	add_number(&key, label, 4);
	add_number(&key, seq, 8);
	return key;
}

struct key
key_product(uint32_t product)
{
	struct key key = { 0 };

	add_number(&key, product, 4);
	return key;
}

struct key
key_product_key(const uint8_t hash[16])
{
	struct key key = { 0 };

	add_bytes(&key, hash, 16);
	return key;
}

struct key
key_spelling(uint32_t product, uint32_t hash)
{
	struct key key = { 0 };

	add_number(&key, product, 4);
	add_number(&key, hash, 4);
	return key;
}

struct key
key_group(uint32_t product, uint16_t mode, enum group_part part,
    uint32_t ordinal)
{
	struct key key = { 0 };

	add_number(&key, product, 4);
	add_number(&key, mode, 2);
	add_number(&key, (uint64_t)part, 1);
	add_number(&key, ordinal, 4);
	return key;
}

struct key
key_family(uint32_t product)
{
	return key_product(product);
}

struct key
key_act(uint32_t product, uint64_t seq)
{
	struct key key = key_product(product);

	add_number(&key, seq, 8);
	return key;
}

struct key
key_distinct(uint32_t one, uint32_t other)
{
	struct key key = key_product(one < other ? one : other);

	add_number(&key, one < other ? other : one, 4);
	return key;
}

struct key
key_case(uint64_t seq)
{
	struct key key = { 0 };

	add_number(&key, seq, 8);
	return key;
}

struct key
key_case_of(uint64_t seq)
{
	return key_case(seq);
}

struct key
key_review(uint32_t product, uint64_t seq)
{
	return key_act(product, seq);
}

struct key
key_review_of(uint64_t seq)
{
	return key_case(seq);
}

struct key
key_apart(uint64_t one, uint64_t other)
{
	struct key key = key_case(one < other ? one : other);

	add_number(&key, one < other ? other : one, 8);
	return key;
}

struct key
key_judgement(uint32_t product, uint64_t seq)
{
	return key_act(product, seq);
}

struct key
key_remedy(uint32_t product, uint16_t mode)
{
	struct key key = { 0 };

	add_number(&key, product, 4);
	add_number(&key, mode, 2);
	return key;
}

/* Days are not negative in practice: those before 1970 sort last. */
struct key
key_token(uint64_t hash)
{
	struct key key = { 0 };

	add_number(&key, hash, 8);
	return key;
}

struct key
key_day(int32_t day, uint32_t product, uint16_t mode)
{
	struct key key = { 0 };

	add_number(&key, (uint32_t)day, 4);
	add_number(&key, product, 4);
	add_number(&key, mode, 2);
	return key;
}

struct key
key_name_hash(enum name_kind kind, uint64_t hash)
{
	struct key key = { 0 };

	add_number(&key, (uint64_t)kind, 1);
	add_number(&key, hash, 8);
	return key;
}

struct key
key_name_ordinal(enum name_kind kind, uint32_t ordinal)
{
	struct key key = { 0 };

	add_number(&key, (uint64_t)kind, 1);
	add_number(&key, 0, 1);
	add_number(&key, ordinal, 4);
	return key;
}

struct key
key_origin(uint32_t organisation, uint32_t origin)
{
	struct key key = { 0 };

	add_number(&key, organisation, 4);
	add_number(&key, origin, 4);
	return key;
}

struct key
key_release_id(const uint8_t id[16])
{
	return key_report(id);
}

struct key
key_match(uint32_t organisation, uint32_t origin, uint64_t match, uint32_t page)
{
	struct key key = key_origin(organisation, origin);

	add_number(&key, match, 8);
	add_number(&key, page, 4);
	return key;
}

struct key
key_alert(uint32_t alert)
{
	struct key key = { 0 };

	add_number(&key, alert, 4);
	return key;
}

struct key
key_alert_event(uint64_t seq)
{
	struct key key = { 0 };

	add_number(&key, seq, 8);
	return key;
}

struct key
key_audit(uint64_t seq)
{
	return key_alert_event(seq);
}

struct key
key_volume(uint64_t hash, uint16_t block)
{
	struct key key = key_prior(hash);

	add_number(&key, block, 2);
	return key;
}

struct key
key_prior(uint64_t hash)
{
	struct key key = { 0 };

	add_number(&key, hash, 8);
	return key;
}

struct key
key_durable(const uint8_t hash[16])
{
	struct key key = { 0 };

	add_bytes(&key, hash, 16);
	return key;
}

struct key
key_sender(uint32_t organisation)
{
	struct key key = { 0 };

	add_number(&key, organisation, 4);
	return key;
}

struct key
key_organisation(uint32_t organisation)
{
	struct key key = { 0 };

	add_number(&key, organisation, 4);
	return key;
}

struct key
key_access(uint32_t token)
{
	return key_organisation(token);
}

struct key
key_epoch(uint32_t epoch)
{
	return key_organisation(epoch);
}

struct key
key_counter(const char *name)
{
	struct key key = { 0 };

	add_bytes(&key, name, strlen(name));
	return key;
}

static uint64_t
get_number(struct text key, unsigned at, unsigned nbytes)
{
	uint64_t value = 0;

	assert(at + nbytes <= key.len);
	for (unsigned i = 0; i < nbytes; i++)
		value = value << 8 | (uint8_t)key.at[at + i];
	return value;
}

uint16_t
key_u16(struct text key, unsigned at)
{
	return (uint16_t)get_number(key, at, 2);
}

uint32_t
key_u32(struct text key, unsigned at)
{
	return (uint32_t)get_number(key, at, 4);
}

uint64_t
key_u64(struct text key, unsigned at)
{
	return get_number(key, at, 8);
}

void
keyspaces_describe(FILE *out)
{
	(void)fprintf(out,
	    "| key space | version | key | row | meaning |\n"
	    "|---|---|---|---|---|\n");
	for (unsigned i = 0; i < KEYSPACE_COUNT; i++) {
		const struct keyspace_entry *entry = &keyspaces[i];

		(void)fprintf(out, "| `%s` | %u | ", entry->name,
		    (unsigned)entry->version);
		/* A bar would end the cell. */
		for (const char *at = entry->key; *at; at++)
			(void)fprintf(out, *at == '|' ? "\\|" : "%c", *at);
		(void)fprintf(out, " | %s | %s |\n", entry->row,
		    entry->meaning);
	}
}
