/* error.h - codes of errors.def as an enum, as text, and with a retry hint. */
#ifndef TOCSIN_PROTO_ERROR_H
#define TOCSIN_PROTO_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"

enum error_code {
	ERROR_NONE = 0,
#define ERROR(name, text, class, meaning) ERROR_##name,
#include "proto/errors.def"
#undef ERROR
	ERROR_COUNT
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* Why something was refused.  Zeroed means it was not. */
struct refusal {
	enum error_code code;
	char field[64];         /* path of the field at fault, or "" */
	char text[192];         /* the rule, in plain words */
	int64_t retry_after_ms; /* 0: do not retry */
};

enum { REFUSAL_TEXT_MAX = 320 };

/* "invalid", "not-found" ...  "" for ERROR_NONE. */
const char *error_name(enum error_code code);

/* The code written before the first colon; ERROR_INTERNAL when unknown. */
enum error_code error_of_name(struct text name);

/* Meaning of a code in one sentence (errors.def). */
const char *error_meaning(enum error_code code);

/*
 * Fill a refusal; field may be NULL.  Returns code, so that a check can end
 * in "return refuse(...)".  Control characters in arguments become '?'.
 */
int refuse(struct refusal *why, enum error_code code, const char *field,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* As refuse, with a hint when to come back. */
int refuse_for_now(struct refusal *why, enum error_code code,
    int64_t retry_after_ms, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * vsnprintf of something that quotes a peer: what is no UTF-8 or would
 * disturb a terminal becomes '?', and a cut never leaves half a character.
 */
void format_printable(char *out, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* "code: [field: ]text[; retry_after_ms=N]"; returns the length. */
size_t refusal_format(const struct refusal *why, char out[REFUSAL_TEXT_MAX]);

/* The reverse, for clients. */
void refusal_parse(struct text wire, struct refusal *why);

/* Print every code as a Markdown table, for docs/protocol.md. */
void error_describe(FILE *out);

#endif
