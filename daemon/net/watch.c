/*
 * watch.c - a list of those with something to watch.  A timer walks a part of
 * it each time, and ends few: ten thousand who are late at once must not keep
 * the others waiting.
 */
#include "daemon/net/watch.h"

enum {
	STEP_MS = 5,
	STEPS = 20, /* of a walk through all, a tenth of a second */
	LATE_A_STEP = 8,
};

void
watch_init(struct watch *watch, struct loop *loop, watch_fn *on_frame_late,
    watch_fn *on_output_late)
{
	*watch = (struct watch){
		.loop = loop,
		.on_frame_late = on_frame_late,
		.on_output_late = on_output_late,
	};
	TAILQ_INIT(&watch->list);
}

void
watch_fini(struct watch *watch)
{
	loop_timer_free(watch->step);
}

static bool
is_idle(const struct watched *watched)
{
	return watched->frame_by_ms == 0 && watched->output_by_ms == 0 &&
	    watched->bytes == 0;
}

static void
unlist(struct watch *watch, struct watched *watched)
{
	if (!watched->is_listed)
		return;
	watched->is_listed = false;
	watch->count--;
	TAILQ_REMOVE(&watch->list, watched, link);
}

/*
 * Tell of the deadlines that are over; whoever hears may end the conn.  Was
 * any of them?
 */
static bool
check(struct watch *watch, struct watched *watched, int64_t now_ms)
{
	int64_t frame_by_ms = watched->frame_by_ms;
	int64_t output_by_ms = watched->output_by_ms;
	bool is_frame_late = frame_by_ms != 0 && now_ms >= frame_by_ms;
	bool is_output_late = output_by_ms != 0 && now_ms >= output_by_ms;
	if (is_idle(watched)) {
		unlist(watch, watched);
		return false;
	}
	if (is_frame_late) {
		watched->frame_by_ms = 0;
		watch->on_frame_late(watched->conn);
	}
	if (is_output_late) {
		watched->output_by_ms = 0;
		watch->on_output_late(watched->conn);
	}
	return is_frame_late || is_output_late;
}

static void
on_step(void *who)
{
	struct watch *watch = who;
	int64_t now_ms = loop_now_ms();
	size_t left = watch->count / STEPS + 1;
	unsigned late = 0;
	struct watched *watched;
	while (left-- > 0 && late < LATE_A_STEP &&
	    (watched = TAILQ_FIRST(&watch->list))) {
		TAILQ_REMOVE(&watch->list, watched, link);
		TAILQ_INSERT_TAIL(&watch->list, watched, link);
		late += check(watch, watched, now_ms);
	}
	if (TAILQ_EMPTY(&watch->list)) {
		loop_timer_free(watch->step);
		watch->step = NULL;
	}
}

/* Leaving the list is the walk's work: most come back at once. */
static void
list(struct watch *watch, struct watched *watched)
{
	if (is_idle(watched))
		return;
	if (!watched->is_listed) {
		watched->is_listed = true;
		watch->count++;
		TAILQ_INSERT_TAIL(&watch->list, watched, link);
	}
	if (!watch->step)
		watch->step =
		    loop_timer_new(watch->loop, STEP_MS, on_step, watch);
}

void
watch_frame(struct watch *watch, struct watched *watched, int64_t by_ms)
{
	watched->frame_by_ms = by_ms;
	list(watch, watched);
}

void
watch_output(struct watch *watch, struct watched *watched, int64_t by_ms)
{
	watched->output_by_ms = by_ms;
	list(watch, watched);
}

void
watch_bytes(struct watch *watch, struct watched *watched, size_t bytes)
{
	watch->bytes = watch->bytes - watched->bytes + bytes;
	watched->bytes = bytes;
	list(watch, watched);
}

struct conn *
watch_heaviest(const struct watch *watch)
{
	const struct watched *watched;
	struct conn *heaviest = NULL;
	size_t most = 0;
	TAILQ_FOREACH (watched, &watch->list, link) {
		if (watched->bytes <= most)
			continue;
		most = watched->bytes;
		heaviest = watched->conn;
	}
	return heaviest;
}

void
watch_forget(struct watch *watch, struct watched *watched)
{
	watch->bytes -= watched->bytes;
	watched->bytes = 0;
	watched->frame_by_ms = 0;
	watched->output_by_ms = 0;
	unlist(watch, watched);
}
