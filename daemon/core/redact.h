/*
 * redact.h - what in a free text leads to a person: e-mail addresses,
 * telephone numbers, whole vehicle identification numbers.  Found by shape and
 * by the word in front; no list of names, no network.  Pure; linear in the
 * text.
 *
 * Meant to leave alone: years, dates, sizes, prices, barcodes and what stands
 * behind a word such as "model", "part" or "order".
 */
#ifndef TOCSIN_CORE_REDACT_H
#define TOCSIN_CORE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum redact_kind { REDACT_EMAIL, REDACT_PHONE, REDACT_VIN, REDACT_KINDS };

/* A place in a text. */
struct redact_find {
	size_t at, len; /* bytes */
	enum redact_kind kind;
};

/* A text, and whether it names a product: see phone_at. */
struct redact_text {
	struct text text;
	bool is_name;
};

/* The first find at or behind byte from; false when there is none. */
bool redact_next(const struct redact_text *in, size_t from,
    struct redact_find *find);

/* What stands in its place: "[e-mail]", "[phone]", "[vin]". */
const char *redact_mark(enum redact_kind kind);

/*
 * Does this name of a field say that it holds a person's name, address, birth
 * or how to reach them?  Case, blanks, hyphens and underscores do not matter.
 * is_top: of the report itself, where plain "name" or "address" is a person's;
 * deeper it may be a shop's.
 */
bool redact_is_contact(struct text key, bool is_top);

#endif
