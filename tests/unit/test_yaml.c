/* YAML files as marked nodes, and every refusal with its place. */
#include "base/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define BYTE_ORDER_MARK(text) ("\xef\xbb\xbf" text)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct yaml_doc *
parse(const char *text, struct yaml_errors *errors)
{
	return yaml_parse("t.yaml", text, strlen(text), errors);
}

static void
nodes_carry_their_places(void **state)
{
	(void)state;
	struct yaml_errors errors = { 0 };
	struct yaml_doc *doc = parse("# a comment\n"
				     "country: NO\n"
				     "version: 1.10\n"
				     "names:\n"
				     "  - \"\xc3\xa9t\xc3\xa9\"\n"
				     "  - { a: 1, b: [x, y] }\n"
				     "empty:\n",
	    &errors);
	assert_non_null(doc);
	assert_int_equal(errors.count, 0);
	const struct yaml_node *root = yaml_root(doc);
	assert_int_equal(root->kind, YAML_MAP);
	assert_int_equal(root->line, 2);
	const struct yaml_node *country = yaml_get(root, "country");
	assert_true(text_is(country->scalar, "NO"));
	assert_false(country->is_quoted);
	assert_int_equal(country->line, 2);
	assert_int_equal(country->column, 10);
	assert_int_equal(country->key_line, 2);
	assert_int_equal(country->key_column, 1);
	assert_true(text_is(country->key, "country"));
	assert_true(text_is(yaml_get(root, "version")->scalar, "1.10"));

	const struct yaml_node *names = yaml_get(root, "names");
	assert_int_equal(names->kind, YAML_LIST);
	const struct yaml_node *first = names->child;
	assert_true(text_is(first->scalar, "\xc3\xa9t\xc3\xa9"));
	assert_true(first->is_quoted);
	assert_int_equal(first->key.len, 0);
	assert_int_equal(first->key_line, 0);
	const struct yaml_node *map = first->next;
	assert_null(map->next);
	const struct yaml_node *list = yaml_get(map, "b");
	assert_int_equal(list->line, 6);
	assert_int_equal(list->column, 16);
	assert_int_equal(list->key_column, 13);
	assert_true(text_is(list->child->next->scalar, "y"));

	const struct yaml_node *empty = yaml_get(root, "empty");
	assert_int_equal(empty->kind, YAML_SCALAR);
	assert_int_equal(empty->scalar.len, 0);
	assert_false(empty->is_quoted);
	assert_null(empty->next);
	assert_null(yaml_get(root, "absent"));
	assert_null(yaml_get(country, "absent"));
	assert_null(yaml_get(NULL, "absent"));
	yaml_free(doc);
	yaml_errors_free(&errors);
}

static void
a_file_may_hold_nothing(void **state)
{
	(void)state;
	static const char *const rows[] = { "", "\n", "# only a comment\n",
		BYTE_ORDER_MARK("") };
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct yaml_errors errors = { 0 };
		struct yaml_doc *doc = parse(rows[i], &errors);
		assert_non_null(doc);
		assert_null(yaml_root(doc));
		assert_int_equal(errors.count, 0);
		yaml_free(doc);
	}
	yaml_free(NULL);
	yaml_errors_free(NULL);
}

static void
harmless_spellings_are_read(void **state)
{
	(void)state;
	static const char *const rows[] = {
		BYTE_ORDER_MARK("a: x\n"),
		"a: x\r\n",
		"---\na: x\n",
		"---\na: x\n...\n",
		"{a: x}",
		"\"a\": 'x'\n",
		"a: |-\n  x\n",
		"a: x\t# a tab before a comment\n",
		"? a\n: x\n",
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct yaml_errors errors = { 0 };
		struct yaml_doc *doc = parse(rows[i], &errors);
		if (!doc)
			fail_msg("%s: %.*s", rows[i],
			    TEXT_ARG(buf_text(&errors.text)));
		const struct yaml_node *a = yaml_get(yaml_root(doc), "a");
		assert_non_null(a);
		assert_true(text_is(a->scalar, "x"));
		assert_int_equal(errors.count, 0);
		yaml_free(doc);
	}
}

/* Tabs are content in block and quoted scalars. */
static void
tabs_in_texts_are_kept(void **state)
{
	(void)state;
	struct yaml_errors errors = { 0 };
	struct yaml_doc *doc =
	    parse("a: |\n  y\n  \tx\nb: \"p\tq\"\n", &errors);
	assert_non_null(doc);
	const struct yaml_node *root = yaml_root(doc);
	assert_true(text_is(yaml_get(root, "a")->scalar, "y\n\tx\n"));
	assert_true(text_is(yaml_get(root, "b")->scalar, "p\tq"));
	yaml_free(doc);
}

struct refusal {
	const char *text;
	const char *expected;
};

static const struct refusal refusals[] = {
	{ "a: &x 1\n", "t.yaml:1:4: anchors (&name) are not allowed" },
	{ "a: &x [1]\n", "t.yaml:1:4: anchors" },
	{ "&x a: 1\n", "t.yaml:1:1: anchors" },
	{ "a: 1\nb: *x\n", "t.yaml:2:4: aliases (*name) are not allowed" },
	{ "a: *.yaml\n", "t.yaml:1:4: a value cannot begin with '*'" },
	{ "*x : 1\n", "t.yaml:1:1: aliases" },
	{ "a: !!str 1\n", "t.yaml:1:4: tags (!name) are not allowed" },
	{ "a: !x {b: 1}\n", "t.yaml:1:4: tags" },
	{ "a: !e!x 1\n", "t.yaml:1:4: tags (!name) are not allowed" },
	{ "a: 1\nb: 2\na: 3\n",
	    "t.yaml:3:1: duplicate key \"a\"; it stands at line 1 already\n"
	    "  a: 3\n"
	    "  ^\n" },
	{ "x:\n  - {b: 1, \"b\": 2}\n",
	    "t.yaml:2:12: duplicate key \"b\"; it stands at line 2 already\n"
	    "    - {b: 1, \"b\": 2}\n"
	    "             ^\n" },
	{ "a: 1\n---\nb: 2\n", "t.yaml:2:1: a second document" },
	{ "a: 1\n...\n---\nb: 2\n", "t.yaml:3:1: a second document" },
	{ "a:\n\tb: 1\n",
	    "t.yaml:2:1: a tab cannot indent; use spaces\n"
	    "  \tb: 1\n"
	    "  ^\n" },
	{ "a:\n  \tb: 1\n", "t.yaml:2:3: a tab cannot indent" },
	{ "a: {\n\tb: 1 }\n", "t.yaml:2:1: a tab cannot indent" },
	{ "a: [1,\n 2,\n  \t3 ]\n", "t.yaml:3:3: a tab cannot indent" },
	{ "\t{a: 1}\n", "t.yaml:1:1: a tab cannot indent" },
	{ "a: 1\nb: \xff\n", "t.yaml:2:4: this is not UTF-8" },
	{ "a: \xc3\xa9\xed\xa0\x80\n", "t.yaml:1:5: this is not UTF-8" },
	{ "a: 1\r\nb: \xc0\x80\n", "t.yaml:2:4: this is not UTF-8" },
	{ "a: x\x1b[31m\n",
	    "t.yaml:1:5: a control character (U+001B) is not allowed\n"
	    "  a: x?[31m\n"
	    "      ^\n" },
	{ "a: \xc2\x9b"
	  "31m\n",
	    "t.yaml:1:4: control characters are not" },
	{ "a: @x\n", "t.yaml:1:4: a value cannot begin with this character" },
	{ "a: b: c\n", "t.yaml:1:5: a ':' is not expected here" },
	{ "a: 1\n  b: 2\n", "t.yaml:2:4: a ':' is not expected here" },
	{ "a: 1\nword\nb: 2\n", "t.yaml:2:1: \"key: value\" is expected" },
	{ "a:\n  b: 1\n c: 2\n", "t.yaml:3:2: a key is expected here" },
	{ "a:\n  - 1\n  b: 2\n", "t.yaml:3:3: a list item" },
	{ "a: [1, 2\n", "t.yaml:2:1: the list is not closed" },
	{ "a: [1 2: 3}\n", "t.yaml:1:11: the list is not closed" },
	{ "a: {b: 1\n", "t.yaml:2:1: the map is not closed" },
	{ "a: \"open\nb: 1\n",
	    "t.yaml:1:4: the quote opened here is never closed" },
	{ "a: \"\\q\"\n", "t.yaml:1:5: unknown escape" },
	{ "a: \"\\x4\"\n", "t.yaml:1:7: the escape needs more" },
	{ "a: - b\n", "t.yaml:1:4: a list item cannot begin here" },
	{ "[a]: 1\n", "t.yaml:1:1: a key must be plain text" },
	{ "? {a: 1}\n: 1\n", "t.yaml:1:3: a key must be plain text" },
	{ "\"\": 1\n", "t.yaml:1:1: a key is missing before the ':'" },
	{ "a: [1]]\n", "t.yaml:1:7: " },
	{ "%TAG ! tag:x,2000:\n---\na: !y 1\n", "t.yaml:3:4: tags" },
};

static void
refusals_name_the_place_and_the_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		const struct refusal *row = &refusals[i];
		struct yaml_errors errors = { 0 };
		struct yaml_doc *doc = parse(row->text, &errors);
		buf_u8(&errors.text, 0);
		const char *said = (const char *)errors.text.at;
		if (strncmp(said, row->expected, strlen(row->expected)) != 0)
			fail_msg("for\n%ssaid\n%sinstead of\n%s", row->text,
			    said, row->expected);
		assert_null(doc);
		assert_int_not_equal(errors.count, 0);
		yaml_errors_free(&errors);
	}
}

static void
all_errors_come_in_one_pass(void **state)
{
	(void)state;
	struct yaml_errors errors = { 0 };
	assert_null(parse("a: &x 1\na: *y\nb: !z 1\n", &errors));
	assert_int_equal(errors.count, 4);
	yaml_errors_free(&errors);
	assert_int_equal(errors.count, 0);
}

/* times x word, then tail. */
static char *
repeat(const char *word, size_t times, const char *tail)
{
	size_t len = strlen(word);
	char *text = malloc(len * times + strlen(tail) + 1);
	assert_non_null(text);
	for (size_t i = 0; i < times; i++)
		memcpy(text + i * len, word, len);
	strcpy(text + len * times, tail);
	return text;
}

static void
check_repeated(const char *word, size_t times, const char *tail,
    const char *expected)
{
	struct yaml_errors errors = { 0 };
	char *text = repeat(word, times, tail);
	struct yaml_doc *doc = parse(text, &errors);
	buf_u8(&errors.text, 0);
	if (expected) {
		assert_null(doc);
		assert_non_null(strstr((const char *)errors.text.at, expected));
	} else {
		assert_non_null(doc);
		assert_int_equal(errors.count, 0);
	}
	yaml_free(doc);
	yaml_errors_free(&errors);
	free(text);
}

static void
limits_hold_at_their_edges(void **state)
{
	(void)state;
	check_repeated("[", 16, "]]]]]]]]]]]]]]]]", NULL);
	check_repeated("[", 17, "]]]]]]]]]]]]]]]]]", "t.yaml:1:17: over 16");
	check_repeated("- ", 15, "- x\n", NULL);
	check_repeated("- ", 16, "- x\n", "over 16 levels");
	/* The list itself is a node too. */
	check_repeated("- x\n", 19999, "", NULL);
	check_repeated("- x\n", 20000, "", "t.yaml:20000:3: over 20000");
	check_repeated("#\n", 1 << 19, "", NULL);
	check_repeated("#\n", 1 << 19, "#", "t.yaml: over 1 MiB");
	check_repeated("#", 5 << 20, "", "t.yaml: over 1 MiB");
}

/* Each of these is slow in libyaml when it is let run. */
static void
hostile_files_are_refused_soon(void **state)
{
	(void)state;
	static const char *const words[] = { "[", "{", "[\n", "- ", "? ", "{?",
		"a: ", "\"", "'", "&", "*", "!", "%", "|", ">", "a:\n ", "- [",
		"[a,", "{a: ", "\n---", "#", "\xc2\x85", " ", "\\", "a ", ":",
		"!<", "&a ", "a: &a\n", "x: *a\n", "[[],", "- - - a\n" };
	for (size_t i = 0; i < COUNT(words); i++) {
		struct yaml_errors errors = { 0 };
		size_t times = (1 << 20) / strlen(words[i]);
		char *text = repeat(words[i], times, "");
		clock_t start = clock();
		yaml_free(parse(text, &errors));
		double seconds =
		    (double)(clock() - start) / (double)CLOCKS_PER_SEC;
		if (seconds > 3)
			fail_msg("%s takes %.1f s", words[i], seconds);
		assert_in_range(errors.text.len, 0, 100000);
		yaml_errors_free(&errors);
		free(text);
	}
}

static void
many_keys_are_compared_quickly(void **state)
{
	(void)state;
	struct buf buf = { 0 };
	struct yaml_errors errors = { 0 };
	for (int i = 0; i < 19000; i++)
		buf_printf(&buf, "common prefix of keys %d: x\n", i);
	buf_printf(&buf, "common prefix of keys 7: x\n");
	clock_t start = clock();
	struct yaml_doc *doc =
	    yaml_parse("t.yaml", (const char *)buf.at, buf.len, &errors);
	assert_null(doc);
	assert_int_equal(errors.count, 1);
	assert_memory_equal(errors.text.at, "t.yaml:19001:1: duplicate", 25);
	assert_true(clock() - start < 3 * CLOCKS_PER_SEC);
	buf_free(&buf);
	yaml_errors_free(&errors);
}

static void
complaints_point_at_key_or_value(void **state)
{
	(void)state;
	struct yaml_errors errors = { 0 };
	struct yaml_doc *doc = parse("limits:\n  dephth: \"x\\ey\"\n", &errors);
	assert_non_null(doc);
	const struct yaml_node *node =
	    yaml_get(yaml_get(yaml_root(doc), "limits"), "dephth");
	assert_non_null(node);
	yaml_complain(doc, &errors, node, true, "unknown key \"%.*s\"",
	    TEXT_ARG(node->key));
	yaml_complain(doc, &errors, node, false, "got %.*s",
	    TEXT_ARG(node->scalar));
	yaml_complain(doc, &errors, NULL, false, "nothing here");
	assert_int_equal(errors.count, 3);
	static const char expected[] = "t.yaml:2:3: unknown key \"dephth\"\n"
				       "    dephth: \"x\\ey\"\n"
				       "    ^\n"
				       "t.yaml:2:11: got x?y\n"
				       "    dephth: \"x\\ey\"\n"
				       "            ^\n"
				       "t.yaml: nothing here\n";
	assert_int_equal(errors.text.len, strlen(expected));
	assert_memory_equal(errors.text.at, expected, strlen(expected));
	yaml_free(doc);
	yaml_errors_free(&errors);
}

static void
complaints_are_bounded(void **state)
{
	(void)state;
	struct yaml_errors errors = { 0 };
	char *text = repeat("- *x\n", 5000, "");
	assert_null(parse(text, &errors));
	assert_int_equal(errors.count, 5000);
	assert_in_range(errors.text.len, 1000, 20000);
	free(text);
	yaml_errors_free(&errors);
}

static void
files_are_loaded(void **state)
{
	(void)state;
	char path[] = "test_yaml.XXXXXX";
	struct yaml_errors errors = { 0 };
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a: 1\nb: [\n", 10), 10);
	assert_null(yaml_load(path, &errors));
	assert_int_equal(errors.count, 1);
	assert_memory_equal(errors.text.at, path, strlen(path));
	yaml_errors_free(&errors);
	assert_int_equal(pwrite(fd, "b: 2\n", 5, 5), 5);
	struct yaml_doc *doc = yaml_load(path, &errors);
	assert_non_null(doc);
	assert_true(text_is(yaml_get(yaml_root(doc), "b")->scalar, "2"));
	yaml_free(doc);
	close(fd);
	unlink(path);
	assert_null(yaml_load(path, &errors));
	assert_null(yaml_load(".", &errors));
	assert_int_equal(errors.count, 2);
	buf_u8(&errors.text, 0);
	assert_non_null(
	    strstr((char *)errors.text.at, ": No such file or directory\n"));
	assert_non_null(strstr((char *)errors.text.at, ".: Is a directory\n"));
	yaml_errors_free(&errors);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_carry_their_places),
		cmocka_unit_test(a_file_may_hold_nothing),
		cmocka_unit_test(harmless_spellings_are_read),
		cmocka_unit_test(tabs_in_texts_are_kept),
		cmocka_unit_test(refusals_name_the_place_and_the_rule),
		cmocka_unit_test(all_errors_come_in_one_pass),
		cmocka_unit_test(limits_hold_at_their_edges),
		cmocka_unit_test(hostile_files_are_refused_soon),
		cmocka_unit_test(many_keys_are_compared_quickly),
		cmocka_unit_test(complaints_point_at_key_or_value),
		cmocka_unit_test(complaints_are_bounded),
		cmocka_unit_test(files_are_loaded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
