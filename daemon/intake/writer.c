#include "daemon/intake/writer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "daemon/intake/herald.h"
#include "daemon/intake/pending.h"
#include "daemon/intake/replay.h"
#include "daemon/intake/ring.h"
#include "daemon/logger.h"
#include "daemon/metrics.h"

enum {
	IDLE_MS = 10,          /* without work: time for a checkpoint */
	TICK_MS = 1000,        /* the disk and the day are looked at */
	BATCH_BYTES = 4 << 20, /* of work run before one append */
	EXIT_DISK = 74,
};

struct writer {
	struct writer_options options;
	struct store *store;
	struct intake intake;
	struct queue queue;
	struct pending pending;
	struct herald herald;
	struct work *gathered; /* loop thread: not yet in the queue */
	struct work **last_gathered;
	pthread_t thread;
	bool is_running;
	atomic_bool is_stopping;
	atomic_bool is_read_only;
	_Atomic(const struct criteria *) criteria;
	int64_t next_tick_ms; /* monotonic */
	int64_t last_work_ms;
	int32_t aged_day; /* day ring_age last saw */
};

static int64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Move work that nothing holds back any more; true when some was. */
static bool
release(struct writer *writer)
{
	return pending_release(&writer->pending, store_durable(writer->store),
	    store_applied(writer->store), store_is_full(writer->store));
}

static void
on_durable(void *who, uint64_t seq)
{
	struct writer *writer = who;

	(void)seq;
	if (release(writer))
		writer->options.on_done(writer->options.who);
}

static void
on_applied(void *who, uint64_t seq)
{
	struct writer *writer = who;

	(void)seq;
	if (release(writer))
		writer->options.on_done(writer->options.who);
	queue_wake(&writer->queue);
}

/* An operator is told when writing stops, and when it goes on. */
static void
set_read_only(struct writer *writer, bool is_read_only)
{
	if (atomic_exchange(&writer->is_read_only, is_read_only) ==
	    is_read_only)
		return;
	if (is_read_only)
		log_line(LOG_WARNING, "read-only",
		    "why=\"the disk or LMDB's map is full\" data_dir=%s",
		    LOG_QUOTE(text_of(writer->options.store.dir)));
	else
		log_event(LOG_INFO, "writing-again");
}

/* A store that cannot be trusted any more is left as it is, loudly. */
static _Noreturn void
give_up(const struct writer *writer, int result)
{
	fprintf(stderr,
	    "tocsind: the store failed (%s) in %s; nothing acknowledged is "
	    "lost. Run tocsind --verify, then --rebuild.\n",
	    result == STORE_CORRUPT      ? "a row or event is corrupt"
		: result == STORE_MEMORY ? "out of memory"
					 : "I/O error",
	    writer->options.store.dir);
	_exit(EXIT_DISK);
}

/*
 * Let go of the notices of what stands in the log, in order, before the
 * replies of their batch.
 */
static void
pend_notices(struct writer *writer)
{
	if (herald_send(&writer->herald, &writer->intake, &writer->pending,
		store_seq(writer->store)))
		give_up(writer, STORE_MEMORY);
}

/*
 * Start over from what the log holds, after an append that failed.  What was
 * appended in the middle of the batch stays, and so do its notices.
 */
static void
start_over(struct writer *writer)
{
	struct store_fault fault;
	uint64_t events;
	int64_t last_ms = 0;
	int result;

	pend_notices(writer);
	intake_forget(&writer->intake);
	store_drop(writer->store);
	store_wait_durable(writer->store);
	result = replay_store(writer->store, &events, &last_ms, &fault);
	if (!result)
		result = replay_learn(&writer->intake);
	if (result)
		give_up(writer, result);
}

/*
 * Append what was gathered.  Nothing is no reason to ask: a full LMDB would
 * answer every look-up with a replay.
 */
static int
append(struct writer *writer)
{
	struct store *store = writer->store;

	intake_close_frame(&writer->intake);
	return store_next_seq(store) == store_seq(store) + 1
	    ? STORE_OK
	    : store_append(store);
}

/* Once a batch, so that reports cost no atomics. */
static void
count_likened(struct intake *intake)
{
	const struct liken_counts *counts = &intake->likened;

	metrics_add(METRIC_duplicates_compared, counts->compared);
	metrics_add(METRIC_duplicates_linked, counts->linked);
	metrics_add(METRIC_duplicates_suspected, counts->suspected);
}

/* Make the batch durable, or undo it; its work goes on to be pended. */
static void
finish_batch(struct writer *writer, struct work *batch)
{
	int result = writer->intake.projection.result;
	bool failed = false;
	uint64_t before = store_seq(writer->store), seq;

	if (result && result != STORE_FULL)
		give_up(writer, result);
	if (!result)
		result = append(writer);
	if (result == STORE_FULL) {
		start_over(writer);
		set_read_only(writer, true);
		failed = true;
	} else if (result) {
		give_up(writer, result);
	}
	pend_notices(writer);
	seq = store_seq(writer->store);
	if (seq > before) {
		metrics_add(METRIC_batches, 1);
		metrics_set(METRIC_batch_events, seq - before);
		count_likened(&writer->intake);
	}
	writer->intake.likened = (struct liken_counts){ 0 };
	for (struct work *work = batch; work; work = work->next) {
		work->failed = work->failed || failed;
		work->barrier = seq;
	}
	pending_put(&writer->pending, batch);
	if (release(writer))
		writer->options.on_done(writer->options.who);
}

/* Run work until the batch is large; returns what is left. */
static struct work *
run_batch(struct writer *writer, struct work *work)
{
	struct work *batch = NULL, **last = &batch;
	size_t bytes = 0;

	intake_use(&writer->intake, atomic_load(&writer->criteria));
	while (work && bytes < BATCH_BYTES) {
		struct work *next = work->next;

		work->next = NULL;
		bytes += work->bytes;
		work->run(work, &writer->intake);
		*last = work;
		last = &work->next;
		work = next;
	}
	ring_bursts(&writer->intake);
	finish_batch(writer, batch);
	return work;
}

/* Has the disk the room that the operator wants kept? */
static bool
has_space(const struct writer *writer)
{
	struct statvfs disk;

	if (statvfs(writer->options.store.dir, &disk))
		return true;
	return (uint64_t)disk.f_bavail * disk.f_frsize >=
	    writer->options.free_space_bytes;
}

/*
 * With a new day alerts may have been quiet for long enough: they close before
 * a report of that day could go on with them.
 */
static void
age(struct writer *writer)
{
	int32_t today = intake_today(&writer->intake);

	if (atomic_load(&writer->is_read_only)) {
		if (release(writer))
			writer->options.on_done(writer->options.who);
		return;
	}
	if (today == writer->aged_day)
		return;
	writer->aged_day = today;
	intake_use(&writer->intake, atomic_load(&writer->criteria));
	ring_age(&writer->intake);
	finish_batch(writer, NULL);
}

static void
tick(struct writer *writer)
{
	writer->next_tick_ms = monotonic_ms() + TICK_MS;
	set_read_only(writer,
	    store_is_full(writer->store) || !has_space(writer));
	age(writer);
}

/*
 * Before the end: those who wait for LMDB wait for a last checkpoint.  Nobody
 * puts work any more; a checkpoint's end wakes the queue.
 */
static void
settle(struct writer *writer)
{
	store_wait_durable(writer->store);
	release(writer);
	while (pending_waits_for_lmdb(&writer->pending) &&
	    !store_is_full(writer->store)) {
		store_checkpoint(writer->store);
		(void)queue_take(&writer->queue, IDLE_MS);
	}
}

static void *
writer_main(void *who)
{
	struct writer *writer = who;

	while (!atomic_load(&writer->is_stopping)) {
		bool is_dirty =
		    store_applied(writer->store) < store_seq(writer->store);
		struct work *work =
		    queue_take(&writer->queue, is_dirty ? IDLE_MS : TICK_MS);

		if (work)
			writer->last_work_ms = monotonic_ms();
		else if (monotonic_ms() - writer->last_work_ms >= IDLE_MS)
			store_checkpoint(writer->store);
		while (work) {
			age(writer);
			work = run_batch(writer, work);
		}
		if (pending_waits_for_lmdb(&writer->pending))
			store_checkpoint(writer->store);
		if (monotonic_ms() >= writer->next_tick_ms)
			tick(writer);
	}
	for (struct work *work = queue_take(&writer->queue, 0); work;) {
		age(writer);
		work = run_batch(writer, work);
	}
	settle(writer);
	return NULL;
}

/* Received time goes on where the log ends, wherever the clock stands. */
static int
read_received(struct writer *writer)
{
	struct store_event event;
	struct buf scratch = { 0 };
	uint64_t last = store_seq(writer->store);
	int result = STORE_OK;

	if (last)
		result = store_read(writer->store, last, &scratch, &event);
	if (last && !result)
		writer->intake.received_ms = event.received_ms;
	buf_free(&scratch);
	return result;
}

static int
open_store(struct writer *writer, struct store_fault *fault)
{
	struct store_options store = writer->options.store;
	uint64_t events;
	int64_t last_ms = 0;
	int result;

	store.on_durable = on_durable;
	store.on_applied = on_applied;
	store.who = writer;
	writer->store = store_open(&store, fault);
	if (!writer->store)
		return -1;
	if (intake_init(&writer->intake, writer->store)) {
		snprintf(fault->text, sizeof(fault->text), "out of memory");
		return -1;
	}
	if (replay_store(writer->store, &events, &last_ms, fault))
		return -1;
	result = replay_learn(&writer->intake);
	if (!result)
		result = read_received(writer);
	if (result)
		snprintf(fault->text, sizeof(fault->text),
		    "the newest event or an alert cannot be read");
	return result ? -1 : 0;
}

struct writer *
writer_start(const struct writer_options *options, struct store_fault *fault)
{
	struct writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->options = *options;
	writer->last_gathered = &writer->gathered;
	pending_init(&writer->pending);
	writer->herald = (struct herald){ options->on_alert, options->who };
	queue_init(&writer->queue);
	atomic_store(&writer->criteria, options->criteria);
	if (open_store(writer, fault))
		goto fail;
	writer->intake.vocabulary = options->vocabulary;
	writer->intake.clock = options->clock;
	if (pthread_create(&writer->thread, NULL, writer_main, writer)) {
		snprintf(fault->text, sizeof(fault->text),
		    "cannot start the writer thread");
		goto fail;
	}
	writer->is_running = true;
	return writer;
fail:
	writer_stop(writer);
	return NULL;
}

/*
 * The thread has ended: what nobody will run, or what waits for an LMDB that
 * is full, goes back undone.
 */
static void
give_back(struct writer *writer)
{
	struct work *left = pending_take_waiting(&writer->pending);

	for (;;) {
		struct work *next;

		writer_flush(writer);
		if (!left && !(left = queue_take(&writer->queue, 0)))
			return;
		next = left->next;

		left->failed = true;
		left->done(left);
		left = next;
	}
}

void
writer_stop(struct writer *writer)
{
	if (!writer)
		return;
	if (writer->is_running) {
		writer_flush(writer);
		atomic_store(&writer->is_stopping, true);
		queue_wake(&writer->queue);
		pthread_join(writer->thread, NULL);
		release(writer);
		writer_collect(writer);
		give_back(writer);
	}
	intake_fini(&writer->intake);
	store_close(writer->store);
	queue_fini(&writer->queue);
	pending_fini(&writer->pending);
	free(writer);
}

void
writer_put(struct writer *writer, struct work *work)
{
	bool is_first = !writer->gathered;

	work->next = NULL;
	*writer->last_gathered = work;
	writer->last_gathered = &work->next;
	if (is_first)
		writer->options.on_put(writer->options.who);
}

void
writer_flush(struct writer *writer)
{
	struct work *list = writer->gathered;

	writer->gathered = NULL;
	writer->last_gathered = &writer->gathered;
	if (list)
		queue_put(&writer->queue, list);
}

void
writer_collect(struct writer *writer)
{
	struct work *work = pending_take_done(&writer->pending);

	while (work) {
		struct work *next = work->next;

		work->done(work);
		work = next;
	}
}

struct store *
writer_store(struct writer *writer)
{
	return writer->store;
}

bool
writer_is_read_only(const struct writer *writer)
{
	return atomic_load(&writer->is_read_only);
}

void
writer_set_criteria(struct writer *writer, const struct criteria *criteria)
{
	atomic_store(&writer->criteria, criteria);
}

void
writer_fresh_run(struct work *work, struct intake *intake)
{
	(void)intake;
	work->wants_applied = true;
}
