#include "base/date.h"

#include <stdbool.h>

enum {
	MS_PER_DAY = 86400000,
	/* 0000-03-01, the origin of the arithmetic below, to 1970-01-01. */
	EPOCH_SHIFT = 719468,
	DAYS_PER_ERA = 146097, /* 400 years */
};

/* Years are counted from March, so that a leap day ends its year. */
int32_t
date_join(int year, int month, int mday)
{
	year -= month <= 2;
	int era = (year >= 0 ? year : year - 399) / 400;
	int of_era = year - era * 400;
	int of_year = (153 * ((month + 9) % 12) + 2) / 5 + mday - 1;
	int day = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
	return era * DAYS_PER_ERA + day - EPOCH_SHIFT;
}

void
date_split(int32_t day, int *year, int *month, int *mday)
{
	int64_t shifted = (int64_t)day + EPOCH_SHIFT;
	int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) /
	    DAYS_PER_ERA;
	int of_era = (int)(shifted - era * DAYS_PER_ERA);
	int year_of_era =
	    (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year =
	    of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int from_march = (5 * of_year + 2) / 153;
	*mday = of_year - (153 * from_march + 2) / 5 + 1;
	*month = from_march < 10 ? from_march + 3 : from_march - 9;
	*year = (int)(year_of_era + era * 400) + (*month <= 2);
}

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_in_month(int year, int month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	return days[month - 1] + (month == 2 && is_leap(year));
}

/* len digits as a number, or -1. */
static int
digits(const char *at, size_t len)
{
	int value = 0;
	for (size_t i = 0; i < len; i++) {
		if (at[i] < '0' || at[i] > '9')
			return -1;
		value = value * 10 + (at[i] - '0');
	}
	return value;
}

/* What stands against the text as a date, or NULL and its parts. */
static const char *
dissect(struct text text, int part[3])
{
	const char *form = "use YYYY, YYYY-MM or YYYY-MM-DD";
	if (text.len != 4 && text.len != 7 && text.len != 10)
		return form;
	part[0] = digits(text.at, 4);
	part[1] = text.len > 4 ? digits(text.at + 5, 2) : 1;
	part[2] = text.len > 7 ? digits(text.at + 8, 2) : 1;
	if (part[0] < 0 || part[1] < 0 || part[2] < 0)
		return form;
	if ((text.len > 4 && text.at[4] != '-') ||
	    (text.len > 7 && text.at[7] != '-'))
		return form;
	if (part[0] < DATE_MIN_YEAR || part[0] > DATE_MAX_YEAR)
		return "the year must be 1900 to 2199";
	if (part[1] < 1 || part[1] > 12)
		return "the month must be 01 to 12";
	if (part[2] < 1 || part[2] > days_in_month(part[0], part[1]))
		return "the month has no such day";
	return NULL;
}

int
date_parse(struct text text, struct date *date, const char **why)
{
	int part[3];
	const char *wrong = dissect(text, part);
	if (wrong) {
		if (why)
			*why = wrong;
		return -1;
	}
	uint8_t precision = DATE_DAY;
	if (text.len == 4)
		precision = DATE_YEAR;
	else if (text.len == 7)
		precision = DATE_MONTH;
	*date =
	    (struct date){ date_join(part[0], part[1], part[2]), precision };
	return 0;
}

/* The decimal digits of value, right-aligned in len places. */
static void
put_digits(char *at, int value, size_t len)
{
	while (len-- > 0) {
		at[len] = (char)('0' + value % 10);
		value /= 10;
	}
}

/*
 * "YYYY-MM-DD"; a year of more or fewer than four digits, which no parsed
 * date has, is clamped rather than let past the buffer.
 */
static void
put_day(char *at, int32_t day)
{
	int year;
	int month;
	int mday;
	date_split(day, &year, &month, &mday);
	if (year < 0)
		year = 0;
	if (year > 9999)
		year = 9999;
	put_digits(at, year, 4);
	at[4] = '-';
	put_digits(at + 5, month, 2);
	at[7] = '-';
	put_digits(at + 8, mday, 2);
}

size_t
date_format(struct date date, char out[DATE_MAX])
{
	static const uint8_t lengths[] = { 0, 4, 7, 10 };
	size_t len = date.precision <= DATE_DAY ? lengths[date.precision] : 0;
	put_day(out, date.day);
	out[len] = '\0';
	return len;
}

int32_t
date_last_day(struct date date)
{
	int year;
	int month;
	int mday;
	date_split(date.day, &year, &month, &mday);
	if (date.precision == DATE_YEAR)
		return date_join(year, 12, 31);
	if (date.precision == DATE_MONTH)
		return date_join(year, month, days_in_month(year, month));
	return date.day;
}

/* Moments beyond what 32 bits of days hold are clamped to their ends. */
int32_t
date_of_ms(int64_t ms)
{
	int64_t day = ms / MS_PER_DAY;
	if (ms % MS_PER_DAY < 0)
		day--;
	if (day < INT32_MIN)
		return INT32_MIN;
	return day > INT32_MAX ? INT32_MAX : (int32_t)day;
}

int32_t
date_week_start(int32_t day)
{
	/* 1970-01-01 was a Thursday: three days after a Monday. */
	int weekday = (int)(((int64_t)day + 3) % 7);
	if (weekday < 0)
		weekday += 7;
	return day - weekday;
}

size_t
instant_format(int64_t ms, char out[INSTANT_MAX])
{
	int64_t of_day = ms % MS_PER_DAY;
	if (of_day < 0)
		of_day += MS_PER_DAY;
	int second = (int)(of_day / 1000);
	put_day(out, date_of_ms(ms));
	out[10] = 'T';
	put_digits(out + 11, second / 3600, 2);
	out[13] = ':';
	put_digits(out + 14, second / 60 % 60, 2);
	out[16] = ':';
	put_digits(out + 17, second % 60, 2);
	out[19] = 'Z';
	out[20] = '\0';
	return 20;
}

int
instant_parse(struct text text, int64_t *ms)
{
	struct date date;
	if (text.len != INSTANT_MAX - 1 || text.at[10] != 'T' ||
	    text.at[13] != ':' || text.at[16] != ':' || text.at[19] != 'Z')
		return -1;
	if (date_parse((struct text){ text.at, 10 }, &date, NULL))
		return -1;
	int hour = digits(text.at + 11, 2);
	int minute = digits(text.at + 14, 2);
	int second = digits(text.at + 17, 2);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
	    second > 59)
		return -1;
	*ms = (int64_t)date.day * MS_PER_DAY +
	    ((int64_t)hour * 3600 + minute * 60 + second) * 1000;
	return 0;
}
