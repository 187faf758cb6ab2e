#include "daemon/calls/inquiry.h"

#include <stdlib.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/trust.h"
#include "daemon/core/access.h"
#include "daemon/core/suppress.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

static void
inquiry_run(struct fresh *fresh)
{
	struct inquiry *inquiry = (struct inquiry *)fresh;

	inquiry->snapshot = snapshot_open(fresh->services->store);
	if (!inquiry->snapshot) {
		answer_no_memory(&inquiry->fresh.why);
		return;
	}
	inquiry->read(inquiry, inquiry->snapshot);
	snapshot_close(inquiry->snapshot);
}

static void
inquiry_done(struct fresh *fresh)
{
	struct inquiry *inquiry = (struct inquiry *)fresh;

	answer_ticket(fresh->services, inquiry->ticket, &inquiry->out, 0,
	    &inquiry->fresh.why);
	gathering_fini(&inquiry->gathering);
	free(inquiry);
}

struct inquiry *
inquiry_new(struct call *call, inquiry_read *read)
{
	struct inquiry *inquiry = calloc(1, sizeof(*inquiry));
	struct refusal why;

	if (!inquiry) {
		answer_no_memory(&why);
		answer_refusal(call, &why);
		return NULL;
	}
	inquiry->fresh = (struct fresh){
		.services = session_services(call->session),
		.read = inquiry_run,
		.done = inquiry_done,
	};
	inquiry->ticket = call_ticket(call);
	inquiry->read = read;
	inquiry->reach = reach_of(call);
	inquiry->is_trusted = trust_reader(call->session) == READER_TRUSTED;
	inquiry->is_public = session_grant(call->session)->is_public;
	inquiry->category = -1;
	return inquiry;
}

void
inquiry_start(struct inquiry *inquiry, struct call *call,
    const struct refusal *why)
{
	if (!why->code) {
		fresh_start(&inquiry->fresh);
		return;
	}
	answer_refusal(call, why);
	free(inquiry);
}

/* The product asked for, by id or by any of its keys. */
bool
inquiry_find(struct inquiry *inquiry, struct snapshot *snapshot)
{
	struct row_source rows = row_source_of(snapshot);
	struct product_key keys[2];
	unsigned count =
	    inquiry->product ? 0 : product_keys(&inquiry->identity, keys);

	for (unsigned i = 0; i < count && !inquiry->product; i++)
		inquiry->product = look_key(snapshot, keys[i].hash);
	if (reach_check(&inquiry->reach, &rows, inquiry->product,
		&inquiry->fresh.why))
		return false;
	if (inquiry->product &&
	    !look_family(snapshot, inquiry->product, &inquiry->family) &&
	    look_product(snapshot, inquiry->fresh.services->vocabulary,
		inquiry->family.root, &inquiry->shown))
		return true;
	refuse(&inquiry->fresh.why, ERROR_NOT_FOUND, "product",
	    "no such product is known");
	return false;
}

/* A mode's row; nothing where nothing counts. */
static int
gather(struct inquiry *inquiry, uint16_t mode)
{
	struct group_row row;
	struct aggregate counts;

	look_counts(inquiry->snapshot, &inquiry->family, mode, &counts, &row);
	if (!counts.reports)
		return STORE_OK;
	return gathering_add(&inquiry->gathering, mode,
	    (struct text){ (const char *)row.bytes,
		aggregate_bytes(counts.ntallies) },
	    NULL);
}

int
inquiry_judge(struct inquiry *inquiry)
{
	struct look_modes modes;
	uint16_t mode = 0;
	int result;

	if (!inquiry->is_public)
		return STORE_OK;
	gathering_clear(&inquiry->gathering);
	result = look_modes(inquiry->snapshot, &inquiry->family, &modes);
	do {
		if (!result)
			result = gather(inquiry, mode);
		mode = result ? 0 : look_mode_next(&modes, mode);
	} while (mode);
	if (!result)
		result =
		    gathering_judge(&inquiry->gathering, inquiry->family.root,
			store_hash_key(inquiry->fresh.services->store));
	return result;
}

bool
inquiry_withholds(const struct inquiry *inquiry, uint16_t mode)
{
	const struct gathering *gathering = &inquiry->gathering;

	for (size_t i = 0; i < gathering->count && inquiry->is_public; i++)
		if (gathering->item[i].mode == mode)
			return gathering->item[i].is_withheld;
	return false;
}

void
inquiry_pack_counts(struct inquiry *inquiry, uint16_t mode,
    const struct aggregate *counts)
{
	if (!inquiry_withholds(inquiry, mode)) {
		look_pack_counts(&inquiry->out, counts);
		return;
	}
	pack_string(&inquiry->out, "counts");
	pack_map(&inquiry->out, 1);
	pack_field_string(&inquiry->out, "withheld", SUPPRESS_TEXT);
}

/* One group of the family that is shown. */
void
inquiry_pack_mode(struct inquiry *inquiry, uint16_t ordinal,
    const struct aggregate *counts, bool has_product)
{
	char mode[PRODUCT_SLUG_MAX + 1];

	look_mode(inquiry->snapshot, ordinal, mode);
	pack_map(&inquiry->out, has_product ? 4 : 3);
	look_pack_group_id(&inquiry->out, &inquiry->shown, mode);
	if (has_product)
		look_pack_product(&inquiry->out, "product", &inquiry->shown);
	pack_field_string(&inquiry->out, "mode", mode);
	inquiry_pack_counts(inquiry, ordinal, counts);
	inquiry->count++;
}

int
inquiry_take_id(struct inquiry *inquiry, struct text id, const char *field,
    struct refusal *why)
{
	inquiry->product = product_id_parse(id);
	if (!inquiry->product)
		return refuse(why, ERROR_INVALID, field,
		    "use an id such as p12");
	return 0;
}
