#include "daemon/core/labels.h"

#include <stdlib.h>

#include "daemon/core/fold.h"

enum { SLOTS_MIN = 64 };

struct label_slot {
	uint32_t hash;
	uint32_t at;  /* in folded */
	uint16_t len; /* 0: the slot is free */
	int number;
};

void
labels_free(struct labels *labels)
{
	if (!labels)
		return;
	buf_free(&labels->folded);
	free(labels->slots);
	*labels = (struct labels){ 0 };
}

/* FNV-1a.  What is stored comes from our own files, so none can pile up. */
static uint32_t
hash_of(struct text folded)
{
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < folded.len; i++)
		hash = (hash ^ (uint8_t)folded.at[i]) * 16777619u;
	return hash ^ (hash >> 15);
}

/* The slot that holds the label, or the free one where it belongs. */
static struct label_slot *
slot_of(const struct labels *labels, struct text folded, uint32_t hash)
{
	uint32_t mask = labels->nslots - 1;
	for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
		struct label_slot *slot = &labels->slots[i];
		if (slot->len == 0)
			return slot;
		struct text held = { (const char *)labels->folded.at + slot->at,
			slot->len };
		if (slot->hash == hash && text_equal(held, folded))
			return slot;
	}
}

static bool
grow(struct labels *labels)
{
	uint32_t nslots = labels->nslots ? 2 * labels->nslots : SLOTS_MIN;
	struct label_slot *slots = calloc(nslots, sizeof(*slots));
	if (!slots)
		return false;
	for (uint32_t i = 0; i < labels->nslots; i++) {
		const struct label_slot *slot = &labels->slots[i];
		uint32_t to = slot->hash & (nslots - 1);
		if (slot->len == 0)
			continue;
		while (slots[to].len > 0)
			to = (to + 1) & (nslots - 1);
		slots[to] = *slot;
	}
	free(labels->slots);
	labels->slots = slots;
	labels->nslots = nslots;
	return true;
}

int
labels_add(struct labels *labels, struct text label, int number,
    bool *has_memory)
{
	char bytes[LABEL_MAX + 1];
	struct text folded = { bytes, fold_name(label, bytes, sizeof(bytes)) };
	uint32_t hash = hash_of(folded);
	if (folded.len == 0 || folded.len > LABEL_MAX)
		return LABEL_NONE;
	if (2 * (labels->count + 1) > labels->nslots && !grow(labels)) {
		*has_memory = false;
		return LABEL_NONE;
	}
	struct label_slot *slot = slot_of(labels, folded, hash);
	if (slot->len > 0)
		return slot->number;
	uint32_t at = (uint32_t)labels->folded.len;
	buf_add_text(&labels->folded, folded);
	if (labels->folded.failed) {
		*has_memory = false;
		return LABEL_NONE;
	}
	*slot = (struct label_slot){ hash, at, (uint16_t)folded.len, number };
	labels->count++;
	return number;
}

int
labels_find(const struct labels *labels, struct text label)
{
	char bytes[LABEL_MAX + 1];
	size_t len = fold_name(label, bytes, sizeof(bytes));
	return labels_find_folded(labels, (struct text){ bytes, len });
}

int
labels_find_folded(const struct labels *labels, struct text folded)
{
	if (labels->count == 0 || folded.len == 0 || folded.len > LABEL_MAX)
		return LABEL_NONE;
	const struct label_slot *slot =
	    slot_of(labels, folded, hash_of(folded));
	return slot->len > 0 ? slot->number : LABEL_NONE;
}
