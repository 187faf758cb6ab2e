/*
 * drain.c - alerts pulled with alerts.fetch: to the head and no further, or
 * only the newest of each.
 */
#include "clients/cli/watch.h"

#include <string.h>

enum { PAGE = 100 };

/* Make sure that the durable name is there, with this filter, and not read
 * by another: only subscribing says so. */
static int
claim(struct watch *watch)
{
	struct tocsin_writer *params = tocsin_writer_new();
	struct tocsin_reply *reply = NULL;
	int code = EXIT_LOCAL;
	if (!params)
		return code;
	tocsin_put_map(params, NULL);
	tocsin_put_string(params, "durable", watch->durable);
	if (watch->from)
		tocsin_put_string(params, "from", watch->from);
	if (watch->filter.kind == TOCSIN_MAP)
		tocsin_put_encoded(params, "filter", watch->filter.encoded);
	if (line_has(watch->line, "replace"))
		tocsin_put_bool(params, "replace", true);
	if (line_has(watch->line, "take-over"))
		tocsin_put_bool(params, "take_over", true);
	tocsin_put_end(params);
	code = line_call(watch->line, "alerts.subscribe", params, &reply);
	if (!code) {
		int64_t number = tocsin_get_int(tocsin_reply_result(reply),
		    "subscription", 0);
		tocsin_reply_free(reply);
		tocsin_writer_clear(params);
		tocsin_put_map(params, NULL);
		tocsin_put_int(params, "subscription", number);
		tocsin_put_end(params);
		code = line_call(watch->line, "alerts.unsubscribe", params,
		    &reply);
	}
	tocsin_reply_free(reply);
	tocsin_writer_free(params);
	return code;
}

/* Where the next page begins: behind what is dealt with, else the start. */
static void
put_place(struct watch *watch, struct tocsin_writer *params, const char *cursor)
{
	if (cursor[0])
		tocsin_put_string(params, "cursor", cursor);
	else if (watch->durable)
		tocsin_put_string(params, "durable", watch->durable);
	else
		tocsin_put_string(params, "cursor",
		    watch->from ? watch->from : "snapshot");
	if (watch->filter.kind == TOCSIN_MAP && (cursor[0] || !watch->durable))
		tocsin_put_encoded(params, "filter", watch->filter.encoded);
}

static int
fetch(struct watch *watch, const char *cursor, int64_t wait_ms,
    struct tocsin_reply **reply)
{
	struct tocsin_writer *params = tocsin_writer_new();
	int code = EXIT_LOCAL;
	*reply = NULL;
	if (!params)
		return code;
	tocsin_put_map(params, NULL);
	put_place(watch, params, cursor);
	tocsin_put_int(params, "max", watch->left < PAGE ? watch->left : PAGE);
	if (wait_ms > 0)
		tocsin_put_int(params, "wait_ms", wait_ms);
	if (line_has(watch->line, "latest"))
		tocsin_put_bool(params, "latest", true);
	tocsin_put_end(params);
	code = line_call(watch->line, "alerts.fetch", params, reply);
	tocsin_writer_free(params);
	return code;
}

/* Deal with a page's events; acknowledge behind the last of them. */
static void
take_page(struct watch *watch, const struct tocsin_value *page)
{
	struct tocsin_value events = tocsin_get(page, "events");
	struct tocsin_walk walk = tocsin_walk_of(&events);
	struct tocsin_value event;
	while (!watch->is_over && tocsin_walk_item(&walk, &event))
		watch_event(watch, &event);
}

/* A name's filter may be stored at the daemon only, so its pages are asked
 * for by name, which needs each page acknowledged before the next. */
static void
next_place(struct watch *watch, const struct tocsin_value *page,
    char cursor[CURSOR_BYTES])
{
	struct tocsin_text text = tocsin_get_text(page, "cursor");
	if (text.len && text.len < CURSOR_BYTES) {
		memcpy(cursor, text.at, text.len);
		cursor[text.len] = '\0';
	}
	if (!watch->durable)
		return;
	if (!watch->is_over)
		strcpy(watch->done, cursor);
	watch_settle(watch);
	cursor[0] = '\0';
}

static int64_t
patience(const struct watch *watch, bool is_draining)
{
	int64_t left = watch->until - clock_ms();
	if (is_draining || left <= 0)
		return 0;
	return left < watch->poll_ms ? left : watch->poll_ms;
}

void
watch_pull(struct watch *watch, bool is_draining)
{
	char cursor[CURSOR_BYTES] = "";
	bool more = true;
	if (watch->durable) {
		watch->code = claim(watch);
		if (watch->code)
			return;
	}
	while (!watch->is_over && (more || !is_draining)) {
		struct tocsin_reply *reply;
		const struct tocsin_value *page;
		if (!is_draining && clock_ms() >= watch->until)
			break;
		watch->code = fetch(watch, cursor,
		    more ? 0 : patience(watch, is_draining), &reply);
		if (watch->code)
			return;
		page = tocsin_reply_result(reply);
		more = tocsin_get_bool(page, "more");
		take_page(watch, page);
		watch_keep(watch);
		next_place(watch, page, cursor);
		tocsin_reply_free(reply);
	}
	watch_settle(watch);
}
