#include "daemon/feed/alerts.h"

bool
alerts_get(struct events *events, uint32_t alert, enum event_reader reader,
    struct buf *out, uint64_t *seq)
{
	uint32_t index = events_newest(events, alert, reader);
	const struct event_content *content;

	if (index == EVENT_NONE)
		return false;
	content = events_load(events, index);
	if (content == NULL)
		return false;
	buf_add_text(out, content->map);
	*seq = events_at(events, index)->seq;
	return !out->failed;
}

int
alerts_each(struct events *events, const struct alerts_walk *walk,
    alerts_visit *visit, void *who)
{
	uint32_t last = events_last_alert(events);

	for (uint32_t alert = 1; alert <= last; alert++) {
		uint32_t index = events_newest(events, alert, walk->reader);
		const struct event_content *content;
		uint64_t seq;
		int result;

		if (index == EVENT_NONE)
			continue;
		seq = events_at(events, index)->seq;
		if (seq <= walk->changed_since)
			continue;
		content = events_load(events, index);
		if (content == NULL)
			return STORE_CORRUPT;
		result = visit(who, alert, seq,
		    (enum alarm_status)content->status, content->map);
		if (result != 0)
			return result;
	}
	return 0;
}

unsigned
alerts_events(struct events *events, uint32_t alert, enum event_reader reader,
    uint64_t *seq, unsigned max)
{
	uint32_t index = events_newest(events, alert, reader);
	unsigned count = 0;

	while (index != EVENT_NONE && count < max) {
		const struct event_place *place = events_at(events, index);

		if (event_is_shown(place, reader))
			seq[count++] = place->seq;
		index = place->prev;
	}
	for (unsigned i = 0; i < count / 2; i++) {
		uint64_t swapped = seq[i];

		seq[i] = seq[count - 1 - i];
		seq[count - 1 - i] = swapped;
	}
	return count;
}
