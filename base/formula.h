/* formula.h - what a spreadsheet would run instead of showing. */
#ifndef TOCSIN_BASE_FORMULA_H
#define TOCSIN_BASE_FORMULA_H

#include <stdbool.h>

#include "base/text.h"

/*
 * Would a spreadsheet take a cell with this text for a formula (CWE-1236)?
 * True when it begins with = + - @, or with a control character, after which
 * some look again; full-width signs count, blanks and invisible marks before
 * the sign do not, since spreadsheets strip and fold them.  Such a text is
 * written with a ' before it.
 */
bool formula_is(struct text text);

#endif
