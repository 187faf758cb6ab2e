/* field_read.c - one field of a report, checked, by its kind. */
#include "proto/field_read.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/utf8.h"
#include "proto/country.h"

static int
refuse_field(struct reading *reading, const struct report_field *field,
    const char *rule)
{
	return refuse(reading->why, ERROR_INVALID, field->path, "%s", rule);
}

/* --- texts --------------------------------------------------------------- */

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

struct text
report_trim(struct text text)
{
	while (text.len > 0 && is_blank(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

/* Are the first bytes, 8 or all, from 0x20 to 0x7e? */
static inline bool
is_plain(const char *at, size_t len)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t eight;
	unsigned odd = 0;

	if (len < 8) {
		for (size_t i = 0; i < len; i++)
			odd |= (uint8_t)(at[i] - 0x20) > 0x5e;
		return !odd;
	}
	memcpy(&eight, at, sizeof(eight));
	return !(
	    (eight | (eight + ones) | (eight - 0x20 * ones)) & (0x80 * ones));
}

/* What is wrong with the text, or NULL. */
static const char *
text_fault(struct text text, bool is_prose)
{
	while (text.len > 0) {
		uint32_t code = (uint8_t)text.at[0];
		size_t len = 1;

		if (is_plain(text.at, text.len))
			len = text.len < 8 ? text.len : 8;
		else if (code >= 0x80)
			len = utf8_next(text, &code);
		if (len == 0)
			return "is no valid UTF-8";
		if (len == 1 && code == 0)
			return "NUL is not allowed";
		if (len < 3 && (code < 0x20 || (code >= 0x7f && code < 0xa0)) &&
		    !(is_prose && is_blank((char)code)))
			return is_prose
			    ? "only newlines and tabs of the control characters"
			    : "one line without control characters";
		text.at += len;
		text.len -= len;
	}
	return NULL;
}

/* A trimmed, checked text; empty is absent. */
static int
take_text(struct reading *reading, const struct report_field *field,
    const struct value *value, struct text *out)
{
	bool is_prose = field->kind == REPORT_FIELD_PROSE;
	uint32_t most = is_prose ? reading->limits->text_bytes : field->max;
	const char *fault;

	if (field->kind == REPORT_FIELD_LIST ||
	    field->kind == REPORT_FIELD_CODES)
		most = REPORT_NAME_MAX;
	if (value->kind != VALUE_STR)
		return refuse_field(reading, field, "use a string");
	*out = report_trim(value->as.text);
	if (out->len > most)
		return refuse(reading->why,
		    is_prose ? ERROR_TOO_LARGE : ERROR_INVALID, field->path,
		    "at most %" PRIu32 " bytes", most);
	fault = text_fault(*out, is_prose);
	if (fault)
		return refuse_field(reading, field, fault);
	return 0;
}

/* A reader of one kind; slot is the member of the report. */
typedef int reader(struct reading *reading, const struct report_field *field,
    const struct value *value, void *slot);

/* Nothing was left after trimming: as if the key had not been there. */
static void
forget(struct reading *reading, const struct report_field *field)
{
	reading->present &= ~(1ull << field->index);
}

static int
read_line(struct reading *reading, const struct report_field *field,
    const struct value *value, void *slot)
{
	struct text text;

	if (take_text(reading, field, value, &text))
		return (int)reading->why->code;
	if (text.len == 0)
		forget(reading, field);
	memcpy(slot, &text, sizeof(text));
	return 0;
}

static int
read_id(struct reading *reading, const struct report_field *field,
    const struct value *value, void *slot)
{
	struct report *report = reading->report;
	struct text digits;
	int len;

	if (value->kind != VALUE_UINT && value->kind != VALUE_INT)
		return read_line(reading, field, value, slot);
	len = value->kind == VALUE_UINT
	    ? snprintf(report->id_digits, sizeof(report->id_digits), "%" PRIu64,
		  value->as.uint)
	    : snprintf(report->id_digits, sizeof(report->id_digits), "%" PRId64,
		  value->as.sint);
	digits = (struct text){ report->id_digits, (size_t)len };
	memcpy(slot, &digits, sizeof(digits));
	return 0;
}

static bool
is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* "fr", "fr-BE", "zh-Hant-TW": 2 or 3 small letters, then subtags. */
static bool
is_language(struct text text)
{
	size_t start = 0;
	size_t i = 0;

	while (i < text.len && text.at[i] >= 'a' && text.at[i] <= 'z')
		i++;
	if (i < 2 || i > 3)
		return false;
	while (i < text.len) {
		if (text.at[i] != '-')
			return false;
		for (start = ++i; i < text.len && text.at[i] != '-'; i++)
			if (!is_letter(text.at[i]) &&
			    (text.at[i] < '0' || text.at[i] > '9'))
				return false;
		if (i == start || i - start > 8)
			return false;
	}
	return true;
}

static int
read_lang(struct reading *reading, const struct report_field *field,
    const struct value *value, void *slot)
{
	struct text text;

	if (read_line(reading, field, value, slot))
		return (int)reading->why->code;
	memcpy(&text, slot, sizeof(text));
	if (text.len > 0 && !is_language(text))
		return refuse_field(reading, field,
		    "use a language tag such as fr or fr-BE");
	return 0;
}

/* --- words, numbers, dates ------------------------------------------------ */

static int
read_kind(struct reading *reading, const struct report_field *field,
    const struct value *value, void *slot)
{
	struct text text = report_trim(value_text(value));

	for (unsigned i = 0; i < 2; i++) {
		enum report_kind kind = (enum report_kind)i;

		if (!text_is(text, report_kind_name(kind)))
			continue;
		memcpy(slot, &kind, sizeof(kind));
		return 0;
	}
	return refuse_field(reading, field, "use incident or breakdown");
}

static int
read_severity(struct reading *reading, const struct report_field *field,
    const struct value *value, void *slot)
{
	int found = severity_find(report_trim(value_text(value)));
	enum severity severity = (enum severity)found;

	if (found < 0)
		return refuse_field(reading, field,
		    "use none, damage, minor, medical, severe or fatal");
	memcpy(slot, &severity, sizeof(severity));
	return 0;
}

static int
read_count(struct reading *reading, const struct report_field *field,
    const struct value *value, void *slot)
{
	int64_t number;

	if (!value_int(value, &number) || number < field->min ||
	    number > field->max)
		return refuse(reading->why, ERROR_INVALID, field->path,
		    "use a whole number from %" PRIu32 " to %" PRIu32,
		    field->min, field->max);
	memcpy(slot, &number, sizeof(number));
	return 0;
}

static int
read_years(struct reading *reading, const struct report_field *field,
    const struct value *value, void *slot)
{
	double years = -1;

	if (value->kind == VALUE_FLOAT)
		years = value->as.real;
	else if (value->kind == VALUE_UINT && value->as.uint <= field->max)
		years = (double)value->as.uint;
	/* Said so that a NaN fails too. */
	if (!(years >= field->min && years <= field->max))
		return refuse(reading->why, ERROR_INVALID, field->path,
		    "use a number from %" PRIu32 " to %" PRIu32, field->min,
		    field->max);
	memcpy(slot, &years, sizeof(years));
	return 0;
}

static int
read_flag(struct reading *reading, const struct report_field *field,
    const struct value *value, void *slot)
{
	if (value->kind != VALUE_BOOL)
		return refuse_field(reading, field, "use true or false");
	memcpy(slot, &value->as.yes, sizeof(value->as.yes));
	return 0;
}

static int
read_country(struct reading *reading, const struct report_field *field,
    const struct value *value, void *slot)
{
	struct text code = report_trim(value_text(value));
	char country[2];
	bool is_mapped;

	if (!country_find(code, country, &is_mapped))
		return refuse_field(reading, field,
		    "use an ISO 3166-1 alpha-2 code such as FR");
	if (is_mapped)
		problem_add(reading->problems, field->path, "country-mapped",
		    "%.*s was read as %.2s", TEXT_ARG(code), country);
	memcpy(slot, country, sizeof(country));
	return 0;
}

static int
read_date(struct reading *reading, const struct report_field *field,
    const struct value *value, void *slot)
{
	struct text text = report_trim(value_text(value));
	const char *rule = "use YYYY, YYYY-MM or YYYY-MM-DD";
	struct date date;

	if (value->kind != VALUE_STR || date_parse(text, &date, &rule))
		return refuse_field(reading, field, rule);
	/* It may be tomorrow already where the sender lives. */
	if (date.day > reading->limits->today + 1)
		return refuse_field(reading, field, "is in the future");
	memcpy(slot, &date, sizeof(date));
	return 0;
}

/* --- lists ---------------------------------------------------------------- */

static const uint64_t gtin_most = 99999999999999; /* 14 digits */

static int
check_item(struct reading *reading, const struct report_field *field,
    const struct value *item)
{
	struct text text;

	if (item->kind == VALUE_NIL)
		return 0;
	if (field->kind == REPORT_FIELD_CODES && item->kind == VALUE_UINT) {
		if (item->as.uint <= gtin_most)
			return 0;
		return refuse_field(reading, field, "at most 14 digits");
	}
	if (item->kind != VALUE_STR)
		return refuse_field(reading, field, "use strings");
	return take_text(reading, field, item, &text);
}

static int
read_list(struct reading *reading, const struct report_field *field,
    const struct value *value, void *slot)
{
	struct value_walk walk = value_walk(value);
	struct value item;

	memcpy(slot, value, sizeof(*value));
	if (value->kind != VALUE_LIST)
		return check_item(reading, field, value);
	if (value->count > field->max)
		return refuse(reading->why, ERROR_INVALID, field->path,
		    "at most %" PRIu32 " items", field->max);
	while (value_next(&walk, &item))
		if (check_item(reading, field, &item))
			return (int)reading->why->code;
	return 0;
}

static reader *const readers[REPORT_FIELD_MAP] = {
	[REPORT_FIELD_ID] = read_id,
	[REPORT_FIELD_KIND] = read_kind,
	[REPORT_FIELD_SEVERITY] = read_severity,
	[REPORT_FIELD_COUNT] = read_count,
	[REPORT_FIELD_COUNTRY] = read_country,
	[REPORT_FIELD_LINE] = read_line,
	[REPORT_FIELD_PROSE] = read_line,
	[REPORT_FIELD_LANG] = read_lang,
	[REPORT_FIELD_DATE] = read_date,
	[REPORT_FIELD_YEARS] = read_years,
	[REPORT_FIELD_FLAG] = read_flag,
	[REPORT_FIELD_LIST] = read_list,
	[REPORT_FIELD_CODES] = read_list,
};

int
field_read(struct reading *reading, const struct report_field *field,
    const struct value *value)
{
	void *slot = (char *)reading->report + field->offset;

	return readers[field->kind](reading, field, value, slot);
}
