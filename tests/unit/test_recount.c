/*
 * test_recount.c - counted anew from the log, groups and products are what
 * intake made of them, at every sequence.
 */
#include "tests/unit/curators.h"
#include "tests/unit/history_export.h"

#include "daemon/feed/recount.h"
#include "daemon/feed/roots.h"

enum { STOPS = 7, STEPS = 450 };

/* --- exports ------------------------------------------------------------ */

/* The exports that are compared, by number. */
enum { NEXPORTS = 5 };

static struct export_options
nth_export(unsigned nth, const struct filter *filter)
{
	static const enum export_what what[NEXPORTS] = { EXPORT_GROUPS,
		EXPORT_PRODUCTS, EXPORT_TIMESERIES, EXPORT_GROUPS,
		EXPORT_REPORTS };

	return (struct export_options){ .what = what[nth],
		.format = nth % 2 ? EXPORT_NDJSON : EXPORT_CSV,
		.step = STEP_MONTH,
		.filter = nth == 3 ? filter : NULL };
}

static void
expect_same(const struct history *history, const struct export_options *options,
    const char *expected, uint64_t seq)
{
	struct export_result result;
	char *text = export_text(history, options, &result);

	assert_int_equal(result.seq, seq);
	if (strcmp(text, expected) != 0)
		fail_msg("%s at %llu, recount %u, differ:\n%s\n%s",
		    export_what_name(options->what), (unsigned long long)seq,
		    options->recount, text, expected);
	free(text);
}

/* At the newest sequence, in one turn and in as many as there can be. */
static void
check_newest(const struct history *history,
    const struct export_options *options, const char *expected, uint64_t seq)
{
	static const uint32_t movements[] = { RECOUNT_MOVEMENTS, 1 << 11,
		1 << 10 };
	struct export_options recounted = *options;

	if (options->what != EXPORT_GROUPS && options->what != EXPORT_PRODUCTS)
		return;
	for (unsigned i = 0; i < 3; i++) {
		recounted.recount = movements[i];
		recounted.at = i == 1 ? seq : 0;
		expect_same(history, &recounted, expected, seq);
	}
}

/* With curators, unless acts is NULL. */
static void
reproduce(const char *dir, struct acts *acts)
{
	struct history history;
	struct happened happened = { 0 };
	struct filter *filter;
	char *then[STOPS][NEXPORTS];
	uint64_t at[STOPS];

	begin(&history, dir, 260);
	filter = make_filter(&history,
	    "{'country': ['FR', 'DK'], 'severity_min': 'minor'}");
	for (unsigned stop = 0; stop < STOPS; stop++) {
		if (acts != NULL)
			live_curated(&history, STEPS, &happened, acts);
		else
			live(&history, STEPS, &happened);
		at[stop] = store_durable(history.rig.store);
		for (unsigned i = 0; i < NEXPORTS; i++) {
			struct export_options options = nth_export(i, filter);
			struct export_result result;

			then[stop][i] =
			    export_text(&history, &options, &result);
			assert_int_equal(result.seq, at[stop]);
			assert_true(result.rows > 10);
			check_newest(&history, &options, then[stop][i],
			    at[stop]);
		}
	}
	for (unsigned stop = 0; stop < STOPS; stop++) {
		for (unsigned i = 0; i < NEXPORTS; i++) {
			struct export_options options = nth_export(i, filter);

			options.at = at[stop];
			expect_same(&history, &options, then[stop][i],
			    at[stop]);
			free(then[stop][i]);
		}
	}
	for (unsigned i = STATUS_NEW; i <= STATUS_AMENDED; i++)
		assert_true(happened.status[i] > 100);
	assert_true(happened.withdrawn > 50 && happened.revived > 20);
	filter_free(filter);
	if (acts != NULL)
		rig_verify(&history.rig);
	else
		rig_close(&history.rig);
	rig_fini(&history.rig);
}

static void
test_exports_are_reproduced(void **state)
{
	reproduce(*state, NULL);
}

static void
test_curated_exports_are_reproduced(void **state)
{
	struct acts acts = { 0 };

	reproduce(*state, &acts);
	assert_true(acts.merged > 10 && acts.split > 2);
	assert_true(acts.renamed > 2 && acts.undone > 0);
}

/* How many products in before have another brand or model in after. */
static unsigned
renamed(const char *before, const char *after)
{
	unsigned count = 0;
	const char *line = strchr(before, '\n');

	for (; line != NULL && line[1] != '\0'; line = strchr(line + 1, '\n')) {
		/* product_id, level, brand, model */
		size_t id = strcspn(line, ",") + 1, name = id;
		char prefix[200];

		for (unsigned i = 0; i < 3; i++)
			name += strcspn(line + name, ",") + 1;
		assert_true(name < sizeof(prefix));
		memcpy(prefix, line, name);
		prefix[name] = '\0';
		if (strstr(after, prefix) != NULL)
			continue;
		prefix[id] = '\0';
		count += strstr(after, prefix) != NULL;
	}
	return count;
}

/* The history shows what the exports above would have to get wrong. */
static void
test_history_is_rich(void **state)
{
	struct history history;
	struct happened happened = { 0 };
	const struct export_options products = { .what = EXPORT_PRODUCTS };
	struct export_result result;
	char *first, *middle, *last;

	begin(&history, *state, 260);
	live(&history, STEPS, &happened);
	first = export_text(&history, &products, &result);
	live(&history, STEPS, &happened);
	middle = export_text(&history, &products, &result);
	for (unsigned stop = 2; stop < STOPS; stop++)
		live(&history, STEPS, &happened);
	last = export_text(&history, &products, &result);
	assert_non_null(strstr(middle, ",closed,"));
	assert_non_null(strstr(last, ",open,"));
	assert_non_null(strstr(last, "04006381333931"));
	assert_true(renamed(first, middle) > 1);
	free(middle);
	free(first);
	free(last);
	end(&history);
}

/* --- rows, byte by byte ------------------------------------------------- */

struct rows {
	struct buf bytes;
	unsigned count, alarms;
};

static int
take_row(void *who, struct text key, struct text row)
{
	struct rows *rows = who;
	uint8_t part = (uint8_t)key.at[6];

	if (part != PART_AGGREGATE && part != PART_ALARM)
		return 0;
	rows->count++;
	rows->alarms += part == PART_ALARM;
	buf_add(&rows->bytes, key.at, key.len);
	buf_add(&rows->bytes, row.at, row.len);
	if (part == PART_AGGREGATE) {
		uint8_t *copy = rows->bytes.at + rows->bytes.len - row.len;

		memset(copy + offsetof(struct aggregate, nalarms), 0,
		    sizeof(uint16_t));
		memset(copy + offsetof(struct aggregate, stream), 0,
		    sizeof(struct stream));
	}
	return 0;
}

/* Every root's rows, however many movements are held at once. */
static void
compare_rows(struct store *store)
{
	static const uint32_t movements[] = { 1 << 14, 1 << 11 };
	struct rows expected = { 0 };
	struct snapshot *snapshot = snapshot_open(store);

	assert_non_null(snapshot);
	assert_int_equal(snapshot_seq(snapshot), store_durable(store));
	assert_int_equal(roots_walk(snapshot, take_row, &expected), 0);
	snapshot_close(snapshot);
	for (unsigned i = 0; i < 2; i++) {
		const struct recount_range range = { store,
			store_durable(store), movements[i] };
		struct rows found = { 0 };

		assert_int_equal(recount_walk(&range, take_row, &found), 0);
		assert_true(found.count > 20 && found.alarms > 0);
		assert_int_equal(found.count, expected.count);
		assert_int_equal(found.bytes.len, expected.bytes.len);
		assert_memory_equal(found.bytes.at, expected.bytes.at,
		    found.bytes.len);
		buf_free(&found.bytes);
	}
	buf_free(&expected.bytes);
}

static void
test_rows(void **state)
{
	struct history history;
	struct happened happened = { 0 };

	begin(&history, *state, 120);
	for (unsigned stop = 0; stop < STOPS; stop++) {
		live(&history, STEPS, &happened);
		compare_rows(history.rig.store);
	}
	end(&history);
}

static int
count_overlap(void *who, struct text key, struct text row)
{
	unsigned *sum = who;
	uint32_t sources;

	if (key.at[6] != PART_OVERLAP)
		return 0;
	assert_int_equal(row.len, sizeof(sources));
	memcpy(&sources, row.at, sizeof(sources));
	*sum += sources;
	return 0;
}

/* Sources that rows say to be in several products of a family. */
static unsigned
overlaps(struct store *store)
{
	const struct text all = { 0 };
	struct snapshot *snapshot = snapshot_open(store);
	unsigned sum = 0;

	assert_non_null(snapshot);
	assert_int_equal(snapshot_walk(snapshot, KEYSPACE_GROUP, all, all,
			     count_overlap, &sum),
	    0);
	snapshot_close(snapshot);
	return sum;
}

/*
 * Merged products' rows are what a set of sources makes of their reports,
 * whatever came, changed and went before and after.
 */
static void
test_curated_rows(void **state)
{
	struct history history;
	struct happened happened = { 0 };
	struct acts acts = { 0 };
	unsigned most = 0;

	begin(&history, *state, 120);
	for (unsigned stop = 0; stop < 2 * STOPS; stop++) {
		unsigned sum;

		live_curated(&history, STEPS / 2, &happened, &acts);
		compare_rows(history.rig.store);
		sum = overlaps(history.rig.store);
		most = sum > most ? sum : most;
	}
	assert_true(acts.merged > 10 && acts.split > 5 && acts.undone > 0);
	assert_true(most > 50);
	rig_verify(&history.rig);
	rig_fini(&history.rig);
}

/* The two brands that a rig's reports are made of. */
static void
marry_brands(struct history *history, enum curation_kind kind)
{
	struct curation curation = { .kind = kind };
	struct decision decision[2];

	for (unsigned i = 0; i < 2; i++) {
		struct spec spec = { .id = 9000 + i, .brand = 1 + i };

		decision[i] = rig_submit(&history->rig, &spec);
	}
	curation.product = decision[1].product;
	curation.other = decision[0].product;
	assert_true(curate(history, &curation) > 0);
	live(history, 1, &(struct happened){ 0 });
	assert_true(
	    (kind == CURATION_MERGE) == (overlaps(history->rig.store) > 100));
}

/*
 * Groups with more organisations, and a source with more modes, than fit; with
 * two brands that are merged, then split.
 */
static void
go_beyond_bounds(const char *dir, unsigned brands)
{
	struct history history;
	struct happened happened = { 0 };
	struct rig *rig = &history.rig;

	begin(&history, dir, 50);
	live(&history, 100, &happened);
	for (unsigned round = 0; round < 3 + 2 * (brands > 1); round++) {
		if (brands > 1 && round == 2)
			marry_brands(&history, CURATION_MERGE);
		if (round == 4)
			marry_brands(&history, CURATION_SPLIT);
		for (unsigned i = 0; i < 260 * brands; i++) {
			struct spec spec = { .id = i,
				.brand = 1 + i % brands,
				.mode = i / brands % 250,
				.source = i / brands % 2,
				.organisation = 1 + i * (round % 2),
				.injured = round };

			if (round == 1 && i % 3 == 0)
				(void)rig_withdraw(rig, &spec);
			else
				(void)rig_submit(rig, &spec);
			forget_notices(&rig->intake);
		}
		live(&history, 1, &happened);
		compare_rows(rig->store);
	}
	assert_int_equal(overlaps(rig->store), 0);
	end(&history);
}

static void
test_rows_beyond_bounds(void **state)
{
	go_beyond_bounds(*state, 1);
}

static void
test_curated_rows_beyond_bounds(void **state)
{
	go_beyond_bounds(*state, 2);
}

/* --- refusals ----------------------------------------------------------- */

static int
stop_at_once(void *who, struct text key, struct text row)
{
	(void)key;
	(void)row;
	*(unsigned *)who += 1;
	return -9;
}

static void
test_bounds(void **state)
{
	struct history history;
	struct happened happened = { 0 };
	struct recount_range range;
	unsigned visits = 0;
	struct rows rows = { 0 };

	begin(&history, *state, 260);
	live(&history, STEPS, &happened);
	range = (struct recount_range){ history.rig.store,
		store_durable(history.rig.store), 1 };
	assert_int_equal(recount_walk(&range, take_row, &rows),
	    RECOUNT_TOO_LARGE);
	assert_int_equal(rows.count, 0);
	range.movements = RECOUNT_MOVEMENTS;
	assert_int_equal(recount_walk(&range, stop_at_once, &visits), -9);
	assert_int_equal(visits, 1);
	range.seq = 0;
	assert_int_equal(recount_walk(&range, take_row, &rows), 0);
	assert_int_equal(rows.count, 0);
	end(&history);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_exports_are_reproduced),
		IN_DIR(test_curated_exports_are_reproduced),
		IN_DIR(test_history_is_rich),
		IN_DIR(test_rows),
		IN_DIR(test_curated_rows),
		IN_DIR(test_rows_beyond_bounds),
		IN_DIR(test_curated_rows_beyond_bounds),
		IN_DIR(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
