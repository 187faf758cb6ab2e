/*
 * similar.c - products.similar: pairs of products that look alike, of one
 * product or of all of them by their numbers.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/fresh.h"
#include "daemon/calls/look.h"
#include "daemon/calls/lookalikes.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

/* Products whose look-alikes are sought for one page. */
enum { PAGE_PRODUCTS = 500 };

struct similar {
	struct fresh fresh; /* first */
	struct ticket ticket;
	uint32_t only;    /* of this product; 0: of all */
	uint64_t product; /* where to begin or to go on */
	uint64_t skip;    /* pairs of it that were answered */
	uint64_t max;
	double least;
	uint32_t pairs;
	uint64_t asked;
	bool more;
	struct lookalikes lookalikes;
	struct buf list, out;
};

static struct snapshot *
snapshot_of_call(struct similar *similar)
{
	return similar->lookalikes.snapshot;
}

/* The product as it is read, and how often it was reported. */
static bool
pack_side(struct similar *similar, const char *names[2], uint32_t product)
{
	struct snapshot *snapshot = snapshot_of_call(similar);
	struct aggregate counts;
	struct family family;
	struct shown shown;

	if (!look_product(snapshot, similar->fresh.services->vocabulary,
		product, &shown) ||
	    look_family(snapshot, product, &family))
		return false;
	look_counts(snapshot, &family, 0, &counts, NULL);
	look_pack_product(&similar->list, names[0], &shown);
	pack_field_uint(&similar->list, names[1], counts.reports);
	return true;
}

static void
pack_reasons(struct buf *out, const struct proposal *proposal)
{
	pack_string(out, "reasons");
	pack_list(out, proposal->count);
	for (unsigned i = 0; i < proposal->count; i++) {
		const struct proposal_reason *reason = &proposal->reason[i];

		pack_map(out, 3);
		pack_field_string(out, "feature", reason->feature);
		pack_field_real(out, "value", reason->value);
		pack_field_real(out, "weight", reason->weight);
	}
}

static int
pack_pair(struct similar *similar, uint32_t product,
    const struct lookalike *found)
{
	static const char *names[2][2] = { { "product", "reports" },
		{ "other", "other_reports" } };
	struct buf *out = &similar->list;
	bool is_member = found->member != found->root;
	char member[PUBLIC_ID_MAX];

	pack_map(out, is_member ? 8 : 7);
	if (!pack_side(similar, names[0], product) ||
	    !pack_side(similar, names[1], found->root))
		return STORE_CORRUPT;
	pack_field_real(out, "score", found->proposal.score);
	pack_field_string(out, "decision",
	    match_decision_name(found->proposal.decision));
	pack_reasons(out, &found->proposal);
	if (is_member) {
		product_id_format(found->member, member);
		pack_field_string(out, "member", member);
	}
	similar->pairs++;
	return STORE_OK;
}

/*
 * Going through all products a pair is told once: by the older product, which
 * finds the newer even where an entry of the index keeps the newest only.
 * The older finds no likeness that only something merged into it has.
 */
static bool
is_told_here(const struct similar *similar, uint32_t product,
    const struct lookalike *found)
{
	return similar->only || found->root > product || !found->is_root_alike;
}

/* Pack what looks like a product, from the pair to begin with. */
static int
tell(struct similar *similar, uint32_t product)
{
	struct lookalikes *lookalikes = &similar->lookalikes;
	uint64_t told = 0;
	int result = lookalikes_find(lookalikes, product, similar->least);

	similar->asked++;
	for (unsigned i = 0; i < lookalikes->count && !result; i++) {
		const struct lookalike *found = &lookalikes->at[i];

		if (!is_told_here(similar, product, found) ||
		    told++ < similar->skip)
			continue;
		if (similar->pairs == similar->max) {
			similar->skip = told - 1;
			similar->more = true;
			return STORE_OK;
		}
		result = pack_pair(similar, product, found);
	}
	similar->skip = 0;
	return result;
}

static int
tell_all(struct similar *similar)
{
	uint64_t last = similar->lookalikes.records;
	struct family family;
	int result = STORE_OK;

	if (!similar->product)
		similar->product = 1;
	while (similar->product <= last && !result) {
		uint32_t product = (uint32_t)similar->product;

		if (similar->asked == PAGE_PRODUCTS ||
		    similar->pairs == similar->max) {
			similar->more = true;
			break;
		}
		result =
		    look_family(snapshot_of_call(similar), product, &family);
		if (!result && family.root == product)
			result = tell(similar, product);
		if (similar->more)
			break;
		similar->product++;
	}
	return result;
}

static int
tell_one(struct similar *similar)
{
	struct family family;
	int result =
	    look_family(snapshot_of_call(similar), similar->only, &family);

	similar->product = family.root;
	return result ? result : tell(similar, family.root);
}

static void
pack_page(struct similar *similar)
{
	struct buf *out = &similar->out;
	char after[48];

	snprintf(after, sizeof(after), "%llu-%llu",
	    (unsigned long long)similar->product,
	    (unsigned long long)similar->skip);
	pack_map(out, 6);
	pack_string(out, "pairs");
	pack_list(out, similar->pairs);
	buf_add(out, similar->list.at, similar->list.len);
	if (similar->list.failed)
		out->failed = true;
	pack_field_bool(out, "more", similar->more);
	pack_field_string(out, "after", after);
	pack_field_uint(out, "asked", similar->asked);
	pack_field_uint(out, "looked_at", similar->lookalikes.postings);
	pack_field_uint(out, "compared", similar->lookalikes.compared);
}

static void
similar_read(struct fresh *fresh)
{
	struct similar *similar = (struct similar *)fresh;
	struct snapshot *snapshot = snapshot_open(fresh->services->store);
	struct shown shown;
	int result;

	if (!snapshot) {
		answer_no_memory(&fresh->why);
		return;
	}
	lookalikes_init(&similar->lookalikes, snapshot,
	    fresh->services->vocabulary);
	if (similar->only &&
	    !look_product(snapshot, fresh->services->vocabulary, similar->only,
		&shown)) {
		refuse(&fresh->why, ERROR_NOT_FOUND, "product",
		    "no such product is known");
	} else {
		result = similar->only ? tell_one(similar) : tell_all(similar);
		if (result)
			refuse(&fresh->why, ERROR_INTERNAL, NULL,
			    "the products cannot be read");
		pack_page(similar);
	}
	snapshot_close(snapshot);
}

static void
similar_done(struct fresh *fresh)
{
	struct similar *similar = (struct similar *)fresh;

	answer_ticket(fresh->services, similar->ticket, &similar->out, 0,
	    &fresh->why);
	buf_free(&similar->list);
	free(similar);
}

/* A number of at most 10 digits, and where it ends. */
static bool
take_number(struct text text, size_t *at, uint64_t *number)
{
	size_t from = *at;

	*number = 0;
	while (*at < text.len && text.at[*at] >= '0' && text.at[*at] <= '9' &&
	    *at - from < 10) {
		*number = *number * 10 + (uint64_t)(text.at[*at] - '0');
		++*at;
	}
	return *at > from;
}

static int
take_after(struct similar *similar, struct text after, struct refusal *why)
{
	size_t at = 0;

	if (!after.len ||
	    (take_number(after, &at, &similar->product) && at < after.len &&
		after.at[at++] == '-' &&
		take_number(after, &at, &similar->skip) && at == after.len))
		return 0;
	return refuse(why, ERROR_INVALID, "after",
	    "use the after of the page before");
}

static int
take_args(struct similar *similar, const struct call_products_similar *args,
    struct refusal *why)
{
	similar->max = args->max;
	similar->least = (double)args->min_score / 100;
	similar->only = product_id_parse(args->product);
	if (args->product.len && !similar->only)
		return refuse(why, ERROR_INVALID, "product",
		    "use an id such as p12");
	return take_after(similar, args->after, why);
}

void
handle_products_similar(struct call *call)
{
	struct similar *similar = answer_alloc(call, sizeof(*similar));
	struct refusal why = { 0 };

	if (!similar)
		return;
	similar->fresh = (struct fresh){
		.services = session_services(call->session),
		.read = similar_read,
		.done = similar_done,
	};
	similar->ticket = call_ticket(call);
	if (take_args(similar, call->args, &why)) {
		answer_refusal(call, &why);
		free(similar);
		return;
	}
	fresh_start(&similar->fresh);
}
