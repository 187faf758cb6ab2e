#include "daemon/store/db/overlay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "daemon/store/db/order.h"

enum { FIRST_SLOTS = 1024, FIRST_ROOM = 24, AHEAD = 32, LARGE = 2 << 20 };

/* Where a row lies, in units of 8 bytes; 0 is a free slot. */
struct slot {
	uint32_t hash;
	uint32_t place;
};

struct overlay {
	uint8_t *arena;
	uint64_t size; /* of the arena's address space */
	uint64_t used;
	struct slot *slot;
	uint32_t nslots; /* a power of two, or 0 */
	uint32_t nrows;
	uint64_t seed;
};

/* Multiply-and-fold over words: keys may be chosen by strangers, the seed is
 * not theirs. */
static uint64_t
fold(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = a;

	product *= b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t
hash_of(const struct overlay *overlay, enum keyspace keyspace, struct text key)
{
	uint64_t hash = overlay->seed ^ (key.len << 8 | (uint64_t)keyspace);
	uint64_t word;
	size_t left = key.len;
	const char *at = key.at;

	while (left >= 8) {
		memcpy(&word, at, 8);
		hash = fold(hash ^ word, UINT64_C(0x9e3779b97f4a7c15));
		at += 8;
		left -= 8;
	}
	word = 0;
	if (left)
		memcpy(&word, at, left);
	hash = fold(hash ^ word, UINT64_C(0xd6e8feb86659fd93));
	return (uint32_t)(fold(hash ^ overlay->seed,
			      UINT64_C(0xa0761d6478bd642f)) >>
	    32);
}

/*
 * Zeroed memory in large pages: rows and slots are met in no order, and half
 * of that cost would be finding their pages.  NULL without memory.
 */
static void *
map(uint64_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	if (bytes >= LARGE)
		(void)madvise(at, bytes, MADV_HUGEPAGE);
	return at;
}

static uint64_t
slot_bytes(uint32_t nslots)
{
	return nslots * (uint64_t)sizeof(struct slot);
}

static void
unmap(void *at, uint64_t bytes)
{
	if (at)
		(void)munmap(at, bytes);
}

struct overlay *
overlay_new(uint64_t arena_bytes, uint64_t seed)
{
	struct overlay *overlay = calloc(1, sizeof(*overlay));
	void *arena;

	if (!overlay)
		return NULL;
	overlay->size = (arena_bytes + 4095) & ~UINT64_C(4095);
	assert(overlay->size / 8 <= UINT32_MAX);
	arena = map(overlay->size);
	if (!arena) {
		free(overlay);
		return NULL;
	}
	overlay->arena = arena;
	overlay->used = 8; /* place 0 means none */
	overlay->seed = seed;
	return overlay;
}

void
overlay_free(struct overlay *overlay)
{
	if (!overlay)
		return;
	unmap(overlay->arena, overlay->size);
	unmap(overlay->slot, slot_bytes(overlay->nslots));
	free(overlay);
}

void
overlay_clear(struct overlay *overlay, bool give_back)
{
	if (give_back) {
		(void)madvise(overlay->arena, overlay->size, MADV_DONTNEED);
		unmap(overlay->slot, slot_bytes(overlay->nslots));
		overlay->slot = NULL;
		overlay->nslots = 0;
	} else if (overlay->slot) {
		memset(overlay->slot, 0,
		    overlay->nslots * sizeof(*overlay->slot));
	}
	overlay->used = 8;
	overlay->nrows = 0;
}

static struct overlay_row *
row_at(const struct overlay *overlay, uint32_t place)
{
	void *at = overlay->arena + (uint64_t)place * 8;

	return at;
}

struct overlay_row *
overlay_find(const struct overlay *overlay, enum keyspace keyspace,
    struct text key)
{
	uint32_t hash, i;

	if (overlay->nrows == 0)
		return NULL;
	hash = hash_of(overlay, keyspace, key);
	for (i = hash & (overlay->nslots - 1); overlay->slot[i].place;
	     i = (i + 1) & (overlay->nslots - 1)) {
		struct overlay_row *row;

		if (overlay->slot[i].hash != hash)
			continue;
		row = row_at(overlay, overlay->slot[i].place);
		if (row->keyspace == keyspace && row->nkey == key.len &&
		    !memcmp(row->key, key.at, key.len))
			return row;
	}
	return NULL;
}

void
overlay_prefetch_slot(const struct overlay *overlay, enum keyspace keyspace,
    struct text key)
{
	if (overlay->nrows > 0)
		__builtin_prefetch(
		    &overlay->slot[hash_of(overlay, keyspace, key) &
			(overlay->nslots - 1)]);
}

void
overlay_prefetch_row(const struct overlay *overlay, enum keyspace keyspace,
    struct text key)
{
	uint32_t hash, i;

	if (overlay->nrows == 0)
		return;
	hash = hash_of(overlay, keyspace, key);
	for (i = hash & (overlay->nslots - 1); overlay->slot[i].place;
	     i = (i + 1) & (overlay->nslots - 1)) {
		const char *row;

		if (overlay->slot[i].hash != hash)
			continue;
		row = (const char *)row_at(overlay, overlay->slot[i].place);
		__builtin_prefetch(row);
		__builtin_prefetch(row + 64);
		return;
	}
}

static void
put_slot(struct overlay *overlay, struct slot slot)
{
	uint32_t i = slot.hash & (overlay->nslots - 1);

	while (overlay->slot[i].place)
		i = (i + 1) & (overlay->nslots - 1);
	overlay->slot[i] = slot;
}

/* Keep the table at most half full. */
static bool
make_slot(struct overlay *overlay)
{
	struct slot *old = overlay->slot;
	uint32_t nold = overlay->nslots;
	uint32_t nslots = nold ? 2 * nold : FIRST_SLOTS;

	if (overlay->nrows < nold / 2)
		return true;
	overlay->slot = map(slot_bytes(nslots));
	if (!overlay->slot) {
		overlay->slot = old;
		return false;
	}
	overlay->nslots = nslots;
	for (uint32_t i = 0; i < nold; i++)
		if (old[i].place)
			put_slot(overlay, old[i]);
	unmap(old, slot_bytes(nold));
	return true;
}

static void *
take(struct overlay *overlay, size_t bytes)
{
	uint64_t size = ((uint64_t)bytes + 7) & ~UINT64_C(7);
	void *at = overlay->arena + overlay->used;

	if (size > overlay->size - overlay->used)
		return NULL;
	overlay->used += size;
	return at;
}

struct overlay_row *
overlay_add(struct overlay *overlay, enum keyspace keyspace, struct text key,
    struct text bytes, size_t room)
{
	uint64_t start = overlay->used;
	struct overlay_row *row;

	assert(key.len <= KEY_MAX && key.len > 0);
	room = (room < bytes.len ? bytes.len : room);
	room = ((room < FIRST_ROOM ? FIRST_ROOM : room) + 7) & ~(size_t)7;
	if (!make_slot(overlay))
		return NULL;
	row = take(overlay, offsetof(struct overlay_row, key) + key.len);
	if (!row)
		return NULL;
	row->at = take(overlay, room);
	if (!row->at) {
		overlay->used = start;
		return NULL;
	}
	if (bytes.len)
		memcpy(row->at, bytes.at, bytes.len);
	memset(row->at + bytes.len, 0, room - bytes.len);
	row->len = (uint32_t)bytes.len;
	row->room = (uint32_t)room;
	row->keyspace = (uint8_t)keyspace;
	row->nkey = (uint8_t)key.len;
	row->is_gone = false;
	memcpy(row->key, key.at, key.len);
	overlay->nrows++;
	put_slot(overlay,
	    (struct slot){ hash_of(overlay, keyspace, key),
		(uint32_t)(start / 8) });
	return row;
}

bool
overlay_has_room(const struct overlay *overlay, uint64_t bytes)
{
	return overlay->size - overlay->used >= bytes;
}

bool
overlay_grow(struct overlay *overlay, struct overlay_row *row, size_t room)
{
	size_t size = row->room;
	uint8_t *at;

	if (room <= size)
		return true;
	while (size < room)
		size *= 2;
	if (size > room + 512)
		size = (room + 7) & ~(size_t)7;
	at = take(overlay, size);
	if (!at)
		return false;
	memcpy(at, row->at, row->len);
	memset(at + row->len, 0, size - row->len);
	row->at = at;
	row->room = (uint32_t)size;
	return true;
}

void
overlay_row_len(struct overlay_row *row, size_t len)
{
	assert(len <= row->room);
	if (len < row->len)
		memset(row->at + len, 0, row->len - len);
	row->len = (uint32_t)len;
}

size_t
overlay_rows(const struct overlay *overlay)
{
	return overlay->nrows;
}

uint64_t
overlay_bytes(const struct overlay *overlay)
{
	return overlay->used + overlay->nslots * sizeof(struct slot);
}

/* --- in key order --- */

const struct overlay_row **
overlay_sorted(const struct overlay *overlay)
{
	struct order_entry *entries =
	    malloc(2 * (overlay->nrows + 1) * sizeof(*entries));
	const struct overlay_row **rows =
	    malloc((overlay->nrows + 1) * sizeof(*rows));
	const struct order_entry *sorted;
	uint32_t n = 0;

	if (!entries || !rows) {
		free(entries);
		free(rows);
		return NULL;
	}
	for (uint32_t i = 0; i < overlay->nslots; i++) {
		if (i + AHEAD < overlay->nslots)
			__builtin_prefetch(
			    row_at(overlay, overlay->slot[i + AHEAD].place));
		if (overlay->slot[i].place)
			entries[n++] = order_entry_of(
			    row_at(overlay, overlay->slot[i].place));
	}
	sorted = order_sort(entries, entries + n, n);
	for (uint32_t i = 0; i < n; i++)
		rows[i] = sorted[i].row;
	free(entries);
	return rows;
}
