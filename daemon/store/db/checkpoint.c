#include "daemon/store/db/checkpoint.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/crc32c.h"

enum { ANCHOR_BYTES = 56, RETRY_SECONDS = 1, CANCEL_ROWS = 4096, AHEAD = 8 };

enum state { IDLE, BUSY, DONE };

struct checkpoint {
	struct checkpoint_options options;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum state state; /* lock */
	bool is_stopping; /* lock */
	atomic_bool is_cancelled;
	atomic_bool is_full;
	const struct overlay *overlay; /* of the job */
	struct log_position position;  /* of the job */
	bool is_lent;                  /* writer thread */
	_Atomic uint64_t applied;
	_Atomic uint64_t count;
	_Atomic uint64_t last_ms;
};

uint32_t
anchor_projection(void)
{
	uint32_t crc = 0;

	for (unsigned i = 0; i < KEYSPACE_COUNT; i++) {
		const struct keyspace_entry *entry = &keyspaces[i];

		crc = crc32c(crc, entry->name, strlen(entry->name) + 1);
		crc = crc32c(crc, &entry->version, 1);
	}
	return crc;
}

int
anchor_read(struct lmdb_view *view, struct anchor *anchor)
{
	struct text row;
	struct cut cut;
	const uint8_t *instance;
	int result = lmdb_view_get(view, KEYSPACE_META, TEXT("anchor"), &row);

	if (result != STORE_OK)
		return result;
	cut = cut_of(row.at, row.len);
	anchor->format = cut_u32(&cut);
	anchor->projection = cut_u32(&cut);
	instance = cut_bytes(&cut, 16);
	anchor->epoch = cut_u32(&cut);
	anchor->position.chain = cut_u32(&cut);
	anchor->position.seq = cut_u64(&cut);
	anchor->position.segment = cut_u64(&cut);
	anchor->position.offset = cut_u64(&cut);
	if (!cut_is_done(&cut))
		return STORE_CORRUPT;
	memcpy(anchor->instance, instance, 16);
	return STORE_OK;
}

static int
anchor_write(struct lmdb_write *write, const struct identity *identity,
    const struct log_position *position)
{
	uint8_t bytes[ANCHOR_BYTES] = { 0 };
	uint32_t format = ANCHOR_FORMAT;
	uint32_t projection = anchor_projection();

	memcpy(bytes, &format, 4);
	memcpy(bytes + 4, &projection, 4);
	memcpy(bytes + 8, identity->instance, 16);
	memcpy(bytes + 24, &identity->epoch, 4);
	memcpy(bytes + 28, &position->chain, 4);
	memcpy(bytes + 32, &position->seq, 8);
	memcpy(bytes + 40, &position->segment, 8);
	memcpy(bytes + 48, &position->offset, 8);
	return lmdb_write_put(write, KEYSPACE_META, TEXT("anchor"),
	    (struct text){ (const char *)bytes, sizeof(bytes) });
}

/* --- on the thread --- */

/* Rows lie anywhere in memory: ask for the next ones in time. */
static void
fetch_ahead(const struct overlay_row **rows, size_t i, size_t nrows)
{
	if (i + 2 * AHEAD < nrows)
		__builtin_prefetch(rows[i + 2 * AHEAD]);
	if (i + AHEAD < nrows)
		__builtin_prefetch(rows[i + AHEAD]->at);
}

static int
put_rows(struct checkpoint *checkpoint, struct lmdb_write *write,
    const struct overlay_row **rows)
{
	size_t nrows = overlay_rows(checkpoint->overlay);
	int result = STORE_OK;

	for (size_t i = 0; i < nrows && result == STORE_OK; i++) {
		const struct overlay_row *row = rows[i];
		struct text key = { (const char *)row->key, row->nkey };

		fetch_ahead(rows, i, nrows);
		if (i % CANCEL_ROWS == 0 &&
		    atomic_load(&checkpoint->is_cancelled))
			return STORE_REFUSED;
		if (row->is_gone)
			result = lmdb_write_delete(write,
			    (enum keyspace)row->keyspace, key);
		else
			result =
			    lmdb_write_put(write, (enum keyspace)row->keyspace,
				key, overlay_row_text(row));
	}
	return result;
}

/* STORE_REFUSED: cancelled.  STORE_FULL, STORE_MEMORY: try again later. */
static int
write_once(struct checkpoint *checkpoint)
{
	const struct overlay_row **rows = overlay_sorted(checkpoint->overlay);
	struct lmdb_write *write = NULL;
	int result = rows ? STORE_OK : STORE_MEMORY;

	if (result == STORE_OK)
		result = lmdb_write_begin(checkpoint->options.lmdb, &write);
	if (result == STORE_OK)
		result = put_rows(checkpoint, write, rows);
	if (result == STORE_OK)
		result = anchor_write(write, checkpoint->options.identity,
		    &checkpoint->position);
	if (result == STORE_OK) {
		result = lmdb_write_commit(write);
		write = NULL;
	}
	lmdb_write_abort(write);
	free(rows);
	return result;
}

static int64_t
clock_ms(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait a second, or until cancelled. */
static void
pause_a_second(struct checkpoint *checkpoint)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += RETRY_SECONDS;
	pthread_mutex_lock(&checkpoint->lock);
	pthread_cond_broadcast(&checkpoint->changed);
	while (!checkpoint->is_cancelled &&
	    pthread_cond_timedwait(&checkpoint->changed, &checkpoint->lock,
		&until) == 0)
		;
	pthread_mutex_unlock(&checkpoint->lock);
}

static void
work(struct checkpoint *checkpoint)
{
	const struct checkpoint_options *options = &checkpoint->options;
	uint64_t seq = checkpoint->position.seq;
	int64_t start;
	int result;

	eventlog_wait_for(options->log, seq);
	for (;;) {
		start = clock_ms(CLOCK_MONOTONIC);
		result = write_once(checkpoint);
		if (result != STORE_FULL && result != STORE_MEMORY)
			break;
		checkpoint->is_full = true;
		if (atomic_load(&checkpoint->is_cancelled))
			return;
		pause_a_second(checkpoint);
	}
	if (result == STORE_REFUSED)
		return;
	if (result != STORE_OK)
		fault_exit("db: a checkpoint failed", EIO);
	checkpoint->is_full = false;
	checkpoint->last_ms = (uint64_t)(clock_ms(CLOCK_MONOTONIC) - start);
	checkpoint->count++;
	checkpoint->applied = seq;
	if (options->on_applied)
		options->on_applied(options->who, seq);
	eventlog_applied(options->log, seq);
}

static void *
run(void *arg)
{
	struct checkpoint *checkpoint = arg;

	(void)pthread_setname_np(pthread_self(), "store-check");
	pthread_mutex_lock(&checkpoint->lock);
	while (!checkpoint->is_stopping) {
		if (checkpoint->state != BUSY) {
			pthread_cond_wait(&checkpoint->changed,
			    &checkpoint->lock);
			continue;
		}
		pthread_mutex_unlock(&checkpoint->lock);
		work(checkpoint);
		pthread_mutex_lock(&checkpoint->lock);
		checkpoint->state = DONE;
		pthread_cond_broadcast(&checkpoint->changed);
	}
	pthread_mutex_unlock(&checkpoint->lock);
	return NULL;
}

/* --- on the writer thread --- */

struct checkpoint *
checkpoint_start(const struct checkpoint_options *options)
{
	struct checkpoint *checkpoint = calloc(1, sizeof(*checkpoint));

	if (!checkpoint)
		return NULL;
	checkpoint->options = *options;
	checkpoint->applied = options->applied;
	pthread_mutex_init(&checkpoint->lock, NULL);
	pthread_cond_init(&checkpoint->changed, NULL);
	if (pthread_create(&checkpoint->thread, NULL, run, checkpoint) == 0)
		return checkpoint;
	free(checkpoint);
	return NULL;
}

void
checkpoint_stop(struct checkpoint *checkpoint)
{
	if (!checkpoint)
		return;
	if (checkpoint->is_lent)
		checkpoint_cancel(checkpoint);
	pthread_mutex_lock(&checkpoint->lock);
	checkpoint->is_stopping = true;
	pthread_cond_broadcast(&checkpoint->changed);
	pthread_mutex_unlock(&checkpoint->lock);
	(void)pthread_join(checkpoint->thread, NULL);
	pthread_cond_destroy(&checkpoint->changed);
	pthread_mutex_destroy(&checkpoint->lock);
	free(checkpoint);
}

void
checkpoint_give(struct checkpoint *checkpoint, const struct overlay *overlay,
    const struct log_position *position)
{
	assert(!checkpoint->is_lent);
	pthread_mutex_lock(&checkpoint->lock);
	checkpoint->is_lent = true;
	checkpoint->overlay = overlay;
	checkpoint->position = *position;
	checkpoint->state = BUSY;
	pthread_cond_broadcast(&checkpoint->changed);
	pthread_mutex_unlock(&checkpoint->lock);
}

bool
checkpoint_is_lent(const struct checkpoint *checkpoint)
{
	return checkpoint->is_lent;
}

void
checkpoint_wait(struct checkpoint *checkpoint)
{
	pthread_mutex_lock(&checkpoint->lock);
	while (checkpoint->state == BUSY && !checkpoint->is_full)
		pthread_cond_wait(&checkpoint->changed, &checkpoint->lock);
	pthread_mutex_unlock(&checkpoint->lock);
}

bool
checkpoint_take(struct checkpoint *checkpoint)
{
	bool is_done;

	pthread_mutex_lock(&checkpoint->lock);
	is_done = checkpoint->state == DONE;
	if (is_done) {
		checkpoint->state = IDLE;
		checkpoint->is_lent = false;
	}
	pthread_mutex_unlock(&checkpoint->lock);
	return is_done;
}

void
checkpoint_cancel(struct checkpoint *checkpoint)
{
	pthread_mutex_lock(&checkpoint->lock);
	checkpoint->is_cancelled = true;
	pthread_cond_broadcast(&checkpoint->changed);
	while (checkpoint->state == BUSY)
		pthread_cond_wait(&checkpoint->changed, &checkpoint->lock);
	checkpoint->state = IDLE;
	checkpoint->is_lent = false;
	checkpoint->is_cancelled = false;
	pthread_mutex_unlock(&checkpoint->lock);
}

bool
checkpoint_is_full(const struct checkpoint *checkpoint)
{
	return atomic_load(&checkpoint->is_full);
}

uint64_t
checkpoint_applied(const struct checkpoint *checkpoint)
{
	return atomic_load(&checkpoint->applied);
}

void
checkpoint_figures(const struct checkpoint *checkpoint,
    struct checkpoint_figures *figures)
{
	figures->count = atomic_load(&checkpoint->count);
	figures->last_ms = atomic_load(&checkpoint->last_ms);
}
