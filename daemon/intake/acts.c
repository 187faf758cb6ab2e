#include "daemon/intake/acts.h"

void
acts_apply(struct projection *projection, const struct store_event *event)
{
	const struct audit_row row = { .at_ms = event->received_ms,
		.type = event->type };
	struct key key;

	if (!record_is_act(event))
		return;
	key = key_audit(event->seq);
	projection_put(projection, KEYSPACE_AUDIT, &key,
	    (struct text){ (const char *)&row, sizeof(row) });
}

uint64_t
acts_write(struct intake *intake, enum audit_kind kind, struct text body)
{
	const struct record_audit record = { .kind = (uint8_t)kind };
	uint64_t seq;

	intake_open_frame(intake);
	buf_clear(&intake->header);
	record_audit_write(&intake->header, &record);
	seq = intake_add_event(intake, RECORD_AUDIT, body);
	intake_close_frame(intake);
	return seq;
}
