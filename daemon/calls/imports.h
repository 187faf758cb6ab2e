/*
 * imports.h - snapshots on their way: which reports an import has named, so
 * that its end can say which are missing.  Kept in memory only: an import
 * that is interrupted is told again from its beginning.  Loop thread.
 */
#ifndef TOCSIN_CALLS_IMPORTS_H
#define TOCSIN_CALLS_IMPORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/intake/prepare.h"
#include "daemon/net/session.h"
#include "proto/error.h"

enum {
	SNAPSHOT_NAME_MAX = 33,
	SNAPSHOT_SOURCES_MAX = 64,
	SNAPSHOT_ROWS_MAX = 4000000, /* of all imports; 64 MB */
};

struct call;
struct services;

/* One import.  Borrowed from imports until the next call. */
struct snapshot_import {
	struct snapshot_import *next;
	char name[SNAPSHOT_NAME_MAX];
	char organisation[64 + 1];
	uint64_t began_seq; /* what came later is not missing */
	int64_t used_ms;    /* monotonic */
	uint64_t rows;      /* named, equal ones included */
	uint64_t rejected;  /* refused ones */
	struct buf keys;    /* owned: 16 bytes each */
	bool has_too_much;  /* more rows or sources than are kept */
	unsigned nsources;
	uint64_t source[SNAPSHOT_SOURCES_MAX]; /* hashes of origin.source */
};

/* All of them.  NULL when out of memory; NULL may be freed. */
struct imports;
struct imports *imports_new(void);
void imports_free(struct imports *imports);

/* Is this name absent, or one of the caller's imports?  0 or a refusal. */
int imports_check(struct call *call, struct text name, struct refusal *why);

/* It is over: forget. */
void imports_end(struct services *services, const char *name);

/* The import named this report, or (NULL) one that was refused. */
void imports_note(struct services *services, const char *name,
    const struct candidate *candidate);

#endif
