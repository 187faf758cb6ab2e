/* import_sources.h - the sources of an import: declared as they are met. */
#ifndef TOCSIN_CLIENTS_CLI_IMPORT_SOURCES_H
#define TOCSIN_CLIENTS_CLI_IMPORT_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { SOURCES_MAX = 1000, SOURCE_NAME_MAX = 200 };

struct import_source {
	char name[SOURCE_NAME_MAX + 1]; /* "": the organisation */
	/* Its ids were used before, and may stand for other reports now. */
	bool is_shared;
};

/* Zeroed is empty. */
struct import_sources {
	struct import_source *at; /* owned */
	uint32_t count;
	uint32_t last; /* met last */
	bool is_told;  /* that there are too many to declare */
};

struct import;

/*
 * Meet a row's origin.source: declare it the first time.  0 with its index,
 * or import->code with the message printed.  Beyond SOURCES_MAX a stable
 * source stays undeclared and is the last index.
 */
int import_sources_meet(struct import *import, struct text source,
    uint32_t *index);

/* Release what they needed. */
void import_sources_fini(struct import *import);

#endif
