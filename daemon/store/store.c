#include "daemon/store/store.h"

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "daemon/store/checkpoint.h"
#include "daemon/store/eventlog.h"
#include "daemon/store/identity.h"
#include "daemon/store/lmdb.h"
#include "daemon/store/overlay.h"
#include "daemon/store/snapshot.h"

enum { STORE_PATH_MAX = 4096, GATHERED_KEPT = 64 * 1024, QUIET_ROWS = 1000 };

/* Room in address space beyond an overlay's bound: one batch may pass it. */
static const uint64_t arena_slack = UINT64_C(256) << 20;

struct store {
	struct store_options options;
	struct identity identity;
	struct lmdb *lmdb;
	struct lmdb_view *view; /* what the writer reads */
	struct eventlog *log;
	struct checkpoint *checkpoint;
	struct overlay *active;
	struct overlay *frozen; /* empty unless lent to the checkpoint */
	struct log_position position; /* the active overlay holds all up to it */
	uint64_t nevents; /* in the active overlay */
	struct frame_maker maker;
	struct overlay_row *edited;
	bool was_rebuilt;
	bool is_trimmable; /* a large overlay was written since the last trim */
	bool is_half_replayed; /* the active overlay is not to be written */
	_Atomic uint64_t seq;
	_Atomic uint64_t overlay_rows;
	_Atomic uint64_t overlay_bytes;
	_Alignas(8) uint8_t row[ROW_MAX];
};

/* --- overlays ----------------------------------------------------------------- */

static void
note_figures(struct store *store)
{
	store->overlay_rows =
	    overlay_rows(store->active) + overlay_rows(store->frozen);
	store->overlay_bytes =
	    overlay_bytes(store->active) + overlay_bytes(store->frozen);
}

/* Nothing is dirty: give memory back to the system. */
static void
trim(struct store *store)
{
	overlay_clear(store->active, true);
	if (store->maker.bytes.cap > GATHERED_KEPT &&
	    store->maker.bytes.len == 0)
		buf_free(&store->maker.bytes);
	lmdb_view_close(store->view);
	lmdb_trim(store->lmdb);
	store->view = lmdb_view_open(store->lmdb);
	if (!store->view)
		fault_exit("db: no view", ENOMEM);
	(void)malloc_trim(0);
}

/*
 * When LMDB holds the frozen rows, see them there, and only then forget them.
 */
static void
release(struct store *store)
{
	bool is_quiet = store->nevents == 0;
	bool is_large = overlay_rows(store->frozen) > QUIET_ROWS;

	if (!checkpoint_is_lent(store->checkpoint) ||
	    !checkpoint_take(store->checkpoint))
		return;
	if (lmdb_view_renew(store->view) != STORE_OK)
		fault_exit("db: a view cannot be renewed", EIO);
	overlay_clear(store->frozen, is_quiet);
	store->is_trimmable |= is_large;
	if (is_quiet && store->is_trimmable &&
	    overlay_rows(store->active) == 0) {
		trim(store);
		store->is_trimmable = false;
	}
	note_figures(store);
}

static void
freeze(struct store *store)
{
	struct overlay *frozen = store->active;

	store->active = store->frozen;
	store->frozen = frozen;
	store->nevents = 0;
	store->edited = NULL;
	checkpoint_give(store->checkpoint, frozen, &store->position);
}

static bool
is_active_full(const struct store *store)
{
	return store->nevents >= store->options.overlay_events ||
	    overlay_bytes(store->active) >= store->options.overlay_bytes;
}

/* Wait for the checkpoint before; while LMDB is full there is no waiting. */
static void
freeze_if_full(struct store *store)
{
	if (!is_active_full(store))
		return;
	if (checkpoint_is_lent(store->checkpoint)) {
		checkpoint_wait(store->checkpoint);
		release(store);
	}
	if (!checkpoint_is_lent(store->checkpoint))
		freeze(store);
}

/* --- opening and closing -------------------------------------------------------- */

/* Open LMDB and read its anchor (zeroed when it holds nothing). */
static int
open_db(struct store *store, const char *path, struct anchor *anchor,
    struct store_fault *fault)
{
	int result;

	*anchor = (struct anchor){ .format = ANCHOR_FORMAT,
		.projection = anchor_projection() };
	store->lmdb =
	    lmdb_open(path, store->options.map_bytes, false, fault);
	if (!store->lmdb)
		return (int)fault->result;
	store->view = lmdb_view_open(store->lmdb);
	if (!store->view)
		return fault_set(fault, STORE_MEMORY, "%s: no view", path);
	result = anchor_read(store->view, anchor);
	if (result == STORE_NOT_FOUND)
		return STORE_OK;
	if (result != STORE_OK)
		return fault_set(fault, (enum store_result)result,
		    "%s: its anchor (meta) is damaged; rebuild it from the "
		    "log",
		    path);
	if (memcmp(anchor->instance, store->identity.instance, 16) != 0)
		return fault_set(fault, STORE_REFUSED,
		    "%s belongs to another store than the log beside it",
		    path);
	return STORE_OK;
}

static void
close_db(struct store *store)
{
	lmdb_view_close(store->view);
	lmdb_close(store->lmdb);
	store->view = NULL;
	store->lmdb = NULL;
}

/* As open_db, but rows in another form are thrown away and made anew. */
static int
open_fresh_db(struct store *store, struct anchor *anchor,
    struct store_fault *fault)
{
	char path[STORE_PATH_MAX];
	const char *db = store->options.db_dir;
	int result = STORE_OK;

	if (snprintf(path, sizeof(path), db ? "%s%.0s" : "%.0s%s/db",
		db ? db : "", store->options.dir) >= (int)sizeof(path))
		return fault_set(fault, STORE_REFUSED, "%s: too long", db);
	store->was_rebuilt = store->options.rebuild;
	if (store->options.rebuild)
		result = lmdb_remove(path, fault);
	if (result == STORE_OK)
		result = open_db(store, path, anchor, fault);
	if (result != STORE_OK ||
	    (anchor->format == ANCHOR_FORMAT &&
		anchor->projection == anchor_projection()))
		return result;
	close_db(store);
	store->was_rebuilt = true;
	result = lmdb_remove(path, fault);
	return result == STORE_OK ? open_db(store, path, anchor, fault) :
				    result;
}

static int
open_log(struct store *store, const struct anchor *anchor,
    struct store_fault *fault)
{
	struct eventlog_options options = { .dir = store->identity.dir,
		.segment_bytes = store->options.segment_bytes,
		.seed = store->identity.seed,
		.instance = store->identity.instance,
		.anchor_seq = anchor->position.seq,
		.anchor_chain = anchor->position.chain,
		.on_durable = store->options.on_durable,
		.who = store->options.who };
	struct log_position end;

	store->log = eventlog_open(&options, fault);
	if (!store->log)
		return (int)fault->result;
	end = eventlog_position(store->log);
	store->maker.seed = store->identity.seed;
	digest_random(&store->maker.salt, sizeof(store->maker.salt));
	frame_reset(&store->maker, end.seq, end.chain);
	store->seq = end.seq;
	store->position = anchor->position;
	return STORE_OK;
}

static int
open_rows(struct store *store, struct store_fault *fault)
{
	struct checkpoint_options options = { .lmdb = store->lmdb,
		.log = store->log,
		.identity = &store->identity,
		.applied = store->position.seq,
		.on_applied = store->options.on_applied,
		.who = store->options.who };
	uint64_t arena = 2 * store->options.overlay_bytes + arena_slack;
	uint64_t seed;

	digest_random(&seed, sizeof(seed));
	store->active = overlay_new(arena, seed);
	store->frozen = overlay_new(arena, seed);
	if (store->active && store->frozen)
		store->checkpoint = checkpoint_start(&options);
	if (!store->checkpoint)
		return fault_set(fault, STORE_MEMORY, "out of memory");
	eventlog_applied(store->log, store->position.seq);
	return STORE_OK;
}

struct store *
store_open(const struct store_options *options, struct store_fault *fault)
{
	struct store *store = calloc(1, sizeof(*store));
	struct store_fault unseen;
	struct anchor anchor;
	int result;

	if (!fault)
		fault = &unseen;
	if (!store) {
		fault_set(fault, STORE_MEMORY, "out of memory");
		return NULL;
	}
	store->options = *options;
	result = identity_open(
	    &store->identity, options->dir, options->must_exist, fault);
	if (result == STORE_OK && digest_init() != 0)
		result = fault_set(
		    fault, STORE_IO, "no source of random numbers");
	if (result == STORE_OK)
		result = open_fresh_db(store, &anchor, fault);
	if (result == STORE_OK)
		result = open_log(store, &anchor, fault);
	if (result == STORE_OK)
		result = open_rows(store, fault);
	if (result == STORE_OK)
		return store;
	store->is_half_replayed = true;
	store_close(store);
	return NULL;
}

/* A last checkpoint, unless the rows are not what the log says. */
static void
finish(struct store *store)
{
	if (store->is_half_replayed || store->maker.bytes.len ||
	    store->maker.is_open)
		return;
	if (checkpoint_is_lent(store->checkpoint)) {
		checkpoint_wait(store->checkpoint);
		release(store);
	}
	if (checkpoint_is_lent(store->checkpoint) || store->nevents == 0)
		return;
	freeze(store);
	checkpoint_wait(store->checkpoint);
}

void
store_close(struct store *store)
{
	if (!store)
		return;
	if (store->checkpoint)
		finish(store);
	checkpoint_stop(store->checkpoint);
	eventlog_close(store->log);
	close_db(store);
	identity_close(&store->identity);
	overlay_free(store->active);
	overlay_free(store->frozen);
	frame_maker_free(&store->maker);
	free(store);
}

bool
store_was_rebuilt(const struct store *store)
{
	return store->was_rebuilt;
}

/* --- replay --------------------------------------------------------------------- */

struct replay {
	struct store *store;
	store_visit *visit;
	void *who;
};

static int
replay_frame(void *who, const struct frame *frame, const uint8_t *bytes,
    const struct log_position *after)
{
	struct replay *replay = who;
	struct store *store = replay->store;
	struct frame_cursor cursor = frame_cursor_of(frame, bytes);
	struct store_event event;
	bool is_bad;
	int result = 0;

	while (result == 0 && frame_next(&cursor, &event, &is_bad)) {
		if (is_bad)
			result = walk_body_bad(
			    eventlog_shelf(store->log), event.seq);
		else
			result = replay->visit(replay->who, &event);
	}
	if (result != 0)
		return result;
	store->position = *after;
	store->nevents += frame->last_seq - frame->first_seq + 1;
	release(store);
	freeze_if_full(store);
	return 0;
}

int
store_replay(struct store *store, store_visit *visit, void *who)
{
	struct replay replay = { store, visit, who };
	int result;

	eventlog_wait(store->log);
	result = walk_frames(eventlog_shelf(store->log),
	    store->position.seq + 1, store_seq(store), replay_frame, &replay);
	store->is_half_replayed = result != 0;
	note_figures(store);
	return result;
}

/* --- rows ------------------------------------------------------------------------- */

/* Below the active overlay: STORE_OK, STORE_NOT_FOUND or trouble. */
static int
find_below(struct store *store, enum keyspace keyspace, struct text key,
    struct text *row)
{
	const struct overlay_row *frozen =
	    overlay_find(store->frozen, keyspace, key);

	if (frozen && frozen->is_gone)
		return STORE_NOT_FOUND;
	if (frozen) {
		*row = overlay_row_text(frozen);
		return STORE_OK;
	}
	return lmdb_view_get(store->view, keyspace, key, row);
}

int
store_get(struct store *store, enum keyspace keyspace, struct text key,
    struct text *row)
{
	const struct overlay_row *active =
	    overlay_find(store->active, keyspace, key);
	int result;

	if (active && active->is_gone)
		return STORE_NOT_FOUND;
	if (active) {
		*row = overlay_row_text(active);
		return STORE_OK;
	}
	result = find_below(store, keyspace, key, row);
	if (result != STORE_OK)
		return result;
	if (row->len > sizeof(store->row))
		return STORE_CORRUPT;
	if (row->len)
		memcpy(store->row, row->at, row->len);
	row->at = (const char *)store->row;
	return STORE_OK;
}

/* Copy a row up into the active overlay. */
static struct overlay_row *
copy_up(struct store *store, enum keyspace keyspace, struct text key,
    size_t room, int *result)
{
	struct overlay_row *row;
	struct text below = { NULL, 0 };
	int found = find_below(store, keyspace, key, &below);

	if (found == STORE_NOT_FOUND)
		below.len = 0;
	else if (found != STORE_OK || below.len > ROW_MAX) {
		*result = found != STORE_OK ? found : STORE_CORRUPT;
		return NULL;
	}
	row = overlay_add(store->active, keyspace, key, below, room);
	if (!row)
		*result = STORE_MEMORY;
	else
		row->is_gone = found == STORE_NOT_FOUND;
	return row;
}

void *
store_edit(struct store *store, enum keyspace keyspace, struct text key,
    size_t room, size_t *len, int *result)
{
	struct overlay_row *row = overlay_find(store->active, keyspace, key);

	assert(room <= ROW_MAX);
	if (!row) {
		row = copy_up(store, keyspace, key, room, result);
		if (!row)
			return NULL;
	} else if (!overlay_grow(store->active, row, room)) {
		*result = STORE_MEMORY;
		return NULL;
	}
	if (room > row->len)
		memset(row->at + row->len, 0, room - row->len);
	store->edited = row;
	*len = row->len;
	*result = STORE_OK;
	return row->at;
}

void
store_edit_len(struct store *store, size_t len)
{
	assert(store->edited && len <= store->edited->room);
	store->edited->len = (uint32_t)len;
	store->edited->is_gone = false;
}

int
store_put(struct store *store, enum keyspace keyspace, struct text key,
    struct text bytes)
{
	struct overlay_row *row = overlay_find(store->active, keyspace, key);

	if (bytes.len > ROW_MAX || key.len > KEY_MAX || key.len == 0)
		return STORE_REFUSED;
	if (!row) {
		row = overlay_add(
		    store->active, keyspace, key, bytes, bytes.len);
		return row ? STORE_OK : STORE_MEMORY;
	}
	/* The new bytes may be the row's own. */
	if (bytes.len > row->room) {
		memcpy(store->row, bytes.at, bytes.len);
		bytes.at = (const char *)store->row;
		if (!overlay_grow(store->active, row, bytes.len))
			return STORE_MEMORY;
	}
	if (bytes.len)
		memmove(row->at, bytes.at, bytes.len);
	row->len = (uint32_t)bytes.len;
	row->is_gone = false;
	return STORE_OK;
}

int
store_delete(struct store *store, enum keyspace keyspace, struct text key)
{
	struct overlay_row *row = overlay_find(store->active, keyspace, key);

	if (!row)
		row = overlay_add(store->active, keyspace, key,
		    (struct text){ NULL, 0 }, 0);
	if (!row)
		return STORE_MEMORY;
	row->len = 0;
	row->is_gone = true;
	return STORE_OK;
}

/* --- events ------------------------------------------------------------------------ */

uint64_t
store_next_seq(const struct store *store)
{
	return store->maker.next_seq;
}

void
store_frame_begin(struct store *store, int64_t received_ms)
{
	frame_begin(&store->maker, received_ms);
}

uint64_t
store_frame_add(
    struct store *store, uint8_t type, struct text header, struct text body)
{
	return frame_add(&store->maker, type, header, body);
}

void
store_frame_end(struct store *store)
{
	frame_end(&store->maker, eventlog_durable(store->log));
}

size_t
store_frame_bytes(const struct store *store)
{
	return store->maker.is_open ?
	    store->maker.bytes.len - store->maker.ended :
	    0;
}

int
store_append(struct store *store)
{
	struct log_position end = eventlog_position(store->log);
	int result = STORE_FULL;

	assert(!store->maker.is_open && store->position.seq == end.seq);
	release(store);
	if (!(checkpoint_is_full(store->checkpoint) && is_active_full(store)))
		result = eventlog_append(store->log, &store->maker);
	end = eventlog_position(store->log);
	frame_reset(&store->maker, end.seq, end.chain);
	if (result != STORE_OK)
		return result;
	store->nevents += end.seq - store->position.seq;
	store->position = end;
	store->seq = end.seq;
	freeze_if_full(store);
	note_figures(store);
	return STORE_OK;
}

void
store_drop(struct store *store)
{
	struct log_position end = eventlog_position(store->log);
	struct anchor anchor;
	int result;

	if (checkpoint_is_lent(store->checkpoint))
		checkpoint_cancel(store->checkpoint);
	overlay_clear(store->active, true);
	overlay_clear(store->frozen, true);
	frame_reset(&store->maker, end.seq, end.chain);
	store->nevents = 0;
	store->edited = NULL;
	store->is_half_replayed = false;
	store->position = (struct log_position){ .seq = 0 };
	result = lmdb_view_renew(store->view);
	if (result == STORE_OK)
		result = anchor_read(store->view, &anchor);
	if (result == STORE_OK)
		store->position = anchor.position;
	else if (result != STORE_NOT_FOUND)
		fault_exit("db: the anchor cannot be read", EIO);
	note_figures(store);
}

void
store_checkpoint(struct store *store)
{
	release(store);
	if (store->maker.is_open || store->maker.bytes.len ||
	    store->is_half_replayed || store->nevents == 0 ||
	    checkpoint_is_lent(store->checkpoint))
		return;
	freeze(store);
}

bool
store_is_full(const struct store *store)
{
	return checkpoint_is_full(store->checkpoint);
}

uint64_t
store_seq(const struct store *store)
{
	return atomic_load(&store->seq);
}

uint64_t
store_durable(const struct store *store)
{
	return eventlog_durable(store->log);
}

uint64_t
store_applied(const struct store *store)
{
	return checkpoint_applied(store->checkpoint);
}

void
store_wait_durable(struct store *store)
{
	eventlog_wait(store->log);
}

/* --- reading, any thread ------------------------------------------------------------ */

int
store_read(struct store *store, uint64_t seq, struct buf *scratch,
    struct store_event *event)
{
	if (seq == 0 || seq > store_durable(store))
		return STORE_NOT_FOUND;
	return walk_read(eventlog_shelf(store->log), seq, scratch, event);
}

int
store_walk(struct store *store, uint64_t from, uint64_t to,
    store_visit *visit, void *who)
{
	uint64_t durable = store_durable(store);

	return walk_events(eventlog_shelf(store->log), from,
	    to < durable ? to : durable, visit, who);
}

void
store_last_fault(struct store *store, struct store_fault *fault)
{
	shelf_last_fault(eventlog_shelf(store->log), fault);
}

struct snapshot *
snapshot_open(struct store *store)
{
	return snapshot_of(store->lmdb);
}

const uint8_t *
store_instance(const struct store *store)
{
	return store->identity.instance;
}

uint32_t
store_epoch(const struct store *store)
{
	return store->identity.epoch;
}

const uint8_t *
store_hash_key(const struct store *store)
{
	return store->identity.hash_key;
}

void
store_figures(const struct store *store, struct store_figures *figures)
{
	struct eventlog_figures log;
	struct checkpoint_figures checkpoint;

	eventlog_figures(store->log, &log);
	checkpoint_figures(store->checkpoint, &checkpoint);
	*figures = (struct store_figures){ .log_bytes = log.log_bytes,
		.sealed_bytes = log.sealed_bytes,
		.sealed_events = log.sealed_events,
		.lmdb_bytes = lmdb_used(store->lmdb),
		.overlay_rows = store->overlay_rows,
		.overlay_bytes = store->overlay_bytes,
		.checkpoints = checkpoint.count,
		.checkpoint_ms = checkpoint.last_ms,
		.syncs = log.syncs };
}
