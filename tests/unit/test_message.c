/*
 * test_message.c - the tables of the language: in order, as they were
 * released, and as docs/protocol.md prints them.
 *
 * test_message --describe messages|errors|report   prints a generated part
 * test_message --golden                            prints golden/messages.txt
 */
#include "proto/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "notation.h"
#include "proto/codec.h"
#include "proto/error.h"
#include "proto/fields.h"
#include "source_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
methods_are_found_by_name(void **state)
{
	(void)state;
	for (unsigned id = 0; id < MESSAGE_COUNT; id++) {
		struct text wire =
		    text_of(message_row((enum message_id)id)->wire);

		/* A name used twice would lead to the first row. */
		assert_int_equal(message_find(wire), id);
		wire.len--;
		assert_int_equal(message_find(wire), MESSAGE_COUNT);
	}
	assert_int_equal(message_find(TEXT("")), MESSAGE_COUNT);
	assert_int_equal(message_find(TEXT("nvim_get_api_info")),
	    MESSAGE_COUNT);
}

/* Sentences that fit a cell of a Markdown table. */
static void
is_sentence(const char *text)
{
	size_t len = strlen(text);

	assert_in_range(len, 5, 160);
	assert_true(text[len - 1] == '.' || text[len - 1] == '?');
	assert_null(strpbrk(text, "|\n"));
}

static void
is_word(const char *name)
{
	assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
	    strlen(name));
	assert_in_range(strlen(name), 2, 20);
}

static void
rows_are_in_order(void **state)
{
	(void)state;
	for (unsigned id = 0; id < MESSAGE_COUNT; id++) {
		const struct message *row = message_row((enum message_id)id);
		unsigned wholes = 0;

		is_sentence(row->summary);
		for (const struct message_arg *arg = row->args; arg->name;
		     arg++) {
			is_word(arg->name);
			is_sentence(arg->meaning);
			assert_int_equal(arg->name_len, strlen(arg->name));
			assert_true(arg->min <= arg->max);
			assert_true(arg->fallback <= arg->max);
			wholes += arg->need == NEED_WHOLE;
		}
		assert_int_equal(wholes, row->flags & TWO_MAPS ? 1 : 0);
		assert_non_null(row->replies->name);
		for (const struct message_reply *reply = row->replies;
		     reply->name; reply++) {
			is_word(reply->name);
			is_sentence(reply->meaning);
			for (const struct message_reply *other = reply + 1;
			     other->name; other++)
				assert_string_not_equal(reply->name,
				    other->name);
		}
	}
}

/* --- what was released ---------------------------------------------------- */

static const char golden_path[] = "tests/golden/messages.txt";

/* The kind of a field of the argument or the result, or NULL. */
static const char *
kind_of(const struct message *row, const char *side, const char *name)
{
	if (strcmp(side, "arg") == 0)
		for (const struct message_arg *arg = row->args; arg->name;
		     arg++)
			if (strcmp(arg->name, name) == 0)
				return field_kind_name(arg->kind);
	if (strcmp(side, "reply") == 0)
		for (const struct message_reply *reply = row->replies;
		     reply->name; reply++)
			if (strcmp(reply->name, name) == 0)
				return field_kind_name(reply->kind);
	return NULL;
}

static struct buf
unhex(const char *hex)
{
	struct buf bytes = { 0 };

	for (; hex[0] && hex[1]; hex += 2)
		buf_u8(&bytes, (uint8_t)notation_hex(hex));
	return bytes;
}

/* A released frame must still be read, and mean as many arguments. */
static void
check_frame(enum message_id id, const char *hex, unsigned args)
{
	struct buf bytes = unhex(hex);
	struct rpc_frame frame;
	struct refusal why;
	uint32_t call[256];

	assert_true(message_row(id)->size <= sizeof(call));
	assert_int_equal(rpc_frame_read(buf_text(&bytes), &frame, &why), 0);
	assert_int_equal(message_find(frame.method), id);
	if (codec_read_call(id, &frame.params, call, &why))
		fail_msg("%s: %s: %s", message_row(id)->wire, why.field,
		    why.text);
	assert_int_equal(__builtin_popcount(call[0]), args);
	buf_free(&bytes);
}

static void
check_line(const char *line, unsigned *args)
{
	char what[8], method[64], name[64], kind[16];
	static const char hex_form[] = "frame %63s %n";
	enum message_id id;
	int at = 0;

	if (sscanf(line, hex_form, method, &at) == 1 && at > 0) {
		id = message_find(text_of(method));
		assert_true(id < MESSAGE_COUNT);
		check_frame(id, line + at, *args);
		*args = 0;
		return;
	}
	if (sscanf(line, "%7s %63s %63s %15s", what, method, name, kind) != 4)
		fail_msg("golden line not understood: %s", line);
	id = message_find(text_of(method));
	if (id == MESSAGE_COUNT)
		fail_msg("a released method is gone: %s", method);
	if (!kind_of(message_row(id), what, name))
		fail_msg("a released row is gone: %s", line);
	assert_string_equal(kind_of(message_row(id), what, name), kind);
	*args += strcmp(what, "arg") == 0;
}

static void
what_was_released_is_still_understood(void **state)
{
	struct buf file = { 0 };
	unsigned lines = 0;
	unsigned args = 0;
	char *next;

	(void)state;
	assert_true(source_file(__FILE__, golden_path, &file));
	for (char *line = (char *)file.at; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		check_line(line, &args);
		lines++;
	}
	assert_int_equal(args, 0);
	assert_true(lines > 200);
	buf_free(&file);
}

static void
pack_sample(struct buf *out, const struct message_arg *arg)
{
	pack_string(out, arg->name);
	if (arg->kind == FIELD_BOOL) {
		pack_bool(out, true);
	} else if (arg->kind == FIELD_UINT) {
		pack_uint(out, arg->min ? arg->min : 1);
	} else if (arg->kind == FIELD_MAP) {
		notation(out, "{'k': 'v'}");
	} else if (arg->kind == FIELD_LIST) {
		notation(out, "['v']");
	} else {
		size_t len = arg->min ? (size_t)arg->min : 1;
		char text[256];

		memset(text, 'x', len);
		pack_text(out, (struct text){ text, len });
	}
}

static void
print_frame(const struct message *row)
{
	bool is_two = row->flags & TWO_MAPS;
	struct buf out = { 0 };
	uint32_t pairs = 0;

	pack_request_open(&out, 1, row->wire, is_two ? 2 : 1);
	if (is_two)
		notation(&out, "{'id': '1'}");
	/* In the longest form there is, which clients may use. */
	for (const struct message_arg *arg = row->args; arg->name; arg++)
		pairs += arg->need != NEED_WHOLE;
	buf_u8(&out, 0xdf);
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_u8(&out, (uint8_t)(pairs >> shift));
	for (const struct message_arg *arg = row->args; arg->name; arg++) {
		if (arg->need == NEED_WHOLE)
			continue;
		pack_sample(&out, arg);
	}
	printf("frame %s ", row->wire);
	for (size_t i = 0; i < out.len; i++)
		printf("%02x", out.at[i]);
	printf("\n");
	buf_free(&out);
}

static int
print_golden(void)
{
	printf("# Rows of messages.def that were released, and a frame of each "
	       "method\n# with all its arguments. None may vanish or change; "
	       "add new ones behind\n# a release: test_message --golden\n");
	for (unsigned id = 0; id < MESSAGE_COUNT; id++) {
		const struct message *row = message_row((enum message_id)id);

		for (const struct message_arg *arg = row->args; arg->name;
		     arg++)
			printf("arg %s %s %s\n", row->wire, arg->name,
			    field_kind_name(arg->kind));
		print_frame(row);
		for (const struct message_reply *reply = row->replies;
		     reply->name; reply++)
			printf("reply %s %s %s\n", row->wire, reply->name,
			    field_kind_name(reply->kind));
	}
	return 0;
}

/* --- what is printed ------------------------------------------------------ */

static const struct {
	const char *name;
	void (*describe)(FILE *out);
} parts[] = {
	{ "messages", message_describe },
	{ "errors", error_describe },
	{ "report", report_describe },
};

static void
the_manual_prints_the_tables(void **state)
{
	struct buf manual = { 0 };

	(void)state;
	assert_true(source_file(__FILE__, "docs/protocol.md", &manual));
	for (size_t i = 0; i < COUNT(parts); i++) {
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);
		char mark[64];
		const char *at;

		assert_non_null(out);
		parts[i].describe(out);
		fclose(out);
		snprintf(mark, sizeof(mark), "<!-- generated: %s -->\n",
		    parts[i].name);
		at = strstr((char *)manual.at, mark);
		if (!at)
			fail_msg("docs/protocol.md has no %s", mark);
		at += strlen(mark);
		if (strncmp(at, text, len) != 0 ||
		    strncmp(at + len, "<!-- end -->", 12) != 0)
			fail_msg("docs/protocol.md: %s is out of date; see "
				 "test_message --describe",
			    parts[i].name);
		free(text);
	}
	buf_free(&manual);
}

static int
describe(const char *name)
{
	for (size_t i = 0; i < COUNT(parts); i++)
		if (strcmp(parts[i].name, name) == 0) {
			parts[i].describe(stdout);
			return 0;
		}
	return 2;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(methods_are_found_by_name),
		cmocka_unit_test(rows_are_in_order),
		cmocka_unit_test(what_was_released_is_still_understood),
		cmocka_unit_test(the_manual_prints_the_tables),
	};

	if (argc == 2 && strcmp(argv[1], "--golden") == 0)
		return print_golden();
	if (argc == 3 && strcmp(argv[1], "--describe") == 0)
		return describe(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
