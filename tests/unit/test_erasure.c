/* What was erased leaves the log, and nothing else does. */
#include "tests/unit/store_rig.h"

#include <stdatomic.h>

#include "daemon/store/db/keys.h"
#include "daemon/store/erasure.h"
#include "daemon/store/record.h"
#include "daemon/store/record_erase.h"
#include "daemon/store/record_judgement.h"
#include "daemon/store/store_erasure.h"

enum { SEED = 0x5eed, RECEIVED = 1764000000 };

static const int64_t received_ms = INT64_C(1000) * RECEIVED;

/* --- frames --- */

/* Takes the body and bytes 2 to 9 of an event of type 1; 12 to 15 are free. */
static void
edit_some(void *who, const struct store_event *event, uint8_t *header,
    struct frame_change *change)
{
	const bool *has_free = who;

	if (event->type != 1)
		return;
	change->erases_body = true;
	change->edits_header = true;
	memset(header + 2, 0, 8);
	change->free_at = *has_free ? 12 : 0;
}

static void
add(struct frame_maker *maker, uint8_t type, const char *header,
    const char *body)
{
	frame_add(maker, type, (struct text){ header, strlen(header) },
	    (struct text){ body, strlen(body) });
}

static struct frame_maker
two_frames(void)
{
	struct frame_maker maker = { .seed = SEED, .salt = 1 };

	frame_reset(&maker, 0, 0);
	frame_begin(&maker, received_ms);
	add(&maker, 2, "a name", "somebody");
	add(&maker, 1, "--secrets--*blind*--", "secret words");
	add(&maker, 3, "nothing more", "");
	frame_end(&maker, 0);
	frame_begin(&maker, received_ms + 1);
	add(&maker, 1, "--secrets--*blind*--", "more of them");
	frame_end(&maker, 0);
	return maker;
}

static void
test_a_frame_keeps_its_sum(void **state)
{
	struct frame_maker maker = two_frames();
	bool has_free = true;
	const struct frame_editor editor = { edit_some, &has_free };
	struct frame frame, next;
	struct frame_cursor cursor;
	struct store_event event;
	uint8_t *again = malloc(maker.bytes.len);
	bool is_bad;

	(void)state;
	assert_non_null(again);
	assert_int_equal(frame_read(maker.bytes.at, maker.bytes.len, SEED,
			     &frame),
	    FRAME_OK);
	assert_true(frame_edit_run(maker.bytes.at, &frame, SEED, &editor));
	assert_int_equal(frame_read(maker.bytes.at, maker.bytes.len, SEED,
			     &next),
	    FRAME_OK);
	assert_int_equal(next.crc, frame.crc);
	assert_int_equal(next.length, frame.length);
	assert_null(memmem(maker.bytes.at, frame.length, "secret", 6));
	cursor = frame_cursor_of(&next, maker.bytes.at);
	assert_true(frame_next(&cursor, &event, &is_bad));
	assert_true(text_is(event.body, "somebody") && !is_bad);
	assert_true(frame_next(&cursor, &event, &is_bad));
	assert_true(event.is_erased && !is_bad && event.body.len == 0);
	assert_memory_equal(event.header.at, "--\0\0\0\0\0\0\0\0-*", 12);
	assert_memory_equal(event.header.at + 16, "d*--", 4);
	assert_memory_not_equal(event.header.at + 12, "blin", 4);
	assert_true(frame_next(&cursor, &event, &is_bad));
	assert_true(text_is(event.header, "nothing more") && !is_bad);
	/* The next frame follows it still, and is not touched. */
	assert_int_equal(frame_read(maker.bytes.at + next.length,
			     maker.bytes.len - next.length, SEED, &frame),
	    FRAME_OK);
	assert_int_equal(frame.prev, next.crc);
	assert_non_null(memmem(maker.bytes.at + next.length, frame.length,
	    "more of them", 12));
	memcpy(again, maker.bytes.at, maker.bytes.len);
	frame_edit_run(maker.bytes.at, &next, SEED, &editor);
	assert_memory_equal(again, maker.bytes.at, maker.bytes.len);
	free(again);
	frame_maker_free(&maker);
}

static void
test_a_header_without_room_stays(void **state)
{
	struct frame_maker maker = two_frames();
	bool has_free = false;
	const struct frame_editor editor = { edit_some, &has_free };
	struct frame frame;

	(void)state;
	assert_int_equal(frame_read(maker.bytes.at, maker.bytes.len, SEED,
			     &frame),
	    FRAME_OK);
	assert_true(frame_edit_run(maker.bytes.at, &frame, SEED, &editor));
	assert_int_equal(frame_read(maker.bytes.at, maker.bytes.len, SEED,
			     &frame),
	    FRAME_OK);
	assert_non_null(memmem(maker.bytes.at, frame.length, "--secrets", 9));
	assert_null(memmem(maker.bytes.at, frame.length, "words", 5));
	frame_maker_free(&maker);
}

/* --- a store --- */

struct rig {
	struct store *store;
	struct erasure erasure;
	atomic_bool stop;
	uint64_t one, other, act; /* events */
	unsigned nerased;
};

static struct evidence
evidence_like(char c)
{
	struct evidence evidence = { .product = 1,
		.source = 7,
		.serial = 0x01010101u * (unsigned)c,
		.lot = 0x01010101u * (unsigned)(c + 1),
		.region = 0x5252,
		.age = 9,
		.shingles = 40 };

	memset(evidence.signature, c, sizeof(evidence.signature));
	return evidence;
}

static void
add_event(struct rig *rig, enum record_type type, const struct buf *header,
    const char *body)
{
	store_frame_begin(rig->store, received_ms);
	store_frame_add(rig->store, (uint8_t)type, buf_text(header),
	    text_of(body));
	store_frame_end(rig->store);
	assert_int_equal(store_append(rig->store), STORE_OK);
}

static uint64_t
add_report(struct rig *rig, const struct record_report *record,
    const char *body)
{
	struct buf header = { 0 };
	uint64_t seq = store_next_seq(rig->store);

	record_report_write(&header,
	    record->first_seq ? RECORD_AMEND : RECORD_REPORT, record,
	    received_ms);
	add_event(rig, record->first_seq ? RECORD_AMEND : RECORD_REPORT,
	    &header, body);
	buf_free(&header);
	return seq;
}

static void
add_name(struct rig *rig, uint32_t blind)
{
	const struct record_name name = { .kind = NAME_SOURCE,
		.ordinal = 7,
		.hash = UINT64_C(0x7a7a7a7a7a7a7a7a),
		.blind = blind };
	struct buf header = { 0 };

	record_name_write(&header, &name);
	add_event(rig, RECORD_NAME, &header, "r:00pseudonym00");
	buf_free(&header);
}

static void
add_act(struct rig *rig, const struct evidence *evidence, uint32_t blind)
{
	struct record_judgement record = { .kind = JUDGEMENT_LINK,
		.product = 1,
		.side = { { .count = 1 }, { .count = 1 } },
		.blind = blind };
	struct buf header = { 0 };

	record.evidence[0] = *evidence;
	record.side[0].seq[0] = rig->one;
	record.side[1].seq[0] = rig->other;
	rig->act = store_next_seq(rig->store);
	record_judgement_write(&header, &record);
	add_event(rig, RECORD_LINK, &header, "the curator's note");
	buf_free(&header);
}

/* Two reports and what is known of them, among much else. */
static void
fill(struct rig *rig, uint32_t blind)
{
	struct record_report record = { .revision = 1,
		.fingerprint = UINT64_C(0x6b6b6b6b6b6b6b6b),
		.blind = blind,
		.evidence = evidence_like('q'),
		.facts = { .product = 1, .source = 7 } };
	char noise[2000];

	add_name(rig, blind);
	rig->one = add_report(rig, &record, "words of the first");
	evidence_set_seq(&record.evidence, rig->one);
	record.found = (struct record_case){ .decision = 3,
		.joins = rig->one,
		.match = rig->one,
		.has_founder = true,
		.founder = record.evidence };
	record.evidence = evidence_like('x');
	record.fingerprint = UINT64_C(0x7979797979797979);
	rig->other = add_report(rig, &record, "words of the other");
	evidence_set_seq(&record.found.founder, rig->one);
	add_act(rig, &record.found.founder, blind);
	for (unsigned i = 0; i < 200; i++) {
		struct buf header = { 0 };

		memset(noise, 'a' + (int)(i % 20), sizeof(noise) - 1);
		noise[sizeof(noise) - 1] = '\0';
		buf_u32(&header, i);
		add_event(rig, RECORD_RULES, &header, noise);
		buf_free(&header);
	}
	record.first_seq = record.previous_seq = rig->one;
	record.revision = 2;
	record.old = record.facts;
	record.old_evidence = evidence_like('q');
	record.evidence = evidence_like('w');
	record.found = (struct record_case){ .similarity = -1 };
	add_report(rig, &record, "other words of the first");
}

static void
rig_open(struct rig *rig, const char *dir)
{
	const struct store_options options = { .dir = dir,
		.map_bytes = 1 << 24,
		.segment_bytes = 100000,
		.overlay_events = 100,
		.overlay_bytes = 1 << 20 };
	struct store_fault fault = { .text = "" };

	rig->store = store_open(&options, &fault);
	if (!rig->store)
		print_error("%s\n", fault.text);
	assert_non_null(rig->store);
}

static int
ignore(void *who, const struct store_event *event)
{
	(void)who;
	(void)event;
	return 0;
}

static void
settle_all(struct rig *rig)
{
	store_wait_durable(rig->store);
	while (store_applied(rig->store) < store_seq(rig->store)) {
		store_checkpoint(rig->store);
		usleep(1000);
	}
}

static void
order(struct rig *rig, const struct record_erase *record)
{
	struct buf header = { 0 };
	struct store_event event = { .type = RECORD_ERASE,
		.seq = store_seq(rig->store) };

	record_erase_write(&header, record);
	event.header = buf_text(&header);
	assert_true(erasure_add(&rig->erasure, &event));
	buf_free(&header);
}

/* Erase all that was ordered, as a daemon does it; segments written anew. */
static uint64_t
erase(struct rig *rig)
{
	uint64_t segments;
	struct eraser eraser = { .from = rig->erasure.from,
		.to = store_seq(rig->store),
		.editor = { erasure_edit, &rig->erasure },
		.stop = &rig->stop };

	settle_all(rig);
	assert_int_equal(store_erase(rig->store, &eraser), STORE_OK);
	segments = eraser.segments;
	while (eraser.open_from) {
		assert_int_equal(store_rotate(rig->store), STORE_OK);
		eraser.from = eraser.open_from;
		assert_int_equal(store_erase(rig->store, &eraser), STORE_OK);
	}
	store_wait_sealed(rig->store);
	return segments;
}

static int
look(void *who, const struct store_event *event)
{
	struct rig *rig = who;
	struct record_report record;

	rig->nerased += event->is_erased;
	assert_null(memmem(event->header.at, event->header.len, "qqqq", 4));
	assert_null(memmem(event->header.at, event->header.len, "rrrr", 4));
	assert_null(memmem(event->header.at, event->header.len, "kkkk", 4));
	assert_null(memmem(event->header.at, event->header.len, "zzzz", 4));
	assert_null(memmem(event->header.at, event->header.len, "wwww", 4));
	if (event->seq == rig->other) {
		assert_true(text_is(event->body, "words of the other"));
		assert_non_null(
		    memmem(event->header.at, event->header.len, "xxxxxxxx", 8));
	}
	if (event->seq == rig->act)
		assert_true(text_is(event->body, "the curator's note"));
	if (!record_is_of_report(event->type))
		return 0;
	assert_true(record_report_read(event->header,
	    (enum record_type)event->type, event->received_ms, &record));
	assert_int_equal(record.facts.product, 1);
	assert_int_equal(record.facts.source, 7);
	assert_int_equal(record.evidence.region, 0x5252);
	assert_int_equal(record.evidence.age, 9);
	return 0;
}

static void
check_erased(struct rig *rig)
{
	rig->nerased = 0;
	assert_int_equal(store_walk(rig->store, 1, UINT64_MAX, look, rig),
	    STORE_OK);
	assert_int_equal(rig->nerased, 3); /* name, report, amendment */
}

static void
run_store(const char *dir, uint32_t blind, const struct record_erase *source)
{
	struct rig rig = { .nerased = 0 };
	struct record_erase record = { .kind = ERASE_REPORT };

	rig_open(&rig, dir);
	assert_int_equal(store_replay(rig.store, ignore, NULL), STORE_OK);
	fill(&rig, blind);
	record.first_seq = rig.one;
	order(&rig, &record);
	order(&rig, source);
	assert_true(erase(&rig) > 1);
	check_erased(&rig);
	/* Again, as after a crash. */
	assert_int_equal(erase(&rig), 0);
	check_erased(&rig);
	assert_int_equal(store_compact(rig.store, 1000), STORE_OK);
	add_name(&rig, 5);
	store_close(rig.store);
	rig_open(&rig, dir);
	assert_int_equal(store_replay(rig.store, ignore, NULL), STORE_OK);
	store_close(rig.store);
	erasure_fini(&rig.erasure);
}

static void
test_a_store_forgets(void **state)
{
	run_store(*state, 0xb11db11d,
	    &(struct record_erase){ .kind = ERASE_SOURCE, .source = 7 });
}

/* The name of a reporter under a key that is gone, or of one before it. */
static void
test_a_store_forgets_an_epoch(void **state)
{
	run_store(*state, 0xb11db11d,
	    &(struct record_erase){ .kind = ERASE_EPOCH, .epoch = 3 });
}

static int
count_erased(void *who, const struct store_event *event)
{
	uint64_t *erased = who;

	*erased += event->is_erased;
	return 0;
}

/* Names under the keys that are left stay, as do those of branches. */
static void
test_other_epochs_stay(void **state)
{
	static const char *const names[] = { "r:00pseudonym00",
		"r2:00pseudonym0", "r3:00pseudonym0", "g:local/r1:cafe" };
	struct rig rig = { .nerased = 0 };
	uint64_t erased = 0;

	rig_open(&rig, *state);
	assert_int_equal(store_replay(rig.store, ignore, NULL), STORE_OK);
	for (uint32_t i = 0; i < 4; i++) {
		const struct record_name name = { .kind = NAME_SOURCE,
			.ordinal = i + 1,
			.hash = i + 1,
			.blind = 5 };
		struct buf header = { 0 };

		record_name_write(&header, &name);
		add_event(&rig, RECORD_NAME, &header, names[i]);
		buf_free(&header);
	}
	order(&rig, &(struct record_erase){ .kind = ERASE_EPOCH, .epoch = 2 });
	assert_int_equal(erase(&rig), 1);
	assert_int_equal(store_walk(rig.store, 1, UINT64_MAX, count_erased,
			     &erased),
	    STORE_OK);
	assert_int_equal(erased, 2);
	store_close(rig.store);
	erasure_fini(&rig.erasure);
}

/* Headers of before there were blinds: the fingerprint's end gives way. */
static void
test_an_old_store_forgets(void **state)
{
	run_store(*state, 0,
	    &(struct record_erase){ .kind = ERASE_SOURCE, .source = 7 });
}

static void
test_records(void **state)
{
	const struct record_erase records[] = {
		{ .kind = ERASE_REPORT,
		    .organisation = 300,
		    .key = "fifteen bytes..",
		    .first_seq = 70000,
		    .latest_seq = 70007 },
		{ .kind = ERASE_SOURCE, .source = UINT32_MAX },
		{ .kind = ERASE_NOTE, .seq = 1 },
		{ .kind = ERASE_DONE, .seq = UINT64_C(1) << 40 },
		{ .kind = ERASE_EPOCH,
		    .epoch = 3,
		    .first = 2001,
		    .last = 4000,
		    .is_whole = true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++) {
		struct record_erase found;
		struct buf out = { 0 };
		struct text header;

		record_erase_write(&out, &records[i]);
		header = buf_text(&out);
		assert_true(record_erase_read(header, &found));
		assert_memory_equal(&found, &records[i], sizeof(found));
		header.len--;
		assert_false(record_erase_read(header, &found));
		assert_string_not_equal(erase_kind_name(found.kind), "unknown");
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_frame_keeps_its_sum),
		cmocka_unit_test(test_a_header_without_room_stays),
		IN_DIR(test_a_store_forgets),
		IN_DIR(test_an_old_store_forgets),
		IN_DIR(test_a_store_forgets_an_epoch),
		IN_DIR(test_other_epochs_stay),
		cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
