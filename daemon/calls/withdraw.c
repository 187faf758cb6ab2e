/* withdraw.c - report.withdraw: one report, or all of an import. */
#include "daemon/calls/withdraw.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/fresh.h"
#include "daemon/intake/aftermath.h"
#include "daemon/intake/decide.h"
#include "daemon/intake/resubmit.h"
#include "daemon/intake/shown.h"
#include "daemon/metrics.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

enum { WITHDRAW_CHUNK = 200 };

/* Groups that a chunk took reports from, each once. */
struct thinned {
	unsigned count;
	struct {
		uint32_t product;
		uint16_t mode;
	} group[WITHDRAW_CHUNK];
};

/*
 * Keys are withdrawn a chunk at a time, so that an import of 100,000 does not
 * hold up everybody else's reports.
 */
struct withdrawal {
	union {
		struct work work;   /* first: withdrawing */
		struct fresh fresh; /* first: finding the import's keys */
	};
	struct services *services;
	struct ticket ticket;
	struct buf keys; /* 16 bytes each */
	size_t next;     /* offset of the first key not yet withdrawn */
	uint64_t seq;
	uint64_t withdrawn;
	uint64_t in_chunk; /* of those, not yet known to be durable */
	uint64_t label_hash;
	bool is_import, is_damaged;
	bool is_named;  /* a key as source and id give it */
	bool is_finish; /* of a snapshot */
	struct withdraw_finish finish;
	bool is_found;
	char label[64 + 1];
	char reason[500 + 1];
};

static void
withdrawal_free(struct withdrawal *withdrawal)
{
	buf_free(&withdrawal->keys);
	free(withdrawal);
}

static void
note_thinned(struct thinned *thinned, const struct facts *left)
{
	for (unsigned i = 0; i < thinned->count; i++)
		if (thinned->group[i].product == left->product &&
		    thinned->group[i].mode == left->mode)
			return;
	thinned->group[thinned->count].product = left->product;
	thinned->group[thinned->count++].mode = left->mode;
}

/* Alerts are looked at once for all that left, not for each report. */
static void
look_at_alerts(struct intake *intake, const struct thinned *thinned)
{
	for (unsigned i = 0; i < thinned->count; i++)
		aftermath_left(intake, thinned->group[i].product,
		    thinned->group[i].mode);
}

static void
withdrawal_run(struct work *work, struct intake *intake)
{
	struct withdrawal *withdrawal = (struct withdrawal *)work;
	size_t end = withdrawal->next + WITHDRAW_CHUNK * 16;
	struct thinned thinned = { 0 };
	struct facts left;

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	if (end > withdrawal->keys.len)
		end = withdrawal->keys.len;
	withdrawal->in_chunk = 0;
	while (withdrawal->next < end) {
		uint8_t *key = withdrawal->keys.at + withdrawal->next;
		int result = withdrawal->is_named
		    ? resubmit_resolve(intake, key)
		    : STORE_OK;

		if (!result)
			result = decide_withdrawal(intake, key,
			    text_of(withdrawal->reason), &withdrawal->seq,
			    &left);

		if (result && result != STORE_NOT_FOUND) {
			withdrawal->is_damaged = !intake->projection.result;
			work->failed = !withdrawal->is_damaged;
			break;
		}
		withdrawal->next += 16;
		withdrawal->in_chunk += result == STORE_OK;
		if (!result)
			note_thinned(&thinned, &left);
	}
	if (!work->failed && !withdrawal->is_damaged)
		look_at_alerts(intake, &thinned);
	intake_close_frame(intake);
}

void
withdraw_pack_finish(struct buf *out, const struct withdraw_finish *finish,
    uint64_t withdrawn, uint64_t seq, bool is_held_back)
{
	pack_map(out, 5);
	pack_field_uint(out, "live", finish->live);
	pack_field_uint(out, "missing", finish->missing);
	pack_field_uint(out, "withdrawn", withdrawn);
	pack_field_bool(out, "held_back", is_held_back);
	pack_field_uint(out, "seq", seq);
}

static void
answer(struct withdrawal *withdrawal, struct refusal *why)
{
	struct buf out = { 0 };

	metrics_add(METRIC_reports_withdrawn, withdrawal->withdrawn);
	if (withdrawal->is_finish) {
		withdraw_pack_finish(&out, &withdrawal->finish,
		    withdrawal->withdrawn, withdrawal->seq, false);
	} else {
		pack_map(&out, 2);
		pack_field_uint(&out, "seq", withdrawal->seq);
		pack_field_uint(&out, "withdrawn", withdrawal->withdrawn);
	}
	answer_ticket(withdrawal->services, withdrawal->ticket, &out,
	    withdrawal->seq, why);
	withdrawal_free(withdrawal);
}

static void
withdrawal_done(struct work *work)
{
	struct withdrawal *withdrawal = (struct withdrawal *)work;
	struct refusal why = { 0 };

	if (!work->failed)
		withdrawal->withdrawn += withdrawal->in_chunk;
	if (work->failed)
		refuse_for_now(&why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; %llu were withdrawn",
		    (unsigned long long)withdrawal->withdrawn);
	else if (withdrawal->is_damaged)
		answer_damaged(&why);
	else if (withdrawal->next < withdrawal->keys.len) {
		writer_put(withdrawal->services->writer, work);
		return;
	} else if (!withdrawal->is_import && !withdrawal->is_finish &&
	    !withdrawal->withdrawn)
		refuse(&why, ERROR_NOT_FOUND, "id",
		    "no report of that id is held, or it is withdrawn already");
	answer(withdrawal, &why);
}

static void
start_withdrawing(struct withdrawal *withdrawal)
{
	withdrawal->work =
	    (struct work){ .run = withdrawal_run, .done = withdrawal_done };
	writer_put(withdrawal->services->writer, &withdrawal->work);
}

int
withdraw_missing(struct services *services, struct ticket ticket,
    struct buf *keys, struct text reason, const struct withdraw_finish *finish)
{
	struct withdrawal *withdrawal = calloc(1, sizeof(*withdrawal));

	if (!withdrawal)
		return -1;
	withdrawal->services = services;
	withdrawal->ticket = ticket;
	withdrawal->is_finish = true;
	withdrawal->finish = *finish;
	withdrawal->keys = *keys;
	*keys = (struct buf){ 0 };
	shown_copy(withdrawal->reason, sizeof(withdrawal->reason), reason);
	start_withdrawing(withdrawal);
	return 0;
}

static int
collect_key(void *who, struct text key, struct text row)
{
	struct withdrawal *withdrawal = who;

	(void)key;
	if (row.len == 16)
		buf_add_text(&withdrawal->keys, row);
	return withdrawal->keys.failed;
}

/* Worker thread: the keys of every report of the import. */
static void
find_import(struct fresh *fresh)
{
	struct withdrawal *withdrawal = (struct withdrawal *)fresh;
	struct snapshot *snapshot = snapshot_open(withdrawal->services->store);
	struct key name = key_name_hash(NAME_LABEL, withdrawal->label_hash);
	struct key prefix;
	struct text row;
	uint32_t label;

	if (!snapshot)
		return;
	if (snapshot_get(snapshot, KEYSPACE_NAME, key_text(&name), &row) ==
		STORE_OK &&
	    row.len == sizeof(label)) {
		memcpy(&label, row.at, sizeof(label));
		prefix = key_import(label, 0);
		prefix.len = sizeof(label);
		withdrawal->is_found = true;
		snapshot_walk(snapshot, KEYSPACE_IMPORT, key_text(&prefix),
		    (struct text){ 0 }, collect_key, withdrawal);
	}
	snapshot_close(snapshot);
}

static void
import_found(struct fresh *fresh)
{
	struct withdrawal *withdrawal = (struct withdrawal *)fresh;
	struct refusal why = fresh->why;

	if (!why.code && withdrawal->keys.failed)
		answer_no_memory(&why);
	else if (!why.code && !withdrawal->is_found)
		refuse(&why, ERROR_NOT_FOUND, "import",
		    "no import is labelled \"%s\"", withdrawal->label);
	if (why.code || !withdrawal->keys.len)
		answer(withdrawal, &why);
	else
		start_withdrawing(withdrawal);
}

static void
start_import(struct withdrawal *withdrawal, const struct call *call)
{
	withdrawal->is_import = true;
	withdrawal->label_hash =
	    prepare_label_hash(store_hash_key(withdrawal->services->store),
		session_organisation(call->session),
		text_of(withdrawal->label));
	withdrawal->fresh = (struct fresh){
		.services = withdrawal->services,
		.read = find_import,
		.done = import_found,
	};
	fresh_start(&withdrawal->fresh);
}

static void
start_single(struct withdrawal *withdrawal, struct call *call,
    const struct call_report_withdraw *args)
{
	struct prepare_options options = {
		.hash_key = store_hash_key(withdrawal->services->store),
		.organisation = session_organisation(call->session),
	};
	uint8_t key[16];

	prepare_key(&options, args->source, args->id, key);
	buf_add(&withdrawal->keys, key, sizeof(key));
	withdrawal->is_named = true;
	start_withdrawing(withdrawal);
}

void
handle_report_withdraw(struct call *call)
{
	const struct call_report_withdraw *args = call->args;
	struct withdrawal *withdrawal = NULL;
	struct refusal why = { 0 };

	if (!args->id.len == !args->import.len)
		refuse(&why, ERROR_INVALID, "id", "give either id or import");
	else if (writer_is_read_only(session_services(call->session)->writer))
		refuse_for_now(&why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was withdrawn");
	else if (!(withdrawal = calloc(1, sizeof(*withdrawal))))
		answer_no_memory(&why);
	if (why.code) {
		answer_refusal(call, &why);
		return;
	}
	withdrawal->services = session_services(call->session);
	withdrawal->ticket = call_ticket(call);
	shown_copy(withdrawal->label, sizeof(withdrawal->label), args->import);
	shown_copy(withdrawal->reason, sizeof(withdrawal->reason),
	    args->reason);
	if (args->import.len)
		start_import(withdrawal, call);
	else
		start_single(withdrawal, call, args);
}
