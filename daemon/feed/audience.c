/* audience.c - see audience.h. */
#include "daemon/feed/audience.h"

#include <stdlib.h>

#include "proto/codec.h"
#include "proto/value.h"

enum {
	NBURSTS = sizeof(((struct audience *)0)->burst) /
	    sizeof(((struct audience *)0)->burst[0])
};

/*
 * The key is the filters' canonical bytes, the items of args and the method,
 * each as a string; texts of the audience point into it.
 */
static bool
make_key(struct audience *audience, const struct subscribe_options *options)
{
	struct buf bytes = { 0 };
	struct value args = { .kind = VALUE_NIL };
	struct text items = { 0 };
	struct cut cut;

	if (options->args.len > 0 && value_of(options->args, &args) &&
	    args.kind == VALUE_LIST) {
		audience->nargs = args.count;
		items.at = (const char *)args.inner;
		items.len = args.span.len - (size_t)(items.at - args.span.at);
	}
	filter_write(audience->filter, &bytes);
	buf_string(&audience->key, buf_text(&bytes));
	buf_clear(&bytes);
	if (audience->except != NULL)
		filter_write(audience->except, &bytes);
	buf_string(&audience->key, buf_text(&bytes));
	buf_string(&audience->key, items);
	buf_string(&audience->key, options->method);
	buf_u8(&audience->key, (uint8_t)options->reader);
	if (bytes.failed)
		audience->key.failed = true;
	buf_free(&bytes);
	cut = cut_of(audience->key.at, audience->key.len);
	(void)cut_string(&cut);
	(void)cut_string(&cut);
	audience->args = cut_string(&cut);
	audience->method = cut_string(&cut);
	return !audience->key.failed;
}

struct audience *
audience_new(struct subscribe_options *options)
{
	struct audience *audience = calloc(1, sizeof(*audience));

	if (audience == NULL) {
		filter_free(options->filter);
		filter_free(options->except);
		return NULL;
	}
	audience->filter = options->filter;
	audience->except = options->except;
	audience->reader = options->reader;
	if (!make_key(audience, options))
		goto fail;
	return audience;

fail:
	audience_free(audience);
	return NULL;
}

void
audience_free(struct audience *audience)
{
	if (audience == NULL)
		return;
	for (unsigned i = 0; i < NBURSTS; i++)
		buf_free(&audience->burst[i].bytes);
	filter_free(audience->filter);
	filter_free(audience->except);
	buf_free(&audience->key);
	free(audience);
}

bool
audience_equal(const struct audience *a, const struct audience *b)
{
	return text_equal(buf_text(&a->key), buf_text(&b->key));
}

/*
 * Collect the events of one frame, behind each other, without a head; the
 * sequence of the newest is kept in last_seq.
 */
static bool
collect(struct audience_context *context, struct follow *follow,
    struct buf *events, uint32_t *count, uint64_t *last_seq)
{
	struct follow_found found;
	enum follow_result result = FOLLOW_END;

	buf_clear(events);
	*count = 0;
	while (*count < HUB_EVENTS_PER_PUSH) {
		result = follow_next(follow, &found);
		if (result != FOLLOW_FOUND)
			break;
		if (!follow_write(context->events, &found, context->instance,
			context->epoch, events))
			return false;
		*last_seq = events_at(context->events, found.index)->seq;
		++*count;
	}
	return result != FOLLOW_FAULT && !events->failed;
}

/* Put a head before the events of one frame and both into the burst. */
static void
add_frame(const struct audience *audience, const struct buf *events,
    uint32_t count, struct audience_burst *burst)
{
	pack_push_open(&burst->bytes, audience->method, audience->nargs + 1);
	pack_raw(&burst->bytes, audience->args);
	pack_list(&burst->bytes, count);
	pack_raw(&burst->bytes, buf_text(events));
	burst->nframes++;
}

/*
 * Frame behind frame, until nothing is left or the burst is large.  A fault
 * behind the first frame ends the burst early: the next one will meet it.
 */
static bool
encode(struct audience *audience, struct audience_context *context,
    struct follow *follow, struct audience_burst *burst)
{
	struct buf events = { 0 };
	uint64_t last_seq = 0;
	uint32_t count;
	bool done;

	do {
		done = collect(context, follow, &events, &count, &last_seq);
		if (!done)
			break;
		burst->to = follow->cursor;
		burst->last_seq = last_seq;
		if (count > 0)
			add_frame(audience, &events, count, burst);
	} while (count == HUB_EVENTS_PER_PUSH &&
	    burst->bytes.len < context->burst_bytes && !burst->bytes.failed);
	buf_free(&events);
	return (done || burst->nframes > 0) && !burst->bytes.failed;
}

static void
forget(struct audience_burst *burst, struct audience_context *context)
{
	context->bytes -= burst->bytes.cap;
	buf_free(&burst->bytes);
	burst->is_used = false;
}

void
audience_forget(struct audience *audience, struct audience_context *context)
{
	for (unsigned i = 0; i < NBURSTS; i++)
		forget(&audience->burst[i], context);
}

const struct audience_burst *
audience_burst(struct audience *audience, struct audience_context *context,
    const struct cursor *cursor)
{
	uint32_t from = events_after(context->events, cursor->position);
	struct audience_burst *burst;
	struct follow follow = { .events = context->events,
		.filter = audience->filter,
		.except = audience->except,
		.reader = audience->reader,
		.reads_max = context->reads_max,
		.cursor = *cursor };

	for (unsigned i = 0; i < NBURSTS; i++) {
		burst = &audience->burst[i];
		if (burst->is_used && burst->from == from &&
		    burst->snapshot == cursor->snapshot)
			return burst;
	}
	burst = &audience->burst[audience->turn++ % NBURSTS];
	forget(burst, context);
	*burst = (struct audience_burst){ .from = from,
		.snapshot = cursor->snapshot };
	if (!encode(audience, context, &follow, burst)) {
		buf_free(&burst->bytes);
		return NULL;
	}
	context->reads_max = follow.reads_max;
	context->bytes += burst->bytes.cap;
	/*
	 * Kept only if it leads somewhere: who stands still is judged anew in
	 * the next turn.
	 */
	burst->is_used =
	    events_after(context->events, burst->to.position) != from ||
	    burst->to.snapshot != burst->snapshot;
	return burst;
}
