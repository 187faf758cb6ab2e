#include "daemon/feed/replay.h"

#include <stdlib.h>

#include "daemon/store/record.h"
#include "daemon/store/record_judgement.h"

static void
show_progress(const struct replay *replay, uint64_t seq)
{
	struct export_progress *progress = replay->progress;
	uint64_t walked = (replay->turn - 1u) * replay->seq;

	if (!progress)
		return;
	atomic_store_explicit(&progress->total, replay->nturns * replay->seq,
	    memory_order_relaxed);
	atomic_store_explicit(&progress->done, walked + seq,
	    memory_order_relaxed);
}

static uint32_t
turn_of(const struct replay *replay, uint32_t root)
{
	return (root * UINT32_C(2654435769) >> 8) % replay->nturns + 1;
}

static int
keep_move(struct replay *replay, const struct replay_move *move)
{
	if (replay->nmoves == replay->cap) {
		size_t cap = replay->cap ? 2 * replay->cap : 4096;
		struct replay_move *grown =
		    realloc(replay->move, cap * sizeof(*replay->move));

		if (!grown)
			return STORE_MEMORY;
		replay->move = grown;
		replay->cap = cap;
	}
	replay->move[replay->nmoves++] = *move;
	return 0;
}

/* Kept in its product's turn. */
static int
take_move(struct replay *replay, const struct replay_move *move)
{
	struct replay_move kept = *move;

	kept.root = lineage_root(replay->lineage, move->facts.product);
	if (turn_of(replay, kept.root) != replay->turn)
		return 0;
	if (kept.facts.is_backfill) {
		kept.day = kept.facts.filed;
		replay->has_revised_history |= kept.step == REPLAY_OUT;
	}
	return keep_move(replay, &kept);
}

static int
take_report(struct replay *replay, const struct store_event *event)
{
	enum record_type type = (enum record_type)event->type;
	struct replay_move move = { .event = event->seq,
		.day = date_of_ms(event->received_ms) };
	struct record_report record;
	int result = 0;

	if (!record_report_read(event->header, type, event->received_ms,
		&record))
		return STORE_CORRUPT;
	move.seq = record.first_seq ? record.first_seq : event->seq;
	if (type != RECORD_REPORT && record.old.product != 0) {
		move.step = REPLAY_OUT;
		move.facts = record.old;
		result = take_move(replay, &move);
	}
	if (type != RECORD_WITHDRAW && result == 0) {
		move.step = REPLAY_IN;
		move.facts = record.facts;
		result = take_move(replay, &move);
	}
	return result;
}

static int
take_judgement(struct replay *replay, const struct store_event *event)
{
	struct record_judgement record;
	int result = 0;

	if (!record_judgement_read(event->header, &record))
		return STORE_CORRUPT;
	for (unsigned i = 0; i < record.nshares && result == 0; i++) {
		const struct replay_move move = {
			.seq = record.share[i].seq,
			.event = event->seq,
			.day = date_of_ms(event->received_ms),
			.step = record.kind == JUDGEMENT_LINK ? REPLAY_NO_CASE
							      : REPLAY_CASE,
			.facts = { .product = record.product,
			    .mode = record.share[i].mode },
		};

		result = take_move(replay, &move);
	}
	return result;
}

static int
take_event(void *who, const struct store_event *event)
{
	struct replay *replay = who;

	show_progress(replay, event->seq);
	replay->today = date_of_ms(event->received_ms);
	switch (event->type) {
	case RECORD_REPORT:
	case RECORD_AMEND:
	case RECORD_WITHDRAW:
	case RECORD_REGROUP:
		return take_report(replay, event);
	case RECORD_LINK:
	case RECORD_UNLINK:
		return take_judgement(replay, event);
	default:
		return 0;
	}
}

/* --- the order ----------------------------------------------------------- */

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_by_report(const void *left, const void *right)
{
	const struct replay_move *a = left, *b = right;
	int order = compare_numbers(a->root, b->root);

	if (order == 0)
		order = compare_numbers(a->seq, b->seq);
	if (order == 0)
		order = compare_numbers(a->event, b->event);
	return order ? order : a->step - b->step;
}

static int
compare_by_day(const void *left, const void *right)
{
	const struct replay_move *a = left, *b = right;
	int order = compare_numbers(a->root, b->root);

	if (order == 0)
		order = (a->day > b->day) - (a->day < b->day);
	if (order == 0)
		order = compare_numbers(a->event, b->event);
	return order ? order : a->step - b->step;
}

/* Of history that was revised only what it is now is told. */
static void
forget_revised(struct replay *replay)
{
	struct replay_move *last = NULL;

	for (size_t i = 0; i < replay->nmoves; i++) {
		struct replay_move *move = &replay->move[i];

		if (move->step > REPLAY_IN || !move->facts.is_backfill)
			continue;
		if (move->step == REPLAY_IN) {
			last = move;
		} else {
			move->step = REPLAY_DEAD;
			if (last && last->root == move->root &&
			    last->seq == move->seq)
				last->step = REPLAY_DEAD;
			last = NULL;
		}
	}
}

static void
sort_moves(struct replay *replay)
{
	if (replay->nmoves == 0)
		return;
	if (replay->has_revised_history) {
		qsort(replay->move, replay->nmoves, sizeof(*replay->move),
		    compare_by_report);
		forget_revised(replay);
	}
	for (size_t i = 0; i < replay->nmoves; i++)
		replay->move[i].facts.is_backfill = false;
	qsort(replay->move, replay->nmoves, sizeof(*replay->move),
	    compare_by_day);
}

int
replay_turn(struct replay *replay)
{
	int result;

	/* Nearly every event is a report's, and few have two movements. */
	replay->nturns = (uint32_t)(replay->seq / REPLAY_MOVES) + 1;
	if (replay->turn == replay->nturns)
		return REPLAY_NO_MORE;
	replay->turn++;
	replay->nmoves = 0;
	replay->has_revised_history = false;
	result = store_walk(replay->store, 1, replay->seq, take_event, replay);
	if (result == 0)
		sort_moves(replay);
	return result;
}

void
replay_free(struct replay *replay)
{
	free(replay->move);
}
