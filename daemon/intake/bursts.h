/*
 * bursts.h - products of which many tell in nearly the same words within a day.
 * BURSTS_ECHOES such reports within BURSTS_SPAN_MS hold what would be published
 * of the product for a person to look at, for BURSTS_HOLD_MS at most: once in
 * BURSTS_REST_MS, so that nobody can hold a true alert back for ever by
 * sending copies.  The newest BURSTS_PRODUCTS products are remembered, in
 * memory; a start fills it from the end of the log.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_BURSTS_H
#define TOCSIN_INTAKE_BURSTS_H

#include <stdbool.h>
#include <stdint.h>

#define BURSTS_SPAN_MS (INT64_C(24) * 3600000)
#define BURSTS_HOLD_MS (INT64_C(72) * 3600000)
#define BURSTS_REST_MS (INT64_C(28) * 86400000)

enum { BURSTS_ECHOES = 5, BURSTS_PRODUCTS = 1024 };

struct bursts;

/* NULL when out of memory; NULL is fine to free. */
struct bursts *bursts_new(void);
void bursts_free(struct bursts *bursts);
void bursts_clear(struct bursts *bursts);

/* An echo came for this product; times never go back. */
void bursts_add(struct bursts *bursts, uint32_t product, int64_t now_ms);

/* Until when is the product held?  0: it is not. */
int64_t bursts_until(const struct bursts *bursts, uint32_t product,
    int64_t now_ms);

/*
 * A product whose hold has ended since it was last asked, each once: what was
 * held of it may be looked at again.  0: none.
 */
uint32_t bursts_ended(struct bursts *bursts, int64_t now_ms);

#endif
