/*
 * csvread.h - CSV files of the shared data, for tests that use real data.
 * They lie in TOCSIN_SHARED, else in ../shared beside the sources; a test
 * whose file is absent skips.
 */
#ifndef TOCSIN_TESTS_LIB_CSVREAD_H
#define TOCSIN_TESTS_LIB_CSVREAD_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CSVREAD_FIELDS = 40, CSVREAD_BYTES = 1 << 16, CSVREAD_PATH = 1024 };

struct csvread {
	FILE *file;
	bool is_pipe;
	unsigned nfields;            /* of the record last read */
	char *field[CSVREAD_FIELDS]; /* NUL-terminated, into bytes */
	char bytes[CSVREAD_BYTES];
};

/* Where a shared file would be; false when there is none that can be read. */
static inline bool
csvread_path(const char *name, char path[CSVREAD_PATH])
{
	static const char here[] = __FILE__;
	static const char below_root[] = "tests/lib/csvread.h";
	const char *shared = getenv("TOCSIN_SHARED");
	int root = (int)(sizeof(here) - sizeof(below_root));
	if (shared)
		snprintf(path, CSVREAD_PATH, "%s/%s", shared, name);
	else
		snprintf(path, CSVREAD_PATH, "%.*s../shared/%s",
		    root > 0 ? root : 0, here, name);
	return access(path, R_OK) == 0;
}

/* Open a shared file, unpacking *.gz; false when it is absent. */
static inline bool
csvread_open(struct csvread *csv, const char *name)
{
	char path[CSVREAD_PATH];
	char command[CSVREAD_PATH + 16];
	size_t len = strlen(name);
	if (!csvread_path(name, path) || strchr(path, '\''))
		return false;
	csv->is_pipe = len > 3 && !strcmp(name + len - 3, ".gz");
	snprintf(command, sizeof(command), "zcat '%s'", path);
	csv->file = csv->is_pipe ? popen(command, "r") : fopen(path, "r");
	return csv->file != NULL;
}

/* 0, or what the unpacking ended with. */
static inline int
csvread_close(struct csvread *csv)
{
	return csv->is_pipe ? pclose(csv->file) : fclose(csv->file);
}

/* Next record; false at the end.  Too long a one ends the program. */
static inline bool
csvread_next(struct csvread *csv)
{
	size_t len = 0;
	bool is_quoted = false;
	int c = getc(csv->file);
	if (c == EOF)
		return false;
	csv->nfields = 1;
	csv->field[0] = csv->bytes;
	for (; c != EOF && (is_quoted || c != '\n'); c = getc(csv->file)) {
		if (len + 2 > CSVREAD_BYTES || csv->nfields == CSVREAD_FIELDS)
			abort();
		if (c == '"') {
			int next = is_quoted ? getc(csv->file) : 0;
			if (next == '"')
				csv->bytes[len++] = '"';
			else if (is_quoted)
				ungetc(next, csv->file);
			is_quoted = !is_quoted || next == '"';
		} else if (c == ',' && !is_quoted) {
			csv->bytes[len++] = 0;
			csv->field[csv->nfields++] = csv->bytes + len;
		} else if (is_quoted || c != '\r') {
			csv->bytes[len++] = (char)c;
		}
	}
	csv->bytes[len] = 0;
	return true;
}

/* The column of this name in the header just read; -1 when there is none. */
static inline int
csvread_column(const struct csvread *csv, const char *name)
{
	for (unsigned i = 0; i < csv->nfields; i++) {
		if (!strcmp(csv->field[i], name))
			return (int)i;
	}
	return -1;
}

#endif
