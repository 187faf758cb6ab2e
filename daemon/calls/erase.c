/* erase.c - erase.report, erase.reporter, erase.note. */
#include "daemon/calls/erase.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/author.h"
#include "daemon/calls/erasing.h"
#include "daemon/calls/look.h"
#include "daemon/calls/reporter.h"
#include "daemon/intake/keychain.h"
#include "daemon/intake/prepare.h"
#include "daemon/logger.h"
#include "daemon/net/dispatch.h"
#include "daemon/store/erased.h"
#include "daemon/store/record.h"
#include "proto/codec.h"

enum { LISTED_MAX = 100 };

/* Asked for by somebody. */
struct asked {
	struct erasing erasing; /* first */
	bool is_asked;          /* else it goes on from before */
	bool is_report;
	struct ticket ticket;
	struct buf body; /* owned: why */
	char organisation[64 + 1];
	struct reporter_names names; /* reporter */
	struct buf listed; /* owned: maps of the first LISTED_MAX reports */
	uint32_t nlisted;
	struct buf again;    /* owned, at a start: left by a restore */
	uint64_t unfinished; /* at a start: the first erasure that is */
};

static void
asked_free(struct asked *asked)
{
	erasing_fini(&asked->erasing);
	buf_free(&asked->body);
	buf_free(&asked->listed);
	buf_free(&asked->again);
	free(asked);
}

/* --- answering ------------------------------------------------------------ */

static void
pack_answer(struct asked *asked, struct buf *out)
{
	const struct erasing *erasing = &asked->erasing;

	pack_map(out, 7);
	pack_field_bool(out, "dry_run", erasing->is_dry);
	pack_field_uint(out, "reports", erasing->erased);
	pack_field_uint(out, "already", erasing->already);
	pack_field_bool(out, "reporter", erasing->source != 0);
	pack_field_uint(out, "segments", erasing->segments);
	pack_field_uint(out, "seq", erasing->seq);
	pack_string(out, "items");
	pack_list(out, asked->nlisted);
	pack_raw(out, buf_text(&asked->listed));
	if (asked->listed.failed)
		out->failed = true;
}

/* Nothing was found that could be erased. */
static void
check_found(struct asked *asked)
{
	struct erasing *erasing = &asked->erasing;
	uint64_t found = erasing->erased + erasing->already;

	if (asked->is_report && !found)
		refuse(&erasing->why, ERROR_NOT_FOUND, "id",
		    "no report of that id is held for %s", asked->organisation);
	else if (asked->is_report && !erasing->erased && !erasing->is_dry)
		refuse(&erasing->why, ERROR_CONFLICT, "id",
		    "that report is erased already");
}

static void
say_end(const struct erasing *erasing)
{
	if (erasing->is_dry)
		return;
	if (erasing->why.code)
		log_line(LOG_WARNING, "erasing-stopped", "why=%s",
		    LOG_QUOTE(text_of(erasing->why.text)));
	else
		log_line(LOG_INFO, "erased",
		    "reports=%llu segments=%llu seq=%llu",
		    (unsigned long long)erasing->erased,
		    (unsigned long long)erasing->segments,
		    (unsigned long long)erasing->seq);
}

static void
erasing_ended(struct erasing *erasing)
{
	struct asked *asked = (struct asked *)erasing;
	struct buf out = { 0 };
	bool has_worked = erasing->erasure.last != 0;

	if (!erasing->why.code && asked->is_asked)
		check_found(asked);
	if (erasing->why.code ? erasing->why.code == ERROR_READ_ONLY
			      : has_worked)
		say_end(erasing);
	if (asked->is_asked) {
		if (!erasing->why.code)
			pack_answer(asked, &out);
		answer_ticket(erasing->fresh.services, asked->ticket, &out,
		    erasing->seq, &erasing->why);
	}
	asked_free(asked);
}

/* --- what a reporter sent ------------------------------------------------- */

static void
list_report(struct asked *asked, const struct store_event *event)
{
	struct buf *out = &asked->listed;
	char received[INSTANT_MAX];
	struct text id = { 0 };
	struct value map;

	if (asked->nlisted == LISTED_MAX)
		return;
	asked->nlisted++;
	if (!event->is_erased && value_of(event->body, &map))
		id = value_find_text(&map, "id");
	instant_format(event->received_ms, received);
	pack_map(out, id.len ? 3 : 2);
	pack_field_uint(out, "seq", event->seq);
	pack_field_string(out, "received", received);
	if (id.len)
		pack_field_text(out, "id", id);
}

static bool
is_listed(const struct buf *reports, uint64_t first_seq)
{
	const struct erasing_report *at = (const void *)reports->at;

	for (size_t i = reports->len / sizeof(*at); i-- > 0;)
		if (at[i].first_seq == first_seq)
			return true;
	return false;
}

/* Reports that it sent in any revision, each once. */
static int
find_report(void *who, const struct store_event *event)
{
	struct asked *asked = who;
	struct erasing *erasing = &asked->erasing;
	enum record_type type = (enum record_type)event->type;
	struct erasing_report found;
	struct record_report record;

	if (atomic_load(&erasing->is_stopping))
		return STORE_REFUSED;
	if (!record_is_of_report(event->type))
		return STORE_OK;
	if (!record_report_read(event->header, type, event->received_ms,
		&record))
		return STORE_CORRUPT;
	if ((type == RECORD_WITHDRAW ? record.old.source
				     : record.facts.source) != erasing->source)
		return STORE_OK;
	found.first_seq = record.first_seq ? record.first_seq : event->seq;
	memcpy(found.key, record.key, sizeof(found.key));
	if (type != RECORD_REPORT &&
	    is_listed(&erasing->reports, found.first_seq))
		return STORE_OK;
	buf_add(&erasing->reports, &found, sizeof(found));
	list_report(asked, event);
	return erasing->reports.failed ? STORE_MEMORY : STORE_OK;
}

/* Worker thread. */
static void
find_reporter(struct fresh *fresh)
{
	struct asked *asked = (struct asked *)fresh;
	struct erasing *erasing = &asked->erasing;
	struct store *store = fresh->services->store;
	struct snapshot *snapshot = snapshot_open(store);
	int result = snapshot ? STORE_OK : STORE_MEMORY;

	if (snapshot)
		erasing->source = reporter_ordinal(snapshot, &asked->names);
	snapshot_close(snapshot);
	if (!result && !erasing->source) {
		refuse(&erasing->why, ERROR_NOT_FOUND, "reporter",
		    "%s has no reporter of that name, or it was erased",
		    asked->organisation);
		return;
	}
	if (!result)
		result = store_walk(store, 1, store_applied(store), find_report,
		    asked);
	if (result == STORE_MEMORY)
		answer_no_memory(&erasing->why);
	else if (result == STORE_REFUSED)
		refuse_for_now(&erasing->why, ERROR_BUSY, RETRY_BUSY_MS,
		    "the daemon stops; nothing was erased");
	else if (result)
		answer_damaged(&erasing->why);
}

static void
reporter_found(struct fresh *fresh)
{
	struct erasing *erasing = (struct erasing *)fresh;

	if (!erasing->why.code)
		erasing->why = fresh->why;
	if (!erasing->why.code) {
		erasing_start(erasing);
		return;
	}
	fresh->services->erasing = NULL;
	erasing_ended(erasing);
}

/* --- calls ---------------------------------------------------------------- */

/* Why, by whom, whose, and may it be now. */
struct request {
	struct text organisation, reason, author;
	bool is_dry;
};

static void
take_request(struct asked *asked, struct call *call,
    const struct request *request)
{
	struct services *services = session_services(call->session);
	struct erasing *erasing = &asked->erasing;
	struct refusal *why = &erasing->why;
	char token[AUTHOR_TOKEN_MAX];

	erasing->fresh.services = services;
	erasing->done = erasing_ended;
	erasing->is_dry = request->is_dry;
	asked->is_asked = true;
	asked->ticket = call_ticket(call);
	shown_copy(asked->organisation, sizeof(asked->organisation),
	    request->organisation.len ? request->organisation
				      : session_organisation(call->session));
	pack_map(&asked->body, 3);
	pack_field_string(&asked->body, "token", author_token(call, token));
	pack_field_text(&asked->body, "author", request->author);
	pack_field_text(&asked->body, "reason", request->reason);
	erasing->order = (struct erase_order){
		.organisation = session_organisation(call->session),
		.body = buf_text(&asked->body),
	};
	erasing->order.organisation_hash =
	    prepare_name_hash(store_hash_key(services->store),
		NAME_ORGANISATION, erasing->order.organisation);
	if (services->erasing)
		refuse_for_now(why, ERROR_BUSY, RETRY_READ_ONLY_MS,
		    "an erasure is under way");
	else if (!request->is_dry && writer_is_read_only(services->writer))
		refuse_for_now(why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was erased");
	else if (asked->body.failed)
		answer_no_memory(why);
}

static struct asked *
asked_new(struct call *call, const struct request *request)
{
	struct asked *asked = answer_alloc(call, sizeof(*asked));

	if (!asked)
		return NULL;
	take_request(asked, call, request);
	if (!asked->erasing.why.code) {
		asked->erasing.fresh.services->erasing = &asked->erasing;
		return asked;
	}
	answer_refusal(call, &asked->erasing.why);
	asked_free(asked);
	return NULL;
}

void
handle_erase_report(struct call *call)
{
	const struct call_erase_report *args = call->args;
	struct asked *asked = asked_new(call,
	    &(struct request){ args->organisation, args->reason, args->author,
		args->dry_run });
	struct erasing_report report = { .first_seq = 0 };
	struct prepare_options options;

	if (!asked)
		return;
	options = (struct prepare_options){
		.hash_key =
		    store_hash_key(asked->erasing.fresh.services->store),
		.organisation = text_of(asked->organisation),
	};
	prepare_key(&options, args->source, args->id, report.key);
	buf_add(&asked->erasing.reports, &report, sizeof(report));
	asked->is_report = true;
	erasing_start(&asked->erasing);
}

void
handle_erase_reporter(struct call *call)
{
	const struct call_erase_reporter *args = call->args;
	const struct reporter_asked wanted = { args->organisation,
		args->reporter, args->pseudonym };
	struct refusal why = { 0 };
	struct reporter_names names;
	struct asked *asked;

	if (reporter_find(session_services(call->session),
		session_organisation(call->session), &wanted, &names, &why)) {
		answer_refusal(call, &why);
		return;
	}
	asked = asked_new(call,
	    &(struct request){ args->organisation, args->reason, args->author,
		args->dry_run });
	if (!asked)
		return;
	asked->names = names;
	asked->erasing.fresh.read = find_reporter;
	asked->erasing.fresh.done = reporter_found;
	fresh_start(&asked->erasing.fresh);
}

void
handle_erase_note(struct call *call)
{
	const struct call_erase_note *args = call->args;
	struct asked *asked = asked_new(call,
	    &(struct request){ { 0 }, args->reason, args->author,
		args->dry_run });

	if (!asked)
		return;
	asked->erasing.note = args->seq;
	erasing_start(&asked->erasing);
}

/* --- at a start, at the end ----------------------------------------------- */

/* Before anything else is decided: ordinals mean what they did. */
static void
begin_run(struct work *work, struct intake *intake)
{
	struct asked *asked = (struct asked *)work;
	struct keychain keychain;

	if (asked->again.len) {
		work->failed = store_is_full(intake->store) ||
		    erase_again(intake, buf_text(&asked->again));
		intake_close_frame(intake);
	}
	asked->unfinished = erase_unfinished(intake);
	keychain_read(intake, &keychain);
	asked->erasing.epoch = keychain.unparted;
}

/* It is in the log, durably; if it is not, the next start tries. */
static void
forget_again(struct asked *asked)
{
	if (!asked->again.len)
		return;
	if (asked->erasing.fresh.work.failed)
		log_event(LOG_ERROR, "erasing-again-failed");
	else
		(void)unlinkat(store_dir(asked->erasing.fresh.services->store),
		    ERASED_AGAIN_FILE, 0);
}

/* An epoch that is parted takes what was unfinished with it. */
static void
begin_done(struct work *work)
{
	struct asked *asked = (struct asked *)work;

	forget_again(asked);
	if (asked->erasing.epoch) {
		erasing_start(&asked->erasing);
	} else if (asked->unfinished) {
		erasing_resume(&asked->erasing);
	} else {
		asked->erasing.fresh.services->erasing = NULL;
		asked_free(asked);
	}
}

/* Until it is known what is left to do, nobody's erasure begins. */
void
erase_begin(struct services *services)
{
	struct asked *asked = calloc(1, sizeof(*asked));
	struct store_fault fault = { 0 };

	if (!asked)
		return;
	asked->erasing.fresh.services = services;
	asked->erasing.done = erasing_ended;
	if (erased_read(store_dir(services->store), ERASED_AGAIN_FILE,
		&asked->again, &fault))
		log_line(LOG_ERROR, "erasing-again-failed", "why=%s",
		    LOG_QUOTE(text_of(fault.text)));
	asked->erasing.fresh.work =
	    (struct work){ .run = begin_run, .done = begin_done };
	services->erasing = &asked->erasing;
	writer_put(services->writer, &asked->erasing.fresh.work);
}

void
erase_stop(struct services *services)
{
	if (services->erasing)
		atomic_store(&services->erasing->is_stopping, true);
}
