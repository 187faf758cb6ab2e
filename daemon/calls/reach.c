#include "daemon/calls/reach.h"

#include "daemon/net/session.h"
#include "daemon/store/rows.h"

struct reach
reach_of(const struct call *call)
{
	return (struct reach){ session_grant(call->session)->scope };
}

/* -1 when there is no such product, or its category is in no vocabulary. */
static int
category_of(const struct reach *reach, const struct row_source *rows,
    uint32_t product)
{
	struct key key = key_product(product);
	struct product_row row;
	struct text bytes;

	if (rows->get(rows->who, KEYSPACE_PRODUCT, &key, &bytes) ||
	    !product_row_read(bytes, &row) || !reach->scope.vocabulary)
		return -1;
	return vocabulary_find(reach->scope.vocabulary, WORDS_CATEGORY,
	    row.category);
}

int
reach_check(const struct reach *reach, const struct row_source *rows,
    uint32_t product, struct refusal *why)
{
	struct family family;
	int category[2];
	struct access_subject subject = { .ncategories = 2,
		.category = category,
		.product = family.member,
		.is_family = true };

	if (!access_is_scoped(&reach->scope))
		return 0;
	if (product && !family_read(rows, product, &family)) {
		category[0] = category_of(reach, rows, product);
		category[1] = category_of(reach, rows, family.root);
		subject.nproducts = family.count;
		if (access_holds(&reach->scope, &subject))
			return 0;
	}
	return refuse(why, ERROR_FORBIDDEN, NULL,
	    "is outside the scope of your token, or is no product");
}
