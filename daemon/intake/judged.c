#include "daemon/intake/judged.h"

#include <string.h>

#include "daemon/intake/decide.h"
#include "daemon/store/rows.h"

int
judged_settle(struct intake *intake)
{
	intake_close_frame(intake);
	if (store_next_seq(intake->store) != store_seq(intake->store) + 1)
		intake->projection.result = store_append(intake->store);
	if (!intake->projection.result)
		store_wait_durable(intake->store);
	return intake->projection.result;
}

/* What was decided a moment ago may not be durable yet. */
static int
read_record(struct intake *intake, uint64_t seq, struct record_report *record)
{
	struct buf scratch = { 0 };
	struct store_event event;
	int result = STORE_OK;

	if (seq > store_durable(intake->store))
		result = judged_settle(intake);
	if (!result)
		result = store_read(intake->store, seq, &scratch, &event);
	if (!result &&
	    (!record_is_of_report(event.type) ||
		!record_report_read(event.header, event.type, event.received_ms,
		    record)))
		result = STORE_CORRUPT;
	buf_free(&scratch);
	return result;
}

int
judged_recall(struct intake *intake, const struct report_row *row,
    struct record_report *record)
{
	return read_record(intake, row->latest_seq, record);
}

bool
judged_read_key(struct intake *intake, struct judged *judged)
{
	struct record_report record;

	if (!judged->seq || judged->seq > store_seq(intake->store) ||
	    read_record(intake, judged->seq, &record))
		return false;
	memcpy(judged->key, record.key, sizeof(judged->key));
	return true;
}

int
judged_find(struct intake *intake, struct judged *judged, const char *field,
    struct refusal *why)
{
	struct record_report record;
	struct report_row row;

	if ((!judged->is_key && !judged_read_key(intake, judged)) ||
	    decide_find(intake, judged->key, &row))
		return refuse(why, ERROR_NOT_FOUND, field,
		    "no such report is held");
	judged->is_key = true;
	judged->seq = row.first_seq;
	judged->latest_seq = row.latest_seq;
	if (row.is_withdrawn)
		return refuse(why, ERROR_CONFLICT, field,
		    "report %llu is withdrawn",
		    (unsigned long long)row.first_seq);
	if (judged_recall(intake, &row, &record))
		return refuse(why, ERROR_INTERNAL, field,
		    "what is held of it cannot be read");
	if (!record.evidence.product)
		return refuse(why, ERROR_CONFLICT, field,
		    "report %llu was received before reports were compared",
		    (unsigned long long)row.first_seq);
	judged->facts = record.facts;
	judged->evidence = record.evidence;
	/* Erased, its bytes may be there for a moment yet. */
	if (row.is_erased)
		evidence_blank(&judged->evidence);
	judged->match = record.found.match;
	evidence_set_seq(&judged->evidence, row.first_seq);
	return 0;
}
