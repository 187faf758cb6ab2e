#include "daemon/store/db/layers.h"

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "daemon/store/db/overlay.h"

enum {
	QUIET_ROWS = 1000,
	SMALL_ROOM = 384,  /* rows up to it get the room they ask for */
	GROWTH_MAX = 4096, /* of the arena, when one row grows */
	WIDENING = 4,
};

/* Room in address space beyond an overlay's bound: one batch may pass it. */
static const uint64_t arena_slack = UINT64_C(256) << 20;

struct layers {
	struct layers_options options; /* its position moves */
	struct lmdb_view *view;
	struct overlay *active;
	struct overlay *frozen; /* empty unless lent to the checkpoint */
	uint64_t nevents;       /* in the active overlay */
	uint64_t most_events;   /* in an overlay */
	struct overlay_row *edited;
	bool is_beside; /* edited stands in the buffer edit for now */
	size_t beside_len;
	bool is_trimmable; /* a large overlay was written since the last trim */
	_Atomic uint64_t overlay_rows;
	_Atomic uint64_t overlay_bytes;
	_Alignas(8) uint8_t row[ROW_MAX];
	_Alignas(8) uint8_t edit[ROW_MAX];
};

struct layers *
layers_new(const struct layers_options *options)
{
	struct layers *layers = calloc(1, sizeof(*layers));
	uint64_t arena = 2 * options->overlay_bytes + arena_slack;
	uint64_t seed;

	if (!layers)
		return NULL;
	digest_random(&seed, sizeof(seed));
	layers->options = *options;
	layers_widen(layers, false);
	layers->view = lmdb_view_open(options->lmdb);
	layers->active = overlay_new(arena, seed);
	layers->frozen = overlay_new(arena, seed);
	if (layers->view && layers->active && layers->frozen)
		return layers;
	layers_free(layers);
	return NULL;
}

void
layers_free(struct layers *layers)
{
	if (!layers)
		return;
	lmdb_view_close(layers->view);
	overlay_free(layers->active);
	overlay_free(layers->frozen);
	free(layers);
}

/* --- overlays --- */

/*
 * Asking for much room is common, using it is not: such a row is edited in a
 * buffer and copied back, so that the arena holds what rows are, not what
 * they could be.
 */
static void *
edit_beside(struct layers *layers, size_t room, int *result)
{
	const struct overlay_row *row = layers->edited;

	if (!overlay_has_room(layers->active, GROWTH_MAX)) {
		*result = STORE_MEMORY;
		return NULL;
	}
	memcpy(layers->edit, row->at, row->len);
	memset(layers->edit + row->len, 0, room - row->len);
	layers->beside_len = row->len;
	layers->is_beside = true;
	return layers->edit;
}

/* Copy back what was edited in the buffer; every call but edit_len does. */
static void
settle(struct layers *layers)
{
	struct overlay_row *row = layers->edited;
	bool has_room;

	if (!layers->is_beside)
		return;
	layers->is_beside = false;
	has_room = overlay_grow(layers->active, row, layers->beside_len);
	assert(has_room);
	memcpy(row->at, layers->edit, layers->beside_len);
	row->len = (uint32_t)layers->beside_len;
}

static void
note_figures(struct layers *layers)
{
	layers->overlay_rows =
	    overlay_rows(layers->active) + overlay_rows(layers->frozen);
	layers->overlay_bytes =
	    overlay_bytes(layers->active) + overlay_bytes(layers->frozen);
}

/* Nothing is dirty: give memory back to the system. */
static void
trim(struct layers *layers)
{
	overlay_clear(layers->active, true);
	lmdb_view_close(layers->view);
	lmdb_trim(layers->options.lmdb);
	layers->view = lmdb_view_open(layers->options.lmdb);
	if (!layers->view)
		fault_exit("db: no view", ENOMEM);
	(void)malloc_trim(0);
}

/*
 * When LMDB holds the frozen rows, see them there, and only then forget them.
 */
void
layers_release(struct layers *layers)
{
	bool is_quiet = layers->nevents == 0;
	bool is_large = overlay_rows(layers->frozen) > QUIET_ROWS;

	if (!checkpoint_is_lent(layers->options.checkpoint) ||
	    !checkpoint_take(layers->options.checkpoint))
		return;
	if (lmdb_view_renew(layers->view) != STORE_OK)
		fault_exit("db: a view cannot be renewed", EIO);
	overlay_clear(layers->frozen, is_quiet);
	layers->is_trimmable |= is_large;
	settle(layers);
	if (is_quiet && layers->is_trimmable &&
	    overlay_rows(layers->active) == 0) {
		trim(layers);
		layers->is_trimmable = false;
	}
	note_figures(layers);
}

static void
freeze(struct layers *layers)
{
	struct overlay *frozen = layers->active;

	settle(layers);
	layers->active = layers->frozen;
	layers->frozen = frozen;
	layers->nevents = 0;
	layers->edited = NULL;
	checkpoint_give(layers->options.checkpoint, frozen,
	    &layers->options.position);
}

void
layers_widen(struct layers *layers, bool is_wide)
{
	layers->most_events =
	    (uint64_t)layers->options.overlay_events * (is_wide ? WIDENING : 1);
}

bool
layers_is_full(const struct layers *layers)
{
	return layers->nevents >= layers->most_events ||
	    overlay_bytes(layers->active) >= layers->options.overlay_bytes;
}

/* Wait for the checkpoint before; while LMDB is full there is no waiting. */
void
layers_freeze_if_full(struct layers *layers)
{
	if (!layers_is_full(layers))
		return;
	if (checkpoint_is_lent(layers->options.checkpoint)) {
		checkpoint_wait(layers->options.checkpoint);
		layers_release(layers);
	}
	if (!checkpoint_is_lent(layers->options.checkpoint))
		freeze(layers);
}

void
layers_advance(struct layers *layers, const struct log_position *position)
{
	settle(layers);
	layers->nevents += position->seq - layers->options.position.seq;
	layers->options.position = *position;
	note_figures(layers);
}

struct log_position
layers_position(const struct layers *layers)
{
	return layers->options.position;
}

void
layers_freeze(struct layers *layers)
{
	layers_release(layers);
	if (layers->nevents && !checkpoint_is_lent(layers->options.checkpoint))
		freeze(layers);
}

void
layers_finish(struct layers *layers)
{
	if (checkpoint_is_lent(layers->options.checkpoint)) {
		checkpoint_wait(layers->options.checkpoint);
		layers_release(layers);
	}
	layers_freeze(layers);
	if (checkpoint_is_lent(layers->options.checkpoint)) {
		checkpoint_wait(layers->options.checkpoint);
		layers_release(layers);
	}
}

int
layers_compact(struct layers *layers, int64_t wait_ms)
{
	int result;

	layers_finish(layers);
	if (checkpoint_is_lent(layers->options.checkpoint))
		return STORE_FULL;
	lmdb_view_close(layers->view);
	result = lmdb_compact(layers->options.lmdb, wait_ms);
	layers->view = lmdb_view_open(layers->options.lmdb);
	if (!layers->view)
		fault_exit("db: no view", ENOMEM);
	return result;
}

void
layers_drop(struct layers *layers)
{
	struct anchor anchor = { .position = { .seq = 0 } };
	int result;

	if (checkpoint_is_lent(layers->options.checkpoint))
		checkpoint_cancel(layers->options.checkpoint);
	overlay_clear(layers->active, true);
	overlay_clear(layers->frozen, true);
	layers->nevents = 0;
	layers->edited = NULL;
	layers->is_beside = false;
	result = lmdb_view_renew(layers->view);
	if (result == STORE_OK)
		result = anchor_read(layers->view, &anchor);
	if (result != STORE_OK && result != STORE_NOT_FOUND)
		fault_exit("db: the anchor cannot be read", EIO);
	layers->options.position = anchor.position;
	note_figures(layers);
}

void
layers_figures(const struct layers *layers, uint64_t *nrows, uint64_t *nbytes)
{
	*nrows = layers->overlay_rows;
	*nbytes = layers->overlay_bytes;
}

/* --- rows --- */

/* Below the active overlay: STORE_OK, STORE_NOT_FOUND or trouble. */
static int
find_below(struct layers *layers, enum keyspace keyspace, struct text key,
    struct text *row)
{
	const struct overlay_row *frozen =
	    overlay_find(layers->frozen, keyspace, key);

	if (frozen && frozen->is_gone)
		return STORE_NOT_FOUND;
	if (frozen) {
		*row = overlay_row_text(frozen);
		return STORE_OK;
	}
	return lmdb_view_get(layers->view, keyspace, key, row);
}

int
layers_get(struct layers *layers, enum keyspace keyspace, struct text key,
    struct text *row)
{
	const struct overlay_row *active;
	int result;

	settle(layers);
	active = overlay_find(layers->active, keyspace, key);
	if (active && active->is_gone)
		return STORE_NOT_FOUND;
	if (active) {
		*row = overlay_row_text(active);
		return STORE_OK;
	}
	result = find_below(layers, keyspace, key, row);
	if (result != STORE_OK)
		return result;
	if (row->len > sizeof(layers->row))
		return STORE_CORRUPT;
	if (row->len)
		memcpy(layers->row, row->at, row->len);
	row->at = (const char *)layers->row;
	return STORE_OK;
}

/* Copy a row up into the active overlay. */
static struct overlay_row *
copy_up(struct layers *layers, enum keyspace keyspace, struct text key,
    size_t room, int *result)
{
	struct overlay_row *row;
	struct text below = { NULL, 0 };
	int found = find_below(layers, keyspace, key, &below);

	if (found == STORE_NOT_FOUND)
		below.len = 0;
	else if (found != STORE_OK || below.len > ROW_MAX) {
		*result = found != STORE_OK ? found : STORE_CORRUPT;
		return NULL;
	}
	row = overlay_add(layers->active, keyspace, key, below, room);
	if (!row)
		*result = STORE_MEMORY;
	else
		row->is_gone = found == STORE_NOT_FOUND;
	return row;
}

/* Hand out a row of the active overlay, with room. */
static void *
hand_out(struct layers *layers, struct overlay_row *row, size_t room,
    int *result)
{
	layers->edited = row;
	*result = STORE_OK;
	if (room > row->room)
		return edit_beside(layers, room, result);
	if (room > row->len)
		memset(row->at + row->len, 0, room - row->len);
	return row->at;
}

void *
layers_edit(struct layers *layers, enum keyspace keyspace, struct text key,
    size_t room, size_t *len, int *result)
{
	size_t small = room <= SMALL_ROOM ? room : 0;
	struct overlay_row *row;

	assert(room <= ROW_MAX);
	settle(layers);
	row = overlay_find(layers->active, keyspace, key);
	if (!row) {
		row = copy_up(layers, keyspace, key, small, result);
		if (!row)
			return NULL;
	} else if (!overlay_grow(layers->active, row, small)) {
		*result = STORE_MEMORY;
		return NULL;
	}
	*len = row->len;
	return hand_out(layers, row, room, result);
}

void *
layers_add(struct layers *layers, enum keyspace keyspace, struct text key,
    size_t room, int *result)
{
	struct text nothing = { NULL, 0 };
	struct overlay_row *row;

	assert(room <= SMALL_ROOM);
	settle(layers);
	row = overlay_add(layers->active, keyspace, key, nothing, room);
	if (!row) {
		*result = STORE_MEMORY;
		return NULL;
	}
	row->is_gone = true;
	return hand_out(layers, row, room, result);
}

void
layers_prefetch(const struct layers *layers, enum keyspace keyspace,
    struct text key, bool is_row)
{
	if (is_row) {
		overlay_prefetch_row(layers->active, keyspace, key);
		overlay_prefetch_row(layers->frozen, keyspace, key);
	} else {
		overlay_prefetch_slot(layers->active, keyspace, key);
		overlay_prefetch_slot(layers->frozen, keyspace, key);
	}
}

void
layers_edit_len(struct layers *layers, size_t len)
{
	struct overlay_row *row = layers->edited;

	assert(row && len <= (layers->is_beside ? ROW_MAX : row->room));
	row->is_gone = false;
	if (layers->is_beside)
		layers->beside_len = len;
	else
		row->len = (uint32_t)len;
}

int
layers_put(struct layers *layers, enum keyspace keyspace, struct text key,
    struct text bytes)
{
	struct overlay_row *row;

	settle(layers);
	row = overlay_find(layers->active, keyspace, key);
	if (bytes.len > ROW_MAX || key.len > KEY_MAX || key.len == 0)
		return STORE_REFUSED;
	if (!row) {
		row = overlay_add(layers->active, keyspace, key, bytes,
		    bytes.len);
		return row ? STORE_OK : STORE_MEMORY;
	}
	/* The new bytes may be the row's own. */
	if (bytes.len > row->room) {
		memmove(layers->row, bytes.at, bytes.len);
		bytes.at = (const char *)layers->row;
		if (!overlay_grow(layers->active, row, bytes.len))
			return STORE_MEMORY;
	}
	if (bytes.len)
		memmove(row->at, bytes.at, bytes.len);
	row->len = (uint32_t)bytes.len;
	row->is_gone = false;
	return STORE_OK;
}

int
layers_delete(struct layers *layers, enum keyspace keyspace, struct text key)
{
	struct overlay_row *row;

	settle(layers);
	row = overlay_find(layers->active, keyspace, key);
	if (!row)
		row = overlay_add(layers->active, keyspace, key,
		    (struct text){ NULL, 0 }, 0);
	if (!row)
		return STORE_MEMORY;
	row->len = 0;
	row->is_gone = true;
	return STORE_OK;
}
