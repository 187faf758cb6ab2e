/*
 * fuzz_codec.c - any scanned frame: taken apart, and its arguments read as
 * those of its method, or of the method that its id picks.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/codec.h"
#include "proto/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct scan_limits limits = { 65536, 4096, 16 };

static void
check_refusal(int code, const struct refusal *why)
{
	struct refusal back;
	char wire[REFUSAL_TEXT_MAX];
	size_t len;

	assert(code == (int)why->code && why->text[0]);
	len = refusal_format(why, wire);
	assert(utf8_is_valid((struct text){ wire, len }));
	refusal_parse((struct text){ wire, len }, &back);
	assert(back.code == why->code);
}

/* Texts point into the frame, numbers are within their limits. */
static void
check_args(const struct message *row, const char *call, struct text frame)
{
	for (const struct message_arg *arg = row->args; arg->name; arg++) {
		struct text text;
		uint64_t number;

		memcpy(&text, call + arg->offset, sizeof(text));
		memcpy(&number, call + arg->offset, sizeof(number));
		if (arg->kind == FIELD_TEXT && text.len > 0)
			assert(text.at >= frame.at && text.len <= arg->max &&
			    text.at + text.len <= frame.at + frame.len);
		if (arg->kind == FIELD_UINT)
			assert(number <= arg->max);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text whole = { (const char *)bytes, len };
	struct scan scan = { 0 };
	struct refusal why = { 0 };
	struct rpc_frame frame;
	enum message_id id;
	uint64_t call[128];
	int code;

	if (scan_more(&scan, &limits, bytes, len) != SCAN_WHOLE)
		return 0;
	whole.len = scan.offset;
	code = rpc_frame_read(whole, &frame, &why);
	if (code) {
		check_refusal(code, &why);
		return 0;
	}
	if (frame.type == 1)
		return 0;
	id = message_find(frame.method);
	if (id == MESSAGE_COUNT)
		id = (enum message_id)(frame.id % MESSAGE_COUNT);
	assert(message_row(id)->size <= sizeof(call));
	code = codec_read_call(id, &frame.params, call, &why);
	if (code)
		check_refusal(code, &why);
	else
		check_args(message_row(id), (const char *)call, whole);
	return 0;
}
