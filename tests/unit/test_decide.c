#include <sys/mman.h>
#include <sys/wait.h>

#include "daemon/intake/erase.h"
#include "tests/unit/intake_rig.h"

/* --- counts equal a recount --- */

enum { REPORTS = 160, BRANDS = 5, MODES = 4, SOURCES = 7, STEPS = 1500 };
enum { REVISIONS = 64 };

/* What is held under an id, as the test believes. */
struct held {
	bool is_known, is_held;
	struct spec spec;
	uint32_t product;
	uint16_t mode;
	uint64_t first_seq;
	struct spec past[REVISIONS]; /* contents of all revisions */
	unsigned npast;
};

struct model {
	struct held held[REPORTS];
	uint64_t random;
};

static unsigned
pick(struct model *model, unsigned below)
{
	model->random =
	    model->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(model->random >> 33) % below;
}

static struct spec
random_spec(struct model *model)
{
	return (struct spec){ .id = pick(model, REPORTS),
		.brand = pick(model, BRANDS),
		.mode = pick(model, MODES),
		.source = pick(model, SOURCES),
		.organisation = 1,
		.severity = pick(model, 3),
		.injured = pick(model, 3),
		.filed_ago = (int32_t)pick(model, 2) * 40 };
}

static bool
same_spec(const struct spec *a, const struct spec *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Did a revision have these contents?  Then they are known. */
static bool
was_spec(const struct held *held, const struct spec *spec)
{
	for (unsigned i = 0; i < held->npast; i++)
		if (same_spec(&held->past[i], spec))
			return true;
	return false;
}

static void
step_submit(struct rig *rig, struct model *model, const struct spec *spec)
{
	struct held *held = &model->held[spec->id];
	struct decision decision = rig_submit(rig, spec);
	enum report_status expected = STATUS_NEW;

	if (held->is_held)
		expected = was_spec(held, spec) ? STATUS_KNOWN : STATUS_AMENDED;
	assert_int_equal(decision.status, expected);
	assert_int_equal(decision.was_withdrawn,
	    held->is_known && !held->is_held);
	if (expected == STATUS_KNOWN)
		return;
	assert_true(held->npast < REVISIONS);
	held->past[held->npast++] = *spec;
	if (!held->is_known)
		held->first_seq = decision.seq;
	held->is_known = held->is_held = true;
	held->spec = *spec;
	held->product = decision.product;
	held->mode = decision.mode;
}

static void
step_withdraw(struct rig *rig, struct model *model, const struct spec *spec)
{
	struct held *held = &model->held[spec->id];

	assert_int_equal(rig_withdraw(rig, spec),
	    held->is_held ? STORE_OK : STORE_NOT_FOUND);
	held->is_held = false;
}

static void
run_steps(struct rig *rig, struct model *model, unsigned steps)
{
	for (unsigned i = 0; i < steps; i++) {
		struct spec spec = random_spec(model);

		/* Half of what is sent again is sent unchanged. */
		if (model->held[spec.id].is_held && pick(model, 2))
			spec = model->held[spec.id].spec;
		if (pick(model, 5) == 0)
			step_withdraw(rig, model, &spec);
		else
			step_submit(rig, model, &spec);
		if (pick(model, 20) == 0)
			rig_append(rig);
	}
	rig_append(rig);
	store_wait_durable(rig->store);
}

struct sums {
	uint32_t reports, backfill, sources, severity[SEVERITY_COUNT];
	uint64_t injured;
	bool is_seen[SOURCES];
	unsigned nwindow; /* not backfilled */
	unsigned days[2]; /* filed today, 40 days ago */
};

static void
sum_up(const struct model *model, uint32_t product, uint16_t mode,
    struct sums *out)
{
	static const enum severity severities[] = { SEVERITY_NONE,
		SEVERITY_MINOR, SEVERITY_SEVERE };

	*out = (struct sums){ 0 };
	for (unsigned i = 0; i < REPORTS; i++) {
		const struct held *held = &model->held[i];
		bool is_old = held->spec.filed_ago > 0;

		if (!held->is_held || held->product != product ||
		    (mode && held->mode != mode))
			continue;
		out->reports++;
		out->backfill += is_old;
		out->injured += held->spec.injured;
		out->severity[severities[held->spec.severity]]++;
		out->sources += !out->is_seen[held->spec.source];
		out->is_seen[held->spec.source] = true;
		out->nwindow += !is_old;
		out->days[is_old]++;
	}
}

static void
check_rows(struct rig *rig, const struct model *model, uint32_t product,
    uint16_t mode)
{
	struct aggregate counts;
	struct window window;
	struct sums expected;

	sum_up(model, product, mode, &expected);
	rig_row(rig, KEYSPACE_GROUP,
	    key_group(product, mode, PART_AGGREGATE, 0), &counts,
	    sizeof(counts));
	rig_row(rig, KEYSPACE_GROUP, key_group(product, mode, PART_WINDOW, 0),
	    &window, sizeof(window));
	assert_int_equal(counts.reports, expected.reports);
	assert_int_equal(counts.cases, expected.reports);
	assert_int_equal(counts.sources, expected.sources);
	assert_int_equal(counts.organisations, expected.reports > 0);
	assert_int_equal(counts.backfill, expected.backfill);
	assert_int_equal(counts.injured, expected.injured);
	assert_memory_equal(counts.severity, expected.severity,
	    sizeof(counts.severity));
	assert_int_equal(window.count, expected.nwindow);
}

static void
check_days(struct rig *rig, const struct model *model, uint32_t product,
    uint16_t mode)
{
	int32_t today = intake_today(&rig->intake);
	struct day_row row;
	struct sums expected;

	sum_up(model, product, mode, &expected);
	for (unsigned i = 0; i < 2; i++) {
		struct key key =
		    key_day(today - (int32_t)i * 40, product, mode);

		assert_int_equal(rig_row(rig, KEYSPACE_DAY, key, &row,
				     sizeof(row)),
		    expected.days[i] > 0);
		assert_int_equal(row.reports, expected.days[i]);
		assert_int_equal(row.backfill, i ? expected.days[i] : 0);
	}
}

static void
check_model(struct rig *rig, const struct model *model)
{
	unsigned nheld = 0;

	for (unsigned i = 0; i < REPORTS; i++) {
		const struct held *held = &model->held[i];

		nheld += held->is_held;
		if (!held->is_known)
			continue;
		check_rows(rig, model, held->product, 0);
		check_rows(rig, model, held->product, held->mode);
		check_days(rig, model, held->product, held->mode);
	}
	assert_true(nheld > REPORTS / 4);
	assert_int_equal(projection_counter(&rig->intake.projection,
			     COUNTER_REPORTS),
	    nheld);
}

static void
test_counts(void **state)
{
	struct model *model = calloc(1, sizeof(*model));
	struct rig rig;

	assert_non_null(model);
	rig_init(&rig, *state);
	rig_open(&rig);
	for (unsigned round = 0; round < 4; round++) {
		run_steps(&rig, model, STEPS / 4);
		check_model(&rig, model);
	}
	rig_verify(&rig);
	rig_fini(&rig);
	free(model);
}

/* A process that ends without a word: LMDB lacks what the log holds. */
static void
test_replay_after_a_crash(void **state)
{
	struct model *model = mmap(NULL, sizeof(*model), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct rig rig;
	int status;
	pid_t child;

	assert_true(model != MAP_FAILED);
	rig_init(&rig, *state);
	for (unsigned round = 0; round < 3; round++) {
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			rig_open(&rig);
			run_steps(&rig, model, 300);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		rig_open(&rig);
		check_model(&rig, model);
		rig_close(&rig);
	}
	rig_verify(&rig);
	rig_fini(&rig);
	munmap(model, sizeof(*model));
}

/* --- statuses --- */

static void
test_statuses(void **state)
{
	struct spec spec = { .id = 1, .brand = 1, .source = 1 };
	struct spec moved = { .id = 1, .brand = 2, .source = 1 };
	struct decision first, second;
	struct rig rig;

	rig_init(&rig, *state);
	rig_open(&rig);
	first = rig_submit(&rig, &spec);
	assert_int_equal(first.status, STATUS_NEW);
	second = rig_submit(&rig, &spec);
	assert_int_equal(second.status, STATUS_KNOWN);
	assert_int_equal(second.seq, first.seq);
	/* Within one batch, so that the first event is not yet in the log. */
	second = rig_submit(&rig, &moved);
	assert_int_equal(second.status, STATUS_AMENDED);
	assert_true(second.seq > first.seq);
	assert_int_not_equal(second.product, first.product);
	assert_int_equal(rig_withdraw(&rig, &spec), STORE_OK);
	assert_int_equal(rig_withdraw(&rig, &spec), STORE_NOT_FOUND);
	second = rig_submit(&rig, &moved);
	assert_int_equal(second.status, STATUS_NEW);
	assert_true(second.was_withdrawn);
	rig.decide.dry_run = true;
	assert_int_equal(decide_report(&rig.intake, &rig.candidate, &rig.decide,
			     &second),
	    STORE_OK);
	assert_int_equal(second.status, STATUS_KNOWN);
	rig_append(&rig);
	rig_verify(&rig);
	rig_fini(&rig);
}

/* Another brand's GTIN is no key: the brand's product is one all the same. */
static void
test_a_gtin_of_another_brand(void **state)
{
	struct spec spec = { .brand = 1, .source = 1 };
	uint32_t products[4];
	struct rig rig;

	rig_init(&rig, *state);
	rig_open(&rig);
	for (unsigned i = 0; i < 4; i++) {
		struct product_identity *identity = &rig.candidate.identity;
		struct decision decision;

		spec.id = i + 1;
		spec.brand = i == 0 ? 1 : 2;
		rig_prepare(&rig, &spec);
		identity->gtin = UINT64_C(4006381333931);
		if (i > 0)
			identity->model_len = 0;
		rig.candidate.nproduct_keys =
		    product_keys(identity, rig.candidate.product_key);
		assert_int_equal(decide_report(&rig.intake, &rig.candidate,
				     &rig.decide, &decision),
		    STORE_OK);
		products[i] = decision.product;
	}
	assert_int_not_equal(products[1], products[0]);
	assert_int_equal(products[2], products[1]);
	assert_int_equal(products[3], products[1]);
	rig_append(&rig);
	rig_verify(&rig);
	rig_fini(&rig);
}

/* What is held of another organisation's report of the same id is not ours. */
static void
test_organisations_are_apart(void **state)
{
	struct spec ours = { .id = 1, .brand = 1, .organisation = 1 };
	struct spec theirs = { .id = 1, .brand = 1, .organisation = 2 };
	struct aggregate counts;
	struct decision decision;
	struct rig rig;

	rig_init(&rig, *state);
	rig_open(&rig);
	(void)rig_submit(&rig, &ours);
	decision = rig_submit(&rig, &theirs);
	assert_int_equal(decision.status, STATUS_NEW);
	rig_row(&rig, KEYSPACE_GROUP,
	    key_group(decision.product, 0, PART_AGGREGATE, 0), &counts,
	    sizeof(counts));
	assert_int_equal(counts.reports, 2);
	assert_int_equal(counts.organisations, 2);
	assert_int_equal(rig_withdraw(&rig, &ours), STORE_OK);
	rig_row(&rig, KEYSPACE_GROUP,
	    key_group(decision.product, 0, PART_AGGREGATE, 0), &counts,
	    sizeof(counts));
	assert_int_equal(counts.organisations, 1);
	assert_int_not_equal(prepare_label_hash(rig.prepare.hash_key, TEXT("a"),
				 TEXT("b")),
	    prepare_label_hash(rig.prepare.hash_key, TEXT("c"), TEXT("b")));
	rig_append(&rig);
	rig_verify(&rig);
	rig_fini(&rig);
}

static void
set_keys(struct rig *rig, uint32_t epoch, bool has_before)
{
	uint8_t key[DIGEST_KEY_BYTES];

	rig->keys.before.epoch = 0;
	memset(key, (int)epoch, sizeof(key));
	pseudonym_key_set(&rig->keys.now, epoch, key);
	memset(key, (int)epoch - 1, sizeof(key));
	if (has_before)
		pseudonym_key_set(&rig->keys.before, epoch - 1, key);
}

static uint32_t
sources_of(struct rig *rig, uint32_t product)
{
	struct aggregate counts;

	rig_row(rig, KEYSPACE_GROUP, key_group(product, 0, PART_AGGREGATE, 0),
	    &counts, sizeof(counts));
	return counts.sources;
}

/* Known under the key before is known; what is under no key any more is not. */
static void
test_reporters_keep_their_source(void **state)
{
	struct spec one = { .id = 1, .brand = 1, .reporter = 1 };
	struct spec again = { .id = 2, .brand = 1, .reporter = 1 };
	struct spec other = { .id = 3, .brand = 1, .reporter = 2 };
	struct spec late = { .id = 4, .brand = 1, .reporter = 2 };
	struct decision decision;
	uint32_t last = 0, product;
	struct rig rig;

	rig_init(&rig, *state);
	rig_open(&rig);
	set_keys(&rig, 1, false);
	product = rig_submit(&rig, &one).product;
	(void)rig_submit(&rig, &other);
	set_keys(&rig, 2, true);
	assert_int_equal(rig_submit(&rig, &one).status, STATUS_KNOWN);
	decision = rig_submit(&rig, &again);
	assert_int_equal(decision.status, STATUS_NEW);
	assert_int_equal(decision.product, product);
	assert_int_equal(sources_of(&rig, product), 2);
	/* Both names of the first lead to one; the old one leads nowhere. */
	assert_int_equal(intake_find_name(&rig.intake, NAME_SOURCE,
			     rig.candidate.source_before),
	    0);
	assert_int_not_equal(intake_find_name(&rig.intake, NAME_SOURCE,
				 rig.candidate.source_hash),
	    0);
	assert_true(erase_epoch(&rig.intake, 1, &last, NULL));
	assert_int_equal(last, 2);
	set_keys(&rig, 3, true);
	one.id = 5;
	(void)rig_submit(&rig, &one);
	assert_int_equal(sources_of(&rig, product), 2);
	(void)rig_submit(&rig, &late);
	assert_int_equal(sources_of(&rig, product), 3);
	rig_append(&rig);
	rig_verify(&rig);
	rig_fini(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_statuses),
		IN_DIR(test_a_gtin_of_another_brand),
		IN_DIR(test_organisations_are_apart),
		IN_DIR(test_reporters_keep_their_source),
		IN_DIR(test_counts),
		IN_DIR(test_replay_after_a_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
