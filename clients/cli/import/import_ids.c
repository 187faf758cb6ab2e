#include "clients/cli/import/import_ids.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "clients/cli/formats/map_value.h"

enum { DIGEST = 16, FIRST_SLOTS = 1024 };

/*
 * An open hash table of digests.  It grows by 24 bytes a distinct row: what
 * knowing that two rows are equal takes.
 */
struct slot {
	uint8_t digest[DIGEST];
	uint64_t seen; /* 0: free */
};

struct content_ids {
	struct slot *slot; /* owned */
	size_t nslots;     /* a power of two */
	size_t used;
};

struct content_ids *
content_ids_new(void)
{
	struct content_ids *ids = calloc(1, sizeof(*ids));
	if (!ids)
		return NULL;
	ids->nslots = FIRST_SLOTS;
	ids->slot = calloc(ids->nslots, sizeof(*ids->slot));
	if (ids->slot)
		return ids;
	free(ids);
	return NULL;
}

void
content_ids_free(struct content_ids *ids)
{
	if (!ids)
		return;
	free(ids->slot);
	free(ids);
}

static struct slot *
find(struct slot *slot, size_t nslots, const uint8_t digest[DIGEST])
{
	uint64_t at;
	memcpy(&at, digest, sizeof(at));
	for (at &= nslots - 1;; at = (at + 1) & (nslots - 1)) {
		if (!slot[at].seen || !memcmp(slot[at].digest, digest, DIGEST))
			return &slot[at];
	}
}

static int
grow(struct content_ids *ids)
{
	size_t nslots = 2 * ids->nslots;
	struct slot *slot = calloc(nslots, sizeof(*slot));
	if (!slot)
		return -1;
	for (size_t i = 0; i < ids->nslots; i++) {
		if (ids->slot[i].seen)
			*find(slot, nslots, ids->slot[i].digest) = ids->slot[i];
	}
	free(ids->slot);
	ids->slot = slot;
	ids->nslots = nslots;
	return 0;
}

int
content_id(struct content_ids *ids, const struct record *record, uint32_t count,
    char out[IMPORT_ID_MAX])
{
	uint8_t digest[DIGEST];
	struct buf bytes = { 0 };
	struct slot *slot;
	size_t len;
	buf_string(&bytes, record->json);
	for (uint32_t i = 0; i < count; i++)
		buf_string(&bytes, map_trim(record->cell[i]));
	if (bytes.failed || (2 * ids->used > ids->nslots && grow(ids))) {
		buf_free(&bytes);
		return -1;
	}
	digest_blake2b(NULL, 0, bytes.at, bytes.len, digest, DIGEST);
	buf_free(&bytes);
	slot = find(ids->slot, ids->nslots, digest);
	if (!slot->seen++) {
		memcpy(slot->digest, digest, DIGEST);
		ids->used++;
	}
	memcpy(out, "row-", 4);
	digest_hex(digest, DIGEST, out + 4);
	len = strlen(out);
	if (slot->seen > 1)
		snprintf(out + len, IMPORT_ID_MAX - len, "-%llu",
		    (unsigned long long)slot->seen);
	return 0;
}
