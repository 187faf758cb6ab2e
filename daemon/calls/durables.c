#include "daemon/calls/durables.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "daemon/intake/apply.h"
#include "daemon/intake/prepare.h"
#include "daemon/intake/shown.h"
#include "daemon/net/session_sink.h"
#include "daemon/store/rows.h"
#include "daemon/store/rows_durable.h"
#include "proto/codec.h"

struct reader {
	struct reader *next;
	struct services *services;
	uint8_t hash[16];
	char name[DURABLE_NAME_MAX + 1];
	struct session *session;
	struct subscription *subscription;
	uint32_t id;
	uint64_t on_end;
};

struct durables {
	struct reader *first;
};

void
durable_init(struct durable *durable, struct call *call, struct text name)
{
	struct services *services = session_services(call->session);
	char both[64 + 1 + DURABLE_NAME_MAX + 1];
	int len;

	*durable = (struct durable){ 0 };
	shown_copy(durable->organisation, sizeof(durable->organisation),
	    session_organisation(call->session));
	shown_copy(durable->name, sizeof(durable->name), name);
	len = snprintf(both, sizeof(both), "%s\x1f%s", durable->organisation,
	    durable->name);
	digest_sip128(store_hash_key(services->store), both, (size_t)len,
	    durable->hash);
}

void
durable_fini(struct durable *durable)
{
	buf_free(&durable->filter);
}

void
durable_read(struct durable *durable, struct intake *intake)
{
	struct key key = key_durable(durable->hash);
	struct durable_row row;
	struct text bytes;

	if (projection_get(&intake->projection, KEYSPACE_DURABLE, &key, &bytes))
		return;
	if (!durable_row_read(bytes, &row)) {
		intake->projection.result = STORE_CORRUPT;
		return;
	}
	durable->is_held = true;
	durable->cursor = (struct cursor){ row.snapshot, row.position };
	buf_clear(&durable->filter);
	buf_add_text(&durable->filter, row.filter);
}

void
durable_write(struct durable *durable, struct intake *intake)
{
	struct text organisation = text_of(durable->organisation);
	struct record_durable record = {
		.snapshot = durable->cursor.snapshot,
		.position = durable->cursor.position,
		.name = text_of(durable->name),
		.filter = buf_text(&durable->filter),
	};

	intake_open_frame(intake);
	memcpy(record.hash, durable->hash, sizeof(record.hash));
	record.organisation = intake_name(intake, NAME_ORGANISATION,
	    prepare_name_hash(store_hash_key(intake->store), NAME_ORGANISATION,
		organisation),
	    organisation);
	buf_clear(&intake->header);
	record_durable_write(&intake->header, &record);
	intake_add_event(intake, RECORD_DURABLE, (struct text){ 0 });
	apply_durable(&intake->projection, &record);
	intake_close_frame(intake);
}

/* Snapshot positions at S come before the live position S. */
bool
durable_is_before(const struct cursor *a, const struct cursor *b)
{
	uint64_t left = a->snapshot ? a->snapshot : a->position;
	uint64_t right = b->snapshot ? b->snapshot : b->position;

	if (left != right)
		return left < right;
	if (!a->snapshot != !b->snapshot)
		return a->snapshot != 0;
	return a->position < b->position;
}

struct durables *
durables_new(void)
{
	return calloc(1, sizeof(struct durables));
}

void
durables_free(struct durables *durables)
{
	while (durables && durables->first) {
		struct reader *next = durables->first->next;

		free(durables->first);
		durables->first = next;
	}
	free(durables);
}

static struct reader *
find_reader(const struct durables *durables, const uint8_t hash[16])
{
	struct reader *reader = durables->first;

	while (reader && memcmp(reader->hash, hash, sizeof(reader->hash)))
		reader = reader->next;
	return reader;
}

bool
durables_is_read(const struct durables *durables, const struct durable *durable)
{
	return find_reader(durables, durable->hash) != NULL;
}

static void
remove_reader(struct reader *reader)
{
	struct reader **at = &reader->services->durables->first;

	while (*at && *at != reader)
		at = &(*at)->next;
	if (*at)
		*at = reader->next;
	free(reader);
}

static void
session_ended(void *who)
{
	remove_reader(who);
}

/* "alerts.ended": the one push that is not a batch of events. */
static void
tell_taken_over(const struct reader *reader)
{
	struct sink sink = session_sink(reader->session);
	struct buf out = { 0 };

	pack_push_open(&out, text_of("alerts.ended"), 1);
	pack_map(&out, 3);
	pack_field_uint(&out, "subscription", reader->id);
	pack_field_string(&out, "durable", reader->name);
	pack_field_string(&out, "reason", "taken over");
	if (!out.failed)
		sink.push(sink.who, buf_text(&out), 1);
	buf_free(&out);
}

void
durables_end(struct services *services, const struct durable *durable)
{
	struct reader *reader = find_reader(services->durables, durable->hash);

	if (!reader)
		return;
	tell_taken_over(reader);
	session_on_end_cancel(reader->session, reader->on_end);
	session_drop_subscription(reader->session, reader->subscription);
	hub_unsubscribe(services->hub, reader->subscription);
	remove_reader(reader);
}

bool
durables_begin(struct services *services, const struct durable *durable,
    struct session *session, struct subscription *subscription, uint32_t id)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return false;
	reader->services = services;
	memcpy(reader->hash, durable->hash, sizeof(reader->hash));
	memcpy(reader->name, durable->name, sizeof(reader->name));
	reader->session = session;
	reader->subscription = subscription;
	reader->id = id;
	reader->on_end = session_on_end(session, session_ended, reader);
	if (!reader->on_end) {
		free(reader);
		return false;
	}
	reader->next = services->durables->first;
	services->durables->first = reader;
	return true;
}

void
durables_forget(struct services *services,
    const struct subscription *subscription)
{
	struct reader *reader = services->durables->first;

	while (reader && reader->subscription != subscription)
		reader = reader->next;
	if (!reader)
		return;
	session_on_end_cancel(reader->session, reader->on_end);
	remove_reader(reader);
}
