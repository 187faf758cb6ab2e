/*
 * scope.h - the scope of a token as it is written, kept and read.
 */
#ifndef TOCSIN_CALLS_SCOPE_H
#define TOCSIN_CALLS_SCOPE_H

#include "base/bytes.h"
#include "daemon/core/access.h"

/*
 * Append the map {category[], country[], product[]} of what tokens.add was
 * given, by slug, code and id; nothing when it was given none.  0, or
 * ERROR_INVALID with why.
 */
MUST_CHECK int scope_write(const struct call_tokens_add *args,
    const struct vocabulary *vocabulary, struct buf *out, struct refusal *why);

/*
 * Read such a map; empty: no scope.  0, or -1 when a category is not in the
 * vocabulary any more, or it is no such map.
 */
MUST_CHECK int scope_read(struct text map, const struct vocabulary *vocabulary,
    struct access_scope *scope);

#endif
