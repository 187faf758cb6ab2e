#include "daemon/store/store.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "daemon/store/db/checkpoint.h"
#include "daemon/store/db/dbdir.h"
#include "daemon/store/db/layers.h"
#include "daemon/store/db/lmdb.h"
#include "daemon/store/log/eventlog.h"
#include "daemon/store/log/identity.h"
#include "daemon/store/replay.h"
#include "daemon/store/snapshot.h"
#include "daemon/store/store_erasure.h"

enum { STORE_PATH_MAX = 4096, GATHERED_KEPT = 64 * 1024 };

struct store {
	struct store_options options;
	struct identity identity;
	struct lmdb *lmdb;
	struct eventlog *log;
	struct checkpoint *checkpoint;
	struct layers *layers;
	struct frame_maker maker;
	bool was_rebuilt;
	bool is_half_replayed; /* the rows are not to be written */
	_Atomic uint64_t seq;
};

/* --- opening and closing --- */

/* Open LMDB and read its anchor (zeroed when it holds nothing). */
static int
open_db(struct store *store, const char *path, struct anchor *anchor,
    struct store_fault *fault)
{
	struct lmdb_view *view;
	int result;

	*anchor = (struct anchor){ .format = ANCHOR_FORMAT,
		.projection = anchor_projection() };
	store->lmdb = lmdb_open(path, store->options.map_bytes, false, fault);
	if (!store->lmdb)
		return (int)fault->result;
	view = lmdb_view_open(store->lmdb);
	if (!view)
		return fault_set(fault, STORE_MEMORY, "%s: no view", path);
	result = anchor_read(view, anchor);
	lmdb_view_close(view);
	if (result == STORE_NOT_FOUND)
		return STORE_OK;
	if (result != STORE_OK)
		return fault_set(fault, (enum store_result)result,
		    "%s: its anchor (meta) is damaged; rebuild it from the "
		    "log",
		    path);
	if (memcmp(anchor->instance, store->identity.instance, 16) != 0)
		return fault_set(fault, STORE_REFUSED,
		    "%s belongs to another store than the log beside it", path);
	return STORE_OK;
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
		result = dbdir_remove(path, fault);
	if (result == STORE_OK)
		result = open_db(store, path, anchor, fault);
	if (result != STORE_OK ||
	    (anchor->format == ANCHOR_FORMAT &&
		anchor->projection == anchor_projection()))
		return result;
	lmdb_close(store->lmdb);
	store->lmdb = NULL;
	store->was_rebuilt = true;
	result = dbdir_remove(path, fault);
	return result == STORE_OK ? open_db(store, path, anchor, fault)
				  : result;
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
	return STORE_OK;
}

static int
open_rows(struct store *store, const struct anchor *anchor,
    struct store_fault *fault)
{
	struct checkpoint_options options = { .lmdb = store->lmdb,
		.log = store->log,
		.identity = &store->identity,
		.applied = anchor->position.seq,
		.on_applied = store->options.on_applied,
		.who = store->options.who };
	struct layers_options layers = { .lmdb = store->lmdb,
		.position = anchor->position,
		.overlay_events = store->options.overlay_events,
		.overlay_bytes = store->options.overlay_bytes };

	store->checkpoint = checkpoint_start(&options);
	layers.checkpoint = store->checkpoint;
	if (store->checkpoint)
		store->layers = layers_new(&layers);
	if (!store->layers)
		return fault_set(fault, STORE_MEMORY, "out of memory");
	eventlog_applied(store->log, anchor->position.seq);
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
	result = identity_open(&store->identity, options->dir,
	    options->must_exist, fault);
	if (result == STORE_OK && digest_init() != 0)
		result =
		    fault_set(fault, STORE_IO, "no source of random numbers");
	if (result == STORE_OK)
		result = open_fresh_db(store, &anchor, fault);
	if (result == STORE_OK)
		result = open_log(store, &anchor, fault);
	if (result == STORE_OK)
		result = open_rows(store, &anchor, fault);
	if (result == STORE_OK)
		return store;
	store->is_half_replayed = true;
	store_close(store);
	return NULL;
}

void
store_close(struct store *store)
{
	if (!store)
		return;
	/* A last checkpoint, unless the rows are not what the log says. */
	if (store->layers && !store->is_half_replayed &&
	    !store->maker.bytes.len)
		layers_finish(store->layers);
	checkpoint_stop(store->checkpoint);
	layers_free(store->layers);
	eventlog_close(store->log);
	lmdb_close(store->lmdb);
	identity_close(&store->identity);
	frame_maker_free(&store->maker);
	free(store);
}

bool
store_was_rebuilt(const struct store *store)
{
	return store->was_rebuilt;
}

/* --- replay --- */

int
store_replay_ahead(struct store *store, store_visit *visit, store_peek *peek,
    void *who)
{
	struct replay_options options = { .shelf = eventlog_shelf(store->log),
		.layers = store->layers,
		.to = store_seq(store),
		.visit = visit,
		.peek = peek,
		.who = who };
	int result;

	eventlog_wait(store->log);
	layers_widen(store->layers, store->was_rebuilt);
	result = replay_run(&options);
	layers_widen(store->layers, false);
	store->is_half_replayed = result != 0;
	if (result == STORE_OK)
		layers_freeze_if_full(store->layers);
	return result;
}

int
store_replay(struct store *store, store_visit *visit, void *who)
{
	return store_replay_ahead(store, visit, NULL, who);
}

/* --- rows --- */

int
store_get(struct store *store, enum keyspace keyspace, struct text key,
    struct text *row)
{
	return layers_get(store->layers, keyspace, key, row);
}

void *
store_edit(struct store *store, enum keyspace keyspace, struct text key,
    size_t room, size_t *len, int *result)
{
	return layers_edit(store->layers, keyspace, key, room, len, result);
}

void *
store_add(struct store *store, enum keyspace keyspace, struct text key,
    size_t room, int *result)
{
	return layers_add(store->layers, keyspace, key, room, result);
}

void
store_prefetch(const struct store *store, enum keyspace keyspace,
    struct text key, bool is_row)
{
	layers_prefetch(store->layers, keyspace, key, is_row);
}

void
store_edit_len(struct store *store, size_t len)
{
	layers_edit_len(store->layers, len);
}

int
store_put(struct store *store, enum keyspace keyspace, struct text key,
    struct text row)
{
	return layers_put(store->layers, keyspace, key, row);
}

int
store_delete(struct store *store, enum keyspace keyspace, struct text key)
{
	return layers_delete(store->layers, keyspace, key);
}

/* --- events --- */

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
store_frame_add(struct store *store, uint8_t type, struct text header,
    struct text body)
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
	return store->maker.is_open
	    ? store->maker.bytes.len - store->maker.ended
	    : 0;
}

int
store_append(struct store *store)
{
	struct log_position end = eventlog_position(store->log);
	int result = STORE_FULL;

	assert(!store->maker.is_open);
	assert(layers_position(store->layers).seq == end.seq);
	layers_release(store->layers);
	if (!store_is_full(store) || !layers_is_full(store->layers))
		result = eventlog_append(store->log, &store->maker);
	end = eventlog_position(store->log);
	frame_reset(&store->maker, end.seq, end.chain);
	if (result != STORE_OK)
		return result;
	store->seq = end.seq;
	layers_advance(store->layers, &end);
	layers_freeze_if_full(store->layers);
	return STORE_OK;
}

void
store_drop(struct store *store)
{
	struct log_position end = eventlog_position(store->log);

	layers_drop(store->layers);
	frame_reset(&store->maker, end.seq, end.chain);
	store->is_half_replayed = false;
}

void
store_checkpoint(struct store *store)
{
	if (store->maker.is_open || store->maker.bytes.len ||
	    store->is_half_replayed)
		return;
	layers_freeze(store->layers);
	if (store->maker.bytes.cap > GATHERED_KEPT) {
		buf_free(&store->maker.bytes);
		store->maker.ended = 0;
	}
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

/* --- reading, any thread --- */

int
store_read(struct store *store, uint64_t seq, struct buf *scratch,
    struct store_event *event)
{
	if (seq == 0 || seq > store_durable(store))
		return STORE_NOT_FOUND;
	return walk_read(eventlog_shelf(store->log), seq, scratch, event);
}

int
store_walk(struct store *store, uint64_t from, uint64_t to, store_visit *visit,
    void *who)
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

/* --- erasing --- */

int
store_erase(struct store *store, struct eraser *eraser)
{
	uint64_t applied = store_applied(store);

	if (eraser->to > applied)
		eraser->to = applied;
	return eraser_run(eventlog_shelf(store->log), eraser);
}

void
store_wait_sealed(struct store *store)
{
	eventlog_wait_sealed(store->log);
}

int
store_dir(const struct store *store)
{
	return store->identity.dir;
}

int
store_rotate(struct store *store)
{
	assert(!store->maker.is_open && !store->maker.bytes.len);
	return eventlog_rotate(store->log);
}

int
store_compact(struct store *store, int64_t wait_ms)
{
	assert(!store->maker.is_open && !store->maker.bytes.len);
	return layers_compact(store->layers, wait_ms);
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
		.checkpoints = checkpoint.count,
		.checkpoint_ms = checkpoint.last_ms,
		.syncs = log.syncs };
	layers_figures(store->layers, &figures->overlay_rows,
	    &figures->overlay_bytes);
}
