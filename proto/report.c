/* report.c - one pass over a report's map, by fields.def. */
#include "proto/report.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "proto/extra.h"
#include "proto/field_read.h"

static const char *const severity_names[SEVERITY_COUNT] = {
	[SEVERITY_UNSTATED] = "unstated",
	[SEVERITY_NONE] = "none",
	[SEVERITY_DAMAGE] = "damage",
	[SEVERITY_MINOR] = "minor",
	[SEVERITY_MEDICAL] = "medical",
	[SEVERITY_SEVERE] = "severe",
	[SEVERITY_FATAL] = "fatal",
};

static const char *const kind_names[] = {
	[REPORT_INCIDENT] = "incident",
	[REPORT_BREAKDOWN] = "breakdown",
};

const char *
severity_name(enum severity severity)
{
	assert(severity < SEVERITY_COUNT);
	return severity_names[severity];
}

int
severity_find(struct text name)
{
	for (int i = 0; i < SEVERITY_COUNT; i++)
		if (text_is(name, severity_names[i]))
			return i;
	return -1;
}

const char *
report_kind_name(enum report_kind kind)
{
	return kind_names[kind];
}

void
problem_add(struct problems *problems, const char *field, const char *code,
    const char *format, ...)
{
	struct problem *problem;
	va_list args;

	if (!problems || problems->count >= REPORT_PROBLEMS_MAX)
		return;
	problem = &problems->item[problems->count++];
	problem->field = field;
	problem->code = code;
	va_start(args, format);
	format_printable(problem->text, sizeof(problem->text), format, args);
	va_end(args);
}

/* --- the pass over the map ------------------------------------------------ */

static int read_group(struct reading *reading, enum report_group group,
    const struct value *map);

static int
read_map(struct reading *reading, const struct report_field *field,
    const struct value *value)
{
	if (value->kind != VALUE_MAP)
		return refuse(reading->why, ERROR_INVALID, field->path,
		    "use a map");
	return read_group(reading, (enum report_group)field->group, value);
}

static int
read_known(struct reading *reading, const struct report_field *field,
    const struct value *value)
{
	uint64_t bit = 1ull << field->index;

	if (reading->seen & bit)
		return refuse(reading->why, ERROR_INVALID, field->path,
		    "given twice");
	reading->seen |= bit;
	if (value_is_absent(value))
		return 0;
	reading->present |= bit;
	if (field->kind == REPORT_FIELD_MAP)
		return read_map(reading, field, value);
	return field_read(reading, field, value);
}

/* Recursion ends after one step: no group holds a MAP but the top. */
static int
read_group(struct reading *reading, enum report_group group,
    const struct value *map)
{
	struct value_walk walk = value_walk(map);
	unsigned hint = 0;
	struct value key;
	struct value item;

	while (value_next_pair(&walk, &key, &item)) {
		const struct report_field *field = NULL;
		int code;

		if (key.kind == VALUE_STR)
			field = report_field_find(group, key.as.text, &hint);
		code = field ? read_known(reading, field, &item)
			     : extra_check(reading, group, map, &key, &item);
		if (code)
			return code;
	}
	return 0;
}

/* --- the report as a whole ------------------------------------------------ */

static int
check_missing(const struct reading *reading)
{
	unsigned count;
	const struct report_field *fields = report_fields(&count);
	uint64_t missing = report_fields_required() & ~reading->present;
	unsigned first;

	if (!missing)
		return 0;
	first = (unsigned)__builtin_ctzll(missing);
	assert(first < count);
	return refuse(reading->why, ERROR_INVALID, fields[first].path,
	    "is required");
}

/* What may be true but is worth a look. */
static void
note_oddities(const struct reading *reading)
{
	const struct report *report = reading->report;

	if (report->is_filed_given &&
	    report->occurred.day > date_last_day(report->filed))
		problem_add(reading->problems, "occurred", "after-filed",
		    "it happened after it was filed");
	if (report->purchased.precision != DATE_ABSENT &&
	    report->purchased.day > date_last_day(report->occurred))
		problem_add(reading->problems, "purchased", "after-occurred",
		    "it was bought after it failed");
	if (report->deaths > 0 && report->severity != SEVERITY_FATAL)
		problem_add(reading->problems, "severity", "not-fatal",
		    "deaths are stated, but severity is %s",
		    severity_name(report->severity));
}

int
report_read(struct report *report, const struct value *map,
    const struct report_limits *limits, struct problems *problems,
    struct refusal *why)
{
	struct reading reading = { report, limits, problems, why, 0, 0 };
	int code;

	*report = (struct report){ .raw = map->span,
		.injured = -1,
		.deaths = -1,
		.units = -1,
		.age = -1 };
	if (problems)
		problems->count = 0;
	if (map->kind != VALUE_MAP)
		return refuse(why, ERROR_INVALID, NULL, "a report is a map");
	if (map->span.len > limits->report_bytes)
		return refuse(why, ERROR_TOO_LARGE, NULL,
		    "a report has at most %u bytes", limits->report_bytes);
	code = read_group(&reading, GROUP_TOP, map);
	if (!code)
		code = check_missing(&reading);
	if (code)
		return code;
	report->is_filed_given = report->filed.precision != DATE_ABSENT;
	if (!report->is_filed_given)
		report->filed = (struct date){ limits->today, DATE_DAY };
	note_oddities(&reading);
	return 0;
}

void
report_copy(struct report *to, const struct report *from)
{
	*to = *from;
	if (from->id.at == from->id_digits)
		to->id.at = to->id_digits;
}

/* --- lists ---------------------------------------------------------------- */

struct report_list
report_list(const struct value *field)
{
	struct report_list list = { .lone = *field };

	list.walk = value_walk(field);
	list.is_lone = field->kind == VALUE_STR || field->kind == VALUE_UINT;
	return list;
}

/* The next item as it stands, a lone value once. */
static bool
next_item(struct report_list *list, struct value *item)
{
	if (!list->is_lone)
		return value_next(&list->walk, item);
	*item = list->lone;
	list->is_lone = false;
	return true;
}

bool
report_list_next(struct report_list *list, struct text *item)
{
	struct value value;

	while (next_item(list, &value)) {
		*item = report_trim(value_text(&value));
		if (value.kind == VALUE_UINT) {
			int len = snprintf(list->scratch, sizeof(list->scratch),
			    "%013llu", (unsigned long long)value.as.uint);

			*item = (struct text){ list->scratch, (size_t)len };
		}
		if (item->len > 0)
			return true;
	}
	*item = (struct text){ NULL, 0 };
	return false;
}
