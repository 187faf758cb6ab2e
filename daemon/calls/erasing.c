#include "daemon/calls/erasing.h"

#include <time.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/exports.h"
#include "daemon/intake/decide.h"
#include "daemon/store/erased.h"
#include "daemon/store/record.h"

enum {
	PIECE = 50,            /* reports in one piece of work */
	READERS_WAIT_MS = 500, /* for readers of LMDB's old file */
	RETRY_MS = 100,
};

void
erasing_fini(struct erasing *erasing)
{
	buf_free(&erasing->reports);
	erasure_fini(&erasing->erasure);
	buf_free(&erasing->listed);
}

/* --- from one step to the next ------------------------------------------- */

static void
end(struct erasing *erasing)
{
	erasing->fresh.services->erasing = NULL;
	erasing->done(erasing);
}

static void
put_work(struct erasing *erasing,
    void (*run)(struct work *work, struct intake *intake),
    void (*done)(struct work *work))
{
	erasing->fresh.work = (struct work){ .run = run, .done = done };
	writer_put(erasing->fresh.services->writer, &erasing->fresh.work);
}

static void
put_fresh(struct erasing *erasing, void (*read)(struct fresh *fresh),
    void (*done)(struct fresh *fresh))
{
	erasing->fresh.read = read;
	erasing->fresh.done = done;
	fresh_start(&erasing->fresh);
}

/* Did a step fail?  Then it is over; a start goes on with what is left. */
static bool
has_failed(struct erasing *erasing)
{
	struct refusal *why = &erasing->why;

	if (!why->code && erasing->fresh.why.code)
		*why = erasing->fresh.why;
	if (!why->code && !erasing->fresh.services->workers)
		refuse_for_now(why, ERROR_BUSY, RETRY_BUSY_MS,
		    "the daemon stops; what is left goes on at its next "
		    "start");
	else if (!why->code && erasing->fresh.work.failed)
		refuse_for_now(why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; what was begun goes on at "
		    "the next start, or with the next erasure");
	if (!why->code)
		return false;
	end(erasing);
	return true;
}

static void
say_result(struct erasing *erasing, int result)
{
	struct refusal *why = &erasing->why;

	if (result == STORE_MEMORY)
		answer_no_memory(why);
	else if (result == STORE_FULL || result == STORE_REFUSED)
		refuse_for_now(why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk is full or the daemon stops; what was begun goes "
		    "on at the next start, or with the next erasure");
	else if (result)
		answer_damaged(why);
}

/* --- it is done ----------------------------------------------------------- */

static void
finish_run(struct work *work, struct intake *intake)
{
	struct erasing *erasing = (struct erasing *)work;

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	erase_finish(intake, erasing->erasure.last);
	intake_close_frame(intake);
	erasing->seq = store_next_seq(intake->store) - 1;
}

static void
finish_done(struct work *work)
{
	struct erasing *erasing = (struct erasing *)work;

	if (!has_failed(erasing))
		end(erasing);
}

/* --- LMDB ----------------------------------------------------------------- */

static void compact_run(struct work *work, struct intake *intake);
static void compact_done(struct work *work);

/* Worker thread: leave those who read some time. */
static void
pause_read(struct fresh *fresh)
{
	static const struct timespec moment = { .tv_nsec = RETRY_MS * 1000000 };

	(void)fresh;
	(void)nanosleep(&moment, NULL);
}

static void
pause_done(struct fresh *fresh)
{
	struct erasing *erasing = (struct erasing *)fresh;

	if (!has_failed(erasing))
		put_work(erasing, compact_run, compact_done);
}

static void
compact_run(struct work *work, struct intake *intake)
{
	struct erasing *erasing = (struct erasing *)work;
	int result;

	intake_settle(intake);
	if (intake->projection.result)
		return;
	result = store_compact(intake->store, READERS_WAIT_MS);
	erasing->is_compact = result != STORE_REFUSED;
	if (result != STORE_REFUSED)
		say_result(erasing, result);
}

static void
compact_done(struct work *work)
{
	struct erasing *erasing = (struct erasing *)work;

	if (has_failed(erasing))
		return;
	if (!erasing->is_compact)
		put_fresh(erasing, pause_read, pause_done);
	else
		put_work(erasing, finish_run, finish_done);
}

/* --- the log -------------------------------------------------------------- */

static int
take_event(void *who, const struct store_event *event)
{
	struct erasing *erasing = who;
	struct erased erased = {
		.epoch = store_epoch(erasing->fresh.services->store),
		.seq = event->seq,
	};

	if (event->type != RECORD_ERASE)
		return STORE_OK;
	if (!erasure_add(&erasing->erasure, event) ||
	    !record_erase_read(event->header, &erased.record))
		return STORE_CORRUPT;
	erased_write(&erasing->listed, &erased);
	return erasure_failed(&erasing->erasure) || erasing->listed.failed
	    ? STORE_MEMORY
	    : STORE_OK;
}

/*
 * Everything whose bytes may be there still, whoever asked for it.  It is
 * listed before they go: a backup that lacks them lists why.
 */
static int
load(struct erasing *erasing, uint64_t from)
{
	struct store *store = erasing->fresh.services->store;
	int result =
	    store_walk(store, from, store_applied(store), take_event, erasing);

	if (!result)
		result = erased_add(store_dir(store), ERASED_FILE,
		    buf_text(&erasing->listed), NULL);
	erasing->eraser = (struct eraser){
		.from = erasing->erasure.from,
		.to = store_applied(store),
		.editor = { erasure_edit, &erasing->erasure },
		.stop = &erasing->is_stopping,
	};
	return result;
}

/* Worker thread. */
static void
clean_read(struct fresh *fresh)
{
	struct erasing *erasing = (struct erasing *)fresh;
	struct store *store = fresh->services->store;
	struct snapshot *snapshot;
	uint64_t from = 0;
	int result = STORE_OK;

	if (erasure_is_empty(&erasing->erasure)) {
		snapshot = snapshot_open(store);
		if (snapshot)
			from = erase_unfinished_at(snapshot);
		else
			result = STORE_MEMORY;
		snapshot_close(snapshot);
		if (!result && !from)
			return;
		if (!result)
			result = load(erasing, from);
	}
	if (!result)
		result = store_erase(store, &erasing->eraser);
	erasing->segments += erasing->eraser.segments;
	if (!result && !erasing->eraser.open_from)
		store_wait_sealed(store);
	say_result(erasing, result);
}

static void clean(struct erasing *erasing);

static void
rotate_run(struct work *work, struct intake *intake)
{
	struct erasing *erasing = (struct erasing *)work;

	intake_settle(intake);
	if (!intake->projection.result)
		say_result(erasing, store_rotate(intake->store));
}

static void
rotate_done(struct work *work)
{
	struct erasing *erasing = (struct erasing *)work;

	if (has_failed(erasing))
		return;
	erasing->eraser.from = erasing->eraser.open_from;
	erasing->segments--;
	clean(erasing);
}

static void
clean_done(struct fresh *fresh)
{
	struct erasing *erasing = (struct erasing *)fresh;
	struct services *services = fresh->services;

	if (has_failed(erasing))
		return;
	if (erasure_is_empty(&erasing->erasure)) {
		end(erasing);
		return;
	}
	if (erasing->eraser.open_from) {
		put_work(erasing, rotate_run, rotate_done);
		return;
	}
	exports_forget_reports(services->exports);
	put_work(erasing, compact_run, compact_done);
}

static void
clean(struct erasing *erasing)
{
	put_fresh(erasing, clean_read, clean_done);
}

/* --- events --------------------------------------------------------------- */

static bool
may_have_note(struct intake *intake, uint64_t seq)
{
	struct buf scratch = { 0 };
	struct store_event event;
	bool may = false;

	if (!store_read(intake->store, seq, &scratch, &event))
		may = event.type == RECORD_WITHDRAW ||
		    event.type == RECORD_ALERT ||
		    event.type == RECORD_CURATION ||
		    event.type == RECORD_LINK || event.type == RECORD_UNLINK ||
		    event.type == RECORD_REMEDY || event.type == RECORD_ERASE ||
		    event.type == RECORD_ORGANISATION ||
		    event.type == RECORD_TOKEN;
	buf_free(&scratch);
	return may;
}

static int
mark_one(struct erasing *erasing, struct intake *intake)
{
	struct erasing_report *report =
	    (struct erasing_report *)(void *)erasing->reports.at +
	    erasing->next;
	struct report_row row = { 0 };
	int result;

	if (erasing->is_dry) {
		result = decide_find(intake, report->key, &row);
		if (!result && row.is_erased)
			result = STORE_REFUSED;
		report->first_seq = row.first_seq;
	} else {
		result = erase_report(intake, report->key, &erasing->order);
	}
	erasing->erased += result == STORE_OK;
	erasing->already += result == STORE_REFUSED;
	return result == STORE_NOT_FOUND || result == STORE_REFUSED ? STORE_OK
								    : result;
}

static void
mark_others(struct erasing *erasing, struct intake *intake)
{
	if (erasing->note && !may_have_note(intake, erasing->note))
		refuse(&erasing->why, ERROR_NOT_FOUND, "seq",
		    "no event of that sequence has words of a person that "
		    "could be erased; reports have calls of their own");
	else if (erasing->note && !erasing->is_dry)
		erase_note(intake, erasing->note, &erasing->order);
	if (erasing->source && !erasing->is_dry)
		erase_source(intake, erasing->source, &erasing->order);
	if (erasing->epoch && !erasing->is_dry)
		erasing->is_parted =
		    erase_epoch(intake, erasing->epoch, &erasing->last_source,
			erasing->order.body.len ? &erasing->order : NULL);
}

static void
mark_run(struct work *work, struct intake *intake)
{
	struct erasing *erasing = (struct erasing *)work;
	size_t count = erasing->reports.len / sizeof(struct erasing_report);
	size_t stop = erasing->next + PIECE;
	int result = STORE_OK;

	if (!erasing->is_dry && store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	while (!result && erasing->next < count && erasing->next < stop) {
		result = mark_one(erasing, intake);
		erasing->next++;
	}
	if (!result && erasing->next == count)
		mark_others(erasing, intake);
	if (result && intake->projection.result)
		work->failed = true;
	else
		say_result(erasing, result);
	intake_close_frame(intake);
	erasing->seq = store_next_seq(intake->store) - 1;
}

static void
mark_done(struct work *work)
{
	struct erasing *erasing = (struct erasing *)work;

	if (has_failed(erasing))
		return;
	if (erasing->next <
		erasing->reports.len / sizeof(struct erasing_report) ||
	    (erasing->epoch && !erasing->is_parted))
		put_work(erasing, mark_run, mark_done);
	else if (erasing->is_dry)
		end(erasing);
	else
		clean(erasing);
}

void
erasing_start(struct erasing *erasing)
{
	put_work(erasing, mark_run, mark_done);
}

void
erasing_resume(struct erasing *erasing)
{
	clean(erasing);
}
