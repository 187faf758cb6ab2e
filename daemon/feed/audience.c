/* audience.c - see audience.h. */
#include "daemon/feed/audience.h"

#include <stdlib.h>

#include "proto/codec.h"
#include "proto/value.h"

enum {
	NFRAMES = sizeof(((struct audience *)0)->frame) /
	    sizeof(((struct audience *)0)->frame[0])
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
	for (unsigned i = 0; i < NFRAMES; i++)
		buf_free(&audience->frame[i].bytes);
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

/* Collect the events of one frame, behind each other, without a head. */
static bool
collect(struct audience_context *context, struct follow *follow,
    struct audience_frame *frame, struct buf *events, uint32_t *count)
{
	struct follow_found found;
	enum follow_result result = FOLLOW_END;

	while (*count < HUB_EVENTS_PER_PUSH) {
		result = follow_next(follow, &found);
		if (result != FOLLOW_FOUND)
			break;
		if (!follow_write(context->events, &found, context->instance,
			context->epoch, events))
			return false;
		frame->last_seq = events_at(context->events, found.index)->seq;
		++*count;
	}
	return result != FOLLOW_FAULT && !events->failed;
}

static bool
encode(struct audience *audience, struct audience_context *context,
    struct follow *follow, struct audience_frame *frame)
{
	struct buf events = { 0 };
	uint32_t count = 0;
	bool done = collect(context, follow, frame, &events, &count);

	if (done && count > 0) {
		pack_push_open(&frame->bytes, audience->method,
		    audience->nargs + 1);
		pack_raw(&frame->bytes, audience->args);
		pack_list(&frame->bytes, count);
		pack_raw(&frame->bytes, buf_text(&events));
		done = !frame->bytes.failed;
	}
	buf_free(&events);
	return done;
}

static void
forget(struct audience_frame *frame, struct audience_context *context)
{
	context->bytes -= frame->bytes.cap;
	buf_free(&frame->bytes);
	frame->is_used = false;
}

void
audience_forget(struct audience *audience, struct audience_context *context)
{
	for (unsigned i = 0; i < NFRAMES; i++)
		forget(&audience->frame[i], context);
}

const struct audience_frame *
audience_frame(struct audience *audience, struct audience_context *context,
    const struct cursor *cursor)
{
	uint32_t from = events_after(context->events, cursor->position);
	struct audience_frame *frame;
	struct follow follow = { .events = context->events,
		.filter = audience->filter,
		.except = audience->except,
		.reads_max = context->reads_max,
		.cursor = *cursor };

	for (unsigned i = 0; i < NFRAMES; i++) {
		frame = &audience->frame[i];
		if (frame->is_used && frame->from == from &&
		    frame->snapshot == cursor->snapshot)
			return frame;
	}
	frame = &audience->frame[audience->turn++ % NFRAMES];
	forget(frame, context);
	*frame = (struct audience_frame){ .from = from,
		.snapshot = cursor->snapshot };
	if (!encode(audience, context, &follow, frame)) {
		buf_free(&frame->bytes);
		return NULL;
	}
	context->reads_max = follow.reads_max;
	context->bytes += frame->bytes.cap;
	frame->to = follow.cursor;
	/*
	 * Kept only if it leads somewhere: who stands still is judged anew in
	 * the next turn.
	 */
	frame->is_used =
	    events_after(context->events, frame->to.position) != from ||
	    frame->to.snapshot != frame->snapshot;
	return frame;
}
