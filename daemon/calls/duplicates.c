/* duplicates.c - duplicates.list: pairs that wait for a person. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/fresh.h"
#include "daemon/calls/mention.h"
#include "daemon/core/linkage.h"
#include "daemon/intake/shown.h"
#include "daemon/net/dispatch.h"
#include "daemon/store/rows_judgement.h"
#include "proto/codec.h"

enum { AFTER_MAX = 64 };

struct listing {
	struct fresh fresh; /* first */
	struct ticket ticket;
	uint32_t product; /* 0: all */
	uint64_t max;
	struct key after; /* the key behind which to begin; may be empty */
	char organisation[64 + 1];
	struct buf pairs; /* struct waiting */
	bool more;
	struct buf out;
};

struct waiting {
	uint32_t product;
	uint64_t seq;
	struct review_row row;
};

static int
list_pair(void *who, struct text key, struct text row)
{
	struct listing *listing = who;
	struct waiting waiting = { .product = key_u32(key, 0),
		.seq = key_u64(key, 4) };

	if (row.len != sizeof(waiting.row) ||
	    text_equal(key, key_text(&listing->after)))
		return 0;
	if (listing->pairs.len == listing->max * sizeof(waiting)) {
		listing->more = true;
		return 1;
	}
	memcpy(&waiting.row, row.at, sizeof(waiting.row));
	buf_add(&listing->pairs, &waiting, sizeof(waiting));
	return 0;
}

static void
pack_pairs(struct listing *listing, struct snapshot *snapshot)
{
	const struct waiting *waiting = (const void *)listing->pairs.at;
	size_t count = listing->pairs.len / sizeof(*waiting);
	const struct mention mention = {
		.store = listing->fresh.services->store,
		.snapshot = snapshot,
		.asker = text_of(listing->organisation),
	};
	struct buf *out = &listing->out;
	char after[AFTER_MAX] = "";

	pack_map(out, 3);
	pack_string(out, "pairs");
	pack_list(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		const struct waiting *one = &waiting[i];

		pack_map(out, 5);
		mention_pack_product(out, "product", one->product);
		mention_pack(&mention, out, "report", one->seq);
		mention_pack(&mention, out, "other", one->row.other);
		pack_field_real(out, "probability", one->row.permille / 1000.);
		pack_field_string(out, "rule",
		    linkage_rule_name((enum linkage_rule)one->row.rule));
		snprintf(after, sizeof(after), "p%u.%llu", one->product,
		    (unsigned long long)one->seq);
	}
	pack_field_bool(out, "more", listing->more);
	pack_field_string(out, "after", after);
}

static void
listing_read(struct fresh *fresh)
{
	struct listing *listing = (struct listing *)fresh;
	struct snapshot *snapshot = snapshot_open(fresh->services->store);
	struct key prefix = { 0 };

	if (!snapshot) {
		answer_no_memory(&fresh->why);
		return;
	}
	if (listing->product)
		prefix = key_product(listing->product);
	snapshot_walk(snapshot, KEYSPACE_REVIEW, key_text(&prefix),
	    key_text(&listing->after), list_pair, listing);
	pack_pairs(listing, snapshot);
	snapshot_close(snapshot);
}

static void
listing_done(struct fresh *fresh)
{
	struct listing *listing = (struct listing *)fresh;

	answer_ticket(fresh->services, listing->ticket, &listing->out, 0,
	    &fresh->why);
	buf_free(&listing->pairs);
	free(listing);
}

/* "p12.4711"; false when it is no such place. */
static bool
read_after(struct text after, struct key *key)
{
	char copy[AFTER_MAX + 1], rest;
	unsigned product;
	unsigned long long seq;

	shown_copy(copy, sizeof(copy), after);
	if (sscanf(copy, "p%u.%llu%c", &product, &seq, &rest) != 2)
		return false;
	*key = key_review(product, seq);
	return true;
}

void
handle_duplicates_list(struct call *call)
{
	const struct call_duplicates_list *args = call->args;
	struct refusal why = { 0 };
	struct key after = { 0 };
	struct listing *listing;
	uint32_t product = product_id_parse(args->product);

	if (args->product.len && !product)
		refuse(&why, ERROR_INVALID, "product", "use an id such as p12");
	else if (args->after.len && !read_after(args->after, &after))
		refuse(&why, ERROR_INVALID, "after",
		    "use the after of the page before");
	if (why.code) {
		answer_refusal(call, &why);
		return;
	}
	listing = answer_alloc(call, sizeof(*listing));
	if (!listing)
		return;
	listing->fresh =
	    (struct fresh){ .services = session_services(call->session),
		    .read = listing_read,
		    .done = listing_done };
	listing->ticket = call_ticket(call);
	listing->product = product;
	listing->max = args->max;
	listing->after = after;
	shown_copy(listing->organisation, sizeof(listing->organisation),
	    session_organisation(call->session));
	fresh_start(&listing->fresh);
}
