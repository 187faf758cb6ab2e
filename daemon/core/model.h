/*
 * model.h - what in a name is a model number, and whether two of them are
 * one.
 */
#ifndef TOCSIN_CORE_MODEL_H
#define TOCSIN_CORE_MODEL_H

#include <stdint.h>

#include "base/text.h"

enum {
	MODEL_TOKEN_MAX = 32, /* bytes; what is longer is no model number */
	MODEL_TOKENS_MAX = 8, /* of a name; more are seldom model numbers */
	MODEL_PREFIX_MIN = 5, /* characters two variants share at least */
};

/* Lower case ASCII letters and digits, punctuation removed. */
struct model_token {
	uint8_t len;
	char at[MODEL_TOKEN_MAX];
};

/*
 * The model numbers of a name as written, in its order, each once, at most
 * max.  A model number has 4 characters with a letter and a digit among them,
 * or 5 digits; hyphens, dots and underscores inside it are removed, a slash
 * or a word of 5 letters ends it.  Sizes, counts, dates, versions and
 * standards (2400w, 128gb, 24x36, 1080p, 802.11g, mp3, cr2032) are none.
 * Returns how many.  Bytes beyond ASCII part words, dashes excepted.
 */
unsigned model_tokens(struct text name, struct model_token tokens[],
    unsigned max);

enum model_relation {
	MODEL_UNRELATED, /* nothing can be said: other kinds of numbers */
	MODEL_CONFLICT,  /* the same kind of number, and another one */
	MODEL_VARIANT,   /* one is the other with a colour or region behind */
	MODEL_SAME,
};

/*
 * How two model numbers stand to each other, which does not depend on their
 * order.  The same kind: they begin with the same letters, or have letters
 * and digits at the same places.
 */
enum model_relation model_compare(const struct model_token *a,
    const struct model_token *b);

/*
 * Is this word (lower case letters and digits) a size, a count or a speed, as
 * in 40in, 2x, 1920x1080?
 */
bool model_is_size(struct text word);

#endif
