#include "daemon/intake/replay.h"

#include <string.h>
#include <time.h>

#include "daemon/intake/apply.h"
#include "daemon/intake/liken.h"
#include "daemon/intake/ring.h"
#include "daemon/intake/senders.h"

struct replay {
	struct projection projection;
	uint64_t events;
	int64_t last_ms;
	uint64_t bad_seq; /* event whose header could not be read, or 0 */
};

static int
replay_event(void *who, const struct store_event *event)
{
	struct replay *replay = who;

	if (!apply_event(&replay->projection, event)) {
		replay->bad_seq = event->seq;
		return STORE_CORRUPT;
	}
	replay->events++;
	replay->last_ms = event->received_ms;
	return replay->projection.result;
}

/* Ask for the rows a report will touch: a replay mostly waits for them. */
static void
peek_event(void *who, const struct store_event *event, bool is_row)
{
	const struct replay *replay = who;
	struct record_report record;

	if (record_is_of_report(event->type) &&
	    record_report_read(event->header, event->type, event->received_ms,
		&record))
		apply_prefetch(&replay->projection, &record, is_row);
}

int
replay_store(struct store *store, uint64_t *events, int64_t *last_ms,
    struct store_fault *fault)
{
	struct replay replay = { .last_ms = *last_ms };
	int result;

	projection_init(&replay.projection, store);
	result = store_replay_ahead(store, replay_event, peek_event, &replay);
	projection_fini(&replay.projection);
	*events = replay.events;
	*last_ms = replay.last_ms;
	if (!result)
		return STORE_OK;
	fault->result = (enum store_result)result;
	if (replay.bad_seq)
		snprintf(fault->text, sizeof(fault->text),
		    "event %llu has a header that cannot be read",
		    (unsigned long long)replay.bad_seq);
	else if (result == STORE_CORRUPT)
		store_last_fault(store, fault);
	else
		snprintf(fault->text, sizeof(fault->text),
		    "replaying the log failed");
	return result;
}

int
replay_settle(struct store *store, struct store_fault *fault)
{
	static const struct timespec moment = { .tv_nsec = 5000000 };

	while (store_applied(store) < store_seq(store)) {
		if (store_is_full(store)) {
			fault->result = STORE_FULL;
			snprintf(fault->text, sizeof(fault->text),
			    "the disk, or store.map_size, has no room for what "
			    "the log holds");
			return STORE_FULL;
		}
		store_checkpoint(store);
		nanosleep(&moment, NULL);
	}
	return STORE_OK;
}

int
replay_learn(struct intake *intake)
{
	int result = ring_load(intake);

	if (!result)
		result = liken_load(intake);
	senders_load(intake);
	return result ? result : intake->projection.result;
}
