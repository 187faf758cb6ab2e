/*
 * test_formats.c - CSV and lines: the same records however the bytes come in.
 */
#include "clients/cli/formats/formats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Records written down: line:cell|cell/ or line!/ for one in trouble. */
struct log {
	struct buf text;
	unsigned stop_at; /* the record that ends the reading; 0: none */
	unsigned count;
};

static int
note(void *who, const struct record *record)
{
	struct log *log = who;
	buf_printf(&log->text, "%llu", (unsigned long long)record->line);
	if (record->trouble)
		buf_add_string(&log->text, "!");
	else if (record->json.len)
		buf_u8(&log->text, ':');
	buf_add_text(&log->text, record->json);
	for (uint32_t i = 0; i < record->count; i++) {
		buf_u8(&log->text, i ? '|' : ':');
		buf_add_text(&log->text, record->cell[i]);
	}
	buf_u8(&log->text, '/');
	return ++log->count == log->stop_at ? 77 : 0;
}

static void
feed_csv(struct log *log, struct text bytes, size_t piece)
{
	struct csv_reader *reader = csv_reader_new(',', note, log);
	assert_non_null(reader);
	while (bytes.len) {
		size_t len = bytes.len < piece ? bytes.len : piece;
		assert_int_equal(csv_reader_feed(reader,
				     (struct text){ bytes.at, len }),
		    0);
		bytes.at += len;
		bytes.len -= len;
	}
	assert_int_equal(csv_reader_finish(reader), 0);
	csv_reader_free(reader);
}

static const struct {
	const char *bytes, *records;
} csv_cases[] = {
	{ "", "" },
	{ "a,b\n1,2\n", "1:a|b/2:1|2/" },
	{ "a,b\r\n1,2\r\n", "1:a|b/2:1|2/" },
	{ "a,b\r1,2\r", "1:a|b/2:1|2/" },
	{ "a,b\n1,2", "1:a|b/2:1|2/" },
	{ "a\n\n\nb\n", "1:a/4:b/" },
	{ "a\r\n\r\n\r\nb", "1:a/4:b/" },
	{ "\"x\ny\",2\nb\n", "1:x\ny|2/3:b/" },
	{ "\"x\r\ny\",2\r\nb", "1:x\r\ny|2/3:b/" },
	{ "\"say \"\"no\"\"\",2\n", "1:say \"no\"|2/" },
	{ "he said \"no\",2\n", "1:he said \"no\"|2/" },
	{ ",,\n", "1:||/" },
	{ "\"\",\n", "1:|/" },
	{ "  a b  ,\t c\n", "1:a b|c/" },
	{ "ok\n\"never,closed\nb\n", "1:ok/2!/" },
	{ "\"a\",b\n\"\n", "1:a|b/2!/" },
	{ "é,\xe9\n", "1:é|\xe9/" },
};

static void
csv_is_the_same_in_all_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(csv_cases) / sizeof(csv_cases[0]); i++) {
		struct text bytes = text_of(csv_cases[i].bytes);
		for (size_t piece = 1; piece <= bytes.len + 1; piece++) {
			struct log log = { 0 };
			feed_csv(&log, bytes, piece);
			buf_u8(&log.text, 0);
			assert_string_equal(log.text.at, csv_cases[i].records);
			buf_free(&log.text);
		}
	}
}

static void
csv_gives_up_what_is_too_long(void **state)
{
	struct log log = { 0 };
	struct buf bytes = { 0 };
	(void)state;
	buf_add_string(&bytes, "a,b\n\"");
	for (int i = 0; i < RECORD_MAX; i++)
		buf_u8(&bytes, 'x');
	buf_add_string(&bytes, "\nc,d\n");
	feed_csv(&log, buf_text(&bytes), 65536);
	assert_true(text_is(buf_text(&log.text), "1:a|b/2!/3:c|d/"));
	buf_free(&log.text);
	buf_clear(&bytes);
	for (int i = 0; i < CELLS_MAX; i++)
		buf_u8(&bytes, ',');
	buf_add_string(&bytes, "\na\n");
	log = (struct log){ 0 };
	feed_csv(&log, buf_text(&bytes), bytes.len);
	assert_true(text_is(buf_text(&log.text), "1!/2:a/"));
	buf_free(&log.text);
	buf_free(&bytes);
}

static void
csv_stops_when_told(void **state)
{
	struct log log = { .stop_at = 2 };
	struct csv_reader *reader = csv_reader_new(',', note, &log);
	(void)state;
	assert_int_equal(csv_reader_feed(reader, TEXT("a\nb\nc\nd\n")), 77);
	assert_int_equal(csv_reader_feed(reader, TEXT("e\n")), 77);
	assert_int_equal(csv_reader_finish(reader), 77);
	assert_int_equal(log.count, 2);
	csv_reader_free(reader);
	buf_free(&log.text);
}

static void
csv_rows_come_back(void **state)
{
	const struct text cells[] = { TEXT("plain"), TEXT(""), TEXT("a;b"),
		TEXT("say \"no\""), TEXT("two\nlines\r\n"), TEXT(" blanks "),
		TEXT("é") };
	const uint32_t count = sizeof(cells) / sizeof(cells[0]);
	struct buf out = { 0 };
	struct log log = { 0 };
	struct csv_reader *reader = csv_reader_new(';', note, &log);
	(void)state;
	csv_put_row(&out, cells, count, ';');
	buf_add_string(&out, "\r\n");
	assert_int_equal(csv_reader_feed(reader, buf_text(&out)), 0);
	buf_u8(&log.text, 0);
	assert_string_equal(log.text.at,
	    "1:plain||a;b|say \"no\"|two\nlines\r\n| blanks |é/");
	csv_reader_free(reader);
	buf_free(&log.text);
	buf_free(&out);
}

static void
delimiters_are_guessed(void **state)
{
	(void)state;
	assert_int_equal(csv_guess_delimiter(TEXT("a,b;c,d\n;;;;")), ',');
	assert_int_equal(csv_guess_delimiter(TEXT("a;b;c,d\r\n")), ';');
	assert_int_equal(csv_guess_delimiter(TEXT("\"a,b,c\";d")), ';');
	assert_int_equal(csv_guess_delimiter(TEXT("a\tb")), '\t');
	assert_int_equal(csv_guess_delimiter(TEXT("alone")), ',');
	assert_int_equal(csv_guess_delimiter(TEXT("")), ',');
}

static const struct {
	const char *bytes, *records;
} line_cases[] = {
	{ "", "" },
	{ "{}\n", "1:{}/" },
	{ "{}", "1:{}/" },
	{ "\n \t\r\n{}\r\n\n[1]\n", "3:{}\r/5:[1]/" },
};

static void
lines_are_the_same_in_all_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(line_cases) / sizeof(line_cases[0]);
	     i++) {
		struct text bytes = text_of(line_cases[i].bytes);
		for (size_t piece = 1; piece <= bytes.len + 1; piece++) {
			struct log log = { 0 };
			struct line_reader *reader =
			    line_reader_new(note, &log);
			for (size_t at = 0; at < bytes.len; at += piece) {
				size_t left = bytes.len - at;
				struct text part = { bytes.at + at,
					left < piece ? left : piece };
				assert_int_equal(line_reader_feed(reader, part),
				    0);
			}
			assert_int_equal(line_reader_finish(reader), 0);
			buf_u8(&log.text, 0);
			assert_string_equal(log.text.at, line_cases[i].records);
			buf_free(&log.text);
			line_reader_free(reader);
		}
	}
}

static void
lines_too_long_are_told_and_passed(void **state)
{
	struct log log = { 0 };
	struct line_reader *reader = line_reader_new(note, &log);
	static char block[65536];
	(void)state;
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < RECORD_MAX / 65536 + 3; i++)
		assert_int_equal(line_reader_feed(reader,
				     (struct text){ block, sizeof(block) }),
		    0);
	assert_int_equal(line_reader_feed(reader, TEXT("\n{}")), 0);
	assert_int_equal(line_reader_finish(reader), 0);
	assert_true(text_is(buf_text(&log.text), "1!/2:{}/"));
	line_reader_free(reader);
	buf_free(&log.text);
}

/* --- bytes --------------------------------------------------------------- */

static void
read_all(const char *bytes, size_t len, const char *encoding, struct buf *out)
{
	char path[] = "/tmp/tocsin-formats-XXXXXX";
	char why[WHY_MAX];
	struct text chunk;
	struct input *input;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
	input = input_open(path, encoding, why);
	assert_non_null(input);
	assert_int_equal(input_size(input), len);
	while (input_next(input, &chunk, why) > 0)
		buf_add_text(out, chunk);
	assert_int_equal(input_read_bytes(input), len);
	input_close(input);
	unlink(path);
}

static void
files_are_decoded(void **state)
{
	static const struct {
		const char *encoding, *bytes, *text;
	} cases[] = {
		{ NULL,
		    "\xef\xbb\xbf"
		    "a",
		    "a" },
		{ "utf-8", "\xef\xbb", "\xef\xbb" },
		{ NULL, "caf\xe9", "caf\xe9" },
		{ "cp1252", "caf\xe9 \x80\x92", "café €’" },
		{ "cp1252",
		    "a\x81"
		    "b",
		    "a\x81"
		    "b" },
		{ "latin1", "caf\xe9 \xa4", "café ¤" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = { 0 };
		read_all(cases[i].bytes, strlen(cases[i].bytes),
		    cases[i].encoding, &out);
		assert_true(text_is(buf_text(&out), cases[i].text));
		buf_free(&out);
	}
}

static void
texts_are_encoded_again(void **state)
{
	char why[WHY_MAX];
	struct buf out = { 0 };
	struct input *input = input_open("/dev/null", "cp1252", why);
	(void)state;
	assert_non_null(input);
	input_encode(input, TEXT("café €"), &out);
	assert_true(text_is(buf_text(&out), "caf\xe9 \x80"));
	buf_clear(&out);
	input_encode(input, TEXT("ψx"), &out);
	assert_true(text_is(buf_text(&out), "?x"));
	buf_clear(&out);
	input_encode(input,
	    TEXT("a\x81"
		 "b"),
	    &out);
	assert_true(text_is(buf_text(&out),
	    "a\x81"
	    "b"));
	buf_free(&out);
	input_close(input);
}

static void
what_is_no_text_is_named(void **state)
{
	char why[WHY_MAX];
	(void)state;
	assert_null(input_open("/nonexistent/file", NULL, why));
	assert_string_equal(why, "No such file or directory");
	assert_null(input_open("/dev/null", "klingon-9", why));
	assert_non_null(strstr(why, "klingon-9 is no encoding"));
}

static void
faults_are_found_in_texts(void **state)
{
	struct fault fault;
	(void)state;
	assert_int_equal(fault_check_text(&fault, "f", TEXT("ça")), 0);
	assert_int_equal(fault_check_text(&fault, "f", TEXT("")), 0);
	assert_int_equal(fault_check_text(&fault, "f", TEXT("a\0b")), -1);
	assert_string_equal(fault.reason, "holds a NUL byte");
	assert_int_equal(fault_check_text(&fault, "f", TEXT("\xe9")), -1);
	assert_string_equal(fault.field, "f");
	assert_string_equal(fault.code, "invalid");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_is_the_same_in_all_pieces),
		cmocka_unit_test(csv_gives_up_what_is_too_long),
		cmocka_unit_test(csv_stops_when_told),
		cmocka_unit_test(csv_rows_come_back),
		cmocka_unit_test(delimiters_are_guessed),
		cmocka_unit_test(lines_are_the_same_in_all_pieces),
		cmocka_unit_test(lines_too_long_are_told_and_passed),
		cmocka_unit_test(files_are_decoded),
		cmocka_unit_test(texts_are_encoded_again),
		cmocka_unit_test(what_is_no_text_is_named),
		cmocka_unit_test(faults_are_found_in_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
