/* judging.c - duplicates.link, unlink, refuse, undo. */
#include <stdlib.h>
#include <string.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/author.h"
#include "daemon/calls/trust.h"
#include "daemon/intake/judge.h"
#include "daemon/intake/outcome.h"
#include "daemon/intake/prepare.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

struct judging {
	struct work work; /* first */
	struct services *services;
	struct ticket ticket;
	struct judgement judgement;
	bool is_dry;
	struct buf body;
	char organisation[64 + 1];
	uint64_t seq;
	struct outcome outcome;
	struct refusal why;
};

/* A report as its caller names it. */
struct naming {
	const char *field; /* that a refusal names */
	uint64_t seq;
	struct text id, source;
};

static void
pack_case(struct buf *out, uint64_t id, const struct judgement_side *sides,
    unsigned nsides)
{
	unsigned count = 0;

	for (unsigned i = 0; i < nsides; i++)
		count += sides[i].count;
	pack_map(out, 2);
	pack_field_uint(out, "id", id ? id : sides[0].seq[0]);
	pack_string(out, "seqs");
	pack_list(out, count);
	for (unsigned i = 0; i < nsides; i++)
		for (unsigned j = 0; j < sides[i].count; j++)
			pack_uint(out, sides[i].seq[j]);
}

static void
pack_cases(struct buf *out, const struct record_judgement *record,
    enum judgement_kind kind)
{
	pack_string(out, "cases");
	if (kind == JUDGEMENT_LINK) {
		pack_list(out, 1);
		pack_case(out, record->whole, record->side, 2);
	} else if (kind == JUDGEMENT_UNLINK) {
		pack_list(out, 2);
		for (unsigned i = 0; i < 2; i++)
			pack_case(out, record->side[i].id, &record->side[i], 1);
	} else {
		pack_list(out, 0);
	}
}

static void
answer(struct judging *judging)
{
	const struct judgement *judgement = &judging->judgement;
	struct buf out = { 0 };

	pack_map(&out, 6);
	pack_field_uint(&out, "act", judging->seq);
	pack_field_string(&out, "kind",
	    judgement_kind_name((uint8_t)judgement->kind));
	pack_cases(&out, &judgement->record, judgement->kind);
	outcome_pack_product(&out, &judging->outcome,
	    trust_ticket(judging->services, judging->ticket));
	answer_ticket(judging->services, judging->ticket, &out, judging->seq,
	    &judging->why);
	buf_free(&judging->body);
	free(judging);
}

static void
judging_run(struct work *work, struct intake *intake)
{
	struct judging *judging = (struct judging *)work;
	struct judgement *judgement = &judging->judgement;
	struct decision decision = { 0 };

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	if (judge_check(intake, judgement, &judging->why))
		return;
	if (!judging->is_dry)
		judging->seq = judge_take(intake, judgement);
	decision.product = judgement->record.product;
	outcome_read(intake, &decision, &judging->outcome);
}

static void
answer_full(struct judging *judging)
{
	refuse_for_now(&judging->why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
	    "the disk or the map is full; nothing was changed");
	answer(judging);
}

static void
judging_done(struct work *work)
{
	struct judging *judging = (struct judging *)work;

	if (work->failed && !judging->why.code)
		answer_full(judging);
	else
		answer(judging);
}

/* NULL when memory is out, and the call is answered so. */
static struct judging *
judging_new(struct call *call, enum judgement_kind kind, struct text reason,
    struct text author)
{
	struct judging *judging = answer_alloc(call, sizeof(*judging));
	struct services *services = session_services(call->session);
	char token[AUTHOR_TOKEN_MAX];

	if (!judging)
		return NULL;
	judging->services = services;
	judging->ticket = call_ticket(call);
	judging->judgement.kind = kind;
	shown_copy(judging->organisation, sizeof(judging->organisation),
	    session_organisation(call->session));
	judging->judgement.organisation = text_of(judging->organisation);
	judging->judgement.organisation_hash =
	    prepare_name_hash(store_hash_key(services->store),
		NAME_ORGANISATION, judging->judgement.organisation);
	pack_map(&judging->body, 3);
	pack_field_string(&judging->body, "token", author_token(call, token));
	pack_field_text(&judging->body, "author", author);
	pack_field_text(&judging->body, "reason", reason);
	judging->judgement.body = buf_text(&judging->body);
	if (judging->body.failed)
		answer_no_memory(&judging->why);
	return judging;
}

static void
judging_start(struct judging *judging, bool is_dry)
{
	judging->is_dry = is_dry;
	judging->work =
	    (struct work){ .run = judging_run, .done = judging_done };
	if (judging->why.code)
		answer(judging);
	else if (writer_is_read_only(judging->services->writer))
		answer_full(judging);
	else
		writer_put(judging->services->writer, &judging->work);
}

static void
name_report(struct judging *judging, struct judged *judged,
    const struct naming *naming)
{
	struct prepare_options options = {
		.hash_key = store_hash_key(judging->services->store),
		.organisation = text_of(judging->organisation),
	};

	if (judging->why.code)
		return;
	if (!naming->seq == !naming->id.len) {
		refuse(&judging->why, ERROR_INVALID, naming->field,
		    "give either a sequence or an id");
		return;
	}
	judged->seq = naming->seq;
	judged->is_key = naming->id.len > 0;
	if (judged->is_key)
		prepare_key(&options, naming->source, naming->id, judged->key);
}

/* Of two reports; NULL was answered already. */
static void
start_pair(struct judging *judging, const struct naming pair[2], bool is_dry)
{
	if (!judging)
		return;
	for (unsigned i = 0; i < 2; i++)
		name_report(judging, &judging->judgement.report[i], &pair[i]);
	judging_start(judging, is_dry);
}

void
handle_duplicates_link(struct call *call)
{
	const struct call_duplicates_link *args = call->args;
	const struct naming pair[2] = {
		{ "seq", args->seq, args->id, args->source },
		{ "other", args->other, args->other_id, args->other_source },
	};

	start_pair(judging_new(call, JUDGEMENT_LINK, args->reason,
		       args->author),
	    pair, args->dry_run);
}

void
handle_duplicates_refuse(struct call *call)
{
	const struct call_duplicates_refuse *args = call->args;
	const struct naming pair[2] = {
		{ "seq", args->seq, args->id, args->source },
		{ "other", args->other, args->other_id, args->other_source },
	};

	start_pair(judging_new(call, JUDGEMENT_REFUSE, args->reason,
		       args->author),
	    pair, args->dry_run);
}

void
handle_duplicates_unlink(struct call *call)
{
	const struct call_duplicates_unlink *args = call->args;
	const struct naming one = { "seq", args->seq, args->id, args->source };
	struct judging *judging =
	    judging_new(call, JUDGEMENT_UNLINK, args->reason, args->author);

	if (!judging)
		return;
	name_report(judging, &judging->judgement.report[0], &one);
	judging_start(judging, args->dry_run);
}

void
handle_duplicates_undo(struct call *call)
{
	const struct call_duplicates_undo *args = call->args;
	struct judging *judging =
	    judging_new(call, JUDGEMENT_UNLINK, args->reason, args->author);

	if (!judging)
		return;
	judging->judgement.undoes = args->act;
	judging_start(judging, args->dry_run);
}
