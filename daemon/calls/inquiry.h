/*
 * inquiry.h - a question about products and their groups on its way: read on
 * a worker from a snapshot, answered on the loop.  What products.get,
 * groups.get and groups.list have in common.
 */
#ifndef TOCSIN_CALLS_INQUIRY_H
#define TOCSIN_CALLS_INQUIRY_H

#include "daemon/calls/fresh.h"
#include "daemon/calls/look.h"
#include "daemon/calls/reach.h"
#include "daemon/core/product.h"
#include "daemon/feed/gathering.h"

struct inquiry;
typedef void inquiry_read(struct inquiry *inquiry, struct snapshot *snapshot);

struct inquiry {
	struct fresh fresh; /* first */
	struct ticket ticket;
	inquiry_read *read;
	struct reach reach;
	uint32_t product; /* 0: by identity */
	struct product_identity identity;
	char mode[PRODUCT_SLUG_MAX + 1];
	int category; /* -1: any */
	uint64_t max;
	struct key after;   /* groups.list: the last key of the page before */
	struct shown shown; /* of its root */
	struct family family;
	bool is_trusted; /* whoever asks */
	bool is_public;  /* no small counts: gathering.h */
	struct gathering gathering;
	bool is_read; /* groups.list: family is this product's */
	uint32_t count;
	bool more;
	struct buf out;
	struct snapshot *snapshot; /* while reading */
};

/* Loop thread: begin; NULL when memory is out, and the call is answered so. */
struct inquiry *inquiry_new(struct call *call, inquiry_read *read);

/* Go on to the answer, or refuse when why says so; it is freed then. */
void inquiry_start(struct inquiry *inquiry, struct call *call,
    const struct refusal *why);

/* Take the id of a product; 0, or the code with why filled. */
int inquiry_take_id(struct inquiry *inquiry, struct text id, const char *field,
    struct refusal *why);

/*
 * Worker thread: the product asked for, by id or by any of its keys, and the
 * family it is read through, if who asks may be told of it.  False with the
 * inquiry's own refusal filled.
 */
bool inquiry_find(struct inquiry *inquiry, struct snapshot *snapshot);

/*
 * Worker thread: in the public's view, decide what is withheld of the family;
 * else do nothing.  STORE_OK or a fault.
 */
MUST_CHECK int inquiry_judge(struct inquiry *inquiry);

/* Worker thread: is this mode's count (0: the product's) withheld? */
bool inquiry_withholds(const struct inquiry *inquiry, uint16_t mode);

/* Worker thread: append counts, or in their place that they are withheld. */
void inquiry_pack_counts(struct inquiry *inquiry, uint16_t mode,
    const struct aggregate *counts);

/* Worker thread: append one group of the family that is shown. */
void inquiry_pack_mode(struct inquiry *inquiry, uint16_t mode,
    const struct aggregate *counts, bool has_product);

#endif
