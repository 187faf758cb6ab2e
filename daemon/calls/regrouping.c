#include "daemon/calls/regrouping.h"

#include <time.h>

#include "daemon/calls/answer.h"
#include "daemon/intake/aftermath.h"
#include "daemon/intake/standing.h"
#include "daemon/metrics.h"

enum {
	PIECE_MS = 20,    /* after which the writer is left to others */
	PAIRS_PIECE = 50, /* of products whose alerts are looked at */
};

static void read_job(struct job *job);
static void read_done(struct job *job);

void
regrouping_init(struct regrouping *regrouping, struct services *services)
{
	regrouping->services = services;
	regrouping->harvest.store = services->store;
	regrouping->harvest.vocabulary = services->vocabulary;
}

void
regrouping_fini(struct regrouping *regrouping)
{
	buf_free(&regrouping->harvest.scratch);
	plan_fini(&regrouping->plan);
	moves_fini(&regrouping->moves);
}

static int64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- from one step to the next ------------------------------------------- */

static void
refuse_stopping(struct refusal *why)
{
	refuse_for_now(why, ERROR_BUSY, RETRY_BUSY_MS,
	    "the daemon stops; what is left goes on at its next start");
}

static void
put_job(struct regrouping *regrouping, void (*run)(struct job *job),
    void (*done)(struct job *job))
{
	struct services *services = regrouping->services;

	if (services->workers) {
		regrouping->job = (struct job){ .run = run, .done = done };
		workers_put(services->workers, &regrouping->job);
		return;
	}
	refuse_stopping(&regrouping->why);
	regrouping->done(regrouping);
}

static void
put_work(struct regrouping *regrouping,
    void (*run)(struct work *work, struct intake *intake),
    void (*done)(struct work *work))
{
	regrouping->work = (struct work){ .run = run, .done = done };
	writer_put(regrouping->services->writer, &regrouping->work);
}

/* Did the piece fail?  Then it is over; what was done stays done. */
static bool
has_failed(struct regrouping *regrouping)
{
	struct refusal *why = &regrouping->why;

	if (!regrouping->services->workers)
		refuse_stopping(why);
	else if (regrouping->work.failed)
		refuse_for_now(why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; asked again, it goes on "
		    "where it stopped");
	else if (regrouping->moves.failed || regrouping->plan.failed)
		answer_no_memory(why);
	if (why->code)
		regrouping->done(regrouping);
	return why->code != 0;
}

static bool
has_misread(struct regrouping *regrouping)
{
	struct refusal *why = &regrouping->why;

	if (regrouping->result == STORE_MEMORY || regrouping->moves.failed)
		answer_no_memory(why);
	else if (regrouping->result)
		answer_damaged(why);
	if (why->code)
		regrouping->done(regrouping);
	return why->code != 0;
}

/* --- summing up ----------------------------------------------------------- */

static void
end_read(struct fresh *fresh)
{
	struct regrouping *regrouping = (struct regrouping *)fresh;

	regrouping->sum_up(regrouping);
}

static void
end_done(struct fresh *fresh)
{
	struct regrouping *regrouping = (struct regrouping *)fresh;

	regrouping->why = fresh->why;
	regrouping->done(regrouping);
}

static void
sum_up(struct regrouping *regrouping)
{
	moves_sort(&regrouping->moves);
	regrouping->fresh = (struct fresh){ .services = regrouping->services,
		.read = end_read,
		.done = end_done };
	fresh_start(&regrouping->fresh);
}

/* --- alerts --------------------------------------------------------------- */

static void
finish_run(struct work *work, struct intake *intake)
{
	struct regrouping *regrouping = (struct regrouping *)work;
	struct record_regrouped *progress = &regrouping->progress;

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	standing_write(intake,
	    &(struct record_regrouped){ .version = progress->target });
	intake_close_frame(intake);
}

static void
finish_done(struct work *work)
{
	struct regrouping *regrouping = (struct regrouping *)work;

	if (!has_failed(regrouping))
		sum_up(regrouping);
}

static void
ring_run(struct work *work, struct intake *intake)
{
	struct regrouping *regrouping = (struct regrouping *)work;
	const struct moves *moves = &regrouping->moves;
	int64_t end = monotonic_ms() + PIECE_MS;
	unsigned pairs = 0;

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	intake_settle(intake);
	while (regrouping->next < moves->count && !intake->projection.result &&
	    pairs++ < PAIRS_PIECE && monotonic_ms() < end)
		aftermath_tell(intake, &moves->at[regrouping->next++].move);
	intake_close_frame(intake);
}

static void
ring_done(struct work *work)
{
	struct regrouping *regrouping = (struct regrouping *)work;

	if (has_failed(regrouping))
		return;
	if (regrouping->next < regrouping->moves.count)
		put_work(regrouping, ring_run, ring_done);
	else
		put_work(regrouping, finish_run, finish_done);
}

static int
add_move(void *who, const struct store_event *event)
{
	struct regrouping *regrouping = who;
	struct record_report record;
	struct regroup_move move;

	if (event->type != RECORD_REGROUP)
		return 0;
	if (!record_report_read(event->header, RECORD_REGROUP,
		event->received_ms, &record))
		return STORE_CORRUPT;
	move = (struct regroup_move){ .from = record.old.product,
		.to = record.facts.product,
		.mode = record.facts.mode,
		.is_live = !record.facts.is_backfill,
		.contents = record.previous_seq };
	moves_add(&regrouping->moves, &move);
	return 0;
}

/* What moved, before a restart too, stands in the log. */
static void
moved_job(struct job *job)
{
	struct regrouping *regrouping = (struct regrouping *)job;

	regrouping->result = store_walk(regrouping->services->store,
	    regrouping->progress.begun + 1,
	    store_durable(regrouping->services->store), add_move, regrouping);
	moves_sort(&regrouping->moves);
}

static void
moved_done(struct job *job)
{
	struct regrouping *regrouping = (struct regrouping *)job;

	if (has_misread(regrouping))
		return;
	regrouping->next = 0;
	put_work(regrouping, ring_run, ring_done);
}

/* --- pieces --------------------------------------------------------------- */

static void
decide(struct regrouping *regrouping, struct intake *intake)
{
	const struct harvested *item =
	    &regrouping->harvest.item[regrouping->next++];
	struct regroup_move move;
	enum regroup_fate fate = regrouping->is_dry
	    ? regroup_plan(intake, &regrouping->plan, item, &move)
	    : regroup_take(intake, item, &move);

	regrouping->progress.read += fate != REGROUP_GONE;
	regrouping->progress.moved += fate == REGROUP_MOVES;
	if (fate == REGROUP_MOVES && regrouping->is_dry)
		moves_add(&regrouping->moves, &move);
	else if (fate == REGROUP_MOVES)
		metrics_add(METRIC_reports_regrouped, 1);
}

static void
piece_run(struct work *work, struct intake *intake)
{
	struct regrouping *regrouping = (struct regrouping *)work;
	const struct harvest *harvest = &regrouping->harvest;
	int64_t end = monotonic_ms() + PIECE_MS;

	if (!regrouping->is_dry && store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	while (regrouping->next < harvest->count &&
	    !intake->projection.result && monotonic_ms() < end)
		decide(regrouping, intake);
	if (!regrouping->is_dry && regrouping->next == harvest->count) {
		regrouping->progress.mark = harvest->mark;
		standing_write(intake, &regrouping->progress);
	}
	intake_close_frame(intake);
}

static void
go_on(struct regrouping *regrouping)
{
	if (regrouping->harvest.mark < regrouping->harvest.until)
		put_job(regrouping, read_job, read_done);
	else if (regrouping->is_dry)
		sum_up(regrouping);
	else
		put_job(regrouping, moved_job, moved_done);
}

static void
piece_done(struct work *work)
{
	struct regrouping *regrouping = (struct regrouping *)work;

	if (has_failed(regrouping))
		return;
	if (regrouping->next < regrouping->harvest.count)
		put_work(regrouping, piece_run, piece_done);
	else
		go_on(regrouping);
}

static void
read_job(struct job *job)
{
	struct regrouping *regrouping = (struct regrouping *)job;

	regrouping->result = harvest_next(&regrouping->harvest);
}

static void
read_done(struct job *job)
{
	struct regrouping *regrouping = (struct regrouping *)job;

	if (has_misread(regrouping))
		return;
	regrouping->next = 0;
	put_work(regrouping, piece_run, piece_done);
}

/* --- the beginning -------------------------------------------------------- */

static void
begin(struct regrouping *regrouping, struct intake *intake)
{
	struct record_regrouped *progress = &regrouping->progress;
	uint64_t last = store_next_seq(intake->store) - 1;

	progress->target = product_version(intake->vocabulary);
	progress->until = progress->begun = last;
	progress->mark = progress->read = progress->moved = 0;
	progress->products =
	    (uint32_t)projection_counter(&intake->projection, COUNTER_PRODUCTS);
	if (!regrouping->is_dry)
		standing_write(intake, progress);
}

static void
begin_run(struct work *work, struct intake *intake)
{
	struct regrouping *regrouping = (struct regrouping *)work;
	struct record_regrouped *progress = &regrouping->progress;

	if (!regrouping->is_dry && store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	intake_close_frame(intake);
	standing_read(&intake->projection, progress);
	if (regrouping->is_dry ||
	    progress->target != product_version(intake->vocabulary))
		begin(regrouping, intake);
	intake_close_frame(intake);
	regrouping->harvest.mark = progress->mark;
	regrouping->harvest.until = progress->until;
}

static void
begin_done(struct work *work)
{
	struct regrouping *regrouping = (struct regrouping *)work;

	if (!has_failed(regrouping))
		go_on(regrouping);
}

void
regrouping_start(struct regrouping *regrouping)
{
	put_work(regrouping, begin_run, begin_done);
}
