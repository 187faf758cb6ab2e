/*
 * fuzz_report.c - any scanned map read as a report: what is accepted keeps
 * its promises, what is refused says why.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/report.h"
#include "proto/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct scan_limits scan_limits = { 65536, 4096, 16 };
static const struct report_limits limits = { 16384, 512, 20781 };

static void
check_line(struct text text, size_t most)
{
	assert(text.len <= most && utf8_is_valid(text));
	for (size_t i = 0; i < text.len; i++)
		assert((uint8_t)text.at[i] >= 0x20 && text.at[i] != 0x7f);
}

static void
check_list(const struct value *value)
{
	struct report_list list = report_list(value);
	struct text item;
	unsigned items = 0;

	while (report_list_next(&list, &item)) {
		check_line(item, REPORT_NAME_MAX);
		items++;
	}
	assert(items <= REPORT_LIST_MAX);
}

static void
check_report(const struct report *report)
{
	check_line(report->id, REPORT_ID_MAX);
	assert(report->id.len > 0 && report->category.len > 0);
	check_line(report->category, REPORT_NAME_MAX);
	check_line(report->brand, REPORT_NAME_MAX);
	check_line(report->model, REPORT_NAME_MAX);
	check_line(report->reporter, REPORT_NAME_MAX);
	check_line(report->source, REPORT_NAME_MAX);
	check_list(&report->gtin);
	check_list(&report->lot);
	check_list(&report->hazard);
	check_list(&report->component);
	assert(report->text.len <= limits.text_bytes);
	assert(utf8_is_valid(report->text));
	assert(report->severity < SEVERITY_COUNT);
	assert(report->country[0] >= 'A' && report->country[0] <= 'Z');
	assert(report->country[1] >= 'A' && report->country[1] <= 'Z');
	assert(report->occurred.precision != DATE_ABSENT);
	assert(report->occurred.day <= limits.today + 1);
	assert(report->filed.day <= limits.today + 1);
	assert(report->deaths >= -1 && report->deaths <= 1000000);
	assert(report->age == -1 || (report->age >= 0 && report->age <= 200));
	assert(report->unknown <= REPORT_UNKNOWN_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct scan scan = { 0 };
	struct value map;
	struct report report;
	struct problems problems;
	struct refusal why = { 0 };
	int code;

	if (scan_value(&scan, &scan_limits, bytes, len) != SCAN_WHOLE ||
	    !value_read(bytes, bytes + scan.offset, &map))
		return 0;
	code = report_read(&report, &map, &limits, &problems, &why);
	assert(code == (int)why.code && (!code || why.text[0]));
	assert(utf8_is_valid(text_of(why.text)));
	assert(utf8_is_valid(text_of(why.field)));
	assert(problems.count <= REPORT_PROBLEMS_MAX);
	if (!code)
		check_report(&report);
	return 0;
}
