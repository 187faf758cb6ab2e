#include "clients/cli/formats/map_value.h"

#include <stdlib.h>
#include <string.h>

struct text
map_trim(struct text text)
{
	while (text.len && memchr(" \t\r\n", text.at[0], 4)) {
		text.at++;
		text.len--;
	}
	while (text.len && memchr(" \t\r\n", text.at[text.len - 1], 4))
		text.len--;
	return text;
}

int
map_number(struct text text, char decimal, double *out)
{
	char digits[32];
	char *end;
	size_t len = 0;
	bool has_mark = false;
	if (!text.len || text.len >= sizeof(digits))
		return -1;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		bool is_mark = decimal ? c == decimal : c == '.' || c == ',';
		if (is_mark && has_mark)
			return -1;
		has_mark |= is_mark;
		if (!is_mark && !(c >= '0' && c <= '9') &&
		    !((c == '-' || c == '+') && i == 0))
			return -1;
		digits[len++] = is_mark ? '.' : c;
	}
	digits[len] = '\0';
	/* main sets no LC_NUMERIC, so the mark is a point. */
	*out = strtod(digits, &end);
	return *end || end == digits ? -1 : 0;
}

/* Read up to width digits; at least one. */
static bool
take_digits(struct text *text, unsigned width, bool is_exact, int *out)
{
	unsigned n = 0;
	*out = 0;
	while (n < width && text->len && text->at[0] >= '0' &&
	    text->at[0] <= '9') {
		*out = *out * 10 + (text->at[0] - '0');
		text->at++;
		text->len--;
		n++;
	}
	return is_exact ? n == width : n > 0;
}

struct parts {
	int year, month, mday;
};

/* The letters of a format: YYYY, YY, MM, DD; whatever else stands between. */
static unsigned
letters_at(const char *format)
{
	char letter = *format;
	unsigned n = 0;
	if (letter != 'Y' && letter != 'M' && letter != 'D')
		return 0;
	while (format[n] == letter)
		n++;
	return n;
}

static bool
is_letter(char c)
{
	return c == 'Y' || c == 'M' || c == 'D';
}

bool
map_is_date_format(const char *format)
{
	unsigned years = 0, months = 0, days = 0;
	while (*format) {
		unsigned n = letters_at(format);
		if (*format == 'Y')
			years += n == 4 || n == 2 ? 1 : 9;
		else if (*format == 'M')
			months += n == 2 ? 1 : 9;
		else if (*format == 'D')
			days += n == 2 ? 1 : 9;
		else if (!strchr("/-. ", *format))
			return false;
		format += n ? n : 1;
	}
	return years == 1 && months <= 1 && days <= months;
}

/*
 * Days and months may lack a leading zero where marks part them; two digits
 * of a year are of the hundred years that end in 2049.
 */
static bool
match(struct text text, const char *format, struct parts *parts)
{
	bool is_joined = false; /* to the letters before */
	while (*format) {
		unsigned n = letters_at(format);
		bool is_exact =
		    is_joined || is_letter(format[n]) || *format == 'Y';
		int *to = *format == 'Y' ? &parts->year
		    : *format == 'M'     ? &parts->month
					 : &parts->mday;
		is_joined = n > 0;
		if (!n) {
			if (!text.len || text.at[0] != *format)
				return false;
			text.at++;
			text.len--;
			format++;
			continue;
		}
		if (!take_digits(&text, n, is_exact, to))
			return false;
		if (*format == 'Y' && n == 2)
			parts->year += parts->year < 50 ? 2000 : 1900;
		format += n;
	}
	return !text.len;
}

/* "2026-04-03T10:00:00Z", "2026-04-03 10:00": the time does not matter. */
static struct text
without_time(struct text text)
{
	if (text.len > 10 && (text.at[10] == 'T' || text.at[10] == ' ') &&
	    text.at[4] == '-')
		text.len = 10;
	return text;
}

static bool
looks_ambiguous(struct text text)
{
	struct parts parts;
	return match(text, "DD/MM/YYYY", &parts) ||
	    match(text, "DD.MM.YYYY", &parts) ||
	    match(text, "DD-MM-YYYY", &parts) ||
	    match(text, "DD/MM/YY", &parts);
}

int
map_date(struct text text, const char *format, char out[DATE_MAX],
    struct fault *fault, const char *field)
{
	struct parts parts = { 0 };
	struct date date;
	const char *why;
	char iso[16];
	const struct text written = text;
	text = without_time(text);
	if (format && match(text, format, &parts)) {
		int len = snprintf(iso, sizeof(iso), "%04d-%02d-%02d",
		    parts.year, parts.month, parts.mday);
		len = strchr(format, 'D') ? len : strchr(format, 'M') ? 7 : 4;
		text = (struct text){ iso, (size_t)len };
	} else if (!format && looks_ambiguous(text)) {
		return fault_set(fault, field,
		    "%.*s may be read in two ways: write YYYY-MM-DD, or say "
		    "date: DD/MM/YYYY in a map",
		    (int)text.len, text.at);
	}
	if (date_parse(text, &date, &why)) {
		int shown = written.len < 40 ? (int)written.len : 40;
		if (format)
			return fault_set(fault, field,
			    "%.*s is no date written %s", shown, written.at,
			    format);
		return fault_set(fault, field, "%.*s: %s", shown, written.at,
		    why);
	}
	date_format(date, out);
	return 0;
}
