/* position.h - cursors as calls give and take them.  Loop thread. */
#ifndef TOCSIN_CALLS_POSITION_H
#define TOCSIN_CALLS_POSITION_H

#include "base/bytes.h"
#include "daemon/calls/services.h"
#include "daemon/feed/cursor.h"

/*
 * "" and "snapshot", "all", "new", or a cursor's text -> a cursor.  0, or the
 * refusal of cursor_parse.
 */
MUST_CHECK int position_read(struct services *services, struct text text,
    struct cursor *cursor, struct refusal *why);

/* A cursor's text and no word: what a call gave out. */
MUST_CHECK int position_parse(struct services *services, struct text text,
    struct cursor *cursor, struct refusal *why);

/* key: the cursor's text */
void position_pack(struct services *services, struct buf *out,
    const struct cursor *cursor);

#endif
