/* follow.c - see follow.h. */
#include "daemon/feed/follow.h"

#include "base/date.h"
#include "base/digest.h"
#include "proto/codec.h"

/* A verdict on one event. */
enum verdict { NO, YES, LEFT, FAULT };

static enum verdict
match(struct follow *follow, const struct filter *filter, uint32_t index)
{
	const struct event_content *content;

	if (filter == NULL)
		return YES;
	content = events_load(follow->events, index);
	if (content == NULL)
		return FAULT;
	return filter_matches_subject(filter, &content->subject) ? YES : NO;
}

/*
 * The nearest event of the same alert, before or after this one, that the
 * reader is told of; in a snapshot, that it may be shown.
 */
static uint32_t
neighbour(const struct follow *follow, uint32_t index, bool is_after)
{
	bool is_snapshot = follow->cursor.snapshot != 0;

	while (index != EVENT_NONE) {
		const struct event_place *place =
		    events_at(follow->events, index);

		index = is_after ? place->next : place->prev;
		if (index == EVENT_NONE)
			break;
		place = events_at(follow->events, index);
		if (is_snapshot ? event_is_shown(place, follow->reader)
				: event_is_told(place, follow->reader))
			break;
	}
	return index;
}

/*
 * A snapshot holds the newest event of each alert as it was at its head, so
 * that it is the same whenever it is resumed.
 */
static enum verdict
judge_snapshot(struct follow *follow, uint32_t index)
{
	const struct event_place *place = events_at(follow->events, index);
	uint32_t next = neighbour(follow, index, true);
	enum verdict verdict;

	if (!event_is_shown(place, follow->reader) ||
	    !event_status_is_open(place->status))
		return NO;
	if (next != EVENT_NONE &&
	    (follow->latest ||
		events_at(follow->events, next)->seq <=
		    follow->cursor.snapshot))
		return NO;
	verdict = match(follow, follow->filter, index);
	if (verdict != YES || follow->except == NULL)
		return verdict;
	verdict = match(follow, follow->except, index);
	return verdict == FAULT ? FAULT : verdict == YES ? NO : YES;
}

/*
 * An event is sent when the alert matched after it, or matched before it.
 * With latest the events between were passed over, so any earlier one counts.
 */
static enum verdict
judge_live(struct follow *follow, uint32_t index)
{
	enum verdict verdict;
	uint32_t prev = neighbour(follow, index, false);

	if (!event_is_told(events_at(follow->events, index), follow->reader) ||
	    (follow->latest && neighbour(follow, index, true) != EVENT_NONE))
		return NO;
	verdict = match(follow, follow->filter, index);
	while (verdict == NO && prev != EVENT_NONE) {
		verdict = match(follow, follow->filter, prev);
		if (verdict == YES)
			return LEFT;
		if (!follow->latest)
			break;
		prev = neighbour(follow, prev, false);
	}
	return verdict;
}

/* Judge one event and take what it cost from the reads that are left. */
static enum verdict
judge(struct follow *follow, uint32_t index)
{
	uint64_t reads = events_reads(follow->events);
	enum verdict verdict = follow->cursor.snapshot != 0
	    ? judge_snapshot(follow, index)
	    : judge_live(follow, index);

	reads = events_reads(follow->events) - reads;
	follow->reads_max -=
	    reads < follow->reads_max ? reads : follow->reads_max;
	return verdict;
}

/*
 * Judge events until one is wanted or the phase ends at this sequence.  What
 * is in memory costs no read, so those who wait for live alerts never wait
 * for somebody who works through the past.
 */
static enum follow_result
next_of_phase(struct follow *follow, uint64_t last, struct follow_found *found)
{
	bool is_snapshot = follow->cursor.snapshot != 0;
	uint32_t index = events_after(follow->events, follow->cursor.position);

	for (; index < events_count(follow->events); index++) {
		uint64_t seq = events_at(follow->events, index)->seq;
		enum verdict verdict;

		if (seq > last)
			break;
		if (follow->reads_max == 0 &&
		    !events_is_kept(follow->events, index))
			return FOLLOW_PAUSE;
		verdict = judge(follow, index);
		if (verdict == FAULT)
			return FOLLOW_FAULT;
		follow->cursor.position = seq;
		if (verdict == NO)
			continue;
		*found = (struct follow_found){ index, is_snapshot,
			verdict == LEFT, follow->cursor };
		return FOLLOW_FOUND;
	}
	return FOLLOW_END;
}

enum follow_result
follow_next(struct follow *follow, struct follow_found *found)
{
	enum follow_result result;
	uint64_t head = events_head(follow->events);

	if (follow->cursor.snapshot != 0) {
		/*
		 * A snapshot cannot reach beyond what has been published: what
		 * is on its way comes live.
		 */
		if (follow->cursor.snapshot > head)
			follow->cursor.snapshot = head;
		result = next_of_phase(follow, follow->cursor.snapshot, found);
		if (result != FOLLOW_END)
			return result;
		follow->cursor = (struct cursor){ 0, follow->cursor.snapshot };
	}
	return next_of_phase(follow, UINT64_MAX, found);
}

bool
follow_has_more(const struct events *events, const struct cursor *cursor)
{
	return cursor->snapshot != 0 ||
	    events_after(events, cursor->position) < events_count(events);
}

/* What those who check the chain need: its number there and its hash. */
static void
pack_link(const struct event_place *place, const struct event_content *content,
    struct buf *out)
{
	char hash[2 * sizeof(content->hash) + 1];

	digest_hex(content->hash, sizeof(content->hash), hash);
	pack_field_uint(out, "link", place->link);
	pack_field_string(out, "hash", hash);
}

bool
follow_write(struct events *events, const struct follow_found *found,
    const uint8_t instance[16], uint32_t epoch, struct buf *out)
{
	const struct event_content *content = events_load(events, found->index);
	const struct event_place *place = events_at(events, found->index);
	char text[CURSOR_MAX];
	char at[INSTANT_MAX];
	bool is_secret;
	size_t len;

	if (content == NULL)
		return false;
	is_secret = place->audience == AUDIENCE_TRUSTED;
	pack_map(out, 6u + is_secret + (event_is_link(place) ? 2 : 0));
	len = cursor_format(&found->cursor, instance, epoch, text);
	pack_field_text(out, "cursor", (struct text){ text, len });
	pack_field_uint(out, "seq", place->seq);
	len = instant_format(content->at_ms, at);
	pack_field_text(out, "at", (struct text){ at, len });
	pack_field_string(out, "phase",
	    found->is_snapshot ? "snapshot" : "live");
	pack_field_string(out, "change",
	    alarm_change_name(found->has_left
		    ? CHANGE_LEFT_FILTER
		    : (enum alarm_change)content->change));
	if (is_secret)
		pack_field_bool(out, "trusted_only", true);
	if (event_is_link(place))
		pack_link(place, content, out);
	pack_string(out, "alert");
	pack_raw(out, content->map);
	return true;
}
