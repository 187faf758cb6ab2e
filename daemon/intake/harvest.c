#include "daemon/intake/harvest.h"

/* A visit's answers besides faults, which are smaller. */
enum { IS_FULL = 1 << 20 };

bool
harvest_identify(const struct vocabulary *vocabulary,
    const struct store_event *contents, struct candidate *candidate)
{
	/* What was taken once is not refused for limits that are lower now. */
	const struct report_limits limits = { .report_bytes = UINT32_MAX,
		.text_bytes = UINT32_MAX,
		.today = 1 << 24 };
	struct refusal why;
	struct value map;

	if (contents->is_erased || !value_of(contents->body, &map) ||
	    report_read(&candidate->report, &map, &limits, NULL, &why))
		return false;
	product_identify(vocabulary, &candidate->report, &candidate->identity,
	    NULL);
	candidate->nproduct_keys =
	    product_keys(&candidate->identity, candidate->product_key);
	return true;
}

static int
take(struct harvest *harvest, const struct store_event *event)
{
	struct harvested *item = &harvest->item[harvest->count];
	enum record_type type = (enum record_type)event->type;
	struct store_event contents = *event;
	int result = 0;

	if (!record_report_read(event->header, type, event->received_ms,
		&item->record))
		return STORE_CORRUPT;
	item->seq = event->seq;
	item->contents = record_contents(type, &item->record, event->seq);
	if (item->contents != event->seq)
		result = store_read(harvest->store, item->contents,
		    &harvest->scratch, &contents);
	if (result)
		return result;
	harvest->count +=
	    harvest_identify(harvest->vocabulary, &contents, &item->candidate);
	return 0;
}

/* A withdrawn report is of no product. */
static int
visit(void *who, const struct store_event *event)
{
	struct harvest *harvest = who;
	int result = 0;

	if (harvest->count == HARVEST_MAX)
		return IS_FULL;
	if (event->type != RECORD_WITHDRAW && record_is_of_report(event->type))
		result = take(harvest, event);
	if (!result)
		harvest->mark = event->seq;
	return result;
}

int
harvest_next(struct harvest *harvest)
{
	uint64_t end = harvest->mark + HARVEST_EVENTS;
	int result;

	harvest->count = 0;
	if (end > harvest->until)
		end = harvest->until;
	if (harvest->mark >= end)
		return STORE_OK;
	result =
	    store_walk(harvest->store, harvest->mark + 1, end, visit, harvest);
	return result == IS_FULL ? STORE_OK : result;
}
