/* What of a report takes part, and the blocks in which it is found. */
#include "daemon/core/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/digest.h"

static const uint8_t store_key[16] = "an evidence key";
static const struct pseudonym_key serial_key = { .sip = "a key of serial" };
static const struct evidence_keys keys = { store_key, &serial_key };

static struct date
date(const char *text)
{
	struct date date;
	assert_int_equal(date_parse(text_of(text), &date, NULL), 0);
	return date;
}

static struct report
report(void)
{
	return (struct report){ .serial = TEXT("AB-12 3"),
		.severity = SEVERITY_MINOR,
		.country = "FR",
		.region = TEXT("Bretagne"),
		.injured = 2,
		.deaths = -1,
		.units = -1,
		.age = 3.5,
		.occurred = date("2026-03-05"),
		.filed = date("2026-03-09"),
		.source = TEXT("shop"),
		.group = TEXT("Rennes"),
		.text = TEXT("It smoked and then went black.") };
}

static void
spelling_decides_nothing(void **state)
{
	struct report given = report();
	const struct pseudonym_key another = { .sip = "another key    " };
	struct evidence_keys other;
	struct evidence a, b;
	(void)state;
	evidence_read(&a, &given, &keys, TEXT("org"));
	assert_int_equal(evidence_occurred(&a).day, given.occurred.day);
	assert_int_equal(evidence_occurred(&a).precision, DATE_DAY);
	assert_int_equal(a.filed, given.filed.day);
	assert_int_equal(a.country, 'F' << 8 | 'R');
	assert_int_equal(a.age, 8);
	assert_int_equal(a.injured, 3);
	assert_int_equal(a.severity, SEVERITY_MINOR);
	assert_int_equal(a.shingles, 26);
	assert_false(a.is_reporter);
	assert_int_equal(a.lot, 0);
	/* Spelling decides nothing, another sender or key does. */
	given.serial = TEXT("ab123");
	given.region = TEXT("BRETAGNE ");
	given.group = TEXT("rennes");
	evidence_read(&b, &given, &keys, TEXT("org"));
	assert_memory_equal(&a, &b, sizeof(a));
	evidence_read(&b, &given, &keys, TEXT("another"));
	assert_int_not_equal(a.sender, b.sender);
	assert_int_equal(a.serial, b.serial);
	other = (struct evidence_keys){ (const uint8_t *)"sixteen other by",
		&serial_key };
	evidence_read(&b, &given, &other, TEXT("org"));
	assert_int_not_equal(a.region, b.region);
	assert_int_equal(a.serial, b.serial);
	/* Whoever has a copy of the store has its key, and no serial's hash. */
	other = (struct evidence_keys){ store_key, &another };
	evidence_read(&b, &given, &other, TEXT("org"));
	assert_int_equal(a.region, b.region);
	assert_int_not_equal(a.serial, b.serial);
}

static void
what_is_not_stated_is_blank(void **state)
{
	struct report given = { .injured = -1,
		.age = -1,
		.filed = date("2026-01-01") };
	struct evidence it, blank = { .filed = (uint16_t)given.filed.day };
	(void)state;
	evidence_read(&it, &given, &keys, TEXT("org"));
	blank.sender = it.sender;
	assert_memory_equal(&it, &blank, sizeof(it));
}

static void
extremes_are_clamped(void **state)
{
	struct report given = report();
	struct evidence it;
	(void)state;
	given.age = 5000;
	given.injured = INT64_MAX;
	given.filed = date("2199-12-31");
	given.occurred = date("1900-01");
	evidence_read(&it, &given, &keys, TEXT("org"));
	assert_int_equal(it.age, 255);
	assert_int_equal(it.injured, 31);
	assert_int_equal(it.filed, UINT16_MAX);
	assert_int_equal(evidence_occurred(&it).day, given.occurred.day);
	assert_int_equal(evidence_occurred(&it).precision, DATE_MONTH);
}

static void
the_store_adds_its_ordinals(void **state)
{
	struct report given = report();
	const struct evidence_place place = { .seq = 0x123456789abc,
		.product = 7,
		.source = 9,
		.hazards = 1u << 31,
		.mode = 3,
		.organisation = 2,
		.is_model = true,
		.is_backfill = true };
	struct evidence it;
	(void)state;
	evidence_of(&it, &given, &keys, TEXT("org"), &place);
	assert_true(evidence_seq(&it) == place.seq);
	assert_int_equal(it.product, 7);
	assert_int_equal(it.hazards, 1u << 31);
	assert_true(it.is_model && it.is_backfill);
	assert_int_equal(it.shingles, 26);
}

static struct evidence
dated(const char *occurred)
{
	struct report given = report();
	const struct evidence_place place = { .seq = 1,
		.product = 7,
		.source = 9,
		.mode = 3 };
	struct evidence it;
	given.serial = given.region = (struct text){ NULL, 0 };
	given.occurred =
	    occurred ? date(occurred) : (struct date){ .precision = 0 };
	evidence_of(&it, &given, &keys, TEXT("org"), &place);
	return it;
}

static bool
is_found(const struct evidence *fresh, const struct evidence *kept)
{
	struct block_key look[BLOCK_LOOKS_MAX], home[BLOCK_HOMES_MAX];
	unsigned looks = evidence_looks(fresh, look);
	unsigned homes = evidence_homes(kept, home);
	assert_in_range(looks, 1, BLOCK_LOOKS_MAX);
	assert_in_range(homes, 1, BLOCK_HOMES_MAX);
	for (unsigned i = 0; i < looks * homes; i++) {
		if (look[i % looks].hash == home[i / looks].hash)
			return true;
	}
	return false;
}

/* Days up to a week apart, wherever in the calendar they are. */
static void
days_up_to_a_week_apart_meet(void **state)
{
	struct evidence kept = dated("2026-03-05"), fresh = kept;
	(void)state;
	for (int32_t day = -40; day < 400; day++) {
		kept.occurred = (20000 + day) * 4 + DATE_DAY;
		for (int32_t apart = -7; apart <= 7; apart++) {
			fresh.occurred = kept.occurred + 4 * apart;
			assert_true(is_found(&fresh, &kept));
		}
		fresh.occurred = kept.occurred + 4 * 32;
		assert_false(is_found(&fresh, &kept));
	}
}

static void
months_and_their_days_meet(void **state)
{
	struct evidence month = dated("2026-03");
	(void)state;
	for (int mday = 1; mday <= 31; mday++) {
		struct evidence day = dated("2026-03-05");
		day.occurred = date_join(2026, 3, mday) * 4 + DATE_DAY;
		assert_true(is_found(&month, &day));
		assert_true(is_found(&day, &month));
	}
	struct evidence other = dated("2026-05-20"), year = dated("2026");
	assert_false(is_found(&month, &other));
	assert_false(is_found(&other, &month));
	/* Without a day or month, that of filing. */
	assert_true(is_found(&month, &year));
	other = dated(NULL);
	assert_true(is_found(&year, &other));
}

static void
serial_lot_and_reporter_meet(void **state)
{
	struct evidence kept = dated("2026-03-05"), fresh = dated("2019-03-05");
	(void)state;
	assert_false(is_found(&fresh, &kept));
	kept.serial = fresh.serial = 5;
	fresh.product = 8;
	assert_true(is_found(&fresh, &kept));
	fresh.serial = 0;
	kept.lot = fresh.lot = 5;
	assert_false(is_found(&fresh, &kept));
	fresh.product = kept.product;
	assert_true(is_found(&fresh, &kept));
	fresh.lot = 0;
	kept.is_reporter = fresh.is_reporter = 1;
	assert_true(is_found(&fresh, &kept));
	fresh.source++;
	assert_false(is_found(&fresh, &kept));
	/* With all marks a month still is found in its month. */
	fresh = dated("2026-03");
	fresh.serial = fresh.lot = 6;
	fresh.is_reporter = 1;
	kept = dated("2026-03");
	assert_true(is_found(&fresh, &kept));
	kept = dated("2026-03-02");
	assert_true(is_found(&fresh, &kept));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spelling_decides_nothing),
		cmocka_unit_test(what_is_not_stated_is_blank),
		cmocka_unit_test(extremes_are_clamped),
		cmocka_unit_test(the_store_adds_its_ordinals),
		cmocka_unit_test(days_up_to_a_week_apart_meet),
		cmocka_unit_test(months_and_their_days_meet),
		cmocka_unit_test(serial_lot_and_reporter_meet),
	};
	if (digest_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
