#include "daemon/intake/keychain.h"

#include <string.h>

static bool
read_row(struct projection *projection, uint32_t epoch,
    struct key_epoch_row *row)
{
	struct key key = key_epoch(epoch);
	struct text bytes;

	if (!epoch ||
	    projection_get(projection, KEYSPACE_KEY_EPOCH, &key, &bytes) ||
	    bytes.len != sizeof(*row))
		return false;
	memcpy(row, bytes.at, sizeof(*row));
	return true;
}

static void
put_row(struct projection *projection, uint32_t epoch,
    const struct key_epoch_row *row)
{
	struct key key = key_epoch(epoch);

	projection_put(projection, KEYSPACE_KEY_EPOCH, &key,
	    (struct text){ (const char *)row, sizeof(*row) });
}

void
keychain_read(struct intake *intake, struct keychain *keychain)
{
	struct projection *projection = &intake->projection;
	struct secret_wanted *wanted = &keychain->wanted;
	struct key_epoch_row row;
	uint32_t epoch =
	    (uint32_t)projection_counter(projection, COUNTER_KEY_EPOCH);

	*keychain = (struct keychain){ 0 };
	if (!read_row(projection, epoch, &row))
		return;
	wanted->epoch = epoch;
	memcpy(wanted->id, row.id, sizeof(wanted->id));
	memcpy(wanted->serial_id, row.serial_id, sizeof(wanted->serial_id));
	keychain->since_ms = row.began_ms;
	if (!read_row(projection, epoch - 1, &row))
		return;
	if (!row.ended_seq) {
		wanted->before = epoch - 1;
		memcpy(wanted->before_id, row.id, sizeof(wanted->before_id));
		if (!read_row(projection, epoch - 2, &row))
			return;
	}
	/* Those before were parted before this one ended. */
	if (!row.parted_seq)
		keychain->unparted = epoch - (wanted->before ? 2 : 1);
}

uint64_t
keychain_write(struct intake *intake, const struct record_key *record,
    struct text body)
{
	struct store_event event = { .type = RECORD_KEY_EPOCH };

	intake_open_frame(intake);
	buf_clear(&intake->header);
	record_key_write(&intake->header, record);
	event.seq = intake_add_event(intake, RECORD_KEY_EPOCH, body);
	event.header = buf_text(&intake->header);
	event.received_ms = intake->received_ms;
	if (!intake->projection.result &&
	    !keychain_apply(&intake->projection, &event))
		intake->projection.result = STORE_CORRUPT;
	intake_close_frame(intake);
	return intake->projection.result ? 0 : event.seq;
}

bool
keychain_apply(struct projection *projection, const struct store_event *event)
{
	struct key_epoch_row row = { .began_seq = event->seq,
		.began_ms = event->received_ms };
	struct record_key record;

	if (!record_key_read(event->header, &record))
		return false;
	if (record.act == KEY_BEGAN) {
		memcpy(row.id, record.id, sizeof(row.id));
		memcpy(row.serial_id, record.serial_id, sizeof(row.serial_id));
		projection_set_counter(projection, COUNTER_KEY_EPOCH,
		    record.epoch);
	} else if (read_row(projection, record.epoch, &row)) {
		row.ended_seq = event->seq;
		row.ended_ms = event->received_ms;
	} else {
		return projection->result != STORE_OK;
	}
	put_row(projection, record.epoch, &row);
	return true;
}

void
keychain_part(struct projection *projection, uint32_t epoch, uint64_t seq)
{
	struct key_epoch_row row;

	if (!read_row(projection, epoch, &row))
		return;
	row.parted_seq = seq;
	put_row(projection, epoch, &row);
}
