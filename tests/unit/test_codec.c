/* test_codec.c - frames, writers, and every argument of messages.def. */
#include "proto/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "notation.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Room for any struct call_*, which all begin with present. */
union any_call {
	uint32_t present;
	max_align_t align;
	uint8_t bytes[1024];
};

/* --- writers -------------------------------------------------------------- */

static void
is_encoded(struct buf *out, const char *expected)
{
	struct buf wanted = { 0 };

	notation(&wanted, expected);
	assert_int_equal(out->len, wanted.len);
	assert_memory_equal(out->at, wanted.at, wanted.len);
	buf_free(&wanted);
	buf_clear(out);
}

static void
values_are_written_shortest(void **state)
{
	struct buf out = { 0 };

	(void)state;
	pack_nil(&out);
	pack_bool(&out, false);
	pack_bool(&out, true);
	is_encoded(&out, "<c0 c2 c3>");
	pack_uint(&out, 127);
	pack_uint(&out, 128);
	pack_uint(&out, UINT64_MAX);
	is_encoded(&out, "<7f cc 80 cf ff ff ff ff ff ff ff ff>");
	pack_int(&out, -32);
	pack_int(&out, -33);
	pack_int(&out, 5);
	is_encoded(&out, "<e0 d0 df 05>");
	pack_real(&out, 1.5);
	is_encoded(&out, "<cb 3f f8 00 00 00 00 00 00>");
	pack_string(&out, "abc");
	pack_text(&out, (struct text){ NULL, 0 });
	pack_bin(&out, TEXT("ab"));
	is_encoded(&out, "<a3 61 62 63 a0 c4 02 61 62>");
	pack_list(&out, 16);
	pack_map(&out, 2);
	pack_raw(&out, TEXT("\x01"));
	is_encoded(&out, "<dc 00 10 82 01>");
	buf_free(&out);
}

static void
fields_are_written_in_pairs(void **state)
{
	struct buf out = { 0 };
	size_t map, list;

	(void)state;
	map = pack_open_map(&out);
	pack_field_text(&out, "a", TEXT("x"));
	pack_field_string(&out, "b", "y");
	pack_field_uint(&out, "c", 1);
	pack_field_int(&out, "d", -1);
	pack_field_bool(&out, "e", true);
	pack_field_real(&out, "f", 0.5);
	pack_string(&out, "g");
	list = pack_open_list(&out);
	pack_uint(&out, 7);
	pack_close_list(&out, list, 1);
	pack_close_map(&out, map, 7);
	is_encoded(&out,
	    "<87> 'a' 'x' 'b' 'y' 'c' 1 'd' -1 'e' true 'f' 0.5 'g' <91> 7");
	out.failed = true;
	map = pack_open_map(&out);
	pack_close_map(&out, map, 3);
	assert_true(out.failed);
	buf_free(&out);
}

/* A list that is closed with so many items, as msgpack-c would write it. */
static void
closes_shortest(uint32_t count)
{
	struct buf open = { 0 }, known = { 0 };
	size_t token;

	pack_uint(&open, 1);
	token = pack_open_list(&open);
	pack_uint(&known, 1);
	pack_list(&known, count);
	for (uint32_t i = 0; i < count; i++) {
		pack_uint(&open, i & 0x7f);
		pack_uint(&known, i & 0x7f);
	}
	pack_close_list(&open, token, count);
	assert_true(text_equal(buf_text(&open), buf_text(&known)));
	buf_clear(&open);
	buf_clear(&known);
	pack_map(&known, count);
	token = pack_open_map(&open);
	for (uint32_t i = 0; i < 2 * count; i++) {
		pack_uint(&open, i & 0x7f);
		pack_uint(&known, i & 0x7f);
	}
	pack_close_map(&open, token, count);
	assert_true(text_equal(buf_text(&open), buf_text(&known)));
	buf_free(&open);
	buf_free(&known);
}

static void
what_is_closed_late_is_as_short(void **state)
{
	static const uint32_t counts[] = { 0, 1, 15, 16, 17, 255, 256, 65535,
		65536, 70000 };

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		closes_shortest(counts[i]);
}

static void
frames_are_written(void **state)
{
	struct buf out = { 0 };
	struct refusal why;

	(void)state;
	pack_request_open(&out, 1, "hello", 1);
	pack_map(&out, 1);
	pack_field_uint(&out, "protocol", 1);
	is_encoded(&out,
	    "<94 00 01 a5 68 65 6c 6c 6f 91 81 a8 70 72 6f 74 6f 63 6f 6c "
	    "01>");
	pack_reply_open(&out, UINT32_MAX);
	pack_uint(&out, 5);
	is_encoded(&out, "[1, 4294967295, nil, 5]");
	(void)refuse(&why, ERROR_INVALID, "id", "is required");
	pack_reply_error(&out, 0, &why);
	is_encoded(&out, "[1, 0, 'invalid: id: is required', nil]");
	pack_push_open(&out, TEXT("alerts"), 1);
	pack_list(&out, 0);
	is_encoded(&out, "[2, 'alerts', [[]]]");
	buf_free(&out);
}

/* --- frames taken apart --------------------------------------------------- */

static void
frames_are_taken_apart(void **state)
{
	struct buf bytes = { 0 };
	struct rpc_frame frame;
	struct refusal why;

	(void)state;
	notation(&bytes, "[0, 4294967295, b'hello', [{'a': 1}]]");
	assert_int_equal(rpc_frame_read(buf_text(&bytes), &frame, &why), 0);
	assert_int_equal(frame.type, 0);
	assert_int_equal(frame.id, UINT32_MAX);
	assert_true(text_is(frame.method, "hello"));
	assert_int_equal(frame.params.count, 1);
	for (size_t len = 0; len < bytes.len; len++) {
		assert_int_equal(rpc_frame_read((struct text){ (char *)bytes.at,
						    len },
				     &frame, &why),
		    ERROR_BAD_FRAME);
		assert_true(why.text[0]);
	}
	buf_clear(&bytes);
	notation(&bytes, "[1, 7, 'busy: later', nil]");
	assert_int_equal(rpc_frame_read(buf_text(&bytes), &frame, &why), 0);
	assert_int_equal(frame.type, 1);
	assert_int_equal(frame.id, 7);
	assert_true(text_is(value_text(&frame.error), "busy: later"));
	assert_int_equal(frame.result.kind, VALUE_NIL);
	buf_clear(&bytes);
	notation(&bytes, "[2, 'alerts', [[1, 2]]]");
	assert_int_equal(rpc_frame_read(buf_text(&bytes), &frame, &why), 0);
	assert_int_equal(frame.type, 2);
	assert_true(text_is(frame.method, "alerts"));
	buf_free(&bytes);
}

static void
bad_frames_keep_their_id_when_they_have_one(void **state)
{
	static const struct {
		const char *text;
		uint32_t id;
	} row[] = {
		{ "[3, 7, 'x', []]", 0 },
		{ "['tag', 7, 'x', []]", 0 },
		{ "[0, 7, 'x']", 0 },
		{ "[1, 7, nil]", 0 },
		{ "[2, 'x', [], nil]", 0 },
		{ "[0, -1, 'x', []]", 0 },
		{ "[0, 4294967296, 'x', []]", 0 },
		{ "[0, 'a', 'x', []]", 0 },
		{ "[1, nil, nil, nil]", 0 },
		{ "[0, 7, 5, []]", 7 },
		{ "[0, 7, '\\xff', []]", 7 },
		{ "[0, 7, b'\\xff', []]", 7 },
		{ "[0, 7, 'x', {}]", 7 },
		{ "[0, 7, 'x', nil]", 7 },
		{ "[2, nil, []]", 0 },
		{ "[2, 'x', nil]", 0 },
		{ "[0, 7]", 0 },
		{ "[0, 7, 'x', [], 1]", 0 },
		{ "{}", 0 },
		{ "[0, 7, 'x', []] 1", 7 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct buf bytes = { 0 };
		struct rpc_frame frame;
		struct refusal why;

		notation(&bytes, row[i].text);
		assert_int_equal(rpc_frame_read(buf_text(&bytes), &frame, &why),
		    ERROR_BAD_FRAME);
		assert_int_equal(why.code, ERROR_BAD_FRAME);
		if (i + 1 < COUNT(row))
			assert_int_equal(frame.id, row[i].id);
		buf_free(&bytes);
	}
}

/* --- arguments, by descriptor --------------------------------------------- */

enum variant {
	AS_IT_IS,
	LEFT_OUT,
	NIL,
	TWICE,
	LEAST,
	MOST,
	TOO_LITTLE,
	TOO_MUCH,
	NO_SUCH_TYPE
};

static void
pack_sized(struct buf *out, enum field_kind kind, uint64_t size)
{
	if (kind == FIELD_UINT) {
		pack_uint(out, size);
		return;
	}
	if (kind == FIELD_TEXT)
		buf_u8(out, 0xdb);
	else
		buf_u8(out, kind == FIELD_MAP ? 0xdf : 0xdd);
	buf_u32(out, __builtin_bswap32((uint32_t)size));
	for (uint64_t i = 0; i < size; i++) {
		if (kind == FIELD_MAP)
			buf_u8(out, 1);
		buf_u8(out, 'x');
	}
}

static void
pack_arg(struct buf *out, const struct message_arg *arg, enum variant variant)
{
	uint64_t size = arg->min ? arg->min : 1;

	if (variant == MOST || variant == TOO_MUCH)
		size = arg->max + (variant == TOO_MUCH);
	if (variant == TOO_LITTLE)
		size = arg->min - 1;
	if (variant == NIL)
		pack_nil(out);
	else if (variant == NO_SUCH_TYPE)
		notation(out, "<c7 01 05 00>");
	else if (arg->kind == FIELD_BOOL || arg->kind == FIELD_ANY)
		pack_bool(out, true);
	else
		pack_sized(out, arg->kind, size);
}

static uint32_t
pack_pairs(struct buf *out, const struct message *row,
    const struct message_arg *varied, enum variant variant)
{
	uint32_t pairs = 0;

	for (const struct message_arg *arg = row->args; arg->name; arg++) {
		unsigned times = variant == TWICE ? 2 : variant != LEFT_OUT;

		if (arg->need == NEED_WHOLE)
			continue;
		if (arg != varied)
			times = 1;
		for (; times > 0; times--, pairs++) {
			pack_string(out, arg->name);
			pack_arg(out, arg, arg == varied ? variant : AS_IT_IS);
		}
	}
	return pairs;
}

/* Parameters with every argument, of which one is different. */
static void
pack_params(struct buf *out, const struct message *row,
    const struct message_arg *varied, enum variant variant)
{
	size_t token;

	pack_list(out, row->flags & TWO_MAPS ? 2 : 1);
	if (row->flags & TWO_MAPS)
		notation(out, "{'id': '1'}");
	token = pack_open_map(out);
	pack_close_map(out, token, pack_pairs(out, row, varied, variant));
}

static int
read_params(enum message_id id, struct buf *bytes, union any_call *call,
    struct refusal *why)
{
	struct value params;

	assert_true(message_row(id)->size <= sizeof(*call));
	assert_true(value_of(buf_text(bytes), &params));
	return codec_read_call(id, &params, call, why);
}

static void
expect(enum message_id id, const struct message_arg *arg, enum variant variant,
    bool is_good)
{
	struct buf bytes = { 0 };
	union any_call call;
	struct refusal why = { 0 };
	const struct message *row = message_row(id);
	uint32_t bit = 1u << (arg - row->args);
	bool is_given = variant != LEFT_OUT && variant != NIL;
	int code;

	pack_params(&bytes, row, arg, variant);
	code = read_params(id, &bytes, &call, &why);
	if (code != (is_good ? 0 : ERROR_INVALID) ||
	    (!is_good && strcmp(why.field, arg->name) != 0))
		fail_msg("%s %s, variant %d, gave %d: %s: %s", row->wire,
		    arg->name, (int)variant, code, why.field, why.text);
	if (is_good)
		assert_int_equal(!!(call.present & bit), is_given);
	if (is_good && !is_given && arg->kind == FIELD_UINT)
		assert_memory_equal(call.bytes + arg->offset, &arg->fallback,
		    sizeof(arg->fallback));
	buf_free(&bytes);
}

static void
expect_all(enum message_id id, const struct message_arg *arg)
{
	bool is_optional = arg->need == NEED_OPTIONAL;
	bool is_sized = arg->kind != FIELD_BOOL && arg->kind != FIELD_ANY;

	expect(id, arg, AS_IT_IS, true);
	expect(id, arg, LEFT_OUT, is_optional);
	expect(id, arg, NIL, is_optional);
	expect(id, arg, TWICE, false);
	expect(id, arg, NO_SUCH_TYPE, false);
	if (!is_sized)
		return;
	expect(id, arg, LEAST, true);
	expect(id, arg, MOST, true);
	expect(id, arg, TOO_MUCH, false);
	/* Below one there is nothing: that is absent, not too little. */
	if (arg->min > (arg->kind == FIELD_UINT ? 0 : 1))
		expect(id, arg, TOO_LITTLE, false);
}

static void
every_argument_keeps_its_rules(void **state)
{
	unsigned args = 0;

	(void)state;
	for (unsigned id = 0; id < MESSAGE_COUNT; id++) {
		const struct message *row = message_row((enum message_id)id);

		for (const struct message_arg *arg = row->args; arg->name;
		     arg++, args++)
			if (arg->need != NEED_WHOLE)
				expect_all((enum message_id)id, arg);
	}
	assert_true(args > 70);
}

static const struct {
	enum message_id id;
	const char *params, *field, *rule; /* no rule: accepted */
} calls[] = {
	{ MESSAGE_SERVER_STATS, "[]", NULL, NULL },
	{ MESSAGE_SERVER_STATS, "nil", NULL, NULL },
	{ MESSAGE_SERVER_STATS, "[nil]", NULL, NULL },
	{ MESSAGE_SERVER_STATS, "[[]]", NULL, NULL },
	{ MESSAGE_SERVER_STATS, "[{}]", NULL, NULL },
	{ MESSAGE_HELLO, "[{b'protocol': 1.0}]", NULL, NULL },
	{ MESSAGE_HELLO, "[{'protocol': 1, 'client': ''}]", NULL, NULL },
	{ MESSAGE_REPORT_LOOKUP, "[{'ids': '17'}]", NULL, NULL },
	{ MESSAGE_REPORT_SUBMIT, "[{'id': '1'}]", NULL, NULL },
	{ MESSAGE_REPORT_SUBMIT, "[{'id': '1'}, nil]", NULL, NULL },
	{ MESSAGE_REPORT_SUBMIT, "[{'id': '1'}, {'dry_run': true}]", NULL,
	    NULL },
	{ MESSAGE_ALERTS_LIST, "[{'changed_since': 17}]", NULL, NULL },
	{ MESSAGE_ALERTS_LIST, "[{'changed_since': 'c'}]", NULL, NULL },
	{ MESSAGE_SERVER_STATS, "[{'a': 1}]", "", "unknown argument \"a\"" },
	{ MESSAGE_ALERTS_SUBSCRIBE, "[{'filtre': {}}]", "",
	    "unknown argument \"filtre\"; did you mean \"filter\"?" },
	{ MESSAGE_REPORT_SUBMIT, "[{'id': '1'}, {'report': 1}]", "",
	    "unknown argument \"report\"" },
	{ MESSAGE_SERVER_STATS, "[{'\\x1b\\xff': 1}]", "", "\"??\"" },
	{ MESSAGE_HELLO, "[{7: 1}]", "", "strings" },
	{ MESSAGE_HELLO, "[{nil: 1}]", "", "strings" },
	{ MESSAGE_HELLO, "[7]", "", "a map" },
	{ MESSAGE_HELLO, "{}", "", "a list" },
	{ MESSAGE_HELLO, "[{'protocol': 1}, {}]", "", "one map" },
	{ MESSAGE_REPORT_SUBMIT, "[{'id': '1'}, {}, {}]", "", "options" },
	{ MESSAGE_REPORT_SUBMIT, "[]", "report", "is required" },
	{ MESSAGE_REPORT_SUBMIT, "[nil]", "report", "is required" },
	{ MESSAGE_REPORT_SUBMIT, "[7]", "report", "use a map" },
	{ MESSAGE_REPORT_SUBMIT, "[<c7 01 05 00>]", "report", "extension" },
	{ MESSAGE_REPORT_SUBMIT, "[{'id': '1'}, 5]", "", "a map" },
	{ MESSAGE_HELLO, "[{'protocol': '1'}]", "protocol", "whole number" },
	{ MESSAGE_HELLO, "[{'protocol': -1}]", "protocol", "whole number" },
	{ MESSAGE_HELLO, "[{'protocol': 1.5}]", "protocol", "whole number" },
	{ MESSAGE_HELLO, "[{'protocol': 1, 'client': 5}]", "client", "string" },
	{ MESSAGE_HELLO, "[{'protocol': 1, 'client': b'\\xff'}]", "client",
	    "string of UTF-8" },
	{ MESSAGE_HELLO, "[{'protocol': 1, 'client': '\\xff'}]", "client",
	    "string of UTF-8" },
	{ MESSAGE_HELLO, "[{'protocol': 1, 'client': 'a\\x00'}]", "client",
	    "NUL" },
	{ MESSAGE_ALERTS_FETCH, "[{'latest': 1}]", "latest", "true or false" },
	{ MESSAGE_ALERTS_FETCH, "[{'filter': [1]}]", "filter", "use a map" },
};

static void
calls_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++) {
		struct buf bytes = { 0 };
		union any_call call;
		struct refusal why = { 0 };
		int code;

		notation(&bytes, calls[i].params);
		code = read_params(calls[i].id, &bytes, &call, &why);
		if (code != (calls[i].rule ? ERROR_INVALID : 0) ||
		    (calls[i].rule &&
			(strcmp(why.field, calls[i].field) != 0 ||
			    !strstr(why.text, calls[i].rule))))
			fail_msg("%s gave %d: %s: %s", calls[i].params, code,
			    why.field, why.text);
		buf_free(&bytes);
	}
}

static void
arguments_arrive_in_their_members(void **state)
{
	struct buf bytes = { 0 };
	struct value params;
	struct refusal why;
	struct call_alerts_fetch fetch;
	struct call_report_submit submit;

	(void)state;
	notation(&bytes,
	    "[{'max': 7.0, 'durable': 'desk', 'latest': true, 'filter': "
	    "{'country': 'FR'}}]");
	assert_true(value_of(buf_text(&bytes), &params));
	assert_int_equal(codec_read_call(MESSAGE_ALERTS_FETCH, &params, &fetch,
			     &why),
	    0);
	assert_int_equal(fetch.max, 7);
	assert_int_equal(fetch.wait_ms, 0);
	assert_true(fetch.latest);
	assert_true(text_is(fetch.durable, "desk"));
	assert_int_equal(fetch.cursor.len, 0);
	assert_true(text_is(value_find_text(&fetch.filter, "country"), "FR"));
	assert_int_equal(fetch.present,
	    1u << ARG_alerts_fetch_max | 1u << ARG_alerts_fetch_durable |
		1u << ARG_alerts_fetch_latest | 1u << ARG_alerts_fetch_filter);
	buf_clear(&bytes);
	notation(&bytes, "[{'id': '9'}, {'backfill': 'none'}]");
	assert_true(value_of(buf_text(&bytes), &params));
	assert_int_equal(codec_read_call(MESSAGE_REPORT_SUBMIT, &params,
			     &submit, &why),
	    0);
	assert_true(text_is(value_find_text(&submit.report, "id"), "9"));
	assert_true(text_is(submit.backfill, "none"));
	assert_false(submit.dry_run);
	buf_free(&bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_written_shortest),
		cmocka_unit_test(fields_are_written_in_pairs),
		cmocka_unit_test(what_is_closed_late_is_as_short),
		cmocka_unit_test(frames_are_written),
		cmocka_unit_test(frames_are_taken_apart),
		cmocka_unit_test(bad_frames_keep_their_id_when_they_have_one),
		cmocka_unit_test(every_argument_keeps_its_rules),
		cmocka_unit_test(calls_are_read),
		cmocka_unit_test(arguments_arrive_in_their_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
