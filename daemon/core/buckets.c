#include "daemon/core/buckets.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

struct buckets {
	uint8_t key[16];
	uint32_t rows; /* a power of two */
	struct buckets_row row[];
};

struct buckets *
buckets_new(uint32_t rows, const uint8_t key[16])
{
	struct buckets *buckets;

	assert(rows >= BUCKETS_PROBES && !(rows & (rows - 1)));
	buckets = calloc(1, sizeof(*buckets) + rows * sizeof(buckets->row[0]));
	if (!buckets)
		return NULL;
	memcpy(buckets->key, key, sizeof(buckets->key));
	buckets->rows = rows;
	return buckets;
}

void
buckets_free(struct buckets *buckets)
{
	free(buckets);
}

static bool
is_free(const struct buckets_row *row, int64_t now_us)
{
	for (unsigned i = 0; i < BUCKETS_EACH; i++)
		if (!bucket_is_full(&row->bucket[i], now_us))
			return false;
	return true;
}

/* One of the two places where a name may stand. */
struct place {
	struct buckets_row *own;   /* the name's, if it stands here */
	struct buckets_row *spare; /* the first free one */
	unsigned nfree;
};

static struct place
look_at(struct buckets *buckets, uint32_t at, uint64_t hash, int64_t now_us)
{
	struct place place = { 0 };

	for (uint32_t i = 0; i < BUCKETS_PROBES / 2; i++) {
		struct buckets_row *row =
		    &buckets->row[(at + i) & (buckets->rows - 1)];

		if (row->hash == hash)
			place.own = row;
		if (!is_free(row, now_us))
			continue;
		if (!place.nfree++)
			place.spare = row;
	}
	return place;
}

/*
 * The emptier of two places, so that all of them fill alike (Azar and others,
 * Balanced Allocations, SIAM J. Comput. 29, 1999).
 */
struct buckets_row *
buckets_find(struct buckets *buckets, struct text name, int64_t now_us)
{
	uint64_t hash = digest_sip64(buckets->key, name.at, name.len) | 1;
	struct place a = look_at(buckets, (uint32_t)(hash >> 32), hash, now_us);
	struct place b = look_at(buckets, (uint32_t)(hash >> 1), hash, now_us);
	struct buckets_row *spare = a.nfree >= b.nfree ? a.spare : b.spare;

	if (a.own || b.own)
		return a.own ? a.own : b.own;
	if (spare)
		*spare = (struct buckets_row){ .hash = hash };
	return spare;
}
