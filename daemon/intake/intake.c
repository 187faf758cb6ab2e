#include "daemon/intake/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "daemon/intake/acts.h"
#include "daemon/intake/blocks.h"
#include "daemon/intake/detecting.h"
#include "daemon/intake/gatekeeper.h"
#include "daemon/intake/kinship.h"
#include "daemon/intake/naming.h"
#include "daemon/intake/prepare.h"
#include "daemon/intake/senders.h"
#include "daemon/intake/weigh.h"
#include "daemon/logger.h"
#include "daemon/store/rows.h"

int
intake_init(struct intake *intake, struct store *store)
{
	*intake = (struct intake){ .store = store };
	intake->last_notice = &intake->notices;
	projection_init(&intake->projection, store);
	intake->projection.is_serving = true;
	linkage_weights_init(&intake->weights, LINKAGE_PRIOR_ODDS);
	intake->names = calloc(NAME_CACHE, sizeof(*intake->names));
	intake->products = calloc(PRODUCT_CACHE, sizeof(*intake->products));
	intake->notes = calloc(PRODUCT_CACHE, sizeof(*intake->notes));
	intake->spellings = calloc(PRODUCT_CACHE, sizeof(*intake->spellings));
	intake->blocks = blocks_new(BLOCKS_REPORTS);
	intake->senders = senders_new();
	intake->weigher = weigher_new();
	intake->gatekeeper = gatekeeper_new();
	if (intake->names && intake->products && intake->notes &&
	    intake->spellings && intake->blocks && intake->senders &&
	    intake->weigher && intake->gatekeeper)
		return 0;
	intake_fini(intake);
	return -1;
}

void
intake_fini(struct intake *intake)
{
	if (intake->last_notice)
		intake_forget(intake);
	projection_fini(&intake->projection);
	buf_free(&intake->header);
	free(intake->names);
	free(intake->products);
	free(intake->notes);
	free(intake->spellings);
	blocks_free(intake->blocks);
	senders_free(intake->senders);
	weigher_free(intake->weigher);
	gatekeeper_free(intake->gatekeeper);
	free(intake->open_alerts);
	mutes_fini(&intake->mutes);
	*intake = (struct intake){ 0 };
}

void
intake_forget(struct intake *intake)
{
	while (intake->notices) {
		struct alert_notice *next = intake->notices->next;

		free(intake->notices);
		intake->notices = next;
	}
	intake->last_notice = &intake->notices;
	intake->frame_is_open = false;
	intake->projection.result = STORE_OK;
	detecting_forget(&intake->projection);
	projection_forget(&intake->projection);
	intake->origin = (struct origin_note){ 0 };
	intake->latest.seq = 0;
	if (!intake->spellings)
		return;
	intake_forget_products(intake);
	memset(intake->spellings, 0,
	    PRODUCT_CACHE * sizeof(*intake->spellings));
	intake_forget_names(intake);
}

void
intake_forget_names(struct intake *intake)
{
	memset(intake->names, 0, NAME_CACHE * sizeof(*intake->names));
	memset(&intake->latest, 0, sizeof(intake->latest));
}

uint32_t
intake_blind(struct intake *intake)
{
	struct chance *chance = &intake->chance;
	uint32_t blind = 0;

	while (!blind) {
		if (chance->left < sizeof(blind)) {
			digest_random(chance->bytes, sizeof(chance->bytes));
			chance->left = sizeof(chance->bytes);
		}
		chance->left -= (uint32_t)sizeof(blind);
		memcpy(&blind, chance->bytes + chance->left, sizeof(blind));
		/* Nobody is to read it here later. */
		memset(chance->bytes + chance->left, 0, sizeof(blind));
	}
	return blind;
}

const struct rule *
intake_rule(const struct intake *intake, uint32_t id)
{
	const struct rule *rule = statistic_rule(intake->statistic, id);

	return rule ? rule : rule_find(intake->rules, id);
}

void
intake_forget_products(struct intake *intake)
{
	memset(intake->products, 0, PRODUCT_CACHE * sizeof(*intake->products));
	memset(intake->notes, 0, PRODUCT_CACHE * sizeof(*intake->notes));
}

void
intake_use(struct intake *intake, const struct criteria *criteria)
{
	intake->criteria_turn +=
	    intake->organisations != criteria->organisations;
	intake->rules = criteria->rules;
	intake->organisations = criteria->organisations;
	intake->statistic = criteria->statistic;
}

int32_t
intake_today(const struct intake *intake)
{
	return date_of_ms(clock_now(intake->clock));
}

/* An operator is told when the clock cannot be believed, and again can. */
static void
tell_of_clock(const struct timekeeper *before, const struct timekeeper *now)
{
	if (before->is_ahead != now->is_ahead)
		log_line(now->is_ahead ? LOG_WARNING : LOG_INFO,
		    now->is_ahead ? "clock-leapt" : "clock-back",
		    "reports_go_on_from_ms=%lld", (long long)now->believed_ms);
	if (before->is_behind != now->is_behind)
		log_line(now->is_behind ? LOG_WARNING : LOG_INFO,
		    now->is_behind ? "clock-behind" : "clock-right",
		    "clock_ms=%lld what=\"reports are not weighed while it is "
		    "behind what was received\"",
		    (long long)now->believed_ms);
}

void
intake_open_frame(struct intake *intake)
{
	struct timekeeper before = intake->timekeeper;
	struct timekeeper_clocks clocks = { .newest_ms = intake->received_ms };

	if (intake->frame_is_open)
		return;
	clocks.wall_ms = clock_now(intake->clock);
	clocks.monotonic_ms = clock_monotonic();
	intake->received_ms = timekeeper_ask(&intake->timekeeper, &clocks);
	tell_of_clock(&before, &intake->timekeeper);
	store_frame_begin(intake->store, intake->received_ms);
	intake->frame_is_open = true;
}

void
intake_close_frame(struct intake *intake)
{
	if (!intake->frame_is_open)
		return;
	store_frame_end(intake->store);
	intake->frame_is_open = false;
}

void
intake_close_long_frame(struct intake *intake)
{
	if (intake->frame_is_open &&
	    store_frame_bytes(intake->store) >= FRAME_TARGET)
		intake_close_frame(intake);
}

void
intake_settle(struct intake *intake)
{
	intake_close_frame(intake);
	if (store_next_seq(intake->store) != store_seq(intake->store) + 1 &&
	    !intake->projection.result)
		intake->projection.result = store_append(intake->store);
	if (!intake->projection.result)
		store_wait_durable(intake->store);
}

uint64_t
intake_add_event(struct intake *intake, enum record_type type, struct text body)
{
	struct store_event event = { .type = (uint8_t)type,
		.received_ms = intake->received_ms,
		.header = buf_text(&intake->header),
		.body = body };

	if (intake->header.failed)
		intake->projection.result = STORE_MEMORY;
	event.seq =
	    store_frame_add(intake->store, (uint8_t)type, event.header, body);
	acts_apply(&intake->projection, &event);
	return event.seq;
}

uint64_t
intake_brand_hash(struct text brand)
{
	static const uint8_t plain[DIGEST_SIP_KEY_BYTES] = { 0 };

	return brand.len ? digest_sip64(plain, brand.at, brand.len) | 1 : 0;
}

/*
 * A product keeps the name that it was first given; the brand in it is
 * compared with those that today's rules read.
 */
static uint64_t
read_brand(const struct intake *intake, struct text brand)
{
	struct report named = { .brand = brand };
	struct product_identity identity;

	if (!brand.len)
		return 0;
	product_identify(intake->vocabulary, &named, &identity, NULL);
	return intake_brand_hash(
	    (struct text){ identity.brand, identity.brand_len });
}

const struct product_note *
intake_product(struct intake *intake, uint32_t product)
{
	struct product_note *note =
	    &intake->notes[product & (PRODUCT_CACHE - 1)];
	struct key key = key_product(product);
	struct product_row row;
	struct text bytes;

	if (note->product == product)
		return note;
	if (projection_get(&intake->projection, KEYSPACE_PRODUCT, &key, &bytes))
		return NULL;
	if (!product_row_read(bytes, &row)) {
		intake->projection.result = STORE_CORRUPT;
		return NULL;
	}
	*note = (struct product_note){ .product = product,
		.category = (int16_t)vocabulary_find(intake->vocabulary,
		    WORDS_CATEGORY, row.category),
		.level = row.level,
		.brand = read_brand(intake, row.brand) };
	note->is_stale = note->brand != intake_brand_hash(row.brand);
	key = key_family(product);
	note->is_merged = projection_get(&intake->projection, KEYSPACE_FAMILY,
			      &key, &bytes) == STORE_OK;
	return note;
}

bool
intake_family(struct intake *intake, uint32_t product, struct family *family)
{
	struct row_source rows = kinship_rows(&intake->projection);
	const struct product_note *note = intake_product(intake, product);

	if (!note)
		return false;
	if (note->is_merged)
		return family_read(&rows, product, family) == STORE_OK;
	family->root = family->member[0] = product;
	family->count = 1;
	return true;
}

static struct name_entry *
name_slot(const struct intake *intake, enum name_kind kind, uint64_t hash)
{
	return &intake->names[(hash ^ (uint64_t)kind * 0x9e37u) &
	    (NAME_CACHE - 1)];
}

uint32_t
intake_guess_name(const struct intake *intake, enum name_kind kind,
    uint64_t hash)
{
	const struct name_entry *slot = name_slot(intake, kind, hash);

	return slot->hash == hash && slot->kind == kind ? slot->ordinal : 0;
}

uint32_t
intake_find_name(struct intake *intake, enum name_kind kind, uint64_t hash)
{
	struct name_entry *slot = name_slot(intake, kind, hash);
	struct key key;
	struct text row;

	if (slot->ordinal && slot->hash == hash && slot->kind == kind)
		return slot->ordinal;
	key = key_name_hash(kind, hash);
	if (projection_get(&intake->projection, KEYSPACE_NAME, &key, &row) ||
	    row.len != sizeof(slot->ordinal))
		return 0;
	memcpy(&slot->ordinal, row.at, sizeof(slot->ordinal));
	slot->hash = hash;
	slot->kind = kind;
	return slot->ordinal;
}

/* Ordinals that stand in 16-bit fields of facts. */
static bool
is_narrow(enum name_kind kind)
{
	return kind == NAME_ORGANISATION || kind == NAME_MODE ||
	    kind == NAME_LICENCE;
}

/* Write that an ordinal is called so, whether it is new or not. */
static uint32_t
add_name(struct intake *intake, struct record_name *record, struct text name)
{
	struct name_entry *slot =
	    name_slot(intake, (enum name_kind)record->kind, record->hash);

	if (record->kind == NAME_SOURCE)
		record->blind = intake_blind(intake);
	buf_clear(&intake->header);
	record_name_write(&intake->header, record);
	intake_add_event(intake, RECORD_NAME, name);
	naming_add_name(&intake->projection, record, name);
	*slot =
	    (struct name_entry){ record->hash, record->ordinal, record->kind };
	return record->ordinal;
}

uint32_t
intake_name(struct intake *intake, enum name_kind kind, uint64_t hash,
    struct text name)
{
	struct record_name record = { .kind = (uint8_t)kind, .hash = hash };
	uint32_t ordinal = intake_find_name(intake, kind, hash);
	uint64_t last;

	if (ordinal || intake->projection.result)
		return ordinal;
	last = projection_counter(&intake->projection,
	    counter_of_names((uint8_t)kind));
	if (last >= (is_narrow(kind) ? UINT16_MAX : UINT32_MAX))
		return 0;
	record.ordinal = (uint32_t)last + 1;
	return add_name(intake, &record, name);
}

uint32_t
intake_source(struct intake *intake, const struct candidate *candidate,
    const struct prepare_options *options)
{
	struct record_name record = { .kind = NAME_SOURCE,
		.hash = candidate->source_hash };
	char room[SOURCE_NAME_MAX];
	struct text name;
	struct name_entry *slot;

	record.ordinal = intake_find_name(intake, NAME_SOURCE, record.hash);
	if (record.ordinal || intake->projection.result)
		return record.ordinal;
	name = prepare_source(options, &candidate->report, room);
	if (candidate->source_before)
		record.ordinal = intake_find_name(intake, NAME_SOURCE,
		    candidate->source_before);
	if (!record.ordinal)
		return intake_name(intake, NAME_SOURCE, record.hash, name);
	slot = name_slot(intake, NAME_SOURCE, candidate->source_before);
	*slot = (struct name_entry){ 0 };
	return add_name(intake, &record, name);
}

uint32_t
intake_unstated(struct intake *intake)
{
	struct text unstated = TEXT("unstated");

	return intake_name(intake, NAME_MODE,
	    prepare_name_hash(store_hash_key(intake->store), NAME_MODE,
		unstated),
	    unstated);
}

struct text
intake_name_text(struct intake *intake, enum name_kind kind, uint32_t ordinal)
{
	struct key key = key_name_ordinal(kind, ordinal);
	struct text row = { 0 };

	if (projection_get(&intake->projection, KEYSPACE_NAME, &key, &row))
		return (struct text){ 0 };
	return row;
}
