/* test_detecting.c - rows of detection, and that the log makes them again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

#include "daemon/core/detect/week.h"
#include "daemon/intake/detecting.h"
#include "daemon/store/rows_detection.h"
#include "tests/unit/intake_rig.h"

enum { WEEKS = 40 };

static uint16_t
week_at(int day)
{
	return week_of_ms(RIG_START_MS + day * RIG_DAY_MS);
}

static uint64_t
kettles(void)
{
	return volume_of_category(TEXT("kettle"));
}

static uint32_t
weight_row(struct rig *rig, uint64_t hash, uint16_t week)
{
	struct volume_row row;

	rig_row(rig, KEYSPACE_VOLUME, key_volume(hash, week / VOLUME_WEEKS),
	    &row, sizeof(row));
	return row.of[week % VOLUME_WEEKS];
}

static struct aggregate
counts_row(struct rig *rig, uint32_t product, uint16_t mode)
{
	struct aggregate row;

	rig_row(rig, KEYSPACE_GROUP,
	    key_group(product, mode, PART_AGGREGATE, 0), &row, sizeof(row));
	return row;
}

/* A prior as the job would decide it. */
static void
put_prior(struct rig *rig, uint64_t category, uint64_t volume, uint64_t family)
{
	struct intake *intake = &rig->intake;
	struct record_prior record = { .category = category,
		.yardstick = { .a0 = .5,
		    .b0 = 40,
		    .size = HUGE_VAL,
		    .volume = volume,
		    .family = family,
		    .since = week_of_ms(intake->received_ms),
		    .week = week_of_ms(intake->received_ms),
		    .streams = 9 },
		.scale = 1 };

	intake_open_frame(intake);
	buf_clear(&intake->header);
	record_prior_write(&intake->header, &record);
	intake_add_event(intake, RECORD_PRIOR, TEXT("kettle"));
	detecting_measure(&intake->projection, &record);
	rig_append(rig);
}

static void
begin(struct rig *rig, void **state)
{
	rig_init(rig, *state);
	rig_set_rule(rig);
	rig_open(rig);
	intake_open_frame(&rig->intake);
	(void)intake_unstated(&rig->intake);
	rig_append(rig);
}

/* One report: its volume, its pulse, its stream; and out again. */
static void
test_report(void **state)
{
	struct rig rig;
	struct spec spec = { .id = 1, .brand = 1, .mode = 1, .source = 1 };
	struct decision decision;
	struct aggregate row;
	uint16_t now = week_at(0);

	begin(&rig, state);
	decision = rig_submit(&rig, &spec);
	rig_append(&rig);
	row = counts_row(&rig, decision.product, 0);
	assert_int_equal(row.pulse.category, kettles());
	assert_int_equal(row.pulse.has_streams, 1);
	assert_int_equal(pulse_weight(&row.pulse, now), WEIGHT_CASE);
	row = counts_row(&rig, decision.product, decision.mode);
	assert_int_equal(row.stream.week, now);
	assert_true(stream_observed(&row.stream, true) == 1);
	assert_int_equal(weight_row(&rig, kettles(), now), WEIGHT_CASE);
	assert_int_equal(weight_row(&rig, VOLUME_ALL, now), WEIGHT_CASE);
	assert_int_equal(projection_counter(&rig.intake.projection,
			     COUNTER_STREAMS),
	    1);
	assert_int_equal(detecting_cases(&rig.intake.projection, kettles(), 0),
	    1);
	/* Three weeks later it is taken back, from the week it came in. */
	rig_set_day(&rig, 21);
	spec.id = 2;
	rig_submit(&rig, &spec);
	rig_append(&rig);
	spec.id = 1;
	spec.filed_ago = 21;
	assert_int_equal(rig_withdraw(&rig, &spec), STORE_OK);
	rig_append(&rig);
	assert_int_equal(weight_row(&rig, kettles(), now), 0);
	assert_int_equal(weight_row(&rig, kettles(), week_at(21)), WEIGHT_CASE);
	row = counts_row(&rig, decision.product, decision.mode);
	assert_true(row.stream.learnt < 1e-9);
	assert_true(stream_observed(&row.stream, true) == 1);
	rig_verify(&rig);
	rig_fini(&rig);
}

/* Amended later, a report still counts in the week in which it came. */
static void
test_amendment(void **state)
{
	struct rig rig;
	struct spec spec = { .id = 1, .brand = 1, .mode = 1, .source = 1 };
	struct decision first, second;
	struct aggregate row;

	begin(&rig, state);
	first = rig_submit(&rig, &spec);
	rig_append(&rig);
	for (int day = 14; day <= 28; day += 14) {
		rig_set_day(&rig, day);
		spec.mode++;
		spec.filed_ago = day;
		second = rig_submit(&rig, &spec);
		rig_append(&rig);
		assert_int_equal(second.status, STATUS_AMENDED);
		assert_int_equal(weight_row(&rig, kettles(), week_at(0)),
		    WEIGHT_CASE);
		assert_int_equal(weight_row(&rig, kettles(), week_at(day)), 0);
	}
	row = counts_row(&rig, first.product, first.mode);
	assert_true(row.stream.learnt < 1e-9);
	row = counts_row(&rig, second.product, second.mode);
	assert_true(row.stream.learnt > .97 && row.stream.learnt < 1);
	assert_int_equal(stream_recent(&row.stream, week_at(0)), 1);
	rig_verify(&rig);
	rig_fini(&rig);
}

/* History counts in the weeks it was filed in; a category has no stream. */
static void
test_backfill(void **state)
{
	struct rig rig;
	struct decision decision;
	struct aggregate row;

	begin(&rig, state);
	for (unsigned i = 0; i < 50; i++) {
		const struct spec spec = { .id = i,
			.brand = 1,
			.mode = 1,
			.source = i,
			.filed_ago = 40 + (int)i * 7 };

		decision = rig_submit(&rig, &spec);
		assert_int_equal(weight_row(&rig, VOLUME_ALL,
				     week_at(-spec.filed_ago)),
		    WEIGHT_CASE);
	}
	rig_append(&rig);
	row = counts_row(&rig, decision.product, decision.mode);
	assert_true(row.stream.learnt > 40 && row.stream.learnt < 50);
	assert_true(stream_observed(&row.stream, true) == 0);
	assert_null(rig.intake.notices);
	rig_submit(&rig, &(struct spec){ .id = 99, .mode = 1, .source = 1 });
	rig_append(&rig);
	assert_int_equal(projection_counter(&rig.intake.projection,
			     COUNTER_STREAMS),
	    1);
	rig_verify(&rig);
	rig_fini(&rig);
}

/* A family's volume is that of its categories, before and after it begins. */
static void
test_family(void **state)
{
	struct rig rig;
	uint64_t family = volume_of_family(TEXT("kitchen"));
	struct spec spec = { .id = 1, .brand = 1, .mode = 1, .source = 1 };

	begin(&rig, state);
	rig_submit(&rig, &spec);
	rig_append(&rig);
	put_prior(&rig, kettles(), family, family);
	assert_int_equal(weight_row(&rig, family, week_at(0)), WEIGHT_CASE);
	spec = (struct spec){ .id = 2, .brand = 2, .mode = 1, .source = 2 };
	rig_submit(&rig, &spec);
	rig_append(&rig);
	assert_int_equal(weight_row(&rig, family, week_at(0)), 2 * WEIGHT_CASE);
	put_prior(&rig, kettles(), VOLUME_ALL, 0);
	assert_int_equal(weight_row(&rig, family, week_at(0)), 0);
	rig_verify(&rig);
	rig_fini(&rig);
}

/*
 * Two years of traffic with pauses, restarts and memory forgotten in between:
 * the rows are those that the log makes.
 */
static void
test_years(void **state)
{
	struct rig rig;
	struct aggregate row;
	unsigned id = 0;
	struct decision decision = { 0 };

	begin(&rig, state);
	for (int week = 0; week < 2 * WEEKS; week++) {
		if (week % 17 == 9)
			continue; /* dark */
		rig_set_day(&rig, week * 7);
		for (unsigned i = 0; i < 30; i++) {
			const struct spec spec = { .id = id,
				.brand = 1 + id * 7 % 13,
				.mode = id % 3,
				.source = id % 101,
				.organisation = id % 4,
				.filed_ago = id % 23 ? 0 : 90 };

			id++;
			decision = rig_submit(&rig, &spec);
		}
		rig_append(&rig);
		if (week == 14 || week == 50)
			put_prior(&rig, VOLUME_ALL, VOLUME_ALL, 0);
		if (week == 30)
			put_prior(&rig, kettles(), kettles(),
			    volume_of_family(TEXT("kitchen")));
		if (week % 11 == 3) {
			rig_close(&rig);
			rig_open(&rig);
		}
		if (week % 7 == 5)
			detecting_forget(&rig.intake.projection);
	}
	row = counts_row(&rig, decision.product, decision.mode);
	assert_true(row.stream.learnt > 10);
	assert_true(row.stream.evidence[0] > 0);
	rig_verify(&rig);
	rig_fini(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_report, setup_dir,
		    teardown_dir),
		cmocka_unit_test_setup_teardown(test_amendment, setup_dir,
		    teardown_dir),
		cmocka_unit_test_setup_teardown(test_backfill, setup_dir,
		    teardown_dir),
		cmocka_unit_test_setup_teardown(test_family, setup_dir,
		    teardown_dir),
		cmocka_unit_test_setup_teardown(test_years, setup_dir,
		    teardown_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
