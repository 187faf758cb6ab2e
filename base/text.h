/*
 * text.h - borrowed bytes with a length.  Nothing that came from a peer is
 * NUL-terminated, so nothing of ours expects it to be.
 */
#ifndef TOCSIN_BASE_TEXT_H
#define TOCSIN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
	const char *at; /* borrowed; may be NULL when len is 0 */
	size_t len;
};

/* printf("%.*s", TEXT_ARG(t)) */
#define TEXT_ARG(t) (int)(t).len, (t).at ? (t).at : ""

/* A literal as a text constant, usable in static initialisers. */
#define TEXT(literal) ((struct text){ (literal), sizeof(literal) - 1 })

/* The text of a NUL-terminated string; NULL gives the empty text. */
static inline struct text
text_of(const char *string)
{
	return (struct text){ string, string ? strlen(string) : 0 };
}

/* Are both the same bytes? */
static inline bool
text_equal(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.at, b.at, a.len));
}

/* Is text the same bytes as this NUL-terminated string? */
static inline bool
text_is(struct text text, const char *string)
{
	return text_equal(text, text_of(string));
}

#endif
