/* embedded.h - the files of etc/ that are part of the program. */
#ifndef TOCSIN_ETC_EMBEDDED_H
#define TOCSIN_ETC_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
	const char *name; /* "categories.yaml", "rules/default.yaml" */
	const unsigned char *bytes; /* not NUL-terminated */
	size_t len;
};

/* The file of this name, or NULL.  What it gives lives for ever. */
const struct embedded_file *embedded_find(const char *name);

#endif
