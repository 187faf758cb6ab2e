/*
 * export_wish.h - what an export was asked for: a call's arguments, checked.
 * Loop thread.
 */
#ifndef TOCSIN_CALLS_EXPORT_WISH_H
#define TOCSIN_CALLS_EXPORT_WISH_H

#include "daemon/calls/rules.h"
#include "daemon/calls/services.h"
#include "daemon/feed/export.h"
#include "daemon/feed/filter.h"

enum { EXPORT_MODE_MAX = 129 };

struct export_wish {
	struct export_options options; /* borrows from all below */
	struct filter *filter;         /* owned */
	struct tried_rules *tried;     /* owned; of a replay */
	char mode[EXPORT_MODE_MAX];    /* of evidence; empty: all */
	char organisation[64 + 1];     /* whose session it was */
	bool is_trusted;               /* who opened it */
};

/*
 * Of export.open or export.subject; wish is zeroed, stays where it is, and is
 * released by export_wish_fini, after a refusal too.  0, or the code.
 */
int export_wish_read(struct export_wish *wish, const struct call *call,
    struct refusal *why);
void export_wish_fini(struct export_wish *wish);

#endif
