#include "daemon/core/alarm.h"
#include "tests/unit/intake_rig.h"

/* --- what rang --- */

enum { RUNG_MAX = 16 };

/* The notices since the last look, taken off the intake. */
struct rung {
	unsigned count;
	enum alarm_change change[RUNG_MAX];
	char first_seen[16], state[16]; /* of the last one */
	struct alarm alarm;             /* of the last one */
};

static void
copy_text(char out[16], struct text text)
{
	assert_true(text.len < 16);
	memcpy(out, text.at, text.len);
	out[text.len] = '\0';
}

static struct rung
take_rung(struct rig *rig)
{
	struct rung rung = { 0 };

	assert_int_equal(rig->intake.projection.result, STORE_OK);
	while (rig->intake.notices) {
		struct alert_notice *notice = rig->intake.notices;
		struct record_alert record;
		struct value map;

		assert_true(rung.count < RUNG_MAX);
		rung.change[rung.count++] = (enum alarm_change)notice->change;
		assert_true(record_alert_read(notice->event.header, &record));
		assert_true(value_of(record.alert, &map));
		rung.alarm = record.alarm;
		copy_text(rung.first_seen, value_find_text(&map, "first_seen"));
		copy_text(rung.state, value_find_text(&map, "state"));
		rig->intake.notices = notice->next;
		free(notice);
	}
	rig->intake.last_notice = &rig->intake.notices;
	return rung;
}

static void
check_rung(struct rig *rig, enum alarm_change change, unsigned episode)
{
	struct rung rung = take_rung(rig);

	assert_int_equal(rung.count, change != CHANGE_NONE);
	if (change == CHANGE_NONE)
		return;
	assert_int_equal(rung.change[0], change);
	assert_int_equal(rung.alarm.episode, episode);
	assert_string_equal(rung.state,
	    change == CHANGE_CLOSED          ? "closed"
		: change == CHANGE_SUBSIDING ? "subsiding"
					     : "open");
}

static void
report(struct rig *rig, unsigned id, unsigned source)
{
	struct spec spec = { .id = id, .brand = 1, .source = source };

	(void)rig_submit(rig, &spec);
}

static void
age(struct rig *rig, int day)
{
	rig_set_day(rig, day);
	ring_age(&rig->intake);
	rig_append(rig);
	store_wait_durable(rig->store);
}

static void
start(struct rig *rig, const char *dir)
{
	rig_init(rig, dir);
	rig_set_rule(rig);
	rig_open(rig);
}

static void
finish(struct rig *rig)
{
	rig_append(rig);
	rig_verify(rig);
	rig_fini(rig);
}

/* Two sources ring, the second report of one does not. */
static void
raise(struct rig *rig)
{
	report(rig, 1, 1);
	report(rig, 2, 1);
	check_rung(rig, CHANGE_NONE, 0);
	report(rig, 3, 2);
	check_rung(rig, CHANGE_RAISED, 1);
	rig_append(rig);
	store_wait_durable(rig->store);
}

static void
test_milestones(void **state)
{
	struct spec worse = { .id = 3, .brand = 1, .source = 2, .severity = 2 };
	struct rig rig;

	start(&rig, *state);
	raise(&rig);
	report(&rig, 4, 3);
	check_rung(&rig, CHANGE_UPDATED, 1);
	report(&rig, 5, 4);
	check_rung(&rig, CHANGE_NONE, 0);
	report(&rig, 6, 5);
	check_rung(&rig, CHANGE_UPDATED, 1);
	report(&rig, 6, 5);
	check_rung(&rig, CHANGE_NONE, 0);
	(void)rig_submit(&rig, &worse);
	check_rung(&rig, CHANGE_UPDATED, 1);
	finish(&rig);
}

static void
test_closes_and_comes_back(void **state)
{
	struct rig rig;

	start(&rig, *state);
	raise(&rig);
	age(&rig, ALARM_QUIET_DAYS - 1);
	check_rung(&rig, CHANGE_NONE, 0);
	/* What is open is known again after a restart. */
	rig_close(&rig);
	rig_open(&rig);
	age(&rig, ALARM_QUIET_DAYS);
	check_rung(&rig, CHANGE_CLOSED, 1);
	assert_int_equal(rig.intake.nopen, 0);
	age(&rig, ALARM_QUIET_DAYS + 1);
	check_rung(&rig, CHANGE_NONE, 0);
	report(&rig, 11, 1);
	check_rung(&rig, CHANGE_NONE, 0);
	report(&rig, 12, 2);
	check_rung(&rig, CHANGE_RAISED, 2);
	finish(&rig);
}

/* A report between milestones is not announced, and yet keeps it open. */
static void
test_quiet_counts_from_the_last_report(void **state)
{
	struct rig rig;

	start(&rig, *state);
	raise(&rig);
	rig_set_day(&rig, 20);
	report(&rig, 4, 2);
	check_rung(&rig, CHANGE_NONE, 0);
	/* Its one report meets no rule, but somebody still reports. */
	age(&rig, ALARM_QUIET_DAYS + 19);
	check_rung(&rig, CHANGE_SUBSIDING, 1);
	age(&rig, ALARM_QUIET_DAYS + 20);
	check_rung(&rig, CHANGE_CLOSED, 1);
	finish(&rig);
}

static void
test_closes_without_its_rule(void **state)
{
	struct rig rig;

	start(&rig, *state);
	raise(&rig);
	rig.rules.count = 0;
	age(&rig, ALARM_QUIET_DAYS);
	check_rung(&rig, CHANGE_CLOSED, 1);
	finish(&rig);
}

/* When all of it was withdrawn, the closing says what was said before. */
static void
test_closes_without_its_evidence(void **state)
{
	struct rung rung;
	struct rig rig;

	start(&rig, *state);
	raise(&rig);
	for (unsigned id = 1; id <= 3; id++) {
		struct spec spec = { .id = id, .brand = 1 };

		assert_int_equal(rig_withdraw(&rig, &spec), STORE_OK);
	}
	rig_append(&rig);
	check_rung(&rig, CHANGE_NONE, 0);
	age(&rig, ALARM_QUIET_DAYS);
	rung = take_rung(&rig);
	assert_int_equal(rung.count, 1);
	assert_int_equal(rung.change[0], CHANGE_CLOSED);
	assert_string_equal(rung.first_seen, "2026-11-24");
	finish(&rig);
}

/* Backfill, and what is known by its category only, never ring. */
static void
test_what_never_rings(void **state)
{
	struct rig rig;

	start(&rig, *state);
	for (unsigned i = 1; i <= 6; i++) {
		struct spec old = { .id = i,
			.brand = 1,
			.source = i,
			.filed_ago = 36 };
		struct spec vague = { .id = i + 100, .source = i };

		(void)rig_submit(&rig, &old);
		(void)rig_submit(&rig, &vague);
	}
	check_rung(&rig, CHANGE_NONE, 0);
	finish(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_milestones),
		IN_DIR(test_closes_and_comes_back),
		IN_DIR(test_quiet_counts_from_the_last_report),
		IN_DIR(test_closes_without_its_rule),
		IN_DIR(test_closes_without_its_evidence),
		IN_DIR(test_what_never_rings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
