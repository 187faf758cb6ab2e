/* Configuration: defaults, file, --set, reload, and every complaint. */
#include "daemon/config.h"

#include "daemon/config_table.h"
#include "daemon/logger.h"
#include "tests/unit/config_rig.h"
#include "tests/unit/source_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
everything_has_a_default(void **state)
{
	(void)state;
	struct config config;
	assert_int_equal(config_default(&config), 0);
	assert_string_equal(config.data_dir, "/state/one");
	assert_int_equal(config.listen.count, 1);
	assert_string_equal(config.listen.item[0], "127.0.0.1:7171");
	assert_int_equal(config.log_level, LOG_INFO);
	assert_int_equal(config.log_format, LOG_AUTO);
	assert_int_equal(config.limits_frame_bytes, 1048576);
	assert_int_equal(config.limits_frame_time_ms, 10000);
	assert_true(config.store_map_size == UINT64_C(16) << 30);
	assert_int_equal(config.rules_files.count, 0);
	assert_true(config.rules_default);
	assert_string_equal(config.exports_directory, "");
	assert_int_equal(config.exports_keep_ms, 600000);
	assert_null(config.file);
	config_free(&config);
	assert_null(config.data_dir);
	config_free(&config);
	config_free(NULL);
}

static void
the_environment_names_the_directory(void **state)
{
	(void)state;
	struct config config;
	unsetenv("STATE_DIRECTORY");
	setenv("XDG_STATE_HOME", "/xdg", 1);
	assert_int_equal(config_default(&config), 0);
	assert_string_equal(config.data_dir,
	    geteuid() == 0 ? "/var/lib/tocsin" : "/xdg/tocsin");
	config_free(&config);
	setenv("XDG_STATE_HOME", "relative", 1);
	setenv("HOME", "/home/me", 1);
	assert_int_equal(config_default(&config), 0);
	assert_string_equal(config.data_dir,
	    geteuid() == 0 ? "/var/lib/tocsin"
			   : "/home/me/.local/state/tocsin");
	config_free(&config);
	setenv("STATE_DIRECTORY", "/state/one:/state/two", 1);
}

static void
words_are_in_the_logger_s_order(void **state)
{
	(void)state;
	static const struct {
		const char *set;
		int level;
		int format;
	} rows[] = {
		{ "log.level=debug", LOG_DEBUG, LOG_AUTO },
		{ "log.level=warning", LOG_WARNING, LOG_AUTO },
		{ "log.level=error", LOG_ERROR, LOG_AUTO },
		{ "log.format=logfmt", LOG_INFO, LOG_LOGFMT },
		{ "log.format=json", LOG_INFO, LOG_JSON },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct config config;
		const char *const set[3] = { rows[i].set };
		load_good(&config, NULL, set);
		assert_int_equal(config.log_level, rows[i].level);
		assert_int_equal(config.log_format, rows[i].format);
		config_free(&config);
	}
}

static void
a_file_is_read(void **state)
{
	(void)state;
	struct config config;
	const char *const set[3] = { "limits.depth=12", "limits.depth=13",
		"rules.files=c.yaml" };
	load_good(&config,
	    "data_dir: /srv/tocsin\n"
	    "listen: [\"[::1]:7171\", unix:/run/t]\n"
	    "log:\n"
	    "limits:\n"
	    "  depth: 10\n"
	    "  frame_bytes: 2 MiB\n"
	    "  text_bytes: 300\n"
	    "  stall_time: 90s\n"
	    "rules:\n"
	    "  files: [a.yaml, b.yaml]\n"
	    "  default: false\n"
	    "exports: {keep: 1d, directory: \"\"}\n",
	    set);
	assert_string_equal(config.data_dir, "/srv/tocsin");
	assert_int_equal(config.listen.count, 2);
	assert_string_equal(config.listen.item[1], "unix:/run/t");
	assert_int_equal(config.limits_depth, 13);
	assert_int_equal(config.limits_frame_bytes, 2097152);
	assert_int_equal(config.limits_text_bytes, 300);
	assert_int_equal(config.limits_stall_time_ms, 90000);
	assert_int_equal(config.rules_files.count, 1);
	assert_string_equal(config.rules_files.item[0], "c.yaml");
	assert_false(config.rules_default);
	assert_int_equal(config.exports_keep_ms, 86400000);
	assert_string_equal(config.file, file_path);

	char line[200];
	char *text = printed(&config, NULL);
	snprintf(line, sizeof(line), "  frame_bytes: 2MiB  # %s:6\n",
	    file_path);
	assert_non_null(strstr(text, line));
	assert_non_null(strstr(text, "\n  depth: 13  # --set\n"));
	assert_non_null(strstr(text, "\n  elements: 131072  # default\n"));
	assert_non_null(
	    strstr(text, "listen: [\"[::1]:7171\", \"unix:/run/t\"]  # "));
	free(text);
	config_free(&config);
}

static void
lists_grow_by_set(void **state)
{
	(void)state;
	struct config config;
	const char *const two[3] = { "listen=[::1]:7171", "listen=unix:/a" };
	load_good(&config, "listen: 127.0.0.1:9\n", two);
	assert_int_equal(config.listen.count, 2);
	assert_string_equal(config.listen.item[0], "[::1]:7171");
	config_free(&config);
	const char *const none[3] = { "rules.files=" };
	load_good(&config, "rules:\n  files: x\n", none);
	assert_int_equal(config.rules_files.count, 0);
	config_free(&config);
}

static const struct complaint {
	const char *text;
	const char *expected;
} complaints[] = {
/* clang-format off */
#define IN_FILE(text, expected) { text, expected },
#define BY_SET(set, expected)
#include "tests/unit/config_complaints.def"
#undef IN_FILE
#undef BY_SET
	/* clang-format on */
};

static void
complaints_say_where_and_what(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(complaints); i++) {
		const struct complaint *row = &complaints[i];
		struct config config;
		struct yaml_errors errors = { 0 };
		assert_int_equal(load(&config, &errors, row->text, NULL), -1);
		assert_null(config.data_dir);
		const char *text = said(&errors);
		size_t skip = strlen(file_path);
		assert_memory_equal(text, file_path, skip);
		if (strncmp(text + skip, row->expected,
			strlen(row->expected)) != 0)
			fail_msg("for\n%ssaid\n%sinstead of\n%s", row->text,
			    text + skip, row->expected);
		yaml_errors_free(&errors);
	}
}

static void
set_is_checked_alike(void **state)
{
	(void)state;
	static const struct {
		const char *set;
		const char *expected;
	} rows[] = {
/* clang-format off */
#define IN_FILE(text, expected)
#define BY_SET(set, expected) { set, expected },
#include "tests/unit/config_complaints.def"
#undef IN_FILE
#undef BY_SET
		/* clang-format on */
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct config config;
		struct yaml_errors errors = { 0 };
		const char *const set[3] = { rows[i].set };
		assert_int_equal(load(&config, &errors, NULL, set), -1);
		assert_string_equal(said(&errors), rows[i].expected);
		yaml_errors_free(&errors);
	}
}

static void
all_complaints_come_in_one_pass(void **state)
{
	(void)state;
	struct config config;
	struct yaml_errors errors = { 0 };
	const char *const set[3] = { "log.level=x", "a=b" };
	assert_int_equal(load(&config, &errors,
			     "a: 1\nlimits: {depth: 1, elements: 2}\nlog: 3\n",
			     set),
	    -1);
	assert_int_equal(errors.count, 6);
	yaml_errors_free(&errors);
}

static void
limits_must_not_contradict(void **state)
{
	(void)state;
	struct config config;
	struct yaml_errors errors = { 0 };
	const char *const set[3] = { "limits.frame_bytes=4KiB" };
	assert_int_equal(load(&config, &errors, NULL, set), -1);
	assert_int_equal(errors.count, 1);
	assert_string_equal(said(&errors),
	    "limits.report_bytes (65536 bytes) must not be over "
	    "limits.frame_bytes (4096 bytes)\n");
	yaml_errors_free(&errors);
	const char *const equal[3] = { "limits.frame_bytes=64KiB" };
	load_good(&config, NULL, equal);
	config_free(&config);
}

static void
an_unreadable_file_is_an_error(void **state)
{
	(void)state;
	struct config config;
	struct yaml_errors errors = { 0 };
	struct config_source source = { .file = "absent/tocsind.yaml" };
	assert_int_equal(config_load(&config, &source, &errors), -1);
	assert_string_equal(said(&errors),
	    "absent/tocsind.yaml: No such file or directory\n");
	yaml_errors_free(&errors);
}

/* Both ends of every number's range, and one past each. */
static void
ranges_hold_at_their_edges(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CONFIG_KNOBS; i++) {
		const struct knob *knob = &config_knobs[i];
		uint64_t edges[] = { knob->min, knob->max, knob->min - 1,
			knob->max + 1 };
		if (knob->kind != KNOB_UINT && knob->kind != KNOB_BYTES &&
		    knob->kind != KNOB_DURATION)
			continue;
		for (size_t j = 0; j < COUNT(edges); j++) {
			struct buf why = { 0 };
			uint64_t value = 77;
			char text[40];
			if (knob->min == 0 && j == 2)
				continue;
			snprintf(text, sizeof(text), "%ju%s",
			    (uintmax_t)edges[j],
			    knob->kind == KNOB_DURATION ? "ms" : "");
			int rc = knob_read(knob, &value, text_of(text), &why);
			assert_int_equal(rc, j < 2 ? 0 : -1);
			assert_true(value == (j < 2 ? edges[j] : 77));
			assert_true((why.len > 0) == (j >= 2));
			buf_free(&why);
		}
	}
}

/* So many a day, a week or a month. */
static void
rates_are_read(void **state)
{
	static const struct {
		const char *written;
		double per_week; /* below 0: refused */
		const char *said;
	} rows[] = {
		{ "1/week", 1, "1/week" },
		{ "3/day", 21, "3/day" },
		{ "0", 0, "0/week" },
		{ "0/month", 0, "0/month" },
		{ "1000/week", 1000, "1000/week" },
		{ "1001/week", -1, "0 to 1000" },
		{ "1", -1, "such as 1/week" },
		{ "1/", -1, "such as 1/week" },
		{ "1/wek", -1, "did you mean \"week\"" },
		{ "/week", -1, "such as 1/week" },
		{ "-1/week", -1, "such as 1/week" },
		{ "1/week ", -1, "such as 1/week" },
		{ "99999999999999999999/week", -1, "0 to 1000" },
		{ "", -1, "such as 1/week" },
	};
	const struct knob *knob = &config_knobs[CONFIG_KNOB_alerts_budget];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct config_rate rate = { 7, 1 };
		struct buf why = { 0 };
		int rc = knob_read(knob, &rate, text_of(rows[i].written), &why);

		if (rows[i].per_week < 0) {
			assert_int_equal(rc, -1);
			assert_true(rate.count == 7);
		} else {
			assert_int_equal(rc, 0);
			assert_true(
			    config_rate_per_week(rate) == rows[i].per_week);
			knob_write(knob, &rate, &why);
		}
		buf_u8(&why, 0);
		assert_non_null(strstr((const char *)why.at, rows[i].said));
		buf_free(&why);
	}
}

static void
rows_are_well_formed(void **state)
{
	(void)state;
	struct config config;
	struct buf text = { 0 };
	assert_int_equal(config_default(&config), 0);
	for (unsigned i = 0; i < CONFIG_KNOBS; i++) {
		const struct knob *knob = &config_knobs[i];
		size_t len = strlen(knob->meaning);
		assert_true(len > 1);
		assert_non_null(strchr(".?", knob->meaning[len - 1]));
		assert_true(knob->min <= knob->max);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(knob->path,
			    config_knobs[j].path);
		/* What is written is read back as the same. */
		if (knob->kind == KNOB_LIST || knob->kind == KNOB_PATH)
			continue;
		uint64_t value[2] = { 0 };
		buf_clear(&text);
		knob_write(knob, config_value(&config, i), &text);
		assert_int_equal(knob_read(knob, value, buf_text(&text), &text),
		    0);
		assert_true(knob_equal(knob, value, config_value(&config, i)));
	}
	buf_free(&text);
	config_free(&config);
}

static void
what_is_printed_can_be_loaded(void **state)
{
	(void)state;
	struct config config;
	struct config again;
	const char *const set[3] = { "listen=unix:/a \"b\"\\c\x01\xc3\xa9",
		"limits.frame_time=1234ms", "limits.text_bytes=1025" };
	load_good(&config, NULL, set);
	char *text = printed(&config, NULL);
	load_good(&again, text, NULL);
	for (unsigned i = 0; i < CONFIG_KNOBS; i++)
		assert_true(knob_equal(&config_knobs[i],
		    config_value(&config, i), config_value(&again, i)));
	free(text);
	config_free(&config);
	config_free(&again);
}

static void
a_reload_takes_over_what_it_may(void **state)
{
	(void)state;
	struct config config;
	struct config fresh;
	struct config_changes changes = { 0 };
	load_good(&config, NULL, NULL);
	load_good(&fresh,
	    "listen: unix:/x\n"
	    "log: {level: debug}\n"
	    "limits: {batch_reports: 12}\n"
	    "store: {map_size: 1GiB}\n"
	    "rules: {files: [a, b]}\n",
	    NULL);
	config_reload(&config, &fresh, &changes);
	assert_true(text_is(buf_text(&changes.applied),
	    "log.level,limits.batch_reports,rules.files"));
	assert_true(
	    text_is(buf_text(&changes.waiting), "listen,store.map_size"));
	assert_int_equal(config.log_level, LOG_DEBUG);
	assert_int_equal(config.limits_batch_reports, 12);
	assert_int_equal(config.rules_files.count, 2);
	assert_string_equal(config.listen.item[0], "127.0.0.1:7171");
	assert_true(config.store_map_size == UINT64_C(16) << 30);
	assert_int_equal(config.origin[CONFIG_KNOB_limits_batch_reports].line,
	    3);
	assert_int_equal(config.origin[CONFIG_KNOB_listen].from,
	    CONFIG_FROM_DEFAULT);
	assert_string_equal(config.file, file_path);
	config_free(&fresh);
	config_changes_free(&changes);

	/* The same again changes nothing but what still waits. */
	load_good(&fresh,
	    "log: {level: debug}\n"
	    "limits: {batch_reports: 12}\n"
	    "rules: {files: [a, b]}\n",
	    NULL);
	config_reload(&config, &fresh, &changes);
	assert_int_equal(changes.applied.len, 0);
	assert_int_equal(changes.waiting.len, 0);
	config_free(&fresh);
	config_free(&config);
	config_changes_free(&changes);
}

static void
the_sample_holds_every_default(void **state)
{
	(void)state;
	struct config config;
	struct config sample;
	const char *const set[3] = { "data_dir=/var/lib/tocsin" };
	char *text = printed(NULL, config_sample);
	load_good(&config, text, set);
	char *live = uncomment(text);
	load_good(&sample, live, NULL);
	for (unsigned i = 0; i < CONFIG_KNOBS; i++) {
		assert_true(knob_equal(&config_knobs[i],
		    config_value(&config, i), config_value(&sample, i)));
		assert_int_equal(sample.origin[i].from, CONFIG_FROM_FILE);
		assert_int_equal(config.origin[i].from,
		    i ? CONFIG_FROM_DEFAULT : CONFIG_FROM_SET);
	}
	free(live);
	free(text);
	config_free(&config);
	config_free(&sample);
}

static void
tables_have_a_row_for_each_knob(void **state)
{
	(void)state;
	unsigned lines = 0;
	char *text = printed(NULL, config_describe);
	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	assert_int_equal(lines, CONFIG_KNOBS + 2);
	assert_non_null(strstr(text,
	    "| `limits.report_bytes` | `64KiB` | 1KiB to 1MiB | taken over on "
	    "reload | "));
	free(text);
	text = printed(NULL, config_manual);
	assert_non_null(strstr(text, "\n*limits.frame\\_bytes*: 1MiB\n\tThe "));
	free(text);
}

/* The sample is the whole file, the manual's part one of several. */
static void
files_made_from_the_table_are_fresh(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		void (*print)(FILE *out);
	} rows[] = {
		{ "etc/tocsind.yaml", config_sample },
		{ "docs/man/tocsind.yaml.5.scd", config_manual },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf buf = { 0 };
		char *text = printed(NULL, rows[i].print);
		assert_true(source_file(__FILE__, rows[i].path, &buf));
		if (!strstr((const char *)buf.at, text))
			fail_msg("%s must hold\n%s", rows[i].path, text);
		free(text);
		buf_free(&buf);
	}
}

/* Every truncation and many flips of a good file: an answer, never a crash. */
static void
hostile_bytes_are_answered(void **state)
{
	(void)state;
	static const char good[] = "listen: [\"[::1]:7171\", unix:/x]\n"
				   "limits:\n  depth: 12\n"
				   "  frame_time: 10s\n"
				   "rules: {files: [a, b], default: true}\n";
	char text[sizeof(good)];
	uint32_t seed = 20261124;
	for (unsigned i = 0; i < 2000 + sizeof(good); i++) {
		struct config config;
		struct yaml_errors errors = { 0 };
		size_t len = i < sizeof(good) ? i : sizeof(good) - 1;
		memcpy(text, good, sizeof(good));
		for (unsigned j = 0; i >= sizeof(good) && j < 3; j++) {
			seed = seed * 1664525 + 1013904223;
			text[(seed >> 8) % len] ^= (char)(1 << (seed >> 29));
		}
		write_file(text, len);
		struct config_source source = { .file = file_path };
		int rc = config_load(&config, &source, &errors);
		assert_int_equal(rc != 0, errors.count != 0);
		assert_int_equal(errors.count != 0, errors.text.len != 0);
		if (rc == 0)
			config_free(&config);
		yaml_errors_free(&errors);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_has_a_default),
		cmocka_unit_test(the_environment_names_the_directory),
		cmocka_unit_test(words_are_in_the_logger_s_order),
		cmocka_unit_test(a_file_is_read),
		cmocka_unit_test(lists_grow_by_set),
		cmocka_unit_test(complaints_say_where_and_what),
		cmocka_unit_test(set_is_checked_alike),
		cmocka_unit_test(all_complaints_come_in_one_pass),
		cmocka_unit_test(limits_must_not_contradict),
		cmocka_unit_test(an_unreadable_file_is_an_error),
		cmocka_unit_test(ranges_hold_at_their_edges),
		cmocka_unit_test(rates_are_read),
		cmocka_unit_test(rows_are_well_formed),
		cmocka_unit_test(what_is_printed_can_be_loaded),
		cmocka_unit_test(a_reload_takes_over_what_it_may),
		cmocka_unit_test(the_sample_holds_every_default),
		cmocka_unit_test(tables_have_a_row_for_each_knob),
		cmocka_unit_test(files_made_from_the_table_are_fresh),
		cmocka_unit_test(hostile_bytes_are_answered),
	};
	return cmocka_run_group_tests(tests, make_file, drop_file);
}
