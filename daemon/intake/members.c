#include "daemon/intake/members.h"

#include "daemon/intake/naming.h"

static bool
apply_organisation(struct projection *projection, struct text header)
{
	struct record_organisation record;
	struct key key;

	if (!record_organisation_read(header, &record))
		return false;
	key = key_organisation(record.organisation);
	projection_put(projection, KEYSPACE_ORGANISATION, &key, header);
	return true;
}

/* What happens to one that was made: its row, written again. */
static bool
edit_token(struct projection *projection, const struct record_token *record,
    int64_t received_ms)
{
	struct key key = key_access(record->token);
	struct access_row row;
	struct text bytes;

	if (projection_get(projection, KEYSPACE_ACCESS, &key, &bytes) ||
	    !access_row_read(bytes, &row))
		return projection->result != STORE_OK;
	if (record->act == TOKEN_REVOKED)
		row.revoked_ms = received_ms;
	else
		row.used_ms = received_ms;
	buf_clear(&projection->scratch);
	access_row_write(&projection->scratch, &row);
	projection_put_scratch(projection, KEYSPACE_ACCESS, &key);
	return true;
}

static bool
apply_token(struct projection *projection, struct text header,
    int64_t received_ms)
{
	struct access_row row = { .made_ms = received_ms };
	struct key key;

	if (!record_token_read(header, &row.made))
		return false;
	if (row.made.act != TOKEN_MADE)
		return edit_token(projection, &row.made, received_ms);
	key = key_access(row.made.token);
	buf_clear(&projection->scratch);
	access_row_write(&projection->scratch, &row);
	projection_put_scratch(projection, KEYSPACE_ACCESS, &key);
	projection_set_counter(projection, COUNTER_ACCESS, row.made.token);
	return true;
}

bool
members_apply(struct projection *projection, const struct store_event *event)
{
	if (event->type == RECORD_ORGANISATION)
		return apply_organisation(projection, event->header);
	return apply_token(projection, event->header, event->received_ms);
}

/* The event whose header is written: into the log and the rows. */
static uint64_t
add(struct intake *intake, enum record_type type, struct text body)
{
	struct store_event event = { .type = (uint8_t)type };

	event.seq = intake_add_event(intake, type, body);
	event.header = buf_text(&intake->header);
	event.received_ms = intake->received_ms;
	if (!intake->projection.result &&
	    !members_apply(&intake->projection, &event))
		intake->projection.result = STORE_CORRUPT;
	intake_close_frame(intake);
	return intake->projection.result ? 0 : event.seq;
}

uint64_t
members_name(struct intake *intake, struct record_organisation *record,
    uint64_t name_hash, struct text body)
{
	intake_open_frame(intake);
	record->organisation =
	    intake_name(intake, NAME_ORGANISATION, name_hash, record->name);
	if (!record->organisation) {
		intake_close_frame(intake);
		return 0;
	}
	buf_clear(&intake->header);
	record_organisation_write(&intake->header, record);
	return add(intake, RECORD_ORGANISATION, body);
}

uint64_t
members_token(struct intake *intake, struct record_token *record,
    struct text body)
{
	uint64_t last = projection_counter(&intake->projection, COUNTER_ACCESS);

	if (record->act == TOKEN_MADE) {
		if (last >= MEMBERS_TOKENS_MAX)
			return 0;
		record->token = (uint32_t)last + 1;
	}
	intake_open_frame(intake);
	buf_clear(&intake->header);
	record_token_write(&intake->header, record);
	return add(intake, RECORD_TOKEN, body);
}

static void
read_row(struct intake *intake, enum record_type type, enum keyspace keyspace,
    const struct key *key, struct buf *out)
{
	struct text row;

	if (projection_get(&intake->projection, keyspace, key, &row))
		return;
	buf_u8(out, (uint8_t)type);
	buf_string(out, row);
}

void
members_read_organisation(struct intake *intake, uint32_t organisation,
    struct buf *out)
{
	struct key key = key_organisation(organisation);

	read_row(intake, RECORD_ORGANISATION, KEYSPACE_ORGANISATION, &key, out);
}

void
members_read_token(struct intake *intake, uint32_t token, struct buf *out)
{
	struct key key = key_access(token);

	read_row(intake, RECORD_TOKEN, KEYSPACE_ACCESS, &key, out);
}

int
members_list(struct intake *intake, struct buf *out)
{
	struct projection *projection = &intake->projection;
	uint64_t names =
	    projection_counter(projection, counter_of_names(NAME_ORGANISATION));
	uint64_t tokens = projection_counter(projection, COUNTER_ACCESS);

	for (uint32_t i = 1; i <= names; i++)
		members_read_organisation(intake, i, out);
	for (uint32_t i = 1; i <= tokens; i++)
		members_read_token(intake, i, out);
	if (out->failed)
		return STORE_MEMORY;
	return projection->result;
}
