/*
 * source_file.h - files of the source tree, for tests that compare with
 * them.  Found beside the test's own source, whose path the compiler knows
 * relative to the build directory, where tests run.
 */
#ifndef TOCSIN_TESTS_SOURCE_FILE_H
#define TOCSIN_TESTS_SOURCE_FILE_H

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

/*
 * Read path (from the root of the sources) whole and NUL-terminated; here is
 * __FILE__ of a test in tests/<folder>/.  False when it cannot be read.
 */
static inline bool
source_file(const char *here, const char *path, struct buf *out)
{
	char name[4096];
	char part[4096];
	const char *end = strstr(here, "tests/");
	size_t len;
	FILE *file;

	for (const char *next = end; next; next = strstr(next + 1, "tests/"))
		end = next;
	snprintf(name, sizeof(name), "%.*s%s", end ? (int)(end - here) : 0,
	    here, path);
	file = fopen(name, "rb");
	if (!file)
		return false;
	while ((len = fread(part, 1, sizeof(part), file)) > 0)
		buf_add(out, part, len);
	fclose(file);
	buf_u8(out, 0);
	return !out->failed;
}

#endif
