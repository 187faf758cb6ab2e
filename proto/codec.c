/* codec.c - MessagePack out through msgpack-c; frames taken apart. */
#include "proto/codec.h"

#include <assert.h>
#include <msgpack.h>

/* --- writing ------------------------------------------------------------- */

static int
add_bytes(void *out, const char *bytes, size_t len)
{
	struct buf *buf = out;

	buf_add(buf, bytes, len);
	return buf->failed ? -1 : 0;
}

/* A packer is two pointers; made anew each time it costs nothing. */
static msgpack_packer
packer(struct buf *out)
{
	return (msgpack_packer){ out, add_bytes };
}

void
pack_nil(struct buf *out)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_nil(&pk);
}

void
pack_bool(struct buf *out, bool yes)
{
	msgpack_packer pk = packer(out);

	if (yes)
		msgpack_pack_true(&pk);
	else
		msgpack_pack_false(&pk);
}

void
pack_uint(struct buf *out, uint64_t value)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_uint64(&pk, value);
}

void
pack_int(struct buf *out, int64_t value)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_int64(&pk, value);
}

void
pack_real(struct buf *out, double value)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_double(&pk, value);
}

void
pack_text(struct buf *out, struct text text)
{
	msgpack_packer pk = packer(out);

	assert(text.len <= UINT32_MAX);
	msgpack_pack_str(&pk, text.len);
	buf_add_text(out, text);
}

void
pack_string(struct buf *out, const char *string)
{
	pack_text(out, text_of(string));
}

void
pack_bin(struct buf *out, struct text bytes)
{
	msgpack_packer pk = packer(out);

	assert(bytes.len <= UINT32_MAX);
	msgpack_pack_bin(&pk, bytes.len);
	buf_add_text(out, bytes);
}

void
pack_list(struct buf *out, uint32_t count)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_array(&pk, count);
}

void
pack_map(struct buf *out, uint32_t pairs)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_map(&pk, pairs);
}

void
pack_raw(struct buf *out, struct text encoded)
{
	buf_add_text(out, encoded);
}

/*
 * Five bytes are kept free: msgpack-c has no way to write a count later.  What
 * is not needed is taken out again at the end, so that what was written has
 * the shortest form and decoding and encoding it gives the same bytes.
 */
static size_t
open_container(struct buf *out, uint8_t lead)
{
	size_t token = out->len;

	buf_u8(out, lead);
	buf_u32(out, 0);
	return token;
}

static void
close_container(struct buf *out, size_t token, uint32_t count)
{
	uint32_t wire = __builtin_bswap32(count);
	bool is_map;
	size_t head;

	if (out->failed)
		return;
	assert(token + 5 <= out->len);
	is_map = out->at[token] == 0xdf;
	head = count < 16 ? 1 : count <= UINT16_MAX ? 3 : 5;
	if (head == 1)
		out->at[token] = (uint8_t)((is_map ? 0x80 : 0x90) | count);
	else if (head == 3)
		out->at[token] = is_map ? 0xde : 0xdc;
	/* The low bytes of the count stand last. */
	memcpy(out->at + token + 1, (uint8_t *)&wire + 5 - head, head - 1);
	memmove(out->at + token + head, out->at + token + 5,
	    out->len - token - 5);
	out->len -= 5 - head;
}

size_t
pack_open_map(struct buf *out)
{
	return open_container(out, 0xdf);
}

void
pack_close_map(struct buf *out, size_t token, uint32_t pairs)
{
	close_container(out, token, pairs);
}

size_t
pack_open_list(struct buf *out)
{
	return open_container(out, 0xdd);
}

void
pack_close_list(struct buf *out, size_t token, uint32_t items)
{
	close_container(out, token, items);
}

void
pack_field_text(struct buf *out, const char *key, struct text text)
{
	pack_string(out, key);
	pack_text(out, text);
}

void
pack_field_string(struct buf *out, const char *key, const char *string)
{
	pack_string(out, key);
	pack_string(out, string);
}

void
pack_field_uint(struct buf *out, const char *key, uint64_t value)
{
	pack_string(out, key);
	pack_uint(out, value);
}

void
pack_field_int(struct buf *out, const char *key, int64_t value)
{
	pack_string(out, key);
	pack_int(out, value);
}

void
pack_field_bool(struct buf *out, const char *key, bool yes)
{
	pack_string(out, key);
	pack_bool(out, yes);
}

void
pack_field_real(struct buf *out, const char *key, double value)
{
	pack_string(out, key);
	pack_real(out, value);
}

/* --- frames -------------------------------------------------------------- */

enum { FRAME_REQUEST, FRAME_REPLY, FRAME_NOTIFICATION };

void
pack_request_open(struct buf *out, uint32_t id, const char *method,
    uint32_t params)
{
	pack_list(out, 4);
	pack_uint(out, FRAME_REQUEST);
	pack_uint(out, id);
	pack_string(out, method);
	pack_list(out, params);
}

void
pack_reply_open(struct buf *out, uint32_t id)
{
	pack_list(out, 4);
	pack_uint(out, FRAME_REPLY);
	pack_uint(out, id);
	pack_nil(out);
}

void
pack_reply_error(struct buf *out, uint32_t id, const struct refusal *why)
{
	char text[REFUSAL_TEXT_MAX];
	size_t len = refusal_format(why, text);

	pack_list(out, 4);
	pack_uint(out, FRAME_REPLY);
	pack_uint(out, id);
	pack_text(out, (struct text){ text, len });
	pack_nil(out);
}

void
pack_push_open(struct buf *out, struct text method, uint32_t params)
{
	pack_list(out, 3);
	pack_uint(out, FRAME_NOTIFICATION);
	pack_text(out, method);
	pack_list(out, params);
}

static int
bad_frame(struct refusal *why, const char *text)
{
	return refuse(why, ERROR_BAD_FRAME, NULL, "%s", text);
}

/* The id of a request or a reply, first of all: an answer needs it. */
static bool
read_id(struct rpc_frame *frame, const struct value *value)
{
	if (value->kind != VALUE_UINT || value->as.uint > UINT32_MAX)
		return false;
	frame->id = (uint32_t)value->as.uint;
	return true;
}

static int
read_call(struct rpc_frame *frame, const struct value part[4],
    struct refusal *why)
{
	const struct value *method = &part[frame->type ? 1 : 2];

	if (frame->type == FRAME_REQUEST && !read_id(frame, &part[1]))
		return bad_frame(why,
		    "a request's id is an unsigned 32-bit "
		    "integer");
	if (method->kind != VALUE_STR || !utf8_is_valid(method->as.text))
		return bad_frame(why, "a method's name is a string");
	if (method[1].kind != VALUE_LIST)
		return bad_frame(why, "parameters are a list");
	frame->method = method->as.text;
	frame->params = method[1];
	return 0;
}

static int
read_reply(struct rpc_frame *frame, const struct value part[4],
    struct refusal *why)
{
	if (!read_id(frame, &part[1]))
		return bad_frame(why,
		    "a reply's id is an unsigned 32-bit "
		    "integer");
	frame->error = part[2];
	frame->result = part[3];
	return 0;
}

int
rpc_frame_read(struct text bytes, struct rpc_frame *frame, struct refusal *why)
{
	const uint8_t *at = (const uint8_t *)bytes.at;
	struct value part[4];
	struct value_walk walk;
	uint32_t parts = 0;

	*frame = (struct rpc_frame){ 0 };
	if (bytes.len == 0 || (at[0] != 0x93 && at[0] != 0x94))
		return bad_frame(why, "a frame is a list of 3 or 4");
	/* Not by way of value_of: that would walk over everything once more
	 * to find an end that the parts have to reach anyway. */
	walk = (struct value_walk){ at + 1, at + bytes.len, at[0] & 0xfu };
	while (parts < 4 && value_next(&walk, &part[parts]))
		parts++;
	if (parts < (at[0] & 0xfu) || walk.at != walk.end)
		return bad_frame(why, "the frame is not whole");
	if (part[0].kind != VALUE_UINT || part[0].as.uint > FRAME_NOTIFICATION)
		return bad_frame(why, "a frame begins with 0, 1 or 2");
	frame->type = (uint32_t)part[0].as.uint;
	if (parts != (frame->type == FRAME_NOTIFICATION ? 3 : 4))
		return bad_frame(why,
		    "a request or reply has 4 parts, a "
		    "notification 3");
	if (frame->type == FRAME_REPLY)
		return read_reply(frame, part, why);
	return read_call(frame, part, why);
}
