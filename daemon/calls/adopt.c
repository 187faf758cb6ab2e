#include "daemon/calls/adopt.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/fresh.h"
#include "daemon/calls/look.h"
#include "daemon/intake/resubmit.h"
#include "daemon/store/record.h"

enum { ADOPT_CHUNK = 200 };

struct adopt {
	union {
		struct fresh fresh; /* first: reading the log */
		struct work work;   /* first: writing */
	};
	struct services *services;
	const struct origin_name *name; /* borrowed */
	adopt_done *done;
	void *who;
	uint32_t organisation, origin;
	struct buf held; /* struct resubmit_held each */
	size_t ndone;    /* of them, from the last */
	bool is_damaged;
};

static void
finish(struct adopt *adopt, const struct refusal *why)
{
	adopt->done(adopt->who, why);
	buf_free(&adopt->held);
	free(adopt);
}

/* --- writing ------------------------------------------------------------- */

static void
adopt_run(struct work *work, struct intake *intake)
{
	struct adopt *adopt = (struct adopt *)work;
	const void *at = adopt->held.at;
	const struct resubmit_held *held = at;
	size_t count = adopt->held.len / sizeof(*held);

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	/* The newest contents first: what is adopted stays as it is. */
	for (unsigned i = 0; i < ADOPT_CHUNK && adopt->ndone < count; i++) {
		if (resubmit_adopt(intake, adopt->name,
			&held[count - 1 - adopt->ndone])) {
			work->failed = intake->projection.result != STORE_OK;
			adopt->is_damaged = !work->failed;
			break;
		}
		adopt->ndone++;
	}
	intake_close_frame(intake);
}

static void
adopt_run_done(struct work *work)
{
	struct adopt *adopt = (struct adopt *)work;
	struct refusal why = { 0 };

	if (work->failed)
		refuse_for_now(&why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was declared");
	else if (adopt->is_damaged)
		answer_damaged(&why);
	else if (adopt->ndone <
	    adopt->held.len / sizeof(struct resubmit_held)) {
		writer_put(adopt->services->writer, work);
		return;
	}
	finish(adopt, &why);
}

/* --- reading ------------------------------------------------------------- */

static int
visit(void *who, const struct store_event *event)
{
	struct adopt *adopt = who;
	enum record_type type = (enum record_type)event->type;
	struct record_report record;
	struct duplicate_match match;
	struct resubmit_held held;

	if (type != RECORD_REPORT && type != RECORD_AMEND)
		return 0;
	if (!record_report_read(event->header, type, event->received_ms,
		&record))
		return STORE_CORRUPT;
	if (record.facts.organisation != adopt->organisation ||
	    record.origin != adopt->origin || event->is_erased)
		return 0;
	match = duplicate_match(event->body);
	held = (struct resubmit_held){ .match = match.hash, .tag = match.tag };
	memcpy(held.key, record.key, sizeof(held.key));
	buf_add(&adopt->held, &held, sizeof(held));
	return adopt->held.failed ? STORE_MEMORY : 0;
}

/* Worker thread. */
static void
read_log(struct fresh *fresh)
{
	struct adopt *adopt = (struct adopt *)fresh;
	struct store *store = fresh->services->store;
	struct snapshot *snapshot = snapshot_open(store);
	int result;

	if (!snapshot) {
		answer_no_memory(&fresh->why);
		return;
	}
	adopt->organisation = look_ordinal(snapshot, NAME_ORGANISATION,
	    adopt->name->organisation_hash);
	adopt->origin =
	    look_ordinal(snapshot, NAME_ORIGIN, adopt->name->origin_hash);
	snapshot_close(snapshot);
	result = store_walk(store, 1, store_durable(store), visit, adopt);
	if (result == STORE_MEMORY)
		answer_no_memory(&fresh->why);
	else if (result)
		answer_damaged(&fresh->why);
}

static void
log_read(struct fresh *fresh)
{
	struct adopt *adopt = (struct adopt *)fresh;
	struct refusal why = fresh->why;

	if (why.code) {
		finish(adopt, &why);
		return;
	}
	adopt->work = (struct work){ .run = adopt_run, .done = adopt_run_done };
	writer_put(adopt->services->writer, &adopt->work);
}

int
adopt_start(struct services *services, const struct origin_name *name,
    adopt_done *done, void *who)
{
	struct adopt *adopt = calloc(1, sizeof(*adopt));

	if (!adopt)
		return -1;
	adopt->services = services;
	adopt->name = name;
	adopt->done = done;
	adopt->who = who;
	adopt->fresh = (struct fresh){ .services = services,
		.read = read_log,
		.done = log_read };
	fresh_start(&adopt->fresh);
	return 0;
}
