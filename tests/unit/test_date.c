/* Dates with a precision, and moments. */
#include "base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
dates_are_read_with_their_precision(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int32_t day;
		int32_t last;
		enum date_precision precision;
	} rows[] = {
		{ "1970-01-01", 0, 0, DATE_DAY },
		{ "1969-12-31", -1, -1, DATE_DAY },
		{ "1970", 0, 364, DATE_YEAR },
		{ "2000-02", 10988, 11016, DATE_MONTH },
		{ "1900-02", -25536, -25509, DATE_MONTH },
		{ "2024-02-29", 19782, 19782, DATE_DAY },
		{ "2026-12", 20788, 20818, DATE_MONTH },
		{ "1900", -25567, -25203, DATE_YEAR },
		{ "2199-12-31", 84005, 84005, DATE_DAY },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct date date = { 0 };
		char out[DATE_MAX];
		assert_int_equal(date_parse(text_of(rows[i].text), &date, NULL),
		    0);
		assert_int_equal(date.day, rows[i].day);
		assert_int_equal(date.precision, rows[i].precision);
		assert_int_equal(date_last_day(date), rows[i].last);
		assert_int_equal(date_format(date, out), strlen(rows[i].text));
		assert_string_equal(out, rows[i].text);
	}
}

static void
other_dates_are_refused_with_the_rule(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *why;
	} rows[] = {
		{ "", "YYYY" },
		{ "202", "YYYY" },
		{ "20260", "YYYY" },
		{ "2026-1", "YYYY" },
		{ "2026-1-01", "YYYY" },
		{ "2026/01/01", "YYYY" },
		{ "2026-01/01", "YYYY" },
		{ "2026-01-01 ", "YYYY" },
		{ " 2026-01-0", "YYYY" },
		{ "03/04/2026", "YYYY" },
		{ "+202-01-01", "YYYY" },
		{ "2026-0a-01", "YYYY" },
		{ "2026-01-01T00:00:00Z", "YYYY" },
		{ "1015", "year" },
		{ "1899", "year" },
		{ "2200", "year" },
		{ "9999-12-31", "year" },
		{ "2026-00", "month" },
		{ "2026-13-01", "month" },
		{ "2026-01-00", "day" },
		{ "2026-01-32", "day" },
		{ "2026-04-31", "day" },
		{ "2026-02-29", "day" },
		{ "2100-02-29", "day" },
		{ "1900-02-29", "day" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct date date = { .day = 7, .precision = DATE_DAY };
		const char *why = NULL;
		assert_int_equal(date_parse(text_of(rows[i].text), &date, &why),
		    -1);
		assert_non_null(why);
		assert_non_null(strstr(why, rows[i].why));
		assert_int_equal(date_parse(text_of(rows[i].text), &date, NULL),
		    -1);
		assert_int_equal(date.day, 7);
	}
}

static void
an_absent_date_is_no_text(void **state)
{
	(void)state;
	char out[DATE_MAX] = "unchanged";
	assert_int_equal(date_format((struct date){ 0 }, out), 0);
	assert_string_equal(out, "");
}

/* Beside the C library's own calendar, every day of 300 years. */
static void
the_calendar_agrees_with_libc(void **state)
{
	(void)state;
	int32_t first = date_join(DATE_MIN_YEAR, 1, 1);
	int32_t last = date_join(DATE_MAX_YEAR, 12, 31);
	for (int32_t day = first; day <= last; day++) {
		time_t seconds = (time_t)day * 86400;
		struct tm tm;
		int year;
		int month;
		int mday;
		assert_non_null(gmtime_r(&seconds, &tm));
		date_split(day, &year, &month, &mday);
		assert_int_equal(year, tm.tm_year + 1900);
		assert_int_equal(month, tm.tm_mon + 1);
		assert_int_equal(mday, tm.tm_mday);
		assert_int_equal(date_join(year, month, mday), day);
		int32_t monday = date_week_start(day);
		assert_int_equal(day - monday, (tm.tm_wday + 6) % 7);
	}
	assert_int_equal(last - first, 109572);
}

static void
the_calendar_goes_on_beyond(void **state)
{
	(void)state;
	int year;
	int month;
	int mday;
	for (int32_t day = -800000; day < 3000000; day += 97) {
		date_split(day, &year, &month, &mday);
		assert_int_equal(date_join(year, month, mday), day);
	}
	date_split(INT32_MIN, &year, &month, &mday);
	assert_in_range(month, 1, 12);
	date_split(INT32_MAX, &year, &month, &mday);
	assert_in_range(mday, 1, 31);
}

static void
moments_round_down_to_days(void **state)
{
	(void)state;
	assert_int_equal(date_of_ms(0), 0);
	assert_int_equal(date_of_ms(86399999), 0);
	assert_int_equal(date_of_ms(86400000), 1);
	assert_int_equal(date_of_ms(-1), -1);
	assert_int_equal(date_of_ms(-86400000), -1);
	assert_int_equal(date_of_ms(-86400001), -2);
	assert_int_equal(date_of_ms(INT64_MAX), INT32_MAX);
	assert_int_equal(date_of_ms(INT64_MIN), INT32_MIN);
}

static void
instants_are_written_and_read(void **state)
{
	(void)state;
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ -1000, "1969-12-31T23:59:59Z" },
		{ 1795510800000, "2026-11-24T09:00:00Z" },
		{ 951782399000, "2000-02-28T23:59:59Z" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char out[INSTANT_MAX];
		int64_t ms = 1;
		assert_int_equal(instant_format(rows[i].ms, out), 20);
		assert_string_equal(out, rows[i].text);
		assert_int_equal(instant_format(rows[i].ms + 999, out), 20);
		assert_string_equal(out, rows[i].text);
		assert_int_equal(instant_parse(text_of(out), &ms), 0);
		assert_true(ms == rows[i].ms);
	}
}

static void
other_instants_are_refused(void **state)
{
	(void)state;
	static const char *const rows[] = { "", "2026-11-24",
		"2026-11-24T09:00:00", "2026-11-24t09:00:00Z",
		"2026-11-24 09:00:00Z", "2026-11-24T24:00:00Z",
		"2026-11-24T09:60:00Z", "2026-11-24T09:00:60Z",
		"2026-11-24T-9:00:00Z", "2026-02-30T09:00:00Z",
		"2026-11-24T09:00:00z", "2026-11-24T09.00:00Z",
		"2026-11-24T09:00:00+" };
	int64_t ms = 42;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(instant_parse(text_of(rows[i]), &ms), -1);
	assert_int_equal(ms, 42);
}

/* A moment from a broken clock must not run past the buffer. */
static void
absurd_instants_stay_in_the_buffer(void **state)
{
	(void)state;
	char out[INSTANT_MAX];
	assert_int_equal(instant_format(INT64_MAX, out), 20);
	assert_int_equal(strlen(out), 20);
	assert_int_equal(instant_format(INT64_MIN, out), 20);
	assert_int_equal(strlen(out), 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_read_with_their_precision),
		cmocka_unit_test(other_dates_are_refused_with_the_rule),
		cmocka_unit_test(an_absent_date_is_no_text),
		cmocka_unit_test(the_calendar_agrees_with_libc),
		cmocka_unit_test(the_calendar_goes_on_beyond),
		cmocka_unit_test(moments_round_down_to_days),
		cmocka_unit_test(instants_are_written_and_read),
		cmocka_unit_test(other_instants_are_refused),
		cmocka_unit_test(absurd_instants_stay_in_the_buffer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
