/* Log lines as they reach stderr. */
#include "daemon/logger.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Standard error goes to a file while something is captured. */
static struct {
	FILE *file;
	int saved;
	char text[1 << 20];
} capture;

static void
capture_begin(void)
{
	capture.file = tmpfile();
	assert_non_null(capture.file);
	/* Threads share the descriptor: every write must append. */
	fcntl(fileno(capture.file), F_SETFL, O_APPEND);
	capture.saved = dup(STDERR_FILENO);
	dup2(fileno(capture.file), STDERR_FILENO);
}

static const char *
capture_end(void)
{
	dup2(capture.saved, STDERR_FILENO);
	close(capture.saved);
	ssize_t len = pread(fileno(capture.file), capture.text,
	    sizeof(capture.text) - 1, 0);
	fclose(capture.file);
	capture.text[len > 0 ? len : 0] = '\0';
	return capture.text;
}

/* Does text look like pattern, in which '#' is any digit? */
static bool
looks_like(const char *text, const char *pattern)
{
	for (; *pattern; text++, pattern++) {
		if (*pattern == '#' ? *text < '0' || *text > '9'
				    : *text != *pattern)
			return false;
	}
	return *text == '\0';
}

static void
assert_looks_like(const char *text, const char *pattern)
{
	if (!looks_like(text, pattern))
		fail_msg("got\n%sinstead of\n%s", text, pattern);
}

static void
logfmt_is_one_line(void **state)
{
	(void)state;
	capture_begin();
	log_setup(LOG_INFO, LOG_LOGFMT);
	log_line(LOG_INFO, "started", "address=%s port=%d", "127.0.0.1", 7171);
	log_event(LOG_ERROR, "stopped");
	assert_looks_like(capture_end(),
	    "time=####-##-##T##:##:##Z level=info event=started "
	    "address=127.0.0.1 port=7171\n"
	    "time=####-##-##T##:##:##Z level=error event=stopped\n");
}

static void
levels_below_are_left_out(void **state)
{
	(void)state;
	capture_begin();
	log_setup(LOG_WARNING, LOG_LOGFMT);
	assert_false(log_wants(LOG_INFO));
	assert_true(log_wants(LOG_WARNING));
	log_event(LOG_DEBUG, "a");
	log_event(LOG_INFO, "b");
	assert_string_equal(capture_end(), "");
	log_setup(LOG_DEBUG, LOG_LOGFMT);
	assert_true(log_wants(LOG_DEBUG));
}

static void
the_journal_gets_priorities(void **state)
{
	(void)state;
	struct stat stat;
	char own[64];
	capture_begin();
	fstat(STDERR_FILENO, &stat);
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)stat.st_dev,
	    (uintmax_t)stat.st_ino);
	setenv("JOURNAL_STREAM", own, 1);
	log_setup(LOG_DEBUG, LOG_AUTO);
	log_event(LOG_DEBUG, "a");
	log_line(LOG_INFO, "b", "x=%d", 1);
	log_event(LOG_WARNING, "c");
	log_event(LOG_ERROR, "d");
	/* A redirected stderr is not the journal any more. */
	setenv("JOURNAL_STREAM", "1:1", 1);
	log_setup(LOG_DEBUG, LOG_AUTO);
	log_event(LOG_ERROR, "e");
	unsetenv("JOURNAL_STREAM");
	assert_looks_like(capture_end(),
	    "<7>level=debug event=a\n<6>level=info event=b x=1\n"
	    "<4>level=warning event=c\n<3>level=error event=d\n"
	    "time=####-##-##T##:##:##Z level=error event=e\n");
}

static void
json_is_json(void **state)
{
	(void)state;
	static const char hostile[] =
	    "a\"b\\c\nd\x1b[31m \xe2\x80\xae \xff \xc3\xa9";
	struct log_quoted quoted;
	capture_begin();
	log_setup(LOG_INFO, LOG_JSON);
	log_line(LOG_INFO, "bad-frame", "peer=%s why=%s  bare=%s empty= flag",
	    "[::1]:9", log_quote(text_of(hostile), &quoted), "x\"y\\z");
	assert_looks_like(capture_end(),
	    "{\"time\":\"####-##-##T##:##:##Z\",\"level\":\"info\","
	    "\"event\":\"bad-frame\",\"peer\":\"[::1]:9\","
	    "\"why\":\"a\\\"b\\\\c\\\\x0ad\\\\x1b[31m "
	    "\\\\xe2\\\\x80\\\\xae \\\\xff \xc3\xa9\","
	    "\"bare\":\"x\\\"y\\\\z\",\"empty\":\"\",\"flag\":\"\"}\n");
}

static void
nobody_can_begin_a_second_line(void **state)
{
	(void)state;
	capture_begin();
	log_setup(LOG_INFO, LOG_LOGFMT);
	log_line(LOG_INFO, "x", "why=%s", "a\nlevel=error\x1b[0m\xff\xc3");
	assert_looks_like(capture_end(),
	    "time=####-##-##T##:##:##Z level=info event=x "
	    "why=a?level=error?[0m??\n");
}

static void
long_lines_are_cut(void **state)
{
	(void)state;
	char *lots = malloc(100001);
	assert_non_null(lots);
	memset(lots, '"', 100000);
	lots[100000] = '\0';
	static const enum log_format formats[] = { LOG_LOGFMT, LOG_JSON };
	for (size_t i = 0; i < COUNT(formats); i++) {
		capture_begin();
		log_setup(LOG_INFO, formats[i]);
		log_line(LOG_INFO, "x", "a=1 b=x%s", lots);
		const char *line = capture_end();
		size_t len = strlen(line);
		assert_in_range(len, 1900, 4500);
		assert_int_equal(line[len - 1], '\n');
		if (formats[i] == LOG_JSON)
			assert_string_equal(line + len - 7, "\\\"\\\"\"}\n");
	}
	free(lots);
}

static void *
chatter(void *who)
{
	for (int i = 0; i < 500; i++)
		log_line(LOG_INFO, "x", "who=%s pad=%0*d", (char *)who, 300, i);
	return NULL;
}

static void
threads_do_not_mix_lines(void **state)
{
	(void)state;
	pthread_t threads[3];
	static char names[3][2] = { "a", "b", "c" };
	capture_begin();
	log_setup(LOG_INFO, LOG_LOGFMT);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, chatter,
				     names[i]),
		    0);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	const char *text = capture_end();
	size_t length = strcspn(text, "\n") + 1;
	assert_int_equal(strlen(text), 1500 * length);
	for (size_t at = 0; text[at]; at += length) {
		assert_memory_equal(text + at, "time=", 5);
		assert_int_equal(text[at + length - 1], '\n');
	}
}

static void
quoting_shows_what_is_there(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *shown;
	} rows[] = {
		{ "kettle", "kettle" },
		{ "a.b_c:d/e+f@g,h%i~j-k", "a.b_c:d/e+f@g,h%i~j-k" },
		{ "", "\"\"" },
		{ "two words", "\"two words\"" },
		{ "a=b", "\"a=b\"" },
		{ "say \"hi\"", "\"say \\\"hi\\\"\"" },
		{ "back\\slash", "\"back\\\\slash\"" },
		{ "\xc3\xa9t\xc3\xa9", "\"\xc3\xa9t\xc3\xa9\"" },
		{ "a\tb\x7f", "\"a\\x09b\\x7f\"" },
		{ "\xc2\x9b"
		  "31m",
		    "\"\\xc2\\x9b31m\"" },
		{ "\xe2\x80\xae"
		  "gnp",
		    "\"\\xe2\\x80\\xaegnp\"" },
		{ "\xff\xc3", "\"\\xff\\xc3\"" },
		{ "\xed\xa0\x80", "\"\\xed\\xa0\\x80\"" },
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(LOG_QUOTE(text_of(rows[i].text)),
		    rows[i].shown);
	assert_string_equal(LOG_QUOTE(((struct text){ "a\0b", 3 })),
	    "\"a\\x00b\"");
	assert_string_equal(LOG_QUOTE((struct text){ 0 }), "\"\"");
}

static void
quoting_is_capped(void **state)
{
	(void)state;
	char bytes[4000];
	struct log_quoted quoted;
	memset(bytes, 'a', sizeof(bytes));
	log_quote((struct text){ bytes, 256 }, &quoted);
	assert_int_equal(strlen(quoted.text), 256);
	log_quote((struct text){ bytes, 257 }, &quoted);
	assert_int_equal(strlen(quoted.text), 256 + 5);
	assert_string_equal(quoted.text + 255, "aa...\"");
	memset(bytes, '\x01', sizeof(bytes));
	log_quote((struct text){ bytes, sizeof(bytes) }, &quoted);
	assert_int_equal(strlen(quoted.text), 4 * 256 + 5);
	/* A character that would straddle the cap is left out. */
	memset(bytes, 'a', 255);
	memcpy(bytes + 255, "\xc3\xa9", 2);
	log_quote((struct text){ bytes, 257 }, &quoted);
	assert_string_equal(quoted.text + 250, "aaaaaa...\"");
}

static void
repeated_events_are_limited(void **state)
{
	(void)state;
	struct log_limit limit = { .burst = 2, .period_ms = 1000 };
	uint64_t suppressed = 9;
	assert_true(log_allowed(&limit, 5000, &suppressed));
	assert_int_equal(suppressed, 0);
	assert_true(log_allowed(&limit, 5001, &suppressed));
	assert_false(log_allowed(&limit, 5002, &suppressed));
	assert_false(log_allowed(&limit, 5999, &suppressed));
	assert_true(log_allowed(&limit, 6000, &suppressed));
	assert_int_equal(suppressed, 2);
	assert_true(log_allowed(&limit, 6001, &suppressed));
	assert_int_equal(suppressed, 0);
	assert_false(log_allowed(&limit, 6002, &suppressed));
	/* A clock set back does not silence it for ever. */
	assert_true(log_allowed(&limit, 10, &suppressed));
	assert_int_equal(suppressed, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logfmt_is_one_line),
		cmocka_unit_test(levels_below_are_left_out),
		cmocka_unit_test(the_journal_gets_priorities),
		cmocka_unit_test(json_is_json),
		cmocka_unit_test(nobody_can_begin_a_second_line),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(threads_do_not_mix_lines),
		cmocka_unit_test(quoting_shows_what_is_there),
		cmocka_unit_test(quoting_is_capped),
		cmocka_unit_test(repeated_events_are_limited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
