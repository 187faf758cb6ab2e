/* chatter.h - cells in which somebody talks instead of naming something. */
#ifndef TOCSIN_CORE_CHATTER_H
#define TOCSIN_CORE_CHATTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "daemon/core/brand_list.h"

enum { CHATTER_WORDS_MAX = 6 }; /* of a name; more is chatter */

/*
 * Does this cell talk?  It begins with a question mark ("? maybe flor") or
 * with one of the list's words of doubt, or a sentence ends and another begins
 * in it ("I will have to ask.  I am doing this for a friend.").  One word
 * never does.
 */
bool chatter_is(const struct brand_list *list, struct text written);

/* Words of a cell, parted by ASCII blanks. */
size_t chatter_words(struct text written);

#endif
