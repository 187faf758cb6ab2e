/*
 * test_command.c - command lines read against commands.def, and the table
 * itself.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clients/cli/shell/command.h"

enum { WORDS_MAX = 16 };

/* As line_read, of words with blanks between them; what it prints is lost. */
static int
read_line(struct line **line, char *copy, const char *words)
{
	char *argv[WORDS_MAX + 1] = { (char *)(size_t) "tocsin" };
	int argc = 1;
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
	int null = open("/dev/null", O_WRONLY);
	int code;
	strcpy(copy, words);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	fflush(stdout);
	fflush(stderr);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	code = line_read(line, argc, argv);
	fflush(stdout);
	fflush(stderr);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	close(null);
	return code;
}

static void
test_lines(void **state)
{
	static const struct {
		const char *words;
		int code; /* exit code, or -1: to be run */
	} cases[] = { { "", EXIT_USAGE }, { "--help", EXIT_OK },
		{ "-h", EXIT_OK }, { "--version", EXIT_OK }, { "stats", -1 },
		{ "--json stats", -1 }, { "stats --json", -1 },
		{ "reports --json list", -1 }, { "reports", -1 },
		{ "report", -1 }, { "alert list", -1 },
		{ "reports list --category x --json", -1 },
		{ "reports --category x", -1 }, { "reprot", EXIT_USAGE },
		{ "rep", EXIT_USAGE }, { "stat", EXIT_USAGE },
		{ "reports lst", EXIT_USAGE }, { "stats --jsn", EXIT_USAGE },
		{ "stats --js", EXIT_USAGE }, { "stats -x", EXIT_USAGE },
		{ "stats extra", EXIT_USAGE }, { "stats --server", EXIT_USAGE },
		{ "stats --json=yes", EXIT_USAGE }, { "stats -o", EXIT_USAGE },
		{ "stats -o yaml", EXIT_USAGE }, { "stats -ojson", -1 },
		{ "stats --output=csv", -1 },
		{ "stats --color sometimes", EXIT_USAGE },
		{ "--category x reports", EXIT_USAGE },
		{ "reports show", EXIT_USAGE }, { "reports show 1", -1 },
		{ "reports show 1 2", EXIT_USAGE },
		{ "reports show -- -1", -1 },
		{ "watch --help --count", EXIT_USAGE },
		{ "watch --help", EXIT_OK }, { "watch -n 3", -1 } };
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct line *line = NULL;
		char copy[128];
		int code = read_line(&line, copy, cases[i].words);
		if (code - 1 != cases[i].code)
			print_error("'%s'\n", cases[i].words);
		assert_int_equal(code - 1, cases[i].code);
		assert_int_equal(line != NULL, cases[i].code == -1);
		line_free(line);
	}
}

static void
test_values_keep_their_order(void **state)
{
	struct line *line;
	char copy[128];
	(void)state;
	unsetenv("TOCSIN_ORGANISATION");
	setenv("TOCSIN_SERVER", "env:1", 1);
	assert_int_equal(read_line(&line, copy,
			     "--organisation a watch --brand x "
			     "--organisation=b --brand y"),
	    0);
	assert_string_equal(line_option(line, "organisation"), "b");
	assert_string_equal(line_option(line, "server"), "env:1");
	assert_int_equal(line_count(line, "brand"), 2);
	assert_string_equal(line_nth(line, "brand", 0), "x");
	assert_string_equal(line_nth(line, "brand", 1), "y");
	assert_null(line_nth(line, "brand", 2));
	assert_false(line_has(line, "drain"));
	line_free(line);
	assert_int_equal(read_line(&line, copy, "-s flag:2 stats"), 0);
	assert_string_equal(line_option(line, "server"), "flag:2");
	line_free(line);
	unsetenv("TOCSIN_SERVER");
}

static void
test_numbers_and_durations(void **state)
{
	static const struct {
		const char *words;
		int64_t count, length; /* -1: refused */
	} cases[] = { { "watch --count 1 --for 1", 1, 1000 },
		{ "watch --count 9 --for 500ms", 9, 500 },
		{ "watch --count 10 --for 2m", -1, 120000 },
		{ "watch --count 0 --for 1h", -1, 3600000 },
		{ "watch --count 1x --for 1d", -1, 86400000 },
		{ "watch --count= --for 3x", -1, -1 },
		{ "watch --count +1 --for -1", 1, -1 },
		{ "watch --count 1 --for 9223372036854775807", 1, -1 },
		{ "watch --count 99999999999999999999 --for s", -1, -1 } };
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t range[2] = { 1, 9 };
		int64_t count = -1, length = -1;
		struct line *line;
		char copy[128];
		assert_int_equal(read_line(&line, copy, cases[i].words), 0);
		assert_int_equal(line_number(line, "count", range, &count) != 0,
		    cases[i].count < 0);
		assert_int_equal(count, cases[i].count);
		assert_int_equal(line_duration(line, "for", &length) != 0,
		    cases[i].length < 0);
		assert_int_equal(length, cases[i].length);
		line_free(line);
	}
}

static void
test_filters_become_one_map(void **state)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	struct tocsin_value map, list;
	struct line *line;
	char copy[128];
	(void)state;
	assert_int_equal(read_line(&line, copy,
			     "watch --country FR --country BE --severity "
			     ">=minor"),
	    0);
	line_put_filter(line, writer, NULL);
	assert_true(tocsin_decode(tocsin_writer_bytes(writer), &map));
	assert_int_equal(map.count, 2);
	list = tocsin_get(&map, "country");
	assert_int_equal(list.count, 2);
	assert_true(
	    tocsin_text_is(tocsin_get_text(&map, "severity_min"), "minor"));
	line_free(line);
	tocsin_writer_clear(writer);
	assert_int_equal(read_line(&line, copy, "watch"), 0);
	line_put_filter(line, writer, NULL);
	assert_int_equal(tocsin_writer_bytes(writer).len, 0);
	line_free(line);
	tocsin_writer_free(writer);
}

/* Every row: help in three ways, a stranger's option refused, tidy texts. */
static void
test_every_command(void **state)
{
	(void)state;
	for (unsigned i = 0; i < command_count; i++) {
		const struct command *command = &command_table[i];
		const char *verb = command->verb ? command->verb : "";
		struct line *line = NULL;
		char words[128], copy[128];
		snprintf(words, sizeof(words), "%s %s --help", command->noun,
		    verb);
		assert_int_equal(read_line(&line, copy, words), EXIT_OK + 1);
		snprintf(words, sizeof(words), "-h %s %s", command->noun, verb);
		assert_int_equal(read_line(&line, copy, words), EXIT_OK + 1);
		snprintf(words, sizeof(words), "%s %s --no-such-option",
		    command->noun, verb);
		assert_int_equal(read_line(&line, copy, words), EXIT_USAGE + 1);
		assert_true(command->least <= command->most);
		assert_true(
		    command->summary[strlen(command->summary) - 1] == '.');
		assert_non_null(strstr(command->examples, command->noun));
	}
}

/* No option of a command hides a global one, and none is there twice. */
static void
test_every_option(void **state)
{
	(void)state;
	for (unsigned i = 0; option_table[i].name; i++) {
		const struct option_row *one = &option_table[i];
		for (unsigned k = 0; k < i; k++) {
			const struct option_row *other = &option_table[k];
			if (other->command >= 0 &&
			    other->command != one->command)
				continue;
			assert_string_not_equal(one->name, other->name);
			assert_true(
			    !one->letter || one->letter != other->letter);
		}
		assert_true(one->meaning[strlen(one->meaning) - 1] == '.');
	}
}

static void
test_every_refusal_has_its_exit_code(void **state)
{
	static const int codes[TOCSIN_CODE_COUNT] = { EXIT_OK, EXIT_REJECTED,
		EXIT_DENIED, EXIT_DENIED, EXIT_NOT_FOUND, EXIT_CONFLICT,
		EXIT_REJECTED, EXIT_LATER, EXIT_LATER, EXIT_CONFLICT,
		EXIT_DENIED, EXIT_PARTIAL, EXIT_PARTIAL, EXIT_PARTIAL,
		EXIT_UNREACHABLE, EXIT_UNREACHABLE, EXIT_LOCAL, EXIT_USAGE,
		EXIT_DENIED };
	(void)state;
	for (int i = 0; i < TOCSIN_CODE_COUNT; i++)
		assert_int_equal(exit_code_of((enum tocsin_code)i), codes[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_values_keep_their_order),
		cmocka_unit_test(test_numbers_and_durations),
		cmocka_unit_test(test_filters_become_one_map),
		cmocka_unit_test(test_every_command),
		cmocka_unit_test(test_every_option),
		cmocka_unit_test(test_every_refusal_has_its_exit_code),
	};
	unsetenv("TOCSIN_OUTPUT");
	unsetenv("TOCSIN_TIMEOUT");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
