/* test_organisations.c - what a file says of them, and what it is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "daemon/core/organisations.h"

static struct organisations *
read_text(const char *text, struct yaml_errors *errors)
{
	struct yaml_doc *doc = yaml_parse("o.yaml", text, strlen(text), errors);

	return doc ? organisations_read(doc, errors) : NULL;
}

static void
test_a_file(void **state)
{
	struct yaml_errors errors = { 0 };
	const struct organisation *one;
	struct organisations *all = read_text("organisations:\n"
					      "  - name: repair-cafes.north\n"
					      "    trust: 0.8\n"
					      "    sites: [Old Mill, Harbour]\n"
					      "    trusted: true\n"
					      "    probation: 2027-03-01\n"
					      "  - name: line\n"
					      "    sites: [Harbour]\n"
					      "    probation: false\n",
	    &errors);

	(void)state;
	assert_non_null(all);
	assert_int_equal(organisations_count(all), 2);
	assert_int_equal(organisations_find(all, TEXT("repair-cafes.north")),
	    0);
	assert_int_equal(organisations_find(all, TEXT("repair-cafes-north")),
	    -1);
	assert_int_equal(organisations_find(all, TEXT("lines")), -1);
	one = organisations_at(all, 0);
	assert_int_equal(one->trust, 16);
	assert_int_equal(one->nsites, 2);
	assert_int_equal(one->probation_until, date_join(2027, 3, 1));
	assert_true(organisations_site(all, 0, TEXT("OLD-MILL")));
	assert_false(organisations_site(all, 1, TEXT("Old Mill")));
	assert_true(organisations_site(all, 1, TEXT("harbour")));
	assert_false(organisations_site(all, 1, TEXT("")));
	one = organisations_at(all, 1);
	assert_int_equal(one->trust, 20);
	assert_int_equal(one->probation_until, INT32_MIN);
	assert_true(organisations_is_trusted(all, TEXT("repair-cafes.north")));
	assert_false(organisations_is_trusted(all, TEXT("line")));
	assert_false(organisations_is_trusted(all, TEXT("unknown")));
	organisations_free(all);
}

/* One operator, who may see everything. */
static void
test_nobody(void **state)
{
	struct yaml_errors errors = { 0 };
	struct organisations *all = organisations_none();

	(void)state;
	assert_true(organisations_is_trusted(all, TEXT("anyone")));
	assert_int_equal(organisations_find(all, TEXT("anyone")), -1);
	organisations_free(all);
	all = read_text("", &errors);
	assert_non_null(all);
	assert_int_equal(organisations_count(all), 0);
	organisations_free(all);
	all = read_text("organisations: []\n", &errors);
	assert_non_null(all);
	organisations_free(all);
}

static const struct bad {
	const char *text, *complaint;
} bad[] = {
	{ "organisation: []\n", "o.yaml:1:1: unknown key" },
	{ "organisations: yes\n", "o.yaml:1:16: write a list" },
	{ "organisations: [a]\n", "o.yaml:1:17: an organisation is a map" },
	{ "organisations:\n- trust: 1\n", "o.yaml:2:3: an organisation is" },
	{ "organisations:\n- name: a\n  trust: 1.5\n",
	    "o.yaml:3:10: trust is a number from 0 to 1" },
	{ "organisations:\n- name: a\n  trust: nan\n", "o.yaml:3:10: trust" },
	{ "organisations:\n- name: a\n  trust: -1\n", "o.yaml:3:10: trust" },
	{ "organisations:\n- name: a\n  trust: 0.1.1\n", "o.yaml:3:10: trust" },
	{ "organisations:\n- name: a\n  trust: []\n", "o.yaml:3:10: trust" },
	{ "organisations:\n- name: a\n  trusted: 1\n",
	    "o.yaml:3:12: trusted is true or false" },
	{ "organisations:\n- name: a\n  probation: 2027\n",
	    "o.yaml:3:14: probation is false or the day" },
	{ "organisations:\n- name: a\n  probation: 2027-02-30\n",
	    "o.yaml:3:14: probation is false or the day" },
	{ "organisations:\n- name: a\n  probation: true\n", "o.yaml:3:14: " },
	{ "organisations:\n- name: a\n  sites: b\n",
	    "o.yaml:3:10: sites is a list" },
	{ "organisations:\n- name: a\n  sites: [b, B.]\n",
	    "o.yaml:3:14: sites: \"B.\" stands here already" },
	{ "organisations:\n- name: a\n  sites: ['!']\n",
	    "o.yaml:3:11: sites: \"!\" has no letter" },
	{ "organisations:\n- name: a\n  site: [b]\n",
	    "o.yaml:3:3: unknown key \"site\"; did you mean \"sites\"?" },
	{ "organisations:\n- name: a\n  colour: red\n",
	    "o.yaml:3:3: unknown key \"colour\": an organisation has" },
	{ "organisations:\n- name: a\n- name: a\n",
	    "o.yaml:3:9: name: \"a\" is named already" },
	{ "organisations:\n- name: A\n",
	    "o.yaml:2:9: name: use lower-case letters" },
	{ "organisations:\n- name: 'a b'\n", "o.yaml:2:9: name: use" },
	{ "organisations:\n- name: ''\n", "o.yaml:2:9: a name is a text" },
};

static void
test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct yaml_errors errors = { 0 };
		struct text text;

		assert_null(read_text(bad[i].text, &errors));
		assert_true(errors.count > 0);
		text = buf_text(&errors.text);
		if (text.len < strlen(bad[i].complaint) ||
		    memcmp(text.at, bad[i].complaint,
			strlen(bad[i].complaint)) != 0)
			fail_msg("%zu: %.*s", i, TEXT_ARG(text));
		yaml_errors_free(&errors);
	}
}

/* Everything wrong is told at once. */
static void
test_all_at_once(void **state)
{
	struct yaml_errors errors = { 0 };

	(void)state;
	assert_null(read_text("organisations:\n- name: a\n  trust: x\n"
			      "  trusted: x\n- nam: b\n",
	    &errors));
	assert_int_equal(errors.count, 3);
	yaml_errors_free(&errors);
	assert_null(organisations_load("/nonexistent/o.yaml", &errors));
	assert_int_equal(errors.count, 1);
	yaml_errors_free(&errors);
}

static void
test_too_many(void **state)
{
	struct yaml_errors errors = { 0 };
	struct buf text = { 0 };
	char line[32];

	(void)state;
	buf_add(&text, "organisations:\n", 15);
	for (int i = 0; i <= ORGANISATIONS_MAX; i++)
		buf_add(&text, line,
		    (size_t)snprintf(line, sizeof(line), "- name: o%d\n", i));
	buf_u8(&text, 0);
	assert_null(read_text((const char *)text.at, &errors));
	assert_int_equal(errors.count, 1);
	yaml_errors_free(&errors);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
