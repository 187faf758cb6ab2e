/* fold.h - text as written -> key.  The only file that sees utf8proc. */
#ifndef TOCSIN_CORE_FOLD_H
#define TOCSIN_CORE_FOLD_H

#include <stddef.h>

#include "base/text.h"

/*
 * Fold for comparing names: NFKC, case folded, marks stripped (but the signs
 * that make another word in Indic, South-East Asian and Japanese scripts),
 * then letters and digits of any script only.  "Black & Decker" and
 * "black/decker" give "blackdecker".  Trade mark signs and bytes that are no
 * UTF-8 part words.  Writes at most cap bytes, never half a character, and
 * returns the length.  Pure ASCII takes a short way with the same result.
 */
size_t fold_name(struct text text, char *out, size_t cap);

/*
 * Fold for comparing prose: as fold_name, but words stay apart by one blank.
 */
size_t fold_prose(struct text text, char *out, size_t cap);

/*
 * Copy text as it may be shown: NFC, controls, bidi marks, zero-width
 * characters and invalid bytes removed, runs of blanks made one, trimmed, cut
 * to max_chars characters.  Returns the length in bytes.
 */
size_t fold_shown(struct text text, size_t max_chars, char *out, size_t cap);

#endif
