/*
 * store_erasure.h - forgetting what was erased: the event that says so is
 * durable and in LMDB already; these take the bytes away.  Each can be
 * interrupted at any point and is done again.
 */
#ifndef TOCSIN_STORE_STORE_ERASURE_H
#define TOCSIN_STORE_STORE_ERASURE_H

#include "daemon/store/log/eraser.h"
#include "daemon/store/store.h"

/* The data directory, for erased.h: a descriptor, borrowed.  Any thread. */
int store_dir(const struct store *store);

/* Any thread but the writer: eraser_run, up to what LMDB holds. */
int store_erase(struct store *store, struct eraser *eraser);

/* Wait until no closed segment is left unsealed: what a crash left behind the
 * end of one is gone then.  Any thread but the writer. */
void store_wait_sealed(struct store *store);

/* Writer thread, between batches: close the segment that is written. */
int store_rotate(struct store *store);

/*
 * Writer thread, between batches: put all rows into LMDB, and that into a new
 * file without the pages it had freed.  Readers go on meanwhile, but for the
 * moment of the change, which is waited for at most wait_ms.  STORE_OK;
 * STORE_FULL, or STORE_REFUSED when somebody kept reading: try again later.
 */
int store_compact(struct store *store, int64_t wait_ms);

#endif
