/* test_report.c - every check of a report, by table and by descriptor. */
#include "proto/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report_case.h"
#include "report_variant.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char full[] =
    "{'id': ' 0190-x ', 'kind': 'incident', 'severity': 'medical',"
    "'product': {'category': 'kettle', 'brand': ' Moulinex\\t',"
    " 'model': 'BY612', 'name': 'Subito', 'serial': 'S1',"
    " 'subject_kind': 'product', 'gtin': [3016661150784, '12'],"
    " 'lot': 'L7'}, 'failure': {'mode': 'overheating',"
    " 'hazard': ['fire'], 'component': []}, 'injured': 2.0,"
    "'deaths': 0, 'units': 1, 'outcome': {'status': 'discarded',"
    " 'barrier': 'no parts'}, 'country': 'be', 'region': 'Namur',"
    "'occurred': '2026-11', 'purchased': '2024', 'filed':"
    " '2026-11-20', 'age': 2.5, 'reporter': 'r1', 'text':"
    " b'a\\nb\\tc \\xc3\\xa9', 'lang': 'fr-BE', 'consent':"
    " {'publish': true, 'share_with_maker': false}, 'origin':"
    " {'source': 'ufc', 'group': 'rennes', 'licence': 'CC0'},"
    "'supersedes': '16'}";

static void
a_full_reports_texts_are_read(void **state)
{
	struct case_of *it = read_text(full);
	const struct report *report = &it->report;

	(void)state;
	assert_int_equal(it->code, 0);
	assert_int_equal(it->problems.count, 0);
	assert_true(text_equal(report->raw, buf_text(&it->bytes)));
	assert_true(text_is(report->id, "0190-x"));
	assert_int_equal(report->kind, REPORT_INCIDENT);
	assert_int_equal(report->severity, SEVERITY_MEDICAL);
	assert_true(text_is(report->category, "kettle"));
	assert_true(text_is(report->brand, "Moulinex"));
	assert_true(text_is(report->model, "BY612"));
	assert_true(text_is(report->name, "Subito"));
	assert_true(text_is(report->serial, "S1"));
	assert_true(text_is(report->subject_kind, "product"));
	assert_true(text_is(report->mode, "overheating"));
	assert_true(text_is(report->outcome_status, "discarded"));
	assert_true(text_is(report->outcome_barrier, "no parts"));
	assert_true(text_is(report->region, "Namur"));
	assert_true(text_is(report->reporter, "r1"));
	assert_true(text_is(report->text, "a\nb\tc \xc3\xa9"));
	assert_true(text_is(report->lang, "fr-BE"));
	assert_true(text_is(report->source, "ufc"));
	assert_true(text_is(report->group, "rennes"));
	assert_true(text_is(report->licence, "CC0"));
	assert_true(text_is(report->supersedes, "16"));
	drop(it);
}

static void
a_full_reports_numbers_are_read(void **state)
{
	struct case_of *it = read_text(full);
	const struct report *report = &it->report;

	(void)state;
	assert_int_equal(report->injured, 2);
	assert_int_equal(report->deaths, 0);
	assert_int_equal(report->units, 1);
	assert_memory_equal(report->country, "BE", 2);
	assert_int_equal(report->occurred.precision, DATE_MONTH);
	assert_int_equal(report->occurred.day, TODAY - 23);
	assert_int_equal(report->purchased.precision, DATE_YEAR);
	assert_int_equal(report->filed.day, TODAY - 4);
	assert_true(report->is_filed_given);
	assert_true(report->age == 2.5);
	assert_true(report->consent_publish);
	assert_false(report->consent_share);
	assert_int_equal(report->unknown, 0);
	drop(it);
}

static void
a_full_reports_lists_are_read(void **state)
{
	struct case_of *it = read_text(full);
	const struct report *report = &it->report;
	struct report_list list;
	struct text item;

	(void)state;
	list = report_list(&report->gtin);
	assert_true(report_list_next(&list, &item));
	assert_true(text_is(item, "3016661150784"));
	assert_true(report_list_next(&list, &item));
	assert_true(text_is(item, "12"));
	assert_false(report_list_next(&list, &item));
	list = report_list(&report->lot);
	assert_true(report_list_next(&list, &item));
	assert_true(text_is(item, "L7"));
	assert_false(report_list_next(&list, &item));
	list = report_list(&report->component);
	assert_false(report_list_next(&list, &item));
	drop(it);
}

static void
the_smallest_report_has_defaults(void **state)
{
	struct case_of *it = read_text("{" BASE KETTLE WHEN "}");
	const struct report *report = &it->report;

	(void)state;
	assert_int_equal(it->code, 0);
	assert_int_equal(report->severity, SEVERITY_UNSTATED);
	assert_int_equal(report->injured, -1);
	assert_int_equal(report->deaths, -1);
	assert_int_equal(report->units, -1);
	assert_true(report->age == -1);
	assert_int_equal(report->purchased.precision, DATE_ABSENT);
	assert_int_equal(report->filed.day, TODAY);
	assert_int_equal(report->filed.precision, DATE_DAY);
	assert_false(report->is_filed_given);
	assert_int_equal(report->gtin.kind, VALUE_NIL);
	assert_int_equal(report->brand.len, 0);
	drop(it);
}

/* A row of report_cases.def; what is the rule, or the problem's code. */
struct given {
	const char *report, *field, *what;
};

/* clang-format off */
#define REFUSED(report, field, rule) { report, field, rule },
#define ACCEPTED(report)
#define NOTED(report, field, code)
static const struct given refused[] = {
#include "report_cases.def"
};
#undef REFUSED
#undef ACCEPTED
#define REFUSED(report, field, rule)
#define ACCEPTED(report) { report, "", "" },
static const struct given accepted[] = {
#include "report_cases.def"
};
#undef ACCEPTED
#undef NOTED
#define ACCEPTED(report)
#define NOTED(report, field, code) { report, field, code },
static const struct given noted[] = {
#include "report_cases.def"
};
/* clang-format on */

static void
bad_reports_are_refused_by_field_and_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct case_of *it = read_text(refused[i].report);

		if (it->code != ERROR_INVALID ||
		    strcmp(it->why.field, refused[i].field) != 0 ||
		    !strstr(it->why.text, refused[i].what))
			fail_msg("%s\n gave %d: %s: %s", refused[i].report,
			    it->code, it->why.field, it->why.text);
		drop(it);
	}
}

static void
good_reports_are_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(accepted); i++) {
		struct case_of *it = read_text(accepted[i].report);

		if (it->code)
			fail_msg("%s\n gave %s: %s", accepted[i].report,
			    it->why.field, it->why.text);
		drop(it);
	}
}

static void
oddities_are_noted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(noted); i++) {
		struct case_of *it = read_text(noted[i].report);

		assert_int_equal(it->code, 0);
		assert_int_equal(it->problems.count, 1);
		assert_string_equal(it->problems.item[0].field, noted[i].field);
		assert_string_equal(it->problems.item[0].code, noted[i].what);
		assert_true(it->problems.item[0].text[0]);
		/* Nobody has to listen. */
		assert_int_equal(report_read(&it->report, &it->map, &limits,
				     NULL, &it->why),
		    0);
		drop(it);
	}
}

/* --- by descriptor -------------------------------------------------------- */

static void
expect(const struct report_field *field, enum variant variant,
    enum error_code code)
{
	struct case_of *it = read_variant(field, variant);

	if (it->code != (int)code ||
	    (code && strcmp(it->why.field, field->path) != 0))
		fail_msg("%s, variant %d, gave %d: %s: %s", field->path,
		    (int)variant, it->code, it->why.field, it->why.text);
	drop(it);
}

static void
every_field_keeps_its_rules(void **state)
{
	unsigned count;
	const struct report_field *fields = report_fields(&count);

	(void)state;
	assert_true(count > 35);
	for (unsigned i = 0; i < count; i++) {
		const struct report_field *field = &fields[i];
		bool is_required = field->need == NEED_REQUIRED;
		bool is_prose = field->kind == REPORT_FIELD_PROSE;

		if (field->kind == REPORT_FIELD_MAP)
			continue;
		assert_int_equal(report_fields_required() >> i & 1,
		    is_required);
		expect(field, AS_IT_IS, ERROR_NONE);
		expect(field, LEFT_OUT, is_required ? ERROR_INVALID : 0);
		expect(field, NIL, is_required ? ERROR_INVALID : 0);
		expect(field, TWICE, ERROR_INVALID);
		expect(field, NO_SUCH_TYPE, ERROR_INVALID);
		if (!is_lengthy(field))
			continue;
		expect(field, LONGEST, ERROR_NONE);
		expect(field, TOO_LONG,
		    is_prose ? ERROR_TOO_LARGE : ERROR_INVALID);
	}
}

static void
keys_are_found_in_any_order(void **state)
{
	unsigned count;
	const struct report_field *fields = report_fields(&count);

	(void)state;
	for (unsigned i = 0; i < count; i++) {
		enum report_group group = fields[i].kind == REPORT_FIELD_MAP
		    ? GROUP_TOP
		    : (enum report_group)fields[i].group;
		char longer[40];

		snprintf(longer, sizeof(longer), "%s_", fields[i].key);
		for (unsigned hint = 0; hint < 2; hint++) {
			unsigned at = hint;
			const struct report_field *found =
			    report_field_find(group, text_of(fields[i].key),
				&at);

			assert_ptr_equal(found, &fields[i]);
			assert_null(
			    report_field_find(group, text_of(longer), &at));
		}
		assert_true(report_field_nearest(group, text_of(longer)) ==
			&fields[i] ||
		    strlen(fields[i].key) < 3);
	}
}

static void
an_integer_id_survives_a_copy(void **state)
{
	struct case_of *it = read_text(
	    "{'id': -42, 'kind': 'incident', 'country': 'FR', " KETTLE WHEN
	    "}");
	struct report copy;

	(void)state;
	assert_int_equal(it->code, 0);
	report_copy(&copy, &it->report);
	memset(it->report.id_digits, 'z', sizeof(it->report.id_digits));
	assert_true(text_is(copy.id, "-42"));
	drop(it);
	it = read_text("{" BASE KETTLE WHEN "}");
	report_copy(&copy, &it->report);
	assert_ptr_equal(copy.id.at, it->report.id.at);
	drop(it);
}

static void
integers_in_lists_are_padded(void **state)
{
	static const struct {
		const char *gtin;
		const char *item[3];
	} row[] = {
		{ "4006381333931", { "4006381333931" } },
		{ "[96385074, ' 0012 ', nil, '', 6381333931]",
		    { "0000096385074", "0012", "0006381333931" } },
		{ "99999999999999", { "99999999999999" } },
		{ "'4006381333931'", { "4006381333931" } },
		{ "nil", { NULL } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		char text[200];
		struct case_of *it;
		struct report_list list;
		struct text item;

		snprintf(text, sizeof(text),
		    "{" BASE WHEN "'product': {'category': 'k', 'gtin': %s}}",
		    row[i].gtin);
		it = read_text(text);
		assert_int_equal(it->code, 0);
		list = report_list(&it->report.gtin);
		for (unsigned n = 0; n < 3 && row[i].item[n]; n++) {
			assert_true(report_list_next(&list, &item));
			assert_true(text_is(item, row[i].item[n]));
		}
		assert_false(report_list_next(&list, &item));
		assert_false(report_list_next(&list, &item));
		drop(it);
	}
}

static void
names_of_words_lead_back(void **state)
{
	(void)state;
	for (int i = 0; i < SEVERITY_COUNT; i++)
		assert_int_equal(severity_find(
				     text_of(severity_name((enum severity)i))),
		    i);
	assert_int_equal(severity_find(TEXT("Fatal")), -1);
	assert_int_equal(severity_find(TEXT("")), -1);
	assert_string_equal(report_kind_name(REPORT_INCIDENT), "incident");
	assert_string_equal(report_kind_name(REPORT_BREAKDOWN), "breakdown");
}

/* Whatever a byte becomes, reading ends, and a refusal has a reason. */
static void
mutated_reports_are_judged(void **state)
{
	struct case_of *base = read_variant(NULL, AS_IT_IS);
	uint64_t seed = 99;
	unsigned taken = 0;

	(void)state;
	assert_int_equal(base->code, 0);
	for (unsigned round = 0; round < 50000; round++) {
		struct buf copy = { 0 };
		struct value map;
		struct report report;
		struct refusal why = { 0 };
		int code;

		buf_add(&copy, base->bytes.at, base->bytes.len);
		for (unsigned n = 0; n < 3; n++) {
			seed =
			    seed * 6364136223846793005u + 1442695040888963407u;
			copy.at[(seed >> 33) % copy.len] =
			    (uint8_t)(seed >> 20);
		}
		if (value_of(buf_text(&copy), &map)) {
			code = report_read(&report, &map, &limits, NULL, &why);
			taken += !code;
			assert_int_equal(code, why.code);
			assert_true(!code || why.text[0]);
		}
		buf_free(&copy);
	}
	assert_in_range(taken, 100, 49999);
	drop(base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_reports_texts_are_read),
		cmocka_unit_test(a_full_reports_numbers_are_read),
		cmocka_unit_test(a_full_reports_lists_are_read),
		cmocka_unit_test(the_smallest_report_has_defaults),
		cmocka_unit_test(bad_reports_are_refused_by_field_and_rule),
		cmocka_unit_test(good_reports_are_taken),
		cmocka_unit_test(oddities_are_noted),
		cmocka_unit_test(every_field_keeps_its_rules),
		cmocka_unit_test(keys_are_found_in_any_order),
		cmocka_unit_test(an_integer_id_survives_a_copy),
		cmocka_unit_test(integers_in_lists_are_padded),
		cmocka_unit_test(names_of_words_lead_back),
		cmocka_unit_test(mutated_reports_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
