/* order.h - the rows of an overlay in the order LMDB wants them. */
#ifndef TOCSIN_STORE_DB_ORDER_H
#define TOCSIN_STORE_DB_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/store/db/overlay.h"

/* A row beside the first 15 bytes of its key, for the cache. */
struct order_entry {
	uint64_t high, low; /* key space, then the key's bytes, big-endian */
	const struct overlay_row *row;
};

/* The entry of a row. */
struct order_entry order_entry_of(const struct overlay_row *row);

/*
 * Sort by (key space, key); spare has room for n entries, too.  Returns the
 * one of the two that holds the result.
 */
struct order_entry *order_sort(struct order_entry *entries,
    struct order_entry *spare, size_t n);

#endif
