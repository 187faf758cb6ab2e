#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/rule.h"

#define FR ('F' << 8 | 'R')
#define BE ('B' << 8 | 'E')

/* A vocabulary and what was read with it. */
struct fixture {
	struct vocabulary *vocabulary;
	struct rules rules;
	struct yaml_errors errors;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	*state = f;
	f->vocabulary = vocabulary_new(NULL, &f->errors);
	if (!f->vocabulary)
		fail_msg("%.*s", TEXT_ARG(buf_text(&f->errors.text)));
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	vocabulary_free(f->vocabulary);
	yaml_errors_free(&f->errors);
	free(f);
	return 0;
}

static int
add(struct fixture *f, const char *yaml)
{
	struct yaml_doc *doc =
	    yaml_parse("test.yaml", yaml, strlen(yaml), &f->errors);
	int result;

	assert_non_null(doc);
	result = rules_add(&f->rules, f->vocabulary, doc, &f->errors);
	yaml_free(doc);
	return result;
}

static bool
complained(const struct fixture *f, const char *words)
{
	return f->errors.text.len > 0 &&
	    memmem(f->errors.text.at, f->errors.text.len, words,
		strlen(words)) != NULL;
}

static uint32_t
hazard(const struct fixture *f, const char *slug)
{
	int index = vocabulary_find(f->vocabulary, WORDS_HAZARD, text_of(slug));

	assert_in_range(index, 0, 31);
	return UINT32_C(1) << index;
}

static int
category(const struct fixture *f, const char *slug)
{
	int index =
	    vocabulary_find(f->vocabulary, WORDS_CATEGORY, text_of(slug));

	assert_true(index >= 0);
	return index;
}

static void
test_default(void **state)
{
	struct fixture *f = *state;
	const struct rule *rule = &f->rules.rule[0];
	uint32_t designated = 0;

	assert_int_equal(rules_add_default(&f->rules, f->vocabulary,
			     &f->errors),
	    0);
	assert_int_equal(f->errors.count, 0);
	assert_int_equal(f->rules.count, 1);
	for (unsigned i = 0; i < vocabulary_count(f->vocabulary, WORDS_HAZARD);
	     i++)
		if (vocabulary_word(f->vocabulary, WORDS_HAZARD, i)
			->is_designated)
			designated |= UINT32_C(1) << i;
	assert_string_equal(rule->name, "designated-hazards");
	assert_int_equal(rule->basis, BASIS_HAZARD);
	assert_int_equal(rule->scope, SCOPE_PRODUCT);
	assert_int_equal(rule->window_days, 366);
	assert_int_equal(rule->sources, 2);
	assert_int_equal(rule->hazards, designated);
	assert_true(designated & hazard(f, "fire"));
	assert_false(designated & hazard(f, "burns"));
	assert_int_equal(rule->cases + rule->reports + rule->organisations, 0);
	assert_int_equal(rule->watch_sources, 1);
	assert_int_equal(rule->kinds, 0);
	assert_int_equal(rule->severity_min, SEVERITY_UNSTATED);
	assert_int_equal(rule->ncategories + rule->ncountries, 0);
	/* Of this name, for ever: stored alarms point to it. */
	assert_int_equal(rule->id, 0x5d7e5043);
	assert_ptr_equal(rule_find(&f->rules, rule->id), rule);
	assert_null(rule_find(&f->rules, rule->id + 1));
	/* A second time, its name is taken. */
	assert_int_equal(rules_add_default(&f->rules, f->vocabulary,
			     &f->errors),
	    -1);
	assert_int_equal(f->errors.count, 1);
	assert_true(complained(f, "loaded already"));
	assert_int_equal(f->rules.count, 1);
}

static void
test_every_key(void **state)
{
	struct fixture *f = *state;
	const struct rule *rule = &f->rules.rule[0];

	assert_int_equal(add(f,
			     "rules:\n"
			     "  - name: all-of-it-2\n"
			     "    basis: rule\n"
			     "    per: product-and-mode\n"
			     "    window: 28d\n"
			     "    sources: 3\n"
			     "    cases: 4\n"
			     "    reports: 92\n"
			     "    organisations: 1\n"
			     "    watch_sources: 2\n"
			     "    hazards: [fire, burns, fire]\n"
			     "    category: [kettle, Bouilloire, toaster]\n"
			     "    kind: breakdown\n"
			     "    severity_min: medical\n"
			     "    country: [FR, BE, FR]\n"),
	    0);
	assert_int_equal(f->errors.count, 0);
	assert_string_equal(rule->name, "all-of-it-2");
	assert_int_equal(rule->basis, BASIS_RULE);
	assert_int_equal(rule->scope, SCOPE_MODE);
	assert_int_equal(rule->window_days, 28);
	assert_int_equal(rule->sources, 3);
	assert_int_equal(rule->cases, 4);
	assert_int_equal(rule->reports, 92);
	assert_int_equal(rule->organisations, 1);
	assert_int_equal(rule->watch_sources, 2);
	assert_int_equal(rule->hazards, hazard(f, "fire") | hazard(f, "burns"));
	assert_int_equal(rule->ncategories, 2);
	assert_int_equal(rule->category[0], category(f, "kettle"));
	assert_int_equal(rule->category[1], category(f, "toaster"));
	assert_int_equal(rule->kinds, 1 << REPORT_BREAKDOWN);
	assert_int_equal(rule->severity_min, SEVERITY_MEDICAL);
	assert_int_equal(rule->ncountries, 2);
	assert_int_equal(rule->country[0], FR);
	assert_int_equal(rule->country[1], BE);
	assert_true(rule->id != 0 && rule->version != 0);
}

/* The rest of a rule, so that each case below breaks one thing. */
#define HEAD "rules:\n  - name: x\n    per: product\n    window: 9d\n"
#define GOOD HEAD "    sources: 2\n"

static void
test_refused(void **state)
{
	static const struct {
		const char *yaml, *complaint;
	} cases[] = {
		{ HEAD "    sorces: 2\n    sources: 2\n",
		    "test.yaml:5:5: unknown key, did you mean \"sources\"?" },
		{ GOOD "    qqqqqq: 1\n", "unknown key\n" },
		{ HEAD "    sources: 0\n", "whole number from 1 to 92" },
		{ HEAD "    sources: 93\n", "whole number from 1 to 92" },
		{ HEAD "    sources: 99999999999\n", "from 1 to 92" },
		{ HEAD "    sources: -2\n", "from 1 to 92" },
		{ HEAD "    sources: 2.0\n", "from 1 to 92" },
		{ HEAD "    cases: \n", "test.yaml:5:" },
		{ HEAD "    reports: [2]\n", "from 1 to 92" },
		{ HEAD "    organisations: two\n", "from 1 to 92" },
		{ HEAD, "at least one of sources" },
		{ "rules:\n  - per: product\n    window: 9d\n    cases: 2\n",
		    "needs a name" },
		{ "rules:\n  - name: x\n    window: 9d\n    cases: 2\n",
		    "needs per" },
		{ "rules:\n  - name: x\n    per: product\n    cases: 2\n",
		    "needs a window" },
		{ "rules:\n  - name: x\n    per: product\n    window: 0d\n"
		  "    cases: 2\n",
		    "from 1d to 366d" },
		{ "rules:\n  - name: x\n    per: product\n    window: 367d\n"
		  "    cases: 2\n",
		    "from 1d to 366d" },
		{ "rules:\n  - name: x\n    per: product\n    window: 28\n"
		  "    cases: 2\n",
		    "from 1d to 366d" },
		{ "rules:\n  - name: x\n    per: mode\n    window: 28d\n"
		  "    cases: 2\n",
		    "test.yaml:3:10: use one of: product, product-and-mode" },
		{ "rules:\n  - name: Fire\n    per: product\n    window: 28d\n"
		  "    cases: 2\n",
		    "a name is 1 to 48" },
		{ "rules:\n  - name: \"\"\n    per: product\n    window: 28d\n"
		  "    cases: 2\n",
		    "a name is 1 to 48" },
		{ "rules:\n  - name: "
		  "1234567890123456789012345678901234567890123456789\n"
		  "    per: product\n    window: 28d\n    cases: 2\n",
		    "a name is 1 to 48" },
		{ GOOD "    basis: statistic\n", "one of: rule, hazard" },
		{ GOOD "    watch_sources: 0\n", "from 1 to 92" },
		{ GOOD "    watch_source: 1\n",
		    "did you mean \"watch_sources\"?" },
		{ GOOD "    basis: hazard\n", "hazard needs hazards" },
		{ GOOD "    hazards: [fyre]\n", "did you mean \"fire\"?" },
		{ GOOD "    hazards: [zzzzzzzz]\n", "no such hazard\n" },
		{ GOOD "    hazards: []\n", "use a list of words" },
		{ GOOD "    hazards: {fire: 1}\n", "use a list of words" },
		{ GOOD "    hazards: [[fire]]\n", "use a word here" },
		{ GOOD "    category: ketle\n", "did you mean \"kettle\"?" },
		{ GOOD "    kind: accident\n", "one of: incident, breakdown" },
		{ GOOD "    severity_min: unstated\n",
		    "one of: none, damage, minor, medical, severe, fatal" },
		{ GOOD "    country: France\n", "no such country" },
		{ GOOD "    country: [FR, QQ]\n", "test.yaml:6:19: no such" },
		{ GOOD "  - name: x\n    per: product\n    window: 2d\n"
		       "    cases: 1\n",
		    "test.yaml:6:11: a rule of this name is loaded already" },
		{ "rules:\n  - fire\n", "a rule is a map" },
		{ "rules: fire\n", "a list of rules under" },
		{ "rule:\n  - name: x\n", "unknown key" },
		{ "- name: x\n", "a list of rules under" },
		{ "fire\n", "a list of rules under" },
	};
	struct fixture *f = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int result = add(f, cases[i].yaml);

		if (result != -1 || !complained(f, cases[i].complaint))
			fail_msg("case %u: result %d, \"%.*s\" lacks \"%s\"", i,
			    result, TEXT_ARG(buf_text(&f->errors.text)),
			    cases[i].complaint);
		assert_int_equal(f->rules.count, 0);
		assert_int_equal(f->rules.version, 0);
		yaml_errors_free(&f->errors);
		memset(&f->errors, 0, sizeof(f->errors));
	}
	assert_int_equal(add(f, GOOD), 0);
}

/* Keys that are right alone and cannot stand together. */
static void
test_contradictions(void **state)
{
	static const struct {
		const char *yaml, *complaint;
	} cases[] = {
		{ GOOD "    watch_sources: 2\n",
		    "test.yaml:6:20: so many sources ring already" },
		{ GOOD "    watch_sources: 3\n", "must be less" },
		{ GOOD "    watch_sources: 2\n    reports: 2\n",
		    "must be less" },
		{ HEAD "    reports: 1\n    watch_sources: 1\n",
		    "must be less" },
		{ HEAD "    cases: 1\n    watch_sources: 1\n", "must be less" },
		{ HEAD "    organisations: 1\n    watch_sources: 1\n",
		    "must be less" },
		{ HEAD "    reports: 2\n    sources: 3\n",
		    "test.yaml:5:14: reports: 2 contradicts sources: 3" },
		{ HEAD "    cases: 4\n    reports: 3\n",
		    "test.yaml:6:14: reports: 3 contradicts cases: 4" },
		{ HEAD "    reports: 1\n    organisations: 2\n",
		    "reports: 1 contradicts organisations: 2" },
		{ HEAD "    sources: 2\n    organisations: 3\n",
		    "test.yaml:5:14: sources: 2 contradicts organisations: 3" },
		{ GOOD "    kind: [breakdown, incident]\n",
		    "test.yaml:6:11: these are all the kinds" },
		{ GOOD "  - {name: y, per: product, window: 9d, sources: 2}\n",
		    "test.yaml:6:12: this says what the rule \"x\" says" },
	};
	static const char *const together[] = {
		GOOD "    watch_sources: 1\n",
		HEAD "    reports: 9\n    watch_sources: 8\n",
		HEAD "    reports: 3\n    sources: 3\n    organisations: 3\n",
		/* Three of one organisation are worth watching. */
		GOOD "    organisations: 2\n    watch_sources: 3\n",
		/* Three may tell of one case. */
		GOOD "    cases: 2\n    watch_sources: 3\n",
		GOOD "  - {name: y, per: product, window: 8d, sources: 2}\n",
	};
	struct fixture *f = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int result = add(f, cases[i].yaml);

		if (result != -1 || !complained(f, cases[i].complaint))
			fail_msg("case %u: result %d, \"%.*s\" lacks \"%s\"", i,
			    result, TEXT_ARG(buf_text(&f->errors.text)),
			    cases[i].complaint);
		assert_int_equal(f->errors.count, 1);
		yaml_errors_free(&f->errors);
		memset(&f->errors, 0, sizeof(f->errors));
	}
	for (unsigned i = 0; i < sizeof(together) / sizeof(*together); i++) {
		f->rules.count = 0;
		assert_int_equal(add(f, together[i]), 0);
		assert_int_equal(f->errors.count, 0);
	}
}

/* A file that is wrong in several places says so of all in one pass. */
static void
test_all_at_once(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f,
			     "rules:\n"
			     "  - name: one\n"
			     "    per: products\n"
			     "    window: 28\n"
			     "    sources: none\n"
			     "  - name: good\n"
			     "    per: product\n"
			     "    window: 1d\n"
			     "    cases: 1\n"
			     "  - windows: 3d\n"
			     "    country: [XX, YY]\n"
			     "rulez: 1\n"),
	    -1);
	/* three; then the key, two countries and four that lack; the last */
	assert_int_equal(f->errors.count, 11);
	assert_int_equal(f->rules.count, 0);
}

static void
test_empty_files(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f, ""), 0);
	assert_int_equal(add(f, "# nothing\n"), 0);
	assert_int_equal(add(f, "rules: []\n"), 0);
	assert_int_equal(f->rules.count, 0);
}

static void
test_at_most(void **state)
{
	struct fixture *f = *state;
	char yaml[128];

	for (unsigned i = 0; i <= RULES_MAX; i++) {
		(void)snprintf(yaml, sizeof(yaml),
		    "rules: [{name: r%u, per: product, window: %ud, "
		    "cases: 1}]\n",
		    i, i + 1);
		assert_int_equal(add(f, yaml), i < RULES_MAX ? 0 : -1);
	}
	assert_int_equal(f->rules.count, RULES_MAX);
	assert_true(complained(f, "more than 64 rules"));
	for (unsigned i = 0; i < RULES_MAX; i++)
		assert_ptr_equal(rule_find(&f->rules, f->rules.rule[i].id),
		    &f->rules.rule[i]);
}

static void
test_countries_at_most(void **state)
{
	static const char *const codes[] = { "AT", "BE", "BG", "HR", "CY", "CZ",
		"DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV",
		"LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES",
		"SE", "GB", "CH", "NO", "IS", "LI", "US" };
	struct fixture *f = *state;
	char yaml[512];

	for (unsigned count = 32; count <= 33; count++) {
		size_t len = (size_t)snprintf(yaml, sizeof(yaml),
		    "rules:\n  - name: c%u\n    per: product\n"
		    "    window: 9d\n    cases: 1\n    country: [",
		    count);

		for (unsigned i = 0; i < count; i++)
			len += (size_t)snprintf(yaml + len, sizeof(yaml) - len,
			    "%s%s", i ? ", " : "", codes[i]);
		(void)snprintf(yaml + len, sizeof(yaml) - len, "]\n");
		assert_int_equal(add(f, yaml), count == 32 ? 0 : -1);
	}
	assert_int_equal(f->rules.rule[0].ncountries, 32);
	assert_true(complained(f, "at most 32 countries"));
}

static struct rule
one(struct fixture *f, const char *yaml)
{
	f->rules.count = 0;
	f->rules.version = 0;
	assert_int_equal(add(f, yaml), 0);
	assert_int_equal(f->rules.count, 1);
	return f->rules.rule[0];
}

/* The id is the name's, the version changes with anything else. */
static void
test_versions(void **state)
{
	static const char *const others[] = {
		"rules:\n  - name: x\n    per: product\n    window: 8d\n"
		"    sources: 2\n",
		HEAD "    sources: 3\n",
		HEAD "    cases: 2\n",
		HEAD "    reports: 2\n",
		HEAD "    organisations: 2\n",
		"rules:\n  - name: x\n    per: product-and-mode\n"
		"    window: 9d\n    sources: 2\n",
		GOOD "    hazards: fire\n",
		GOOD "    basis: hazard\n    hazards: fire\n",
		GOOD "    category: kettle\n",
		GOOD "    category: toaster\n",
		GOOD "    kind: incident\n",
		GOOD "    kind: breakdown\n",
		GOOD "    severity_min: minor\n",
		GOOD "    watch_sources: 1\n",
		GOOD "    country: FR\n",
		GOOD "    country: [FR, BE]\n",
	};
	enum { NOTHERS = sizeof(others) / sizeof(*others) };
	struct fixture *f = *state;
	struct rule rule = one(f, GOOD);
	uint32_t versions[NOTHERS + 1], all = f->rules.version;

	versions[NOTHERS] = rule.version;
	for (unsigned i = 0; i < NOTHERS; i++) {
		struct rule other = one(f, others[i]);

		assert_int_equal(other.id, rule.id);
		versions[i] = other.version;
		assert_int_not_equal(f->rules.version, all);
	}
	for (unsigned i = 0; i <= NOTHERS; i++)
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(versions[i], versions[j]);

	/* Order, repetition, labels and layout are not content. */
	assert_int_equal(one(f, GOOD "    country: [BE, FR, BE]\n").version,
	    versions[NOTHERS - 1]);
	assert_int_equal(one(f, GOOD "    category: [Bouilloire]\n").version,
	    versions[8]);
	assert_int_equal(
	    one(f, "rules: [{sources: 2, window: 9d, per: product, name: x}]")
		.version,
	    rule.version);
	assert_int_equal(f->rules.version, all);
	assert_int_not_equal(
	    one(f, "rules: [{sources: 2, window: 9d, per: product, name: y}]")
		.id,
	    rule.id);
}

/* The examples are given to users: each must load, and all together. */
static void
test_examples(void **state)
{
	static const char *const names[] = { "counts", "injuries", "kettles",
		"networks", "repair-cafes", "watch-list" };
	static const char own[] = "tests/unit/test_rules.c";
	struct fixture *f = *state;
	const size_t root = strlen(__FILE__) - strlen(own);
	unsigned before = 0;
	char path[4096];

	assert_string_equal(&__FILE__[root], own);
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct yaml_doc *doc;

		(void)snprintf(path, sizeof(path),
		    "%.*setc/rules/examples/%s.yaml", (int)root, __FILE__,
		    names[i]);
		doc = yaml_load(path, &f->errors);
		if (!doc ||
		    rules_add(&f->rules, f->vocabulary, doc, &f->errors) != 0)
			fail_msg("%.*s", TEXT_ARG(buf_text(&f->errors.text)));
		yaml_free(doc);
		assert_true(f->rules.count > before);
		before = f->rules.count;
	}
	assert_int_equal(rules_add_default(&f->rules, f->vocabulary,
			     &f->errors),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_default, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_every_key, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_contradictions, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_all_at_once, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_empty_files, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_at_most, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_countries_at_most, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_versions, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_examples, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
