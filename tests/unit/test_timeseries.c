/* test_timeseries.c - exported time series: buckets, clocks, sums. */
#include "tests/unit/export_rig.h"

static void
report_on(uint32_t product, uint32_t source, uint16_t organisation, int32_t day,
    int32_t occurred)
{
	struct record_report record =
	    make_report(product, source, MODE_HEAT, "FR");

	record.facts.organisation = organisation;
	record.facts.filed = day;
	record.facts.occurred = (struct date){ occurred, DATE_DAY };
	record.facts.is_backfill = day < date_join(2026, 11, 1);
	rig_report(&rig, RECORD_REPORT, &record, "{'id': '1'}");
}

static void
test_timeseries(void **state)
{
	/* bucket, product, reports, sources, organisations, backfill */
	static const unsigned columns[] = { 0, 3, 8, 10, 11, 12 };
	struct export_options options = { .what = EXPORT_TIMESERIES };
	int32_t monday = date_join(2026, 11, 16);
	uint64_t first = store_next_seq(rig.store);
	(void)state;

	report_on(2, 1, 1, monday, monday - 1);
	report_on(2, 1, 1, monday, monday - 1);
	report_on(2, 2, 2, monday, monday - 40);
	report_on(2, 2, 1, monday + 6, monday);
	report_on(2, 3, 1, monday + 7, monday);
	report_on(2, 1, 1, monday - 60, monday - 61);
	rig_settle(&rig, false);
	expect_cells(&options, columns, 6,
	    "2026-09-17,p2,1,1,1,1 2026-11-16,p2,3,2,2,0 "
	    "2026-11-22,p2,1,1,1,0 2026-11-23,p2,1,1,1,0 ");
	options.step = STEP_WEEK;
	expect_cells(&options, columns, 6,
	    "2026-09-14,p2,1,1,1,1 2026-11-16,p2,4,2,2,0 "
	    "2026-11-23,p2,1,1,1,0 ");
	options.step = STEP_MONTH;
	expect_cells(&options, columns, 6,
	    "2026-09-01,p2,1,1,1,1 2026-11-01,p2,5,3,2,0 ");
	options.fill = true;
	expect_cells(&options, columns, 6,
	    "2026-09-01,p2,1,1,1,1 2026-10-01,p2,0,0,0,0 "
	    "2026-11-01,p2,5,3,2,0 ");
	options.fill = false;
	options.by = CLOCK_OCCURRED;
	expect_cells(&options, columns, 6,
	    "2026-09-01,p2,1,1,1,1 2026-10-01,p2,1,1,1,0 "
	    "2026-11-01,p2,4,3,1,0 ");
	options.by = CLOCK_RECEIVED;
	options.step = STEP_DAY;
	expect_cells(&options, columns, 6, "2026-11-24,p2,6,3,2,1 ");
	options.by = CLOCK_FILED;
	options.at = first + 1;
	expect_cells(&options, columns, 6, "2026-11-16,p2,2,1,1,0 ");
	options.at = first - 1;
	expect_cells(&options, columns, 6, "");
}

static void
test_timeseries_follows_revisions(void **state)
{
	static const unsigned columns[] = { 0, 3, 8 };
	struct export_options options = { .what = EXPORT_TIMESERIES };
	struct record_report record = make_report(2, 1, MODE_HEAT, "FR");
	uint64_t a, b;
	(void)state;

	a = rig_report(&rig, RECORD_REPORT, &record, "{'id': 'a'}");
	b = rig_report(&rig, RECORD_REPORT, &record, "{'id': 'b'}");
	revise(RECORD_AMEND, a, 2, "BE", "{'id': 'a'}"); /* now p1 */
	revise(RECORD_WITHDRAW, b, 2, "FR", NULL);
	rig_settle(&rig, false);
	expect_cells(&options, columns, 3, "2026-11-24,p1,1 ");
	options.at = b;
	expect_cells(&options, columns, 3, "2026-11-24,p2,2 ");
	options.at = b + 1;
	/* The amended one moved to the other product. */
	expect_cells(&options, columns, 3, "2026-11-24,p1,1 2026-11-24,p2,1 ");
}

/* Many products and days: sums are those of the reports, whatever the order
 * of arrival, and filled series have no gaps. */
static void
test_timeseries_sums(void **state)
{
	struct export_options options = { .what = EXPORT_TIMESERIES,
		.step = STEP_WEEK };
	static const unsigned columns[] = { 8 };
	unsigned sum = 0;
	char *cells, *at;
	(void)state;

	for (unsigned i = 0; i < 3000; i++)
		report_on(1 + i % 2, i % 7 + 1, (uint16_t)(1 + i % 2),
		    date_join(2026, 11, 24) - (int32_t)(i * 37 % 700), 0);
	rig_settle(&rig, false);
	cells = cells_of(&options, columns, 1);
	for (at = cells; *at != '\0'; at = strchr(at, ' ') + 1)
		sum += (unsigned)strtoul(at, NULL, 10);
	assert_int_equal(sum, 3000);
	free(cells);
}

/* Days that only damage or a joke can bring, and one empty row for each. */
static void
test_timeseries_too_large(void **state)
{
	struct export_options options = { .what = EXPORT_TIMESERIES,
		.fill = true };
	struct refusal why;
	(void)state;

	report_on(1, 1, 1, 0, 0);
	report_on(1, 1, 1, 9000000, 0);
	rig_settle(&rig, false);
	assert_int_equal(export_code(&options, &why), ERROR_TOO_LARGE);
	options.fill = false;
	assert_int_equal(export_code(&options, &why), ERROR_BUSY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(test_timeseries),
		WITH_STORE(test_timeseries_follows_revisions),
		WITH_STORE(test_timeseries_sums),
		WITH_STORE(test_timeseries_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
