/*
 * look.h - products and groups read from a snapshot and packed: what
 * products.* and groups.* have in common.  Worker thread.
 */
#ifndef TOCSIN_CALLS_LOOK_H
#define TOCSIN_CALLS_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/aggregate.h"
#include "daemon/core/vocabulary.h"
#include "daemon/intake/shown.h"
#include "daemon/store/family.h"
#include "daemon/store/store.h"

/* The product as shown; false when there is none. */
bool look_product(struct snapshot *snapshot,
    const struct vocabulary *vocabulary, uint32_t product, struct shown *shown);

/* The ordinal under a product key; 0 none. */
uint32_t look_key(struct snapshot *snapshot, const uint8_t hash[16]);

/* The family a product belongs to; alone, itself.  STORE_OK or a fault. */
int look_family(struct snapshot *snapshot, uint32_t product,
    struct family *family);

/*
 * The counts of a family, without tallies; all zero when there are none.  With
 * row, which may be NULL, they go with their tallies there.
 */
void look_counts(struct snapshot *snapshot, const struct family *family,
    uint16_t mode, struct aggregate *counts, struct group_row *row);

/* The modes that a family counted anything in, in order. */
struct look_modes {
	uint64_t bits[1024];
};
int look_modes(struct snapshot *snapshot, const struct family *family,
    struct look_modes *modes);
/* The next mode behind this one (0: the first); 0 after the last. */
uint16_t look_mode_next(const struct look_modes *modes, uint16_t mode);

/* Name of a mode ("" for 0), copied and NUL-terminated. */
void look_mode(struct snapshot *snapshot, uint16_t mode,
    char out[PRODUCT_SLUG_MAX + 1]);

/* Ordinal of a name by the hash it is found by; 0 none. */
uint32_t look_ordinal(struct snapshot *snapshot, enum name_kind kind,
    uint64_t hash);

/* Ordinal of a mode by its slug; 0 none. */
uint16_t look_mode_ordinal(struct snapshot *snapshot,
    const uint8_t hash_key[16], struct text slug);

/* key: {id, level, name, brand, model, category[, gtin]} */
void look_pack_product(struct buf *out, const char *key,
    const struct shown *shown);

/* counts: {reports, cases, sources, organisations} */
void look_pack_counts(struct buf *out, const struct aggregate *counts);

/* id: "p12/overheating", or "p12" for all modes */
void look_pack_group_id(struct buf *out, const struct shown *shown,
    const char *mode);

/* alerts: [{id, state}] of a product and, unless all_modes, one mode */
void look_pack_alerts(struct buf *out, struct snapshot *snapshot,
    uint32_t product, int mode_or_all, bool is_trusted);

#endif
