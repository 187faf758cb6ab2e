/* model_word.h - the one word of a cell that names a model by itself. */
#ifndef TOCSIN_CORE_MODEL_WORD_H
#define TOCSIN_CORE_MODEL_WORD_H

#include <stdbool.h>

#include "base/text.h"

/*
 * Is this word, as written and without blanks, enough to know a model of a
 * known brand by?  It is one model number (model.h) with at least 3 digits
 * and no more than 4 letters in a row: "HD4622/90", "SM-G960F", not "Gen2",
 * "Zoom2" or "CompleteC3".
 */
bool model_word_is(struct text word);

/*
 * The only such word of a cell, punctuation around it left out.  False when
 * there is none or another number beside it that is no size ("Chef XL KM4622
 * 1200 W" has one), or when a word says that the cell is about a part of
 * something ("lid for KM4622").
 */
bool model_word_find(struct text cell, struct text *word);

/*
 * Is the folded text a size and nothing else (2400w, 40inch, 230v50hz)?  Of
 * units of one letter only v and w are believed: 5s and 100d are models.
 */
bool model_word_is_size(struct text folded);

#endif
