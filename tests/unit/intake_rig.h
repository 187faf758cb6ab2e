/*
 * intake_rig.h - for tests of intake/: a store with what decides on it, a
 * clock that can be set, and reports made from a few numbers.
 */
#ifndef TOCSIN_TESTS_INTAKE_RIG_H
#define TOCSIN_TESTS_INTAKE_RIG_H

#include "base/date.h"
#include "daemon/core/rule.h"
#include "daemon/intake/decide.h"
#include "daemon/intake/liken.h"
#include "daemon/intake/replay.h"
#include "daemon/intake/ring.h"
#include "daemon/store/record.h"
#include "daemon/store/rows.h"
#include "proto/codec.h"
#include "tests/unit/store_rig.h"

#define RIG_START_MS INT64_C(1795478400000) /* 2026-11-24T00:00:00Z */
#define RIG_DAY_MS INT64_C(86400000)

enum { RIG_TEXT_MAX = 8000 };

/* What a test varies of a report; zeroes are an ordinary one. */
struct spec {
	unsigned id;
	unsigned brand; /* 0: category only */
	unsigned mode, source, organisation;
	unsigned severity; /* 0 unstated, 1 minor, 2 severe */
	unsigned injured;
	int32_t filed_ago; /* days */
	unsigned text;     /* bytes of free text */
	const char *words; /* or these */
	unsigned reporter; /* 0: none, the source is the branch */
};

struct rig {
	const char *dir;
	struct vocabulary *vocabulary;
	struct rules rules;
	struct criteria criteria;
	struct clock clock;
	uint64_t segment_bytes;
	struct store *store;
	struct intake intake;
	struct pseudonym_keys keys;
	struct prepare_options prepare;
	struct decide_options decide;
	char organisation[16];
	struct buf map; /* the report prepared last */
	struct candidate candidate;
};

/* Make the rig's day this many days after the first. */
static inline void
rig_set_day(struct rig *rig, int days)
{
	struct clock real = { 0 };

	rig->clock.offset_ms = RIG_START_MS + days * RIG_DAY_MS +
	    RIG_DAY_MS / 2 - clock_now(&real);
}

static inline struct store_options
rig_store_options(const struct rig *rig)
{
	return (struct store_options){ .dir = rig->dir,
		.map_bytes = UINT64_C(1) << 28,
		.segment_bytes = rig->segment_bytes,
		.overlay_events = 700,
		.overlay_bytes = 8 << 20 };
}

/* Two sources within 30 days, of a product. */
static inline void
rig_set_rule(struct rig *rig)
{
	rig->rules = (struct rules){ .count = 1,
		.version = 1,
		.rule = { { .name = "two-sources",
		    .id = 7,
		    .version = 1,
		    .basis = BASIS_RULE,
		    .scope = SCOPE_PRODUCT,
		    .window_days = 30,
		    .sources = 2 } } };
}

static inline void
rig_init(struct rig *rig, const char *dir)
{
	struct yaml_errors errors = { 0 };

	*rig = (struct rig){ .dir = dir, .segment_bytes = 1 << 20 };
	rig->vocabulary = vocabulary_new(NULL, &errors);
	assert_non_null(rig->vocabulary);
	rig->criteria.rules = &rig->rules;
	rig->criteria.organisations = organisations_none();
	assert_non_null(rig->criteria.organisations);
	rig_set_day(rig, 0);
}

static inline void
rig_fini(struct rig *rig)
{
	buf_free(&rig->map);
	organisations_free(rig->criteria.organisations);
	vocabulary_free(rig->vocabulary);
}

static inline void
rig_open(struct rig *rig)
{
	struct store_options options = rig_store_options(rig);
	struct store_fault fault = { 0 };
	uint64_t events;
	int64_t last_ms = 0;

	rig->store = store_open(&options, &fault);
	if (!rig->store)
		fail_msg("%s", fault.text);
	assert_int_equal(intake_init(&rig->intake, rig->store), 0);
	if (replay_store(rig->store, &events, &last_ms, &fault))
		fail_msg("%s", fault.text);
	assert_int_equal(replay_learn(&rig->intake), STORE_OK);
	rig->intake.vocabulary = rig->vocabulary;
	intake_use(&rig->intake, &rig->criteria);
	rig->intake.clock = &rig->clock;
}

static inline void
rig_close(struct rig *rig)
{
	intake_fini(&rig->intake);
	store_close(rig->store);
	rig->store = NULL;
}

/* What has been decided goes into the log. */
static inline void
rig_append(struct rig *rig)
{
	assert_int_equal(rig->intake.projection.result, STORE_OK);
	intake_close_frame(&rig->intake);
	assert_int_equal(store_append(rig->store), STORE_OK);
}

static inline void
rig_pack_product(struct buf *map, const struct spec *spec)
{
	char name[16];

	pack_string(map, "product");
	pack_map(map, spec->brand ? 3 : 1);
	pack_field_string(map, "category", "kettle");
	if (!spec->brand)
		return;
	snprintf(name, sizeof(name), "Brand%u", spec->brand);
	pack_field_string(map, "brand", name);
	pack_field_string(map, "model", "K1");
}

static inline void
rig_pack_origin(struct buf *map, const struct spec *spec)
{
	char group[16];

	snprintf(group, sizeof(group), "cafe-%u", spec->source);
	pack_string(map, "origin");
	pack_map(map, 1);
	pack_field_string(map, "group", group);
}

static inline void
rig_pack(struct buf *map, const struct spec *spec, int32_t today)
{
	static const char *const severities[] = { "none", "minor", "severe" };
	struct date filed = { today - spec->filed_ago, DATE_DAY };
	char prose[RIG_TEXT_MAX], text[32];

	assert_true(spec->text <= sizeof(prose));
	memset(prose, 'x', sizeof(prose));
	buf_clear(map);
	pack_map(map, spec->reporter ? 12 : 11);
	snprintf(text, sizeof(text), "id-%u", spec->id);
	pack_field_string(map, "id", text);
	pack_field_string(map, "kind", "breakdown");
	rig_pack_product(map, spec);
	pack_string(map, "failure");
	pack_map(map, 1);
	snprintf(text, sizeof(text), "strange noise %u", spec->mode);
	pack_field_string(map, "mode", text);
	pack_field_string(map, "country", "FR");
	date_format(filed, text);
	pack_field_string(map, "filed", text);
	pack_field_string(map, "occurred", text);
	pack_field_string(map, "severity", severities[spec->severity]);
	pack_field_uint(map, "injured", spec->injured);
	pack_field_text(map, "text",
	    spec->words ? text_of(spec->words)
			: (struct text){ prose, spec->text });
	if (spec->reporter) {
		snprintf(text, sizeof(text), "reporter %u", spec->reporter);
		pack_field_string(map, "reporter", text);
	}
	rig_pack_origin(map, spec);
	assert_false(map->failed);
}

/* Prepare the report as the loop would; it borrows from the rig. */
static inline void
rig_prepare(struct rig *rig, const struct spec *spec)
{
	struct refusal why = { 0 };
	struct value map;
	int32_t today = intake_today(&rig->intake);

	if (!rig->keys.now.epoch)
		rig->keys.now.epoch = 1;

	snprintf(rig->organisation, sizeof(rig->organisation), "org-%u",
	    spec->organisation);
	rig->prepare = (struct prepare_options){
		.vocabulary = rig->vocabulary,
		.limits = { 65536, 8192, today },
		.hash_key = store_hash_key(rig->store),
		.keys = &rig->keys,
		.organisation = text_of(rig->organisation),
		.backfill_days = 35,
		.compares = true,
	};
	rig->decide = (struct decide_options){ .prepare = &rig->prepare,
		.organisation_hash = prepare_name_hash(rig->prepare.hash_key,
		    NAME_ORGANISATION, rig->prepare.organisation) };
	rig_pack(&rig->map, spec, today);
	assert_true(value_of(buf_text(&rig->map), &map));
	if (prepare_report(&rig->prepare, &map, &rig->candidate, NULL, &why))
		fail_msg("%s: %s", why.field, why.text);
}

/* Prepare and decide. */
static inline struct decision
rig_submit(struct rig *rig, const struct spec *spec)
{
	struct decision decision = { 0 };

	rig_prepare(rig, spec);
	assert_int_equal(decide_report(&rig->intake, &rig->candidate,
			     &rig->decide, &decision),
	    STORE_OK);
	return decision;
}

/* Withdraw the report of that spec. */
static inline int
rig_withdraw(struct rig *rig, const struct spec *spec)
{
	struct facts left;
	uint64_t seq;

	rig_prepare(rig, spec);
	return decide_withdrawal(&rig->intake, rig->candidate.key,
	    TEXT("a test"), &seq, &left);
}

/* A row, copied; false when it is absent. */
static inline bool
rig_row(struct rig *rig, enum keyspace keyspace, struct key key, void *out,
    size_t len)
{
	struct text row;

	memset(out, 0, len);
	if (store_get(rig->store, keyspace, key_text(&key), &row) != STORE_OK)
		return false;
	memcpy(out, row.at, row.len < len ? row.len : len);
	return true;
}

/* Every row follows from the log: closes the store, which must be open. */
static inline void
rig_verify(struct rig *rig)
{
	struct store_options options = rig_store_options(rig);
	struct store_fault fault = { 0 };
	int64_t differences, broken = 0;

	if (rig->store)
		rig_close(rig);
	differences = replay_verify(&options, stdout, &broken, &fault);
	if (differences < 0)
		fail_msg("%s", fault.text);
	assert_int_equal(differences, 0);
	assert_int_equal(broken, 0);
}

#endif
