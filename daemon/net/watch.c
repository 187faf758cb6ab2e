/* watch.c - a list of those with something to watch, walked by a timer. */
#include "daemon/net/watch.h"

enum { SWEEP_MS = 100 };

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
	loop_timer_free(watch->sweep);
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
	TAILQ_REMOVE(&watch->list, watched, link);
}

/* Tell of the deadlines that are over; whoever hears may end the conn. */
static void
check(struct watch *watch, struct watched *watched, int64_t now_ms)
{
	int64_t frame_by_ms = watched->frame_by_ms;
	int64_t output_by_ms = watched->output_by_ms;
	if (is_idle(watched)) {
		unlist(watch, watched);
		return;
	}
	if (frame_by_ms != 0 && now_ms >= frame_by_ms) {
		watched->frame_by_ms = 0;
		watch->on_frame_late(watched->conn);
	}
	if (output_by_ms != 0 && now_ms >= output_by_ms) {
		watched->output_by_ms = 0;
		watch->on_output_late(watched->conn);
	}
}

static void
on_sweep(void *who)
{
	struct watch *watch = who;
	int64_t now_ms = loop_now_ms();
	struct watched *watched = TAILQ_FIRST(&watch->list);
	while (watched) {
		struct watched *next = TAILQ_NEXT(watched, link);
		check(watch, watched, now_ms);
		watched = next;
	}
	if (TAILQ_EMPTY(&watch->list)) {
		loop_timer_free(watch->sweep);
		watch->sweep = NULL;
	}
}

/* Leaving the list is the sweep's work: most come back at once. */
static void
list(struct watch *watch, struct watched *watched)
{
	if (is_idle(watched))
		return;
	if (!watched->is_listed) {
		watched->is_listed = true;
		TAILQ_INSERT_TAIL(&watch->list, watched, link);
	}
	if (!watch->sweep)
		watch->sweep =
		    loop_timer_new(watch->loop, SWEEP_MS, on_sweep, watch);
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
