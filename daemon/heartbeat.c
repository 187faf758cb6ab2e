#include "daemon/heartbeat.h"

#include <stdlib.h>

enum { BEATS = 3 /* a watchdog's time: one may be late */ };

struct heartbeat {
	struct work work; /* first; with the writer while is_out */
	struct loop_timer *timer;
	struct writer *writer;
	const struct supervisor *supervisor;
	bool is_out;
};

/* Writer thread: to come here is all there is to do. */
static void
pass(struct work *work, struct intake *intake)
{
	(void)work;
	(void)intake;
}

static void
come_back(struct work *work)
{
	struct heartbeat *heartbeat = (struct heartbeat *)work;

	heartbeat->is_out = false;
	supervisor_tell(heartbeat->supervisor, NEWS_ALIVE);
}

static void
on_time(void *who)
{
	struct heartbeat *heartbeat = who;

	if (heartbeat->is_out)
		return; /* stuck somewhere: say nothing */
	heartbeat->is_out = true;
	heartbeat->work = (struct work){ .run = pass, .done = come_back };
	writer_put(heartbeat->writer, &heartbeat->work);
}

struct heartbeat *
heartbeat_start(struct loop *loop, struct writer *writer,
    const struct supervisor *supervisor)
{
	struct heartbeat *heartbeat = calloc(1, sizeof(*heartbeat));
	int64_t every_ms = supervisor->watchdog_ms / BEATS;

	if (!heartbeat)
		return NULL;
	heartbeat->writer = writer;
	heartbeat->supervisor = supervisor;
	if (every_ms < 1)
		return heartbeat;
	heartbeat->timer = loop_timer_new(loop, every_ms, on_time, heartbeat);
	if (heartbeat->timer)
		return heartbeat;
	free(heartbeat);
	return NULL;
}

void
heartbeat_stop(struct heartbeat *heartbeat)
{
	if (!heartbeat)
		return;
	loop_timer_free(heartbeat->timer);
	free(heartbeat);
}
