/*
 * codec.h - writing MessagePack, and reading a call's arguments into the
 * struct that messages.def describes.  The only file that sees msgpack.h.
 */
#ifndef TOCSIN_PROTO_CODEC_H
#define TOCSIN_PROTO_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "proto/error.h"
#include "proto/message.h"
#include "proto/value.h"

/*
 * Writers append to a buf; out of memory sticks in buf->failed.  Counts given
 * to pack_list and pack_map must be met by the caller.
 */
void pack_nil(struct buf *out);
void pack_bool(struct buf *out, bool yes);
void pack_uint(struct buf *out, uint64_t value);
void pack_int(struct buf *out, int64_t value);
void pack_real(struct buf *out, double value);
void pack_text(struct buf *out, struct text text); /* as str */
void pack_string(struct buf *out, const char *string);
void pack_bin(struct buf *out, struct text bytes);
void pack_list(struct buf *out, uint32_t count);
void pack_map(struct buf *out, uint32_t pairs);
/* Bytes that are MessagePack already. */
void pack_raw(struct buf *out, struct text encoded);

/*
 * Maps whose number of pairs is known only afterwards: open, write pairs with
 * pack_field_*, close with the token, the inner one first.  Closing moves what
 * was written up, so that it is as short as what is known beforehand.  Fields
 * with absent values are left out by the callers, not here.
 */
size_t pack_open_map(struct buf *out); /* returns a token */
void pack_close_map(struct buf *out, size_t token, uint32_t pairs);
size_t pack_open_list(struct buf *out);
void pack_close_list(struct buf *out, size_t token, uint32_t items);

/* key and value in one call */
void pack_field_text(struct buf *out, const char *key, struct text text);
void pack_field_string(struct buf *out, const char *key, const char *string);
void pack_field_uint(struct buf *out, const char *key, uint64_t value);
void pack_field_int(struct buf *out, const char *key, int64_t value);
void pack_field_bool(struct buf *out, const char *key, bool yes);
void pack_field_real(struct buf *out, const char *key, double value);

/* Frames.  The result of a reply is written by the caller behind _open. */
void pack_request_open(struct buf *out, uint32_t id, const char *method,
    uint32_t params);                               /* then params values */
void pack_reply_open(struct buf *out, uint32_t id); /* then one value */
void pack_reply_error(struct buf *out, uint32_t id, const struct refusal *why);
void pack_push_open(struct buf *out, struct text method,
    uint32_t params); /* then params values */

/* A frame taken apart. */
struct rpc_frame {
	uint32_t type;       /* 0 request, 1 reply, 2 notification */
	uint32_t id;         /* requests and replies */
	struct text method;  /* requests and notifications */
	struct value params; /* list */
	struct value error;  /* replies; nil when none */
	struct value result; /* replies */
};

/*
 * Take apart one scanned frame.  0, or ERROR_BAD_FRAME with why and, when it
 * could be read, frame->id.
 */
MUST_CHECK int rpc_frame_read(struct text bytes, struct rpc_frame *frame,
    struct refusal *why);

/*
 * Read a call's one argument map into the struct of its message (see
 * message.h), zeroed first.  Unknown keys, wrong types, out-of-range values,
 * missing required fields, duplicate keys, non-string keys and ext values are
 * ERROR_INVALID, naming the field and the nearest right word.  params is the
 * whole params list: none, nil or {} count as the empty map.  Extra
 * parameters are refused unless the message says TWO_MAPS.
 */
MUST_CHECK int codec_read_call(enum message_id id, const struct value *params,
    void *message, struct refusal *why);

#endif
