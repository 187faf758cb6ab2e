/* test_record.c - event headers come back as they went; a cut one does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/store/db/keys.h"
#include "daemon/store/record.h"
#include "daemon/store/record_origin.h"
#include "daemon/store/record_regrouped.h"

/* A day in November 2026, mid-morning. */
static const int64_t received = INT64_C(1795510800000);

static struct facts
some_facts(void)
{
	return (struct facts){
		.product = 70000,
		.source = 5,
		.mode = 3,
		.organisation = 2,
		.country = 'F' << 8 | 'R',
		.kind = REPORT_BREAKDOWN,
		.severity = SEVERITY_FATAL,
		.is_backfill = true,
		.hazards = UINT32_C(0x80000001),
		.injured = 1,
		.deaths = UINT32_MAX,
		.units = 3,
		.licence = 9,
		.filed = date_of_ms(received) - 1,
		.occurred = { date_of_ms(received) - 400, DATE_MONTH },
		.received_ms = received,
	};
}

static void
assert_facts(const struct facts *found, const struct facts *expected)
{
	assert_int_equal(found->product, expected->product);
	assert_int_equal(found->source, expected->source);
	assert_int_equal(found->mode, expected->mode);
	assert_int_equal(found->organisation, expected->organisation);
	assert_int_equal(found->country, expected->country);
	assert_int_equal(found->kind, expected->kind);
	assert_int_equal(found->severity, expected->severity);
	assert_int_equal(found->is_backfill, expected->is_backfill);
	assert_int_equal(found->hazards, expected->hazards);
	assert_int_equal(found->injured, expected->injured);
	assert_int_equal(found->deaths, expected->deaths);
	assert_int_equal(found->units, expected->units);
	assert_int_equal(found->licence, expected->licence);
	assert_int_equal(found->filed, expected->filed);
	assert_int_equal(found->occurred.day, expected->occurred.day);
	assert_int_equal(found->occurred.precision,
	    expected->occurred.precision);
	assert_int_equal(found->received_ms, received);
}

static void
assert_report(enum record_type type, const struct record_report *record)
{
	struct record_report found;
	struct buf out = { 0 };

	record_report_write(&out, type, record, received);
	assert_true(record_report_read(buf_text(&out), type, received, &found));
	assert_memory_equal(found.key, record->key, 16);
	assert_int_equal(found.origin, record->origin);
	assert_int_equal(found.label, record->label);
	if (type != RECORD_WITHDRAW) {
		assert_int_equal(found.fingerprint, record->fingerprint);
		assert_int_equal(found.spelling, record->spelling);
		assert_facts(&found.facts, &record->facts);
	}
	if (type != RECORD_REPORT) {
		assert_int_equal(found.first_seq, record->first_seq);
		assert_int_equal(found.previous_seq, record->previous_seq);
		assert_int_equal(found.revision, record->revision);
		assert_int_equal(found.old_spelling, record->old_spelling);
		assert_int_equal(found.old.product, record->old.product);
	}
	for (size_t len = 0; len < out.len; len++)
		assert_false(
		    record_report_read((struct text){ (const char *)out.at,
					   len },
			type, received, &found));
	buf_free(&out);
}

static void
test_reports(void **state)
{
	struct record_report record = {
		.key = "0123456789abcde",
		.fingerprint = UINT64_C(0xfedcba9876543210),
		.revision = 2,
		.previous_seq = 90,
		.first_seq = 7,
		.spelling = 0xdeadbeef,
		.origin = 4,
		.facts = some_facts(),
		.old_spelling = 1,
		.old = some_facts(),
	};

	(void)state;
	assert_report(RECORD_REPORT, &record);
	assert_report(RECORD_AMEND, &record);
	assert_report(RECORD_WITHDRAW, &record);
	assert_report(RECORD_REGROUP, &record);
	record.label = 300;
	record.old.product = 0; /* brought back: nothing is counted out */
	assert_report(RECORD_REPORT, &record);
	assert_report(RECORD_AMEND, &record);
}

/* A regrouped report keeps its time, and its days count back from it. */
static void
test_a_regrouped_report_keeps_its_time(void **state)
{
	const int64_t later = received + INT64_C(86400000) * 300;
	struct record_report record = { .facts = some_facts(),
		.old = some_facts(),
		.first_seq = 7,
		.previous_seq = 9,
		.revision = 3 };
	struct record_report found;
	struct buf out = { 0 };

	(void)state;
	record.facts.product = 4;
	record_report_write(&out, RECORD_REGROUP, &record, later);
	assert_true(
	    record_report_read(buf_text(&out), RECORD_REGROUP, later, &found));
	assert_facts(&found.facts, &record.facts);
	assert_facts(&found.old, &record.old);
	assert_int_equal(record_contents(RECORD_REGROUP, &found, 900), 9);
	assert_int_equal(record_contents(RECORD_WITHDRAW, &found, 900), 9);
	assert_int_equal(record_contents(RECORD_AMEND, &found, 900), 900);
	assert_true(record_is_of_report(RECORD_REGROUP));
	assert_false(record_is_of_report(RECORD_REGROUPED));
	buf_free(&out);
}

static void
test_how_far_it_has_come(void **state)
{
	const struct record_regrouped record = { .version = 0xdeadbeef,
		.is_mixed = true,
		.target = 7,
		.until = UINT64_C(1) << 40,
		.mark = 300,
		.begun = 200,
		.products = 90000,
		.read = 100,
		.moved = 50 };
	struct record_regrouped found = { 0 };
	struct buf out = { 0 };

	(void)state;
	record_regrouped_write(&out, &record);
	assert_true(record_regrouped_read(buf_text(&out), &found));
	assert_int_equal(found.version, record.version);
	assert_int_equal(found.is_mixed, record.is_mixed);
	assert_int_equal(found.target, record.target);
	assert_int_equal(found.until, record.until);
	assert_int_equal(found.mark, record.mark);
	assert_int_equal(found.begun, record.begun);
	assert_int_equal(found.products, record.products);
	assert_int_equal(found.read, record.read);
	assert_int_equal(found.moved, record.moved);
	for (size_t len = 0; len < out.len; len++)
		assert_false(
		    record_regrouped_read((struct text){ (const char *)out.at,
					      len },
			&found));
	buf_free(&out);
}

/* The log may spend 480 bytes on a report of 391: the header must be small. */
static void
test_a_usual_report_is_small(void **state)
{
	struct record_report record = { .fingerprint = 1,
		.spelling = 1,
		.origin = 1,
		.facts = { .product = 90000,
		    .source = 200,
		    .mode = 25,
		    .organisation = 1,
		    .filed = date_of_ms(received),
		    .occurred = { date_of_ms(received) - 1, DATE_DAY } } };
	struct buf out = { 0 };

	(void)state;
	record_report_write(&out, RECORD_REPORT, &record, received);
	assert_true(out.len <= 44);
	buf_clear(&out);
	record.evidence.product = 90000;
	record_report_write(&out, RECORD_REPORT, &record, received);
	assert_true(out.len <= 44 + 7);
	buf_clear(&out);
	record.evidence.shingles = 90;
	record_report_write(&out, RECORD_REPORT, &record, received);
	assert_true(out.len <= 44 + 7 + 1 + MINHASH_BYTES);
	buf_free(&out);
}

static struct evidence
some_evidence(const struct facts *facts)
{
	struct evidence evidence = { .product = facts->product,
		.source = facts->source,
		.mode = facts->mode,
		.organisation = facts->organisation,
		.hazards = facts->hazards,
		.country = facts->country,
		.severity = facts->severity & 7u,
		.occurred = facts->occurred.precision == DATE_ABSENT
		    ? 0
		    : facts->occurred.day * 4 + facts->occurred.precision,
		.filed = (uint16_t)facts->filed,
		.is_backfill = facts->is_backfill,
		.serial = 0xfeedbeef,
		.lot = 17,
		.sender = 4711,
		.region = 3,
		.site = 65535,
		.age = 9,
		.injured = 31,
		.completeness = 30,
		.is_reporter = 1,
		.is_model = 1,
		.shingles = 200 };

	for (unsigned i = 0; i < sizeof(evidence.signature); i++)
		evidence.signature[i] = (uint8_t)(i * 7);
	return evidence;
}

/* What stands behind the facts: cut short it is refused, or is not there. */
static void
test_likeness(void **state)
{
	struct record_report record = { .fingerprint = 1,
		.revision = 3,
		.first_seq = 7,
		.previous_seq = 9,
		.facts = some_facts(),
		.old = some_facts(),
		.found = { .joins = 5,
		    .match = 6,
		    .bits = 17.25f,
		    .similarity = .5f,
		    .permille = 997,
		    .decision = LINKAGE_LINK,
		    .rule = LINKAGE_BY_TEXT,
		    .version = LINKAGE_VERSION },
		.old_case = 5 };
	struct record_report found;
	struct buf out = { 0 };
	unsigned refused = 0;

	(void)state;
	record.facts.marks = FACT_NO_CASE | FACT_REPORTER;
	record.old.marks = FACT_SUSPECT;
	record.evidence = some_evidence(&record.facts);
	record.old_evidence = some_evidence(&record.old);
	record.old_evidence.shingles = 0;
	memset(record.old_evidence.signature, 0, MINHASH_BYTES);
	record_report_write(&out, RECORD_AMEND, &record, received);
	assert_true(
	    record_report_read(buf_text(&out), RECORD_AMEND, received, &found));
	assert_memory_equal(&found.evidence, &record.evidence,
	    sizeof(found.evidence));
	assert_memory_equal(&found.old_evidence, &record.old_evidence,
	    sizeof(found.old_evidence));
	assert_int_equal(found.facts.marks, record.facts.marks);
	assert_int_equal(found.old.marks, record.old.marks);
	assert_int_equal(found.old_case, 5);
	assert_int_equal(found.found.joins, 5);
	assert_int_equal(found.found.match, 6);
	assert_int_equal(found.found.permille, 997);
	assert_int_equal(found.found.rule, LINKAGE_BY_TEXT);
	assert_true(found.found.bits > 17.2f && found.found.bits < 17.3f);
	for (size_t len = 0; len < out.len; len++)
		refused +=
		    !record_report_read((struct text){ (const char *)out.at,
					    len },
			RECORD_AMEND, received, &found);
	/* Two ends are whole: before the evidence, and before the old one. */
	assert_int_equal(refused, out.len - 2);
	buf_free(&out);
}

static void
test_hostile_facts(void **state)
{
	struct record_report record = { .facts = some_facts() }, found;
	struct buf out = { 0 };

	(void)state;
	record.facts.product = 0;
	record_report_write(&out, RECORD_REPORT, &record, received);
	assert_false(record_report_read(buf_text(&out), RECORD_REPORT, received,
	    &found));
	buf_free(&out);
}

static void
test_dictionary(void **state)
{
	struct record_name name = { .kind = NAME_MODE,
		.ordinal = 70000,
		.hash = UINT64_MAX },
			   name_found;
	struct record_product product = { .product = 3,
		.level = 2,
		.rules_version = 1,
		.gtin = UINT64_C(4006381333931),
		.category = TEXT("kettle"),
		.brand = TEXT("brand"),
		.model = TEXT("by612"),
		.nkeys = 2,
		.key = { "0123456789abcde", "fedcba987654321" } };
	struct record_product product_found;
	struct record_spelling spelling = { 3, 9,
		TEXT("Brand\x1f"
		     "BY612") };
	struct record_spelling spelling_found;
	struct buf out = { 0 };

	(void)state;
	record_name_write(&out, &name);
	assert_true(record_name_read(buf_text(&out), &name_found));
	assert_int_equal(name_found.ordinal, 70000);
	assert_int_equal(name_found.hash, UINT64_MAX);
	buf_clear(&out);
	record_product_write(&out, &product);
	assert_true(record_product_read(buf_text(&out), &product_found));
	assert_int_equal(product_found.gtin, product.gtin);
	assert_true(text_equal(product_found.model, product.model));
	assert_memory_equal(product_found.key[1], product.key[1], 16);
	for (size_t len = 0; len < out.len; len++)
		assert_false(
		    record_product_read((struct text){ (const char *)out.at,
					    len },
			&product_found));
	buf_clear(&out);
	record_spelling_write(&out, &spelling);
	assert_true(record_spelling_read(buf_text(&out), &spelling_found));
	assert_true(text_equal(spelling_found.shown, spelling.shown));
	buf_free(&out);
}

static void
test_alerts_and_cursors(void **state)
{
	struct record_alert alert = { .alarm = { .id = 4,
					  .mode = 2,
					  .status = ALARM_OPEN,
					  .muted_until = 9 },
		.audience = AUDIENCE_TRUSTED,
		.change = CHANGE_RAISED,
		.alert = TEXT("\x80") };
	struct record_alert alert_found;
	struct record_durable durable = { .hash = "0123456789abcde",
		.organisation = 2,
		.snapshot = UINT64_C(1) << 52,
		.position = 77,
		.name = TEXT("desk"),
		.filter = TEXT("\x80") };
	struct record_durable durable_found;
	struct buf out = { 0 };
	size_t old;

	(void)state;
	memset(alert.chain, 7, sizeof(alert.chain));
	record_alert_write(&out, &alert);
	assert_true(record_alert_read(buf_text(&out), &alert_found));
	assert_memory_equal(&alert_found.alarm, &alert.alarm,
	    sizeof(alert.alarm));
	assert_memory_equal(alert_found.chain, alert.chain, 32);
	assert_int_equal(alert_found.audience, alert.audience);
	assert_true(text_equal(alert_found.alert, alert.alert));
	old = out.len - 1 - (sizeof(alert.alarm) - ALARM_OLD_BYTES);
	for (size_t len = 0; len < out.len; len++)
		assert_int_equal(record_alert_read((struct text){ (const char *)
								      out.at,
						       len },
				     &alert_found),
		    len == old);
	/* What older logs do not say. */
	alert.alarm.muted_until = 0;
	alert.alarm.public_status = ALARM_OPEN;
	assert_true(
	    record_alert_read((struct text){ (const char *)out.at, old },
		&alert_found));
	assert_memory_equal(&alert_found.alarm, &alert.alarm,
	    sizeof(alert.alarm));
	assert_int_equal(alert_found.audience, AUDIENCE_ALL);
	buf_clear(&out);
	record_durable_write(&out, &durable);
	assert_true(record_durable_read(buf_text(&out), &durable_found));
	assert_int_equal(durable_found.snapshot, durable.snapshot);
	assert_int_equal(durable_found.position, 77);
	assert_true(text_equal(durable_found.name, durable.name));
	buf_free(&out);
}

static void
test_sources(void **state)
{
	const struct record_origin origin = { 2, 300, 1, 2, 7, 90000 };
	const struct record_resubmit resubmit = { .named = "0123456789abcde",
		.held = "fedcba987654321",
		.organisation = 1,
		.origin = 4,
		.release = 3,
		.match = UINT64_C(0xfedcba9876543210),
		.tag = 0xdeadbeef,
		.position = MATCH_NOWHERE };
	struct record_origin origin_found;
	struct record_resubmit resubmit_found;
	struct buf out = { 0 };
	struct text bytes;

	(void)state;
	record_origin_write(&out, &origin);
	assert_true(record_origin_read(buf_text(&out), &origin_found));
	assert_int_equal(origin_found.organisation, 2);
	assert_int_equal(origin_found.origin, 300);
	assert_int_equal(origin_found.ids, 1);
	assert_int_equal(origin_found.was, 2);
	assert_int_equal(origin_found.release, 7);
	assert_int_equal(origin_found.label, 90000);
	for (bytes = buf_text(&out); bytes.len-- > 0;)
		assert_false(record_origin_read(bytes, &origin_found));
	buf_clear(&out);
	record_resubmit_write(&out, &resubmit);
	assert_true(record_resubmit_read(buf_text(&out), &resubmit_found));
	assert_memory_equal(resubmit_found.named, resubmit.named, 16);
	assert_memory_equal(resubmit_found.held, resubmit.held, 16);
	assert_int_equal(resubmit_found.origin, 4);
	assert_int_equal(resubmit_found.release, 3);
	assert_int_equal(resubmit_found.match, resubmit.match);
	assert_int_equal(resubmit_found.tag, resubmit.tag);
	assert_int_equal(resubmit_found.position, MATCH_NOWHERE);
	for (bytes = buf_text(&out); bytes.len-- > 0;)
		assert_false(record_resubmit_read(bytes, &resubmit_found));
	buf_free(&out);
}

static void
test_names_of_types(void **state)
{
	(void)state;
	assert_string_equal(record_type_name(RECORD_NAME), "name");
	assert_string_equal(record_type_name(RECORD_RULES), "rules");
	assert_string_equal(record_type_name(RECORD_ORIGIN), "origin");
	assert_string_equal(record_type_name(RECORD_RESUBMIT), "resubmit");
	assert_string_equal(record_type_name(RECORD_REGROUP), "regroup");
	assert_string_equal(record_type_name(RECORD_REGROUPED), "regrouped");
	assert_string_equal(record_type_name(0), "unknown");
	assert_string_equal(record_type_name(255), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_a_regrouped_report_keeps_its_time),
		cmocka_unit_test(test_how_far_it_has_come),
		cmocka_unit_test(test_a_usual_report_is_small),
		cmocka_unit_test(test_likeness),
		cmocka_unit_test(test_hostile_facts),
		cmocka_unit_test(test_dictionary),
		cmocka_unit_test(test_alerts_and_cursors),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_names_of_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
