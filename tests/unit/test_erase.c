/* Between what says that a report is erased and the end of its bytes. */
#include "base/digest.h"
#include "daemon/intake/erase.h"
#include "daemon/intake/judge.h"
#include "tests/unit/intake_rig.h"

#define WORDS                                                             \
	"the lid flew off while the water boiled and the handle cracked " \
	"right through before the base went black"

/* One is erased, its bytes still there; two is not. */
struct scene {
	struct rig rig;
	uint64_t one, two;
};

static void
begin(struct scene *scene, const char *dir)
{
	struct spec spec = { .id = 1, .brand = 1, .mode = 1, .words = WORDS };
	struct rig *rig = &scene->rig;
	uint8_t key[16];

	rig_init(rig, dir);
	rig_open(rig);
	scene->one = rig_submit(rig, &spec).seq;
	memcpy(key, rig->candidate.key, sizeof(key));
	spec = (struct spec){ .id = 2,
		.brand = 1,
		.mode = 2,
		.source = 3,
		.filed_ago = 9,
		.words = "something rattled inside for weeks and then it "
			 "would not switch on at all any more" };
	scene->two = rig_submit(rig, &spec).seq;
	assert_int_equal(erase_report(&rig->intake, key, NULL), STORE_OK);
	rig_append(rig);
	store_wait_durable(rig->store);
}

static void
end(struct scene *scene)
{
	rig_append(&scene->rig);
	rig_verify(&scene->rig);
	rig_fini(&scene->rig);
}

static bool
has_words(const struct evidence *evidence)
{
	static const struct evidence none;

	return evidence->shingles || evidence->serial || evidence->lot ||
	    memcmp(evidence->signature, none.signature,
		sizeof(none.signature)) != 0;
}

/* The header of a report's event, as it stands in the log. */
static struct record_report
read_header(struct rig *rig, uint64_t seq)
{
	struct record_report record;
	struct buf scratch = { 0 };
	struct store_event event;

	rig_append(rig);
	store_wait_durable(rig->store);
	assert_int_equal(store_read(rig->store, seq, &scratch, &event),
	    STORE_OK);
	assert_true(record_report_read(event.header, RECORD_REPORT,
	    event.received_ms, &record));
	buf_free(&scratch);
	return record;
}

/* The log still says how its words read: that is what must not be copied. */
static void
test_is_there_yet(void **state)
{
	struct record_report record;
	struct scene scene;

	begin(&scene, *state);
	record = read_header(&scene.rig, scene.one);
	assert_true(has_words(&record.evidence));
	end(&scene);
}

/* A person's link copies no more of it. */
static void
test_linked(void **state)
{
	struct judgement judgement = { .kind = JUDGEMENT_LINK };
	struct refusal why = { 0 };
	struct evidence *copy = judgement.record.evidence;
	struct scene scene;

	begin(&scene, *state);
	judgement.report[0].seq = scene.one;
	judgement.report[1].seq = scene.two;
	assert_int_equal(judge_check(&scene.rig.intake, &judgement, &why), 0);
	assert_true(evidence_seq(&copy[0]) == scene.one);
	assert_false(has_words(&copy[0]));
	assert_true(has_words(&copy[1]));
	(void)judge_take(&scene.rig.intake, &judgement);
	end(&scene);
}

/* A report that tells the same is compared with others only. */
static void
check_alone(struct scene *scene, unsigned id)
{
	struct spec spec = { .id = id,
		.brand = 1,
		.mode = 1,
		.source = 5,
		.words = WORDS };
	struct decision decision = rig_submit(&scene->rig, &spec);
	struct record_report record = read_header(&scene->rig, decision.seq);

	assert_false(record.found.has_founder);
	assert_true(record.found.match != scene->one);
}

static void
test_compared(void **state)
{
	struct scene scene;

	begin(&scene, *state);
	check_alone(&scene, 3);
	end(&scene);
}

/* Nor after a start that finds the bytes. */
static void
test_compared_after_a_start(void **state)
{
	struct scene scene;

	begin(&scene, *state);
	rig_close(&scene.rig);
	rig_open(&scene.rig);
	check_alone(&scene, 3);
	end(&scene);
}

/* Without the erasure they are alike: else the two above could not fail. */
static void
test_alike(void **state)
{
	struct spec spec = { .id = 1, .brand = 1, .mode = 1, .words = WORDS };
	struct decision decision;
	struct rig rig;
	uint64_t one;

	rig_init(&rig, *state);
	rig_open(&rig);
	one = rig_submit(&rig, &spec).seq;
	spec.id = 3;
	spec.source = 5;
	decision = rig_submit(&rig, &spec);
	assert_int_equal(read_header(&rig, decision.seq).found.match, one);
	rig_verify(&rig);
	rig_fini(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_is_there_yet),
		IN_DIR(test_linked),
		IN_DIR(test_compared),
		IN_DIR(test_compared_after_a_start),
		IN_DIR(test_alike),
	};

	return digest_init() || cmocka_run_group_tests(tests, NULL, NULL);
}
