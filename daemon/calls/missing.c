#include "daemon/calls/missing.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/fresh.h"
#include "daemon/calls/look.h"
#include "daemon/calls/withdraw.h"
#include "daemon/intake/shown.h"
#include "daemon/net/dispatch.h"
#include "daemon/store/origin_rows.h"
#include "daemon/store/record.h"

enum { KEY = 16 };

/* One source of the import, by ordinals. */
struct counted {
	uint32_t origin;
	uint64_t live, missing;
};

/* What became of a report that the import did not name. */
struct absent {
	uint8_t key[KEY];
	uint64_t seq;
	uint32_t source; /* index */
	uint32_t is_live;
};

struct finish {
	struct fresh fresh; /* first */
	struct ticket ticket;
	char name[SNAPSHOT_NAME_MAX];
	char reason[500 + 1];
	uint64_t organisation_hash, began_seq;
	uint32_t organisation, max_share;
	bool is_dry, is_held_back, is_undeclared, is_damaged;
	struct buf keys;   /* named ones */
	struct buf absent; /* struct absent each */
	struct buf missing;
	struct withdraw_finish found;
	unsigned nsources;
	uint64_t source[SNAPSHOT_SOURCES_MAX];
	struct counted counted[SNAPSHOT_SOURCES_MAX];
};

static void
finish_free(struct finish *finish)
{
	buf_free(&finish->keys);
	buf_free(&finish->absent);
	buf_free(&finish->missing);
	free(finish);
}

static bool
is_snapshot_source(struct snapshot *snapshot, uint32_t organisation,
    uint32_t origin)
{
	struct key key = key_origin(organisation, origin);
	struct origin_row row;
	struct text bytes;

	return snapshot_get(snapshot, KEYSPACE_ORIGIN, key_text(&key),
		   &bytes) == STORE_OK &&
	    origin_row_read(bytes, &row) && row.ids == ORIGIN_SNAPSHOT;
}

/* The ordinals of its sources; a dry run may be of undeclared ones. */
static int
find_sources(struct finish *finish)
{
	struct snapshot *snapshot =
	    snapshot_open(finish->fresh.services->store);

	if (!snapshot)
		return STORE_MEMORY;
	finish->organisation = look_ordinal(snapshot, NAME_ORGANISATION,
	    finish->organisation_hash);
	for (unsigned i = 0; i < finish->nsources; i++) {
		finish->counted[i].origin =
		    look_ordinal(snapshot, NAME_ORIGIN, finish->source[i]);
		if (!finish->is_dry &&
		    !is_snapshot_source(snapshot, finish->organisation,
			finish->counted[i].origin))
			finish->is_undeclared = true;
	}
	snapshot_close(snapshot);
	return STORE_OK;
}

static int
order_keys(const void *left, const void *right)
{
	return memcmp(left, right, KEY);
}

static int
order_absent(const void *left, const void *right)
{
	const struct absent *a = left, *b = right;
	int order = memcmp(a->key, b->key, KEY);

	if (order)
		return order;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

/* The source's index, or -1 of another. */
static int
source_of(const struct finish *finish, const struct record_report *record,
    enum record_type type)
{
	const struct facts *facts =
	    type == RECORD_WITHDRAW ? &record->old : &record->facts;

	if (facts->organisation != finish->organisation)
		return -1;
	for (unsigned i = 0; i < finish->nsources; i++)
		if (finish->counted[i].origin == record->origin)
			return (int)i;
	return -1;
}

static int
visit(void *who, const struct store_event *event)
{
	struct finish *finish = who;
	enum record_type type = (enum record_type)event->type;
	struct record_report record;
	struct absent absent = { .seq = event->seq,
		.is_live = type != RECORD_WITHDRAW };
	int source;

	if (type < RECORD_REPORT || type > RECORD_WITHDRAW)
		return 0;
	if (!record_report_read(event->header, type, event->received_ms,
		&record))
		return STORE_CORRUPT;
	source = source_of(finish, &record, type);
	if (source < 0)
		return 0;
	if (event->seq <= finish->began_seq && type == RECORD_WITHDRAW)
		finish->counted[source].live--;
	else if (event->seq <= finish->began_seq && !record.old.product)
		finish->counted[source].live++;
	if (finish->keys.len &&
	    bsearch(record.key, finish->keys.at, finish->keys.len / KEY, KEY,
		order_keys))
		return 0;
	memcpy(absent.key, record.key, KEY);
	absent.source = (uint32_t)source;
	buf_add(&finish->absent, &absent, sizeof(absent));
	return finish->absent.failed ? STORE_MEMORY : 0;
}

/* The last word on each absent report says whether it is missing. */
static void
gather_missing(struct finish *finish)
{
	void *at = finish->absent.at;
	struct absent *absent = at;
	size_t count = finish->absent.len / sizeof(*absent);

	if (count)
		qsort(absent, count, sizeof(*absent), order_absent);
	for (size_t i = 0; i < count; i++) {
		if (i + 1 < count &&
		    !memcmp(absent[i].key, absent[i + 1].key, KEY))
			continue;
		if (!absent[i].is_live || absent[i].seq > finish->began_seq)
			continue;
		finish->counted[absent[i].source].missing++;
		buf_add(&finish->missing, absent[i].key, KEY);
	}
}

static void
sum_up(struct finish *finish)
{
	for (unsigned i = 0; i < finish->nsources; i++) {
		const struct counted *counted = &finish->counted[i];

		finish->found.live += counted->live;
		finish->found.missing += counted->missing;
		if (counted->missing * 100 > counted->live * finish->max_share)
			finish->is_held_back = true;
	}
}

/* Worker thread. */
static void
find_missing(struct fresh *fresh)
{
	struct finish *finish = (struct finish *)fresh;
	struct store *store = fresh->services->store;
	int result = find_sources(finish);

	if (finish->is_undeclared)
		return;
	if (finish->keys.len)
		qsort(finish->keys.at, finish->keys.len / KEY, KEY, order_keys);
	if (!result)
		result =
		    store_walk(store, 1, store_durable(store), visit, finish);
	if (!result)
		gather_missing(finish);
	if (result == STORE_MEMORY || finish->missing.failed)
		answer_no_memory(&fresh->why);
	else if (result)
		answer_damaged(&fresh->why);
	else
		sum_up(finish);
}

static void
missing_found(struct fresh *fresh)
{
	struct finish *finish = (struct finish *)fresh;
	struct services *services = fresh->services;
	struct refusal why = fresh->why;
	struct buf out = { 0 };

	if (!why.code && finish->is_undeclared)
		refuse(&why, ERROR_CONFLICT, "snapshot",
		    "a source of this import is not declared snapshot; "
		    "nothing was withdrawn");
	if (!why.code && !finish->is_dry && !finish->is_held_back) {
		imports_end(services, finish->name);
		if (!withdraw_missing(services, finish->ticket,
			&finish->missing, text_of(finish->reason),
			&finish->found)) {
			finish_free(finish);
			return;
		}
		answer_no_memory(&why);
	}
	withdraw_pack_finish(&out, &finish->found, 0, 0, finish->is_held_back);
	answer_ticket(services, finish->ticket, &out, 0, &why);
	finish_free(finish);
}

int
missing_start(struct call *call, const struct snapshot_import *import,
    const struct call_import_finish *args)
{
	struct finish *finish = calloc(1, sizeof(*finish));
	struct services *services = session_services(call->session);

	if (!finish)
		return -1;
	buf_add(&finish->keys, import->keys.at, import->keys.len);
	if (finish->keys.failed) {
		finish_free(finish);
		return -1;
	}
	finish->ticket = call_ticket(call);
	memcpy(finish->name, import->name, sizeof(finish->name));
	shown_copy(finish->reason, sizeof(finish->reason),
	    args->reason.len
		? args->reason
		: text_of("missing from a snapshot of its source"));
	finish->organisation_hash =
	    prepare_name_hash(store_hash_key(services->store),
		NAME_ORGANISATION, session_organisation(call->session));
	finish->began_seq = import->began_seq;
	finish->max_share = (uint32_t)args->max_share;
	finish->is_dry = args->dry_run;
	finish->nsources = import->nsources;
	memcpy(finish->source, import->source, sizeof(finish->source));
	finish->fresh = (struct fresh){ .services = services,
		.read = find_missing,
		.done = missing_found };
	fresh_start(&finish->fresh);
	return 0;
}
