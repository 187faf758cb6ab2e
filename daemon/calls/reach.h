/*
 * reach.h - is a product in the scope of whoever asks?  Its category stands
 * in its row, so this is known only where rows are read: what messages.def
 * calls PRODUCT is let through by admission.h and judged here.
 */
#ifndef TOCSIN_CALLS_REACH_H
#define TOCSIN_CALLS_REACH_H

#include "daemon/calls/services.h"
#include "daemon/core/access.h"
#include "daemon/store/family.h"

/* The scope as it was when the call came; whoever asked may have gone. */
struct reach {
	struct access_scope scope;
};

/* Loop thread: the scope of the session that calls. */
struct reach reach_of(const struct call *call);

/*
 * Any thread, by its own rows: may the product be told of or changed?  It and
 * what it is read as must be of a category in scope, and one of its family
 * among the products.  Scopes with countries hold none: a product is of no
 * country.  0, or ERROR_FORBIDDEN with why; so too for 0 and for products that
 * are not there, when there is a scope.
 */
int reach_check(const struct reach *reach, const struct row_source *rows,
    uint32_t product, struct refusal *why);

#endif
