/* json.h - texts and MessagePack values as JSON.  Any thread. */
#ifndef TOCSIN_FEED_JSON_H
#define TOCSIN_FEED_JSON_H

#include "base/bytes.h"
#include "proto/value.h"

/*
 * Append text as a JSON string, quotes included.  Bytes that are no UTF-8
 * become U+FFFD, so that the line stays JSON whatever was sent; what could
 * steer a terminal (utf8_is_control) is written as \uNNNN.
 */
void json_text(struct buf *out, struct text text);

/*
 * Append a value: bin as hexadecimal text, NaN, infinities and ext as null,
 * keys that are no text by their JSON as text.
 */
void json_value(struct buf *out, const struct value *value);

/* Append a finite number in its shortest form that reads back the same. */
void json_real(struct buf *out, double real);

/* Append a number in decimal. */
void json_uint(struct buf *out, uint64_t number);

#endif
