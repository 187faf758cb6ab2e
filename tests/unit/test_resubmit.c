/* test_resubmit.c - sources that give their ids anew with each release. */
#include "daemon/intake/resubmit.h"

#include "daemon/core/duplicate.h"
#include "daemon/intake/origin.h"
#include "tests/unit/intake_rig.h"

enum { CLASSES = 6, RELEASES = 12, MOST = 160 };

static struct origin_name
name_of(const struct rig *rig)
{
	return (struct origin_name){ rig->prepare.organisation,
		rig->prepare.organisation, rig->decide.organisation_hash,
		rig->candidate.origin_hash };
}

static struct origin_answer
declare(struct rig *rig, enum origin_ids ids, const char *label)
{
	struct origin_declaration declaration = { .ids = ids,
		.label = text_of(label) };
	struct origin_answer answer;
	struct origin_name name;

	rig_prepare(rig, &(struct spec){ .organisation = 1 });
	name = name_of(rig);
	declaration.label_hash = prepare_label_hash(rig->prepare.hash_key,
	    rig->prepare.organisation, declaration.label);
	assert_int_equal(origin_declare(&rig->intake, &name, &declaration,
			     false, &answer),
	    STORE_OK);
	return answer;
}

static struct decision
submit(struct rig *rig, const struct spec *spec, const char *label)
{
	struct decision decision = { 0 };

	rig_prepare(rig, spec);
	rig->decide.ids = ORIGIN_EPOCH;
	rig->decide.has_epochs = true;
	rig->decide.label = text_of(label);
	rig->decide.label_hash = prepare_label_hash(rig->prepare.hash_key,
	    rig->prepare.organisation, rig->decide.label);
	rig->candidate.match =
	    duplicate_match(decide_body(&rig->candidate, &rig->decide));
	assert_int_equal(decide_report(&rig->intake, &rig->candidate,
			     &rig->decide, &decision),
	    STORE_OK);
	return decision;
}

/* A report of this class: what it is stands in its mode. */
static struct spec
spec_of(unsigned class, unsigned id)
{
	return (struct spec){ .id = id,
		.brand = 1,
		.mode = class,
		.organisation = 1 };
}

static uint64_t
count_reports(struct rig *rig)
{
	return projection_counter(&rig->intake.projection, COUNTER_REPORTS);
}

static void
declarations(void **state)
{
	struct rig rig;
	struct origin_answer answer;

	rig_init(&rig, *state);
	rig_open(&rig);
	answer = declare(&rig, ORIGIN_STABLE, "");
	assert_false(answer.is_declared);
	assert_false(origin_has_epochs(&rig.intake));
	answer = declare(&rig, ORIGIN_SNAPSHOT, "");
	assert_int_equal(answer.verdict, ORIGIN_DIFFERS);
	assert_int_equal(answer.was, ORIGIN_STABLE);
	rig_submit(&rig, &(struct spec){ .id = 1, .organisation = 1 });
	rig_append(&rig);
	rig_verify(&rig);
	rig_fini(&rig);
}

/*
 * Each release says each class some number of times, under ids that mean
 * something else each time: of a class as many reports are held as the release
 * that said it most often has.
 */
static void
equal_reports_are_counted_once(void **state)
{
	unsigned most[CLASSES] = { 0 };
	uint64_t random = 3, sum = 0;
	struct rig rig;

	rig_init(&rig, *state);
	rig_open(&rig);
	for (unsigned release = 0; release < RELEASES; release++) {
		char label[16];
		unsigned id = release * 7;

		snprintf(label, sizeof(label), "release %u", release);
		assert_int_equal(declare(&rig, ORIGIN_EPOCH, label).row.release,
		    release + 1);
		for (unsigned class = 0; class < CLASSES; class ++) {
			unsigned count;

			random = random * UINT64_C(6364136223846793005) + 1;
			count = (unsigned)(random >> 40) % MOST;
			for (unsigned i = 0; i < count; i++, id++) {
				struct spec spec = spec_of(class, id);
				struct decision decision =
				    submit(&rig, &spec, label);

				assert_int_equal(decision.status,
				    i < most[class] ? STATUS_RESUBMITTED
						    : STATUS_NEW);
				decision = submit(&rig, &spec, label);
				assert_int_equal(decision.status, STATUS_KNOWN);
			}
			if (count > most[class])
				most[class] = count;
		}
		rig_append(&rig);
	}
	for (unsigned class = 0; class < CLASSES; class ++)
		sum += most[class];
	assert_int_equal(count_reports(&rig), sum);
	rig_verify(&rig);
	rig_fini(&rig);
}

static void
refusals(void **state)
{
	struct spec one = spec_of(1, 1), other = spec_of(2, 1);
	struct decision decision;
	struct rig rig;

	rig_init(&rig, *state);
	rig_open(&rig);
	decision = submit(&rig, &one, "a");
	assert_int_equal(decision.status, STATUS_REJECTED);
	assert_int_equal(decision.reason, REASON_NOT_BEGUN);
	declare(&rig, ORIGIN_EPOCH, "a");
	assert_int_equal(submit(&rig, &one, "a").status, STATUS_NEW);
	decision = submit(&rig, &other, "a");
	assert_int_equal(decision.status, STATUS_REJECTED);
	assert_int_equal(decision.reason, REASON_ID_TAKEN);
	declare(&rig, ORIGIN_EPOCH, "b");
	decision = submit(&rig, &one, "a");
	assert_int_equal(decision.reason, REASON_NOT_BEGUN);
	rig_prepare(&rig, &one);
	rig.decide.has_epochs = true;
	assert_int_equal(decide_report(&rig.intake, &rig.candidate, &rig.decide,
			     &decision),
	    STORE_OK);
	assert_int_equal(decision.reason, REASON_NEEDS_RELEASE);
	assert_int_equal(count_reports(&rig), 1);
	rig_append(&rig);
	rig_verify(&rig);
	rig_fini(&rig);
}

/* Of equals the one of the same branch is meant, then any. */
static void
likeness_decides_among_equals(void **state)
{
	struct spec spec = spec_of(1, 0);
	uint64_t first[3];
	struct rig rig;

	rig_init(&rig, *state);
	rig_open(&rig);
	declare(&rig, ORIGIN_EPOCH, "a");
	for (unsigned i = 0; i < 3; i++) {
		spec.id = i;
		spec.source = i;
		first[i] = submit(&rig, &spec, "a").seq;
	}
	declare(&rig, ORIGIN_EPOCH, "b");
	spec.id = 10;
	spec.source = 2;
	assert_int_equal(submit(&rig, &spec, "b").seq, first[2]);
	spec.id = 11;
	spec.source = 0;
	assert_int_equal(submit(&rig, &spec, "b").seq, first[0]);
	spec.id = 12;
	spec.source = 9; /* renamed */
	assert_true(submit(&rig, &spec, "b").seq > first[2]);
	assert_int_equal(count_reports(&rig), 3);
	rig_append(&rig);
	rig_verify(&rig);
	rig_fini(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(declarations),
		IN_DIR(equal_reports_are_counted_once),
		IN_DIR(refusals),
		IN_DIR(likeness_decides_among_equals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
