/*
 * test_chronicle.c - what detection saw, folded from the log: to the bit what
 * the writer's rows say, whatever came, went, was merged, parted or rang.
 */
#include "tests/unit/curators.h"
#include "tests/unit/history_export.h"

#include <math.h>

#include "daemon/core/detect/week.h"
#include "daemon/feed/chronicle.h"
#include "daemon/intake/detecting.h"
#include "daemon/intake/kinship.h"

enum { HAZARDS = 32, MODES = 16 };

struct rows {
	struct chronicle_row *row; /* owned */
	size_t count;
};

static int
keep_row(void *who, const struct chronicle_row *row)
{
	struct rows *rows = who;

	rows->row = reallocarray(rows->row, rows->count + 1, sizeof(*row));
	assert_non_null(rows->row);
	rows->row[rows->count++] = *row;
	return 0;
}

static struct rows
chronicle(struct history *history, uint64_t seq)
{
	struct rows rows = { 0 };
	const struct chronicle_range range = { .store = history->rig.store,
		.seq = seq,
		.visit = keep_row,
		.who = &rows };

	assert_int_equal(chronicle_walk(&range), 0);
	return rows;
}

/* The last week of a stream, the nth from the end; root 0: none. */
static struct chronicle_row
last_row(const struct rows *rows, uint32_t root, struct subject subject,
    unsigned nth)
{
	for (size_t i = rows->count; i-- > 0;) {
		const struct chronicle_row *row = &rows->row[i];

		if (row->root == root && row->subject.mode == subject.mode &&
		    row->subject.hazard == subject.hazard && nth-- == 0)
			return *row;
	}
	return (struct chronicle_row){ 0 };
}

static void
assert_same(double one, double other)
{
	assert_memory_equal(&one, &other, sizeof(one));
}

/* A stream's week that is open: the rows' and the log's. */
static unsigned
compare(struct history *history, const struct rows *rows, uint32_t root,
    struct subject subject)
{
	struct projection *projection = &history->rig.intake.projection;
	struct detection *detection = detecting_of(projection);
	const struct chronicle_row row = last_row(rows, root, subject, 0);
	const struct detection_news *news;
	uint16_t now = week_of_ms(history->rig.intake.received_ms);

	assert_non_null(detection);
	if (detection_look(detection, root, subject, now) != 0) {
		assert_int_equal(row.root, 0);
		return 0;
	}
	news = &detection->news;
	assert_int_equal(row.root, root);
	assert_int_equal(row.week, now);
	assert_same(row.observed, news->reading.observed);
	assert_same(row.volume, news->reading.volume);
	assert_same(row.a, news->reading.a);
	assert_same(row.b, news->reading.b);
	if (row.is_scored && !row.is_closed) {
		assert_same(row.expected, news->reading.forecast.mean);
		assert_same(row.score, news->reading.score);
	}
	return 1 + row.is_scored;
}

/* Of all roots; how many streams were scored. */
static unsigned
compare_all(struct history *history)
{
	struct projection *projection = &history->rig.intake.projection;
	struct row_source source = kinship_rows(projection);
	uint64_t products = projection_counter(projection, COUNTER_PRODUCTS);
	struct rows rows;
	unsigned scored = 0;

	settle_history(history);
	rows = chronicle(history, store_durable(history->rig.store));
	for (uint32_t product = 1; product <= products; product++) {
		uint32_t root;

		assert_int_equal(family_root(&source, product, &root), 0);
		if (root != product)
			continue;
		for (uint16_t mode = 1; mode < MODES; mode++)
			scored += compare(history, &rows, root,
				      (struct subject){ .mode = mode }) > 1;
		for (uint8_t i = 0; i < HAZARDS; i++)
			scored += compare(history, &rows, root,
				      (struct subject){ .hazard = i }) > 1;
	}
	free(rows.row);
	return scored;
}

static void
put_prior(struct history *history, uint64_t category, uint64_t family)
{
	struct intake *intake = &history->rig.intake;
	struct record_prior record = { .category = category,
		.yardstick = { .a0 = .5,
		    .b0 = 40 + history->lived,
		    .size = history->lived % 2 ? (double)HUGE_VAL : .7,
		    .volume = family ? family : category,
		    .family = family,
		    .since = week_of_ms(RIG_START_MS),
		    .week = week_of_ms(RIG_START_MS),
		    .streams = 9 },
		.scale = 1 };

	intake_open_frame(intake);
	buf_clear(&intake->header);
	record_prior_write(&intake->header, &record);
	intake_add_event(intake, RECORD_PRIOR, TEXT("kettle"));
	detecting_measure(&intake->projection, &record);
	rig_append(&history->rig);
}

/* The statistic's alert of this mode rang, whatever it showed. */
static uint64_t
ring(struct history *history, uint32_t product, uint16_t mode,
    enum alarm_change change)
{
	struct intake *intake = &history->rig.intake;
	struct record_alert record = { .alarm = { .id = 900u + mode,
					   .rule = SUBJECT_RULE_MODE,
					   .product = product,
					   .mode = mode },
		.change = (uint8_t)change,
		.alert = TEXT("\x80"),
		.audience =
		    change == CHANGE_HELD ? AUDIENCE_TRUSTED : AUDIENCE_ALL };
	uint64_t seq;

	intake_open_frame(intake);
	buf_clear(&intake->header);
	record_alert_write(&intake->header, &record);
	seq = intake_add_event(intake, RECORD_ALERT, (struct text){ 0 });
	detecting_ring(&intake->projection, &record);
	rig_append(&history->rig);
	return seq;
}

/*
 * Somebody reports of a category alone: a week has begun, however far the
 * clock leapt.
 */
static void
begin_week(struct history *history)
{
	history->day += 7;
	history->rig.intake.timekeeper = (struct timekeeper){ 0 };
	rig_set_day(&history->rig, history->day);
	rig_submit(&history->rig,
	    &(struct spec){ .id = (unsigned)history->day, .mode = 1 });
	forget_notices(&history->rig.intake);
	rig_append(&history->rig);
}

static void
test_any_history(void **state)
{
	struct history history;
	struct happened happened = { 0 };
	struct acts acts = { 0 };
	unsigned scored = 0;

	begin(&history, *state, 400);
	for (unsigned part = 0; part < 14; part++) {
		live_curated(&history, 240, &happened, &acts);
		if (part == 3)
			put_prior(&history, VOLUME_ALL, 0);
		if (part == 6)
			put_prior(&history, volume_of_category(TEXT("kettle")),
			    volume_of_family(TEXT("kitchen")));
		if (part == 9)
			put_prior(&history, volume_of_category(TEXT("kettle")),
			    0);
		if (part > 4)
			for (uint32_t i = 1; i < 6; i++)
				ring(&history, i, (uint16_t)(1 + part % 5),
				    i % 2 ? CHANGE_RAISED : CHANGE_HELD);
		begin_week(&history);
		scored += compare_all(&history);
	}
	assert_true(acts.merged > 5 && acts.split > 2 && acts.undone > 0);
	assert_true(scored > 100);
	end(&history);
}

/* So many reports of a mode by as many sources, in the week there is. */
static struct decision
report(struct history *history, unsigned brand, unsigned count)
{
	static unsigned id;
	struct decision decision = { 0 };

	for (unsigned i = 0; i < count; i++) {
		id++;
		decision = rig_submit(&history->rig,
		    &(struct spec){ .id = 100000 + id,
			.brand = brand,
			.mode = 1,
			.source = id % 50,
			.organisation = id % 3 });
		forget_notices(&history->rig.intake);
	}
	rig_append(&history->rig);
	return decision;
}

/* The row of a week that rang is what rang; the next one begins anew. */
static void
test_ring(void **state)
{
	struct history history;
	struct detection *detection;
	struct stream_reading reading;
	struct decision decision;
	struct chronicle_row row;
	struct rows rows;
	struct subject subject;
	uint64_t seq;

	begin(&history, *state, 0);
	put_prior(&history, VOLUME_ALL, 0);
	for (unsigned week = 0; week < 20; week++) {
		begin_week(&history);
		report(&history, 1 + week % 4, 6);
		decision = report(&history, 7, week < 18 ? week % 3 : 9);
	}
	subject = (struct subject){ .mode = decision.mode };
	detection = detecting_of(&history.rig.intake.projection);
	assert_int_equal(detection_look(detection, decision.product, subject,
			     week_of_ms(history.rig.intake.received_ms)),
	    0);
	reading = detection->news.reading;
	seq = ring(&history, decision.product, decision.mode, CHANGE_HELD);
	report(&history, 7, 5);
	begin_week(&history);
	report(&history, 7, 1);
	settle_history(&history);

	rows = chronicle(&history, seq);
	row = last_row(&rows, decision.product, subject, 0);
	assert_int_equal(row.alert, 900 + decision.mode);
	assert_true(row.is_closed && row.is_hidden);
	assert_same(row.score, reading.score);
	assert_same(row.observed, reading.observed);
	assert_true(reading.score > 1);
	free(rows.row);
	/* A week on, that row stands. */
	rows = chronicle(&history, store_durable(history.rig.store));
	row = last_row(&rows, decision.product, subject, 1);
	assert_int_equal(row.alert, 900 + decision.mode);
	assert_same(row.score, reading.score);
	row = last_row(&rows, decision.product, subject, 0);
	assert_true(!row.is_closed && row.score < reading.score);
	free(rows.row);
	end(&history);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_any_history, setup_dir,
		    teardown_dir),
		cmocka_unit_test_setup_teardown(test_ring, setup_dir,
		    teardown_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
