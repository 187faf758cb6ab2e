/* keys.c - keys.rotate, keys.list, and what becomes of keys by itself. */
#include "daemon/calls/keys.h"

#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/author.h"
#include "daemon/calls/rotation.h"
#include "daemon/intake/prepare.h"
#include "daemon/intake/shown.h"
#include "daemon/logger.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

enum { LISTED_MAX = 200, DAY_MS = 86400000 };

/* --- at the start --------------------------------------------------------- */

struct loading {
	struct work work; /* first */
	struct services *services;
	struct keychain keychain;
	struct record_key record;
	sem_t is_read;
	char why[512]; /* when what was lost could not be replaced */
};

/* --- keys whose files are lost */

static void
end_key(struct intake *intake, uint32_t epoch, struct text body)
{
	const struct record_key record = { .act = KEY_ENDED, .epoch = epoch };

	log_line(LOG_WARNING, "key-lost", "epoch=%u", epoch);
	keychain_write(intake, &record, body);
}

/*
 * Of reporters and of serials another key begins.  What is before the one of
 * now ends, lost or not: there are never three.
 */
static void
begin_others(struct loading *loading, struct intake *intake, unsigned lost,
    struct text body)
{
	const struct secret_wanted *wanted = &loading->keychain.wanted;
	const char *dir = loading->services->data_dir;
	struct record_key record = { .act = KEY_BEGAN,
		.epoch = wanted->epoch + 1 };
	char *why = loading->why;

	memcpy(record.serial_id, wanted->serial_id, sizeof(record.serial_id));
	if (secret_stage(dir, record.id, why, sizeof(loading->why)))
		return;
	if (lost & SECRET_SERIAL &&
	    secret_renew_serial(dir, record.serial_id, why,
		sizeof(loading->why)))
		return;
	keychain_write(intake, &record, body);
	if (lost & SECRET_NOW)
		end_key(intake, wanted->epoch, body);
}

static void
replace(struct loading *loading, struct intake *intake)
{
	const struct secret_wanted *wanted = &loading->keychain.wanted;
	unsigned lost = secret_lost(loading->services->data_dir, wanted);
	struct buf body = { 0 };

	pack_map(&body, 1);
	pack_field_string(&body, "reason", "a key's file was lost");
	if (lost && wanted->before)
		end_key(intake, wanted->before, buf_text(&body));
	if (lost & (SECRET_NOW | SECRET_SERIAL))
		begin_others(loading, intake, lost, buf_text(&body));
	buf_free(&body);
	intake_settle(intake);
	keychain_read(intake, &loading->keychain);
}

static void
load_run(struct work *work, struct intake *intake)
{
	struct loading *loading = (struct loading *)work;

	keychain_read(intake, &loading->keychain);
	if (loading->services->replaces_keys)
		replace(loading, intake);
	sem_post(&loading->is_read);
}

static void
load_done(struct work *work)
{
	struct loading *loading = (struct loading *)work;

	sem_destroy(&loading->is_read);
	free(loading);
}

static void
first_run(struct work *work, struct intake *intake)
{
	struct loading *loading = (struct loading *)work;

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	keychain_write(intake, &loading->record, (struct text){ 0 });
	keychain_read(intake, &loading->keychain);
}

/* What was not written is written at the next start. */
static void
first_done(struct work *work)
{
	struct loading *loading = (struct loading *)work;
	char why[512];

	if (!work->failed &&
	    rotation_settle(loading->services, &loading->keychain, why,
		sizeof(why)))
		log_line(LOG_ERROR, "key-files", "why=%s",
		    LOG_QUOTE(text_of(why)));
	free(loading);
}

/* From now on the log names the key. */
static int
begin_first(struct services *services)
{
	struct loading *loading = calloc(1, sizeof(*loading));
	struct record_key *record;

	if (!loading)
		return -1;
	record = &loading->record;
	*record = (struct record_key){ .act = KEY_BEGAN, .epoch = 1 };
	pseudonym_key_id(services->keys.now.key, record->id);
	pseudonym_key_id(services->keys.serial.key, record->serial_id);
	loading->services = services;
	loading->work = (struct work){ .run = first_run, .done = first_done };
	writer_put(services->writer, &loading->work);
	return 0;
}

int
keys_load(struct services *services, char *why, size_t cap)
{
	struct loading *loading = calloc(1, sizeof(*loading));

	snprintf(why, cap, "out of memory");
	if (!loading)
		return -1;
	sem_init(&loading->is_read, 0, 0);
	loading->services = services;
	loading->work = (struct work){ .run = load_run, .done = load_done };
	writer_put(services->writer, &loading->work);
	writer_flush(services->writer);
	while (sem_wait(&loading->is_read))
		continue;
	snprintf(why, cap, "%s", loading->why);
	if (why[0] || rotation_settle(services, &loading->keychain, why, cap))
		return -1;
	return loading->keychain.wanted.epoch ? 0 : begin_first(services);
}

/* --- by itself ------------------------------------------------------------ */

static void
kept_done(struct rotation *rotation)
{
	struct erasing *erasing = &rotation->erasing;

	if (erasing->why.code)
		log_line(LOG_WARNING, "key-kept", "why=%s",
		    LOG_QUOTE(text_of(erasing->why.text)));
	erasing_fini(erasing);
	free(rotation);
}

void
keys_tick(struct services *services)
{
	int64_t kept_ms = clock_now(services->clock) - services->keys_since_ms;
	struct rotation *rotation;

	if (!services->keys.before.epoch || services->erasing ||
	    kept_ms < services->limits.key_days * DAY_MS ||
	    writer_is_read_only(services->writer))
		return;
	rotation = calloc(1, sizeof(*rotation));
	if (!rotation)
		return;
	rotation->erasing.fresh.services = services;
	rotation->done = kept_done;
	rotation_start(rotation);
}

/* --- keys.rotate ---------------------------------------------------------- */

struct asked {
	struct rotation rotation; /* first */
	struct ticket ticket;
	struct buf body; /* owned: who and why */
	char organisation[64 + 1];
};

static void
asked_free(struct asked *asked)
{
	erasing_fini(&asked->rotation.erasing);
	buf_free(&asked->body);
	free(asked);
}

static void
pack_key_id(struct buf *out, const char *name, const uint8_t id[KEY_ID_BYTES])
{
	char hex[2 * KEY_ID_BYTES + 1];

	digest_hex(id, KEY_ID_BYTES, hex);
	pack_field_string(out, name, hex);
}

static void
rotated(struct rotation *rotation)
{
	struct asked *asked = (struct asked *)rotation;
	struct erasing *erasing = &rotation->erasing;
	struct buf out = { 0 };

	if (rotation->has_begun) {
		pack_map(&out, 4);
		pack_field_uint(&out, "epoch", rotation->record.epoch);
		pack_key_id(&out, "key", rotation->record.id);
		pack_field_uint(&out, "destroyed", rotation->ended);
		pack_field_uint(&out, "seq", rotation->seq);
	}
	answer_ticket(erasing->fresh.services, asked->ticket, &out,
	    rotation->seq, &erasing->why);
	asked_free(asked);
}

static void
take_order(struct asked *asked, struct call *call, struct text reason)
{
	struct services *services = session_services(call->session);
	struct erasing *erasing = &asked->rotation.erasing;
	struct refusal *why = &erasing->why;

	shown_copy(asked->organisation, sizeof(asked->organisation),
	    session_organisation(call->session));
	pack_map(&asked->body, AUTHOR_PAIRS + 1);
	author_pack(&asked->body, call);
	pack_field_text(&asked->body, "reason", reason);
	erasing->order = (struct erase_order){
		.organisation = text_of(asked->organisation),
		.body = buf_text(&asked->body),
	};
	erasing->order.organisation_hash =
	    prepare_name_hash(store_hash_key(services->store),
		NAME_ORGANISATION, erasing->order.organisation);
	erasing->fresh.services = services;
	if (services->erasing)
		refuse_for_now(why, ERROR_BUSY, RETRY_READ_ONLY_MS,
		    "an erasure is under way, or the key is being changed");
	else if (writer_is_read_only(services->writer))
		refuse_for_now(why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; the key is the same");
	else if (asked->body.failed)
		answer_no_memory(why);
}

void
handle_keys_rotate(struct call *call)
{
	const struct call_keys_rotate *args = call->args;
	struct asked *asked = answer_alloc(call, sizeof(*asked));
	struct rotation *rotation;

	if (!asked)
		return;
	rotation = &asked->rotation;
	asked->ticket = call_ticket(call);
	take_order(asked, call, args->reason);
	rotation->done = rotated;
	rotation->is_begun = true;
	if (rotation->erasing.why.code)
		rotated(rotation);
	else
		rotation_start(rotation);
}

/* --- keys.list ------------------------------------------------------------ */

struct listing {
	struct fresh fresh; /* first */
	struct ticket ticket;
	struct buf items;   /* owned: maps */
	struct buf scratch; /* owned: an event */
	uint32_t count;
	uint8_t serial_id[KEY_ID_BYTES];
};

static uint32_t
pack_time(struct buf *out, const char *name, int64_t ms)
{
	char text[INSTANT_MAX];

	if (!ms)
		return 0;
	instant_format(ms, text);
	pack_field_string(out, name, text);
	return 1;
}

/* Who had it changed, and why; nobody: the daemon. */
static uint32_t
pack_author(struct listing *listing, uint64_t seq)
{
	static const char *const names[] = { "organisation", "token",
		"reason" };
	struct services *services = listing->fresh.services;
	struct store_event event;
	struct value body;
	uint32_t pairs = 0;

	if (store_read(services->store, seq, &listing->scratch, &event) ||
	    !value_of(event.body, &body))
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct text text = value_find_text(&body, names[i]);

		if (!text.len)
			continue;
		pack_field_text(&listing->items, names[i], text);
		pairs++;
	}
	return pairs;
}

static int
list_key(void *who, struct text key, struct text bytes)
{
	struct listing *listing = who;
	struct buf *out = &listing->items;
	struct key_epoch_row row;
	uint32_t pairs = 2;
	size_t token;

	if (bytes.len != sizeof(row))
		return STORE_CORRUPT;
	if (listing->count == LISTED_MAX)
		return STORE_OK;
	memcpy(&row, bytes.at, sizeof(row));
	memcpy(listing->serial_id, row.serial_id, sizeof(row.serial_id));
	token = pack_open_map(out);
	pack_field_uint(out, "epoch", key_u32(key, 0));
	pack_key_id(out, "key", row.id);
	pairs += pack_time(out, "since", row.began_ms);
	pairs += pack_time(out, "destroyed", row.ended_ms);
	pairs += pack_author(listing, row.began_seq);
	pack_close_map(out, token, pairs);
	listing->count++;
	return STORE_OK;
}

/* Worker thread. */
static void
list_read(struct fresh *fresh)
{
	struct listing *listing = (struct listing *)fresh;
	struct snapshot *snapshot = snapshot_open(fresh->services->store);
	const struct text all = { 0 };

	if (!snapshot)
		answer_no_memory(&fresh->why);
	else if (snapshot_walk(snapshot, KEYSPACE_KEY_EPOCH, all, all, list_key,
		     listing))
		refuse(&fresh->why, ERROR_INTERNAL, NULL,
		    "a row is damaged; tocsind --verify says which");
	snapshot_close(snapshot);
}

static void
list_done(struct fresh *fresh)
{
	struct listing *listing = (struct listing *)fresh;
	struct buf out = { 0 };

	pack_map(&out, 2);
	pack_string(&out, "keys");
	pack_list(&out, listing->count);
	pack_raw(&out, buf_text(&listing->items));
	pack_key_id(&out, "serial", listing->serial_id);
	out.failed = out.failed || listing->items.failed;
	answer_ticket(fresh->services, listing->ticket, &out, 0, &fresh->why);
	buf_free(&listing->items);
	buf_free(&listing->scratch);
	free(listing);
}

void
handle_keys_list(struct call *call)
{
	struct listing *listing = answer_alloc(call, sizeof(*listing));

	if (!listing)
		return;
	listing->ticket = call_ticket(call);
	listing->fresh.services = session_services(call->session);
	listing->fresh.read = list_read;
	listing->fresh.done = list_done;
	fresh_start(&listing->fresh);
}
