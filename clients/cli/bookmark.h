/*
 * bookmark.h - how far a watch has come, kept in a file from one run to the
 * next: the cursor, and the end of the chain that was checked.
 */
#ifndef TOCSIN_CLIENTS_CLI_BOOKMARK_H
#define TOCSIN_CLIENTS_CLI_BOOKMARK_H

#include <stdbool.h>

#include "clients/cli/chain.h"

enum { CURSOR_BYTES = 129 };

struct bookmark {
	const char *path;          /* borrowed */
	char cursor[CURSOR_BYTES]; /* "": none */
	bool has_end;              /* the chain was checked up to end */
	struct chain_end end;
	bool is_apart; /* it was seen in a snapshot: the next may be further */
};

/*
 * Read it; there may be no such file yet.  0, or -1 with why: it is another
 * file, or cannot be read.
 */
int bookmark_read(struct bookmark *bookmark, const char *path, char why[160]);

/* Replace the file, whole.  0, or -1 with errno. */
int bookmark_write(const struct bookmark *bookmark);

#endif
