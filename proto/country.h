/* country.h - ISO 3166-1 codes as people write them. */
#ifndef TOCSIN_PROTO_COUNTRY_H
#define TOCSIN_PROTO_COUNTRY_H

#include <stdbool.h>

#include "base/text.h"

/*
 * Write the alpha-2 code of a country to out.  Taken are alpha-2 in either
 * case, alpha-3, UK (GB), EL (GR) and XK, which is not in the standard.
 * *is_mapped: was it written in another way than its alpha-2?  False when
 * code is none of these.
 */
bool country_find(struct text code, char out[2], bool *is_mapped);

#endif
