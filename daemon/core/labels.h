/* labels.h - folded names -> numbers: the hash table behind a vocabulary. */
#ifndef TOCSIN_CORE_LABELS_H
#define TOCSIN_CORE_LABELS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"

enum {
	LABEL_MAX = 160, /* bytes of a folded label; longer ones match none */
	LABEL_NONE = -1,
};

struct label_slot;

/* Zeroed is empty and valid. */
struct labels {
	struct buf folded;        /* owned: the labels, one after the other */
	struct label_slot *slots; /* owned */
	uint32_t nslots; /* 0 or a power of two, at least twice count */
	uint32_t count;
};

/* Release the memory.  NULL is fine. */
void labels_free(struct labels *labels);

/*
 * Let label, folded, stand for number (0 or more).  Returns number; or the
 * number it stands for already, which is kept; or LABEL_NONE when it folds to
 * nothing or is too long.  False in *has_memory when that ran out.
 */
int labels_add(struct labels *labels, struct text label, int number,
    bool *has_memory);

/* The number a label, folded, stands for, or LABEL_NONE. */
int labels_find(const struct labels *labels, struct text label);

/* As labels_find, of a text that fold_name has made. */
int labels_find_folded(const struct labels *labels, struct text folded);

#endif
