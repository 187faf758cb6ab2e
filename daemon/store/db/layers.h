/*
 * layers.h - rows as the writer sees them: the active overlay, the frozen one
 * (lent to a checkpoint), then LMDB as of the checkpoint before.  Writer
 * thread, but for layers_figures.
 */
#ifndef TOCSIN_STORE_DB_LAYERS_H
#define TOCSIN_STORE_DB_LAYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "daemon/store/db/checkpoint.h"
#include "daemon/store/db/keys.h"
#include "daemon/store/db/lmdb.h"

struct layers;

struct layers_options {
	struct lmdb *lmdb;             /* borrowed */
	struct checkpoint *checkpoint; /* borrowed */
	struct log_position position;  /* LMDB holds all up to it */
	uint32_t overlay_events;       /* freeze after so many ... */
	uint64_t overlay_bytes;        /* ... or so many bytes */
};

/* NULL when out of memory. */
struct layers *layers_new(const struct layers_options *options);
/* The checkpoint must have stopped.  NULL is fine. */
void layers_free(struct layers *layers);

/* As store_get, store_edit, store_edit_len, store_put and store_delete. */
int layers_get(struct layers *layers, enum keyspace keyspace, struct text key,
    struct text *row);
void *layers_edit(struct layers *layers, enum keyspace keyspace,
    struct text key, size_t room, size_t *len, int *result);
void layers_edit_len(struct layers *layers, size_t len);
int layers_put(struct layers *layers, enum keyspace keyspace, struct text key,
    struct text row);
int layers_delete(struct layers *layers, enum keyspace keyspace,
    struct text key);

/* As store_add and store_prefetch. */
void *layers_add(struct layers *layers, enum keyspace keyspace, struct text key,
    size_t room, int *result);
void layers_prefetch(const struct layers *layers, enum keyspace keyspace,
    struct text key, bool is_row);

/* All changes up to this place have been made. */
void layers_advance(struct layers *layers, const struct log_position *position);
struct log_position layers_position(const struct layers *layers);

/* Let go of the frozen overlay if LMDB holds it. */
void layers_release(struct layers *layers);

/*
 * While LMDB is made anew, checkpoints may be fewer and larger: nothing has to
 * be replayed soon after.  Overlays stay within overlay_bytes.
 */
void layers_widen(struct layers *layers, bool is_wide);

/* Is the active overlay full? */
bool layers_is_full(const struct layers *layers);

/*
 * Freeze the active overlay if it is full, waiting for the checkpoint before;
 * while LMDB is full there is no waiting and it grows on.
 */
void layers_freeze_if_full(struct layers *layers);

/* Freeze now, unless a checkpoint is under way or nothing changed. */
void layers_freeze(struct layers *layers);

/* Wait until all is in LMDB, or LMDB is full. */
void layers_finish(struct layers *layers);

/* Have all in LMDB and that compacted: lmdb_compact; STORE_FULL as well when
 * LMDB is full. */
int layers_compact(struct layers *layers, int64_t wait_ms);

/* Forget both overlays; layers_position is then LMDB's. */
void layers_drop(struct layers *layers);

/* Rows and bytes in both overlays, when they last advanced; any thread. */
void layers_figures(const struct layers *layers, uint64_t *nrows,
    uint64_t *nbytes);

#endif
