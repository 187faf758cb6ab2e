/* utf8.h - one character at a time out of bytes nobody has checked. */
#ifndef TOCSIN_BASE_UTF8_H
#define TOCSIN_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/*
 * The character at the head of text, which is not empty, and how many bytes
 * it takes: 1 to 4, or 0 for what is no shortest-form UTF-8 (RFC 3629:
 * surrogates and everything past U+10FFFF included).
 */
size_t utf8_next(struct text text, uint32_t *code);

/*
 * Would showing this character change how the text around it is shown?  True
 * for C0, DEL and C1 controls, line and paragraph separators, bidirectional
 * marks, and the byte order mark.
 */
bool utf8_is_control(uint32_t code);

#endif
