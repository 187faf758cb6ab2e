/*
 * phone.h - telephone numbers as people write them into a text.
 *
 * International: + or 00 and 8 to 13 digits.  National: 0 and 9 to 12 digits,
 * whole or in groups; North American 3-3-4 with hyphens, dots or a bracket;
 * anything of 7 to 12 digits behind a word such as "call" or "tel".  Pure;
 * looks at no more than 48 bytes on either side.
 */
#ifndef TOCSIN_CORE_PHONE_H
#define TOCSIN_CORE_PHONE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/*
 * Bytes of the telephone number that begins at byte at, which is a digit, a +
 * or an opening bracket; 0 when none does.  is_name: the text names a product,
 * and article numbers look like national ones ("0101023101").
 */
size_t phone_at(struct text text, size_t at, bool is_name);

#endif
