/* sources.c - sources.declare and sources.list: how sources give their ids. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/adopt.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/fresh.h"
#include "daemon/intake/prepare.h"
#include "daemon/intake/shown.h"
#include "daemon/net/dispatch.h"
#include "daemon/store/snapshot.h"
#include "proto/codec.h"

enum { SOURCE_MAX = 200, LABEL_MAX = 64, ORGANISATION_MAX = 64 };

struct declare {
	struct work work; /* first */
	struct services *services;
	struct ticket ticket;
	struct origin_name name;
	struct origin_declaration declaration;
	struct origin_answer answer;
	bool is_adopted, is_damaged;
	char organisation[ORGANISATION_MAX + 1];
	char source[SOURCE_MAX + 1];
	char label[LABEL_MAX + 1];
};

static void
declare_run(struct work *work, struct intake *intake)
{
	struct declare *declare = (struct declare *)work;

	if (!declare->declaration.dry_run && store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	if (!origin_declare(intake, &declare->name, &declare->declaration,
		declare->is_adopted, &declare->answer))
		return;
	work->failed = intake->projection.result != STORE_OK;
	declare->is_damaged = !work->failed;
}

static int
refuse_verdict(const struct declare *declare, struct refusal *why)
{
	const char *was = origin_ids_name(declare->answer.was);
	const char *ids = origin_ids_name(declare->declaration.ids);

	if (declare->answer.verdict == ORIGIN_DIFFERS)
		return refuse(why, ERROR_CONFLICT, "ids",
		    "%s is declared %s; say change to have it %s from now on",
		    declare->source, was, ids);
	return refuse(why, ERROR_CONFLICT, "ids",
	    "%s is declared %s: its ids mean something only inside a release, "
	    "so it cannot become %s; use another origin.source",
	    declare->source, was, ids);
}

static void
pack_declared(const struct declare *declare, struct buf *out)
{
	const struct origin_answer *answer = &declare->answer;
	bool is_epoch = answer->row.ids == ORIGIN_EPOCH;

	pack_map(out, 3u + answer->is_declared + 2u * is_epoch);
	pack_field_string(out, "source", declare->source);
	pack_field_string(out, "ids", origin_ids_name(answer->row.ids));
	if (answer->is_declared)
		pack_field_string(out, "was", origin_ids_name(answer->was));
	pack_field_bool(out, "held", answer->is_held);
	if (!is_epoch)
		return;
	pack_field_uint(out, "release", answer->row.release);
	pack_field_bool(out, "begun", answer->is_begun);
}

static void
answer_declare(struct declare *declare, struct refusal *why)
{
	struct buf out = { 0 };

	if (!why->code)
		pack_declared(declare, &out);
	answer_ticket(declare->services, declare->ticket, &out, 0, why);
	free(declare);
}

/* What the source holds was made findable, or why it was not. */
static void
adopted(void *who, const struct refusal *why)
{
	struct declare *declare = who;
	struct refusal copy = *why;

	if (why->code) {
		answer_declare(declare, &copy);
		return;
	}
	declare->is_adopted = true;
	writer_put(declare->services->writer, &declare->work);
}

static void
declare_done(struct work *work)
{
	struct declare *declare = (struct declare *)work;
	struct refusal why = { 0 };

	if (work->failed) {
		refuse_for_now(&why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was declared");
	} else if (declare->is_damaged) {
		answer_damaged(&why);
	} else if (declare->answer.verdict == ORIGIN_UNADOPTED) {
		if (!adopt_start(declare->services, &declare->name, adopted,
			declare))
			return;
		answer_no_memory(&why);
	} else if (declare->answer.verdict != ORIGIN_DECLARED) {
		refuse_verdict(declare, &why);
	}
	answer_declare(declare, &why);
}

static void
fill_names(struct declare *declare, const struct call *call,
    const struct call_sources_declare *args)
{
	const uint8_t *hash_key = store_hash_key(declare->services->store);
	struct text organisation = session_organisation(call->session);

	shown_copy(declare->organisation, sizeof(declare->organisation),
	    organisation);
	shown_copy(declare->source, sizeof(declare->source),
	    args->source.len ? args->source : organisation);
	shown_copy(declare->label, sizeof(declare->label), args->import);
	declare->name.organisation = text_of(declare->organisation);
	declare->name.origin = text_of(declare->source);
	declare->name.organisation_hash = prepare_name_hash(hash_key,
	    NAME_ORGANISATION, declare->name.organisation);
	declare->name.origin_hash =
	    prepare_name_hash(hash_key, NAME_ORIGIN, declare->name.origin);
	declare->declaration.label = text_of(declare->label);
	declare->declaration.label_hash = prepare_label_hash(hash_key,
	    declare->name.organisation, declare->declaration.label);
}

void
handle_sources_declare(struct call *call)
{
	const struct call_sources_declare *args = call->args;
	struct declare *declare;
	struct refusal why = { 0 };
	int ids = origin_ids_find(args->ids);

	if (ids < 0)
		refuse(&why, ERROR_INVALID, "ids",
		    "use stable, epoch or snapshot");
	else if (ids == ORIGIN_EPOCH && !args->import.len)
		refuse(&why, ERROR_INVALID, "import",
		    "a release needs a label of its own");
	if (why.code) {
		answer_refusal(call, &why);
		return;
	}
	declare = answer_alloc(call, sizeof(*declare));
	if (!declare)
		return;
	declare->services = session_services(call->session);
	declare->ticket = call_ticket(call);
	declare->declaration.ids = (enum origin_ids)ids;
	declare->declaration.is_open = !args->ids.len;
	declare->declaration.may_change = args->change;
	declare->declaration.dry_run = args->dry_run;
	fill_names(declare, call, args);
	declare->work.run = declare_run;
	declare->work.done = declare_done;
	writer_put(declare->services->writer, &declare->work);
}

/* --- sources.list -------------------------------------------------------- */

struct listed {
	uint32_t origin;
	struct origin_row row;
};

struct list {
	struct fresh fresh; /* first */
	struct ticket ticket;
	uint64_t organisation_hash;
	struct buf rows; /* struct listed each */
	struct buf out;
};

static int
collect(void *who, struct text key, struct text row)
{
	struct list *list = who;
	struct listed listed = { .origin = key_u32(key, 4) };

	if (!origin_row_read(row, &listed.row))
		return STORE_CORRUPT;
	buf_add(&list->rows, &listed, sizeof(listed));
	return list->rows.failed ? STORE_MEMORY : 0;
}

static void
pack_name(struct snapshot *snapshot, enum name_kind kind, uint32_t ordinal,
    struct buf *out)
{
	struct key key = key_name_ordinal(kind, ordinal);
	struct text name = { 0 };

	if (snapshot_get(snapshot, KEYSPACE_NAME, key_text(&key), &name))
		name = (struct text){ 0 };
	pack_text(out, name);
}

static void
pack_listed(struct snapshot *snapshot, const struct listed *listed,
    struct buf *out)
{
	const struct origin_row *row = &listed->row;
	bool is_epoch = row->ids == ORIGIN_EPOCH;
	char since[INSTANT_MAX];

	instant_format(row->since_ms, since);
	pack_map(out, 3u + 2u * is_epoch);
	pack_string(out, "source");
	pack_name(snapshot, NAME_ORIGIN, listed->origin, out);
	pack_field_string(out, "ids", origin_ids_name(row->ids));
	pack_field_string(out, "since", since);
	if (!is_epoch)
		return;
	pack_field_uint(out, "release", row->release);
	pack_string(out, "import");
	pack_name(snapshot, NAME_LABEL, row->label, out);
}

/* Worker thread. */
static void
list_read(struct fresh *fresh)
{
	struct list *list = (struct list *)fresh;
	struct snapshot *snapshot = snapshot_open(fresh->services->store);
	struct key name =
	    key_name_hash(NAME_ORGANISATION, list->organisation_hash);
	struct key prefix;
	struct text row;
	uint32_t organisation = 0;
	const void *at;

	if (!snapshot) {
		answer_no_memory(&fresh->why);
		return;
	}
	if (snapshot_get(snapshot, KEYSPACE_NAME, key_text(&name), &row) ==
		STORE_OK &&
	    row.len == sizeof(organisation))
		memcpy(&organisation, row.at, sizeof(organisation));
	prefix = key_origin(organisation, 0);
	prefix.len = sizeof(organisation);
	if (organisation &&
	    snapshot_walk(snapshot, KEYSPACE_ORIGIN, key_text(&prefix),
		(struct text){ 0 }, collect, list))
		answer_damaged(&fresh->why);
	at = list->rows.at;
	pack_map(&list->out, 1);
	pack_string(&list->out, "sources");
	pack_list(&list->out,
	    (uint32_t)(list->rows.len / sizeof(struct listed)));
	for (const struct listed *one = at; one &&
	     one < (const struct listed *)at + list->rows.len / sizeof(*one);
	     one++)
		pack_listed(snapshot, one, &list->out);
	snapshot_close(snapshot);
}

static void
list_done(struct fresh *fresh)
{
	struct list *list = (struct list *)fresh;

	answer_ticket(fresh->services, list->ticket, &list->out, 0,
	    &fresh->why);
	buf_free(&list->rows);
	free(list);
}

void
handle_sources_list(struct call *call)
{
	struct list *list = answer_alloc(call, sizeof(*list));
	struct services *services = session_services(call->session);

	if (!list)
		return;
	list->ticket = call_ticket(call);
	list->organisation_hash =
	    prepare_name_hash(store_hash_key(services->store),
		NAME_ORGANISATION, session_organisation(call->session));
	list->fresh = (struct fresh){ .services = services,
		.read = list_read,
		.done = list_done };
	fresh_start(&list->fresh);
}
