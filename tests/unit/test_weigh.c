/*
 * test_weigh.c - what reports count for, who is established, and what the
 * gatekeeper makes of it.
 */
#include "daemon/core/detect/doubt.h"
#include "daemon/intake/gatekeeper.h"
#include "daemon/intake/senders.h"
#include "daemon/intake/weigh.h"
#include "tests/unit/intake_rig.h"

static const char long_words[] =
    "The switch at the side of the handle became very hot after ten minutes, "
    "then the plastic around it melted and there was a smell of burning.";
static const char other_words[] =
    "Water runs out below the lid whenever it is filled beyond the lower mark "
    "and pours over the hand of whoever lifts it from its base.";

/* The header of the newest event. */
static struct facts
newest(struct rig *rig)
{
	struct record_report record;
	struct store_event event;
	struct buf scratch = { 0 };

	rig_append(rig);
	store_wait_durable(rig->store);
	assert_int_equal(store_read(rig->store, store_seq(rig->store), &scratch,
			     &event),
	    STORE_OK);
	assert_true(record_report_read(event.header, event.type,
	    event.received_ms, &record));
	buf_free(&scratch);
	return record.facts;
}

static struct facts
submit(struct rig *rig, const struct spec *spec)
{
	(void)rig_submit(rig, spec);
	return newest(rig);
}

static void
expect(struct facts facts, unsigned weight, unsigned doubts)
{
	assert_int_equal(facts.doubts, doubts);
	assert_int_equal(WEIGHT_CASE - facts.discount, weight);
}

/* Give the rig a file of organisations. */
static void
name_organisations(struct rig *rig, const char *text)
{
	struct yaml_errors errors = { 0 };
	struct yaml_doc *doc = yaml_parse("o", text, strlen(text), &errors);
	struct organisations *before = rig->criteria.organisations;

	assert_non_null(doc);
	rig->criteria.organisations = organisations_read(doc, &errors);
	assert_non_null(rig->criteria.organisations);
	if (rig->store)
		intake_use(&rig->intake, &rig->criteria);
	organisations_free(before);
}

static void
test_reporters(void **state)
{
	struct rig rig;
	struct spec spec = { .brand = 1, .reporter = 1 };

	rig_init(&rig, *state);
	rig_open(&rig);
	spec.id = 1;
	expect(submit(&rig, &spec), 20, 0);
	/* Of another product it is another case, of this one it is not. */
	spec.id = 2;
	spec.brand = 2;
	expect(submit(&rig, &spec), 20, 0);
	rig_set_day(&rig, 40);
	spec.id = 3;
	expect(submit(&rig, &spec), 0, DOUBT_REPEAT);
	rig_set_day(&rig, 95);
	rig_close(&rig);
	rig_open(&rig);
	spec.id = 4;
	spec.brand = 1;
	expect(submit(&rig, &spec), 20, 0);
	/* Five in thirty days, and twenty. */
	for (spec.id = 5; spec.id < 35; spec.id++) {
		unsigned before = spec.id - 4;
		unsigned doubts = (before >= 5 ? (unsigned)DOUBT_PACED : 0u) |
		    (before >= 20 ? (unsigned)DOUBT_FLOOD : 0u);

		spec.brand = spec.id;
		expect(submit(&rig, &spec), before >= 5 ? 0 : 20, doubts);
		if (spec.id == 9) {
			rig_close(&rig);
			rig_open(&rig);
		}
	}
	rig_verify(&rig);
	rig_fini(&rig);
}

/* Branches are no persons: they report again and again. */
static void
test_branches(void **state)
{
	struct rig rig;
	struct spec spec = { .brand = 1, .source = 1 };

	rig_init(&rig, *state);
	rig_open(&rig);
	for (spec.id = 1; spec.id < 30; spec.id++)
		expect(submit(&rig, &spec), 20, 0);
	rig_verify(&rig);
	rig_fini(&rig);
}

static void
test_echoes(void **state)
{
	struct rig rig;
	struct spec spec = { .id = 1,
		.brand = 1,
		.source = 1,
		.words = long_words };
	struct spec other;
	struct facts facts;

	rig_init(&rig, *state);
	rig_open(&rig);
	expect(submit(&rig, &spec), 20, 0);
	spec.id = 2;
	spec.source = 2;
	facts = submit(&rig, &spec);
	expect(facts, 0, DOUBT_ECHO);
	spec.id = 3;
	spec.source = 3;
	spec.words = other_words;
	expect(submit(&rig, &spec), 20, 0);
	/* What it was given stays, whatever it says later. */
	other = spec;
	other.id = 2;
	other.source = 2;
	other.severity = 2;
	facts = submit(&rig, &other);
	expect(facts, 0, DOUBT_ECHO);
	/* Words too short to be anyone's own. */
	for (spec.id = 10; spec.id < 14; spec.id++) {
		spec.source = spec.id;
		spec.brand = 9;
		spec.words = "does not switch on";
		expect(submit(&rig, &spec), 20, 0);
	}
	rig_verify(&rig);
	rig_fini(&rig);
}

static void
test_nobody_is_named(void **state)
{
	struct rig rig;
	struct spec spec = { .id = 1, .brand = 1, .source = 1 };

	rig_init(&rig, *state);
	rig_open(&rig);
	/* The first one there ever was stays what it is. */
	spec.organisation = 1;
	expect(submit(&rig, &spec), 20, 0);
	assert_true(senders_is_single(&rig.intake));
	spec.organisation = 2;
	spec.id = 2;
	expect(submit(&rig, &spec), 10, DOUBT_PROBATION);
	assert_true(senders_is_single(&rig.intake));
	spec.organisation = 1;
	spec.id = 3;
	expect(submit(&rig, &spec), 20, 0);
	rig_close(&rig);
	rig_open(&rig);
	rig_set_day(&rig, 89);
	spec.organisation = 2;
	spec.id = 4;
	expect(submit(&rig, &spec), 10, DOUBT_PROBATION);
	rig_set_day(&rig, 91);
	spec.id = 5;
	expect(submit(&rig, &spec), 20, 0);
	assert_false(senders_is_single(&rig.intake));
	assert_false(senders_are_alone(&rig.intake.projection));
	rig_close(&rig);
	rig_open(&rig);
	assert_false(senders_is_single(&rig.intake));
	rig_verify(&rig);
	rig_fini(&rig);
}

static void
test_some_are_named(void **state)
{
	struct rig rig;
	struct spec spec = { .id = 1, .brand = 1, .source = 1 };

	rig_init(&rig, *state);
	name_organisations(&rig,
	    "organisations:\n"
	    "- {name: org-1}\n"
	    "- {name: org-2, trust: 0.5}\n"
	    "- {name: org-3, trust: 0.5, probation: 2026-12-01}\n"
	    "- {name: org-4, trust: 0}\n");
	rig_open(&rig);
	spec.organisation = 1;
	expect(submit(&rig, &spec), 20, 0);
	assert_false(senders_is_single(&rig.intake));
	spec.organisation = 2;
	spec.id++;
	expect(submit(&rig, &spec), 10, DOUBT_TRUST);
	spec.organisation = 3;
	spec.id++;
	expect(submit(&rig, &spec), 5, DOUBT_TRUST | DOUBT_PROBATION);
	spec.organisation = 4;
	spec.id++;
	expect(submit(&rig, &spec), WEIGHT_LEAST, DOUBT_TRUST);
	spec.organisation = 5;
	spec.id++;
	expect(submit(&rig, &spec), 10, DOUBT_PROBATION);
	/* Until that day. */
	rig_set_day(&rig, 7);
	spec.organisation = 3;
	spec.id++;
	expect(submit(&rig, &spec), 10, DOUBT_TRUST);
	/* The file is read again. */
	name_organisations(&rig, "organisations:\n- {name: org-5}\n");
	spec.organisation = 5;
	spec.id++;
	expect(submit(&rig, &spec), 20, 0);
	spec.organisation = 1;
	spec.id++;
	expect(submit(&rig, &spec), 10, DOUBT_PROBATION);
	rig_verify(&rig);
	rig_fini(&rig);
}

/* Trust means nothing where there is nobody to be compared with. */
static void
test_one_is_named(void **state)
{
	struct rig rig;
	struct spec spec = { .id = 1, .brand = 1, .organisation = 1 };

	rig_init(&rig, *state);
	name_organisations(&rig,
	    "organisations:\n- {name: org-1, trust: 0.5}\n");
	rig_open(&rig);
	expect(submit(&rig, &spec), 20, 0);
	rig_verify(&rig);
	rig_fini(&rig);
}

/* A clock behind what was received weighs nothing, and loses nothing. */
static void
test_clock(void **state)
{
	struct rig rig;
	struct spec spec = { .id = 1, .brand = 1, .source = 1 };
	int64_t at;

	rig_init(&rig, *state);
	rig_open(&rig);
	expect(submit(&rig, &spec), 20, 0);
	at = rig.intake.received_ms;
	/* Ten years ahead while it runs: not believed. */
	rig_set_day(&rig, 3650);
	spec.id = 2;
	spec.source = 2;
	expect(submit(&rig, &spec), 20, 0);
	assert_true(rig.intake.received_ms - at < RIG_DAY_MS);
	rig_set_day(&rig, 1);
	spec.id = 3;
	spec.source = 3;
	expect(submit(&rig, &spec), 20, 0);
	rig_set_day(&rig, -3);
	spec.id = 4;
	spec.source = 4;
	expect(submit(&rig, &spec), 0, DOUBT_UNTIMED);
	assert_int_equal(projection_counter(&rig.intake.projection,
			     COUNTER_REPORTS),
	    4);
	rig_set_day(&rig, 1);
	spec.id = 5;
	spec.source = 5;
	expect(submit(&rig, &spec), 20, 0);
	rig_verify(&rig);
	rig_fini(&rig);
}

/* --- the gatekeeper ------------------------------------------------------- */

static const struct rule statistic = { .name = "statistic",
	.id = 99,
	.version = 1,
	.basis = BASIS_STATISTIC,
	.scope = SCOPE_MODE,
	.window_days = 91 };

static struct gate_answer
ask(struct rig *rig, const struct facts *facts, const struct rule *rule)
{
	struct family family;
	struct gate_answer answer;
	struct recent recent;

	assert_true(intake_family(&rig->intake, facts->product, &family));
	assert_true(recent_read(&rig->intake, &family, facts->mode, &recent));
	gatekeeper_ask(&rig->intake, &recent, rule, &answer);
	return answer;
}

static void
test_one_organisation_is_held(void **state)
{
	struct spec spec = { .brand = 1, .organisation = 1 };
	struct facts facts = { 0 };
	struct gate_answer answer;
	struct rig rig;

	rig_init(&rig, *state);
	name_organisations(&rig,
	    "organisations:\n"
	    "- {name: org-1, sites: [Cafe 1, cafe-2, Cafe_3]}\n"
	    "- {name: org-2}\n");
	rig_open(&rig);
	/* Five sources at three registered sites in three weeks. */
	for (spec.id = 1; spec.id <= 6; spec.id++) {
		spec.source = spec.id;
		rig_set_day(&rig, 4 * (int)spec.id);
		facts = submit(&rig, &spec);
		answer = ask(&rig, &facts, &statistic);
		assert_int_equal(answer.gate,
		    spec.id < 5 ? GATE_SHUT : GATE_HELD);
	}
	assert_int_equal(answer.reason, GATE_ONE_ORGANISATION);
	assert_int_equal(answer.sources, 6);
	assert_int_equal(answer.sites, 3);
	/* A second one confirms it. */
	spec.organisation = 2;
	spec.source = 20;
	facts = submit(&rig, &spec);
	answer = ask(&rig, &facts, &statistic);
	assert_int_equal(answer.gate, GATE_OPEN);
	assert_int_equal(answer.reason, GATE_MET);
	rig_verify(&rig);
	rig_fini(&rig);
}

/* Fifty reporters of one organisation at sites that nobody registered. */
static void
test_an_attacker(void **state)
{
	struct spec spec = { .id = 1, .brand = 2, .organisation = 1 };
	struct facts facts = { 0 };
	struct rig rig;

	rig_init(&rig, *state);
	rig_open(&rig);
	(void)submit(&rig, &spec);
	spec.brand = 1;
	spec.organisation = 2;
	for (unsigned i = 0; i < 50; i++) {
		spec.id = 10 + i;
		spec.reporter = 10 + i;
		spec.source = i % 5;
		rig_set_day(&rig, (int)i);
		facts = submit(&rig, &spec);
		expect(facts, 10, DOUBT_PROBATION);
		assert_int_equal(ask(&rig, &facts, &statistic).gate, GATE_SHUT);
	}
	assert_int_equal(ask(&rig, &facts, &statistic).reason, GATE_PROBATION);
	/* Nor when it is established. */
	rig_set_day(&rig, 91);
	spec.id = 100;
	spec.reporter = 100;
	facts = submit(&rig, &spec);
	expect(facts, 20, 0);
	assert_int_equal(ask(&rig, &facts, &statistic).gate, GATE_SHUT);
	assert_int_equal(ask(&rig, &facts, &statistic).reason, GATE_FEW_SITES);
	rig_verify(&rig);
	rig_fini(&rig);
}

/* Copies hold what would be published, for a while, over a restart. */
static void
test_a_burst(void **state)
{
	struct rule rule = { .name = "two",
		.id = 3,
		.basis = BASIS_RULE,
		.scope = SCOPE_MODE,
		.window_days = 91,
		.sources = 2 };
	struct spec spec = { .brand = 1, .words = long_words };
	struct gate_answer answer;
	struct facts facts = { 0 };
	struct rig rig;

	rig_init(&rig, *state);
	rig_open(&rig);
	for (spec.id = 1; spec.id <= 5; spec.id++) {
		spec.reporter = spec.id;
		facts = submit(&rig, &spec);
		expect(facts, spec.id > 1 ? 0 : 20,
		    spec.id > 1 ? DOUBT_ECHO : 0);
	}
	assert_int_equal(ask(&rig, &facts, &rule).gate, GATE_OPEN);
	spec.reporter = 6;
	facts = submit(&rig, &spec);
	rig_close(&rig);
	rig_open(&rig);
	assert_int_equal(intake_today(&rig.intake), facts.filed);
	answer = ask(&rig, &facts, &rule);
	assert_int_equal(answer.gate, GATE_HELD);
	assert_int_equal(answer.reason, GATE_COORDINATED);
	assert_true(answer.until_ms > facts.received_ms);
	/* Echoes are no voices: the statistic is shut anyway. */
	assert_int_equal(ask(&rig, &facts, &statistic).gate, GATE_HELD);
	assert_int_equal(ask(&rig, &facts, &statistic).sources, 1);
	assert_int_equal(gatekeeper_ended(&rig.intake), 0);
	rig_set_day(&rig, 4);
	spec = (struct spec){ .id = 50, .brand = 3, .source = 3 };
	(void)submit(&rig, &spec);
	assert_int_equal(gatekeeper_ended(&rig.intake), facts.product);
	assert_int_equal(gatekeeper_ended(&rig.intake), 0);
	assert_int_equal(ask(&rig, &facts, &rule).gate, GATE_OPEN);
	rig_verify(&rig);
	rig_fini(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_reporters),
		IN_DIR(test_branches),
		IN_DIR(test_echoes),
		IN_DIR(test_nobody_is_named),
		IN_DIR(test_some_are_named),
		IN_DIR(test_one_is_named),
		IN_DIR(test_clock),
		IN_DIR(test_one_organisation_is_held),
		IN_DIR(test_an_attacker),
		IN_DIR(test_a_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
