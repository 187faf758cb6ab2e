/*
 * yaml_error.h - how a complaint about a place in a file is written, and
 * libyaml's own complaints in words that say what to do.  Only yaml.c calls
 * this.
 */
#ifndef TOCSIN_BASE_YAML_ERROR_H
#define TOCSIN_BASE_YAML_ERROR_H

#include <stdarg.h>
#include <stdint.h>

#include "base/yaml.h"

/* A file as it was read; both borrowed. */
struct yaml_source {
	const char *name;
	struct text text;
};

/* A place in it, both from 1; line 0 means the file as a whole. */
struct yaml_place {
	uint32_t line;
	uint32_t column;
};

/*
 * Add one complaint.  Controls in the formatted text and in the source line
 * are shown as '?'.  After the 100th only the count goes on.
 */
void yaml_error_add(struct yaml_errors *errors, struct yaml_source source,
    struct yaml_place place, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

/* Add one complaint about a file as a whole. */
void yaml_error_plain(struct yaml_errors *errors, const char *name,
    const char *message);

/* The place of a byte offset. */
struct yaml_place yaml_place_of(struct text text, size_t offset);

/*
 * The bytes of a line, without its break, by the breaks libyaml counts (LF,
 * CR, CRLF, NEL, LS, PS); empty past the end.
 */
struct text yaml_line(struct text text, uint32_t line);

/*
 * A friendly text for what libyaml found wrong, given the byte it stopped at;
 * *at_context says that the place where the construct began helps more.
 * Unknown problems are returned as they are.
 */
const char *yaml_explain(const char *problem, char found, bool *at_context);

#endif
