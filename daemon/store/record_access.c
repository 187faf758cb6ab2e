#include "daemon/store/record_access.h"

#include <string.h>

enum { IS_REMOVED = 1, IS_TRUSTED = 2 };

void
record_organisation_write(struct buf *out,
    const struct record_organisation *record)
{
	buf_varint(out, record->organisation);
	buf_u8(out,
	    (uint8_t)((record->is_removed ? IS_REMOVED : 0) |
		(record->is_trusted ? IS_TRUSTED : 0)));
	buf_u8(out, record->trust);
	buf_zigzag(out, record->probation_until);
	buf_string(out, record->name);
	buf_string(out, record->note);
	buf_varint(out, record->nsites);
	buf_string(out, record->sites);
}

bool
record_organisation_read(struct text header, struct record_organisation *record)
{
	struct cut cut = cut_of(header.at, header.len);
	uint8_t flags;

	record->organisation = (uint32_t)cut_varint(&cut);
	flags = cut_u8(&cut);
	record->is_removed = flags & IS_REMOVED;
	record->is_trusted = flags & IS_TRUSTED;
	record->trust = cut_u8(&cut);
	record->probation_until = (int32_t)cut_zigzag(&cut);
	record->name = cut_string(&cut);
	record->note = cut_string(&cut);
	record->nsites = (uint32_t)cut_varint(&cut);
	record->sites = cut_string(&cut);
	return !cut.bad && record->organisation > 0;
}

void
record_token_write(struct buf *out, const struct record_token *record)
{
	buf_u8(out, record->act);
	buf_varint(out, record->token);
	if (record->act != TOKEN_MADE)
		return;
	buf_varint(out, record->organisation);
	buf_u8(out, record->roles);
	buf_varint(out, (uint64_t)record->expires_ms);
	buf_add(out, record->hash, sizeof(record->hash));
	buf_string(out, record->scope);
	buf_string(out, record->note);
	buf_u8(out, record->may_read_text);
}

static void
cut_made(struct cut *cut, struct record_token *record)
{
	const uint8_t *hash;

	record->organisation = (uint32_t)cut_varint(cut);
	record->roles = cut_u8(cut);
	record->expires_ms = (int64_t)cut_varint(cut);
	hash = cut_bytes(cut, sizeof(record->hash));
	if (hash)
		memcpy(record->hash, hash, sizeof(record->hash));
	record->scope = cut_string(cut);
	record->note = cut_string(cut);
	/* One from before there was this may not. */
	record->may_read_text = !cut_is_done(cut) && cut_u8(cut);
}

bool
record_token_read(struct text header, struct record_token *record)
{
	struct cut cut = cut_of(header.at, header.len);

	*record = (struct record_token){ .act = cut_u8(&cut) };
	record->token = (uint32_t)cut_varint(&cut);
	if (record->act == TOKEN_MADE)
		cut_made(&cut, record);
	return !cut.bad && record->token > 0 && record->act < TOKEN_ACT_COUNT;
}

void
access_row_write(struct buf *out, const struct access_row *row)
{
	buf_u64(out, (uint64_t)row->made_ms);
	buf_u64(out, (uint64_t)row->revoked_ms);
	buf_u64(out, (uint64_t)row->used_ms);
	record_token_write(out, &row->made);
}

bool
access_row_read(struct text bytes, struct access_row *row)
{
	struct cut cut = cut_of(bytes.at, bytes.len);
	size_t head = 3 * sizeof(uint64_t);

	row->made_ms = (int64_t)cut_u64(&cut);
	row->revoked_ms = (int64_t)cut_u64(&cut);
	row->used_ms = (int64_t)cut_u64(&cut);
	return !cut.bad &&
	    record_token_read((struct text){ bytes.at + head,
				  bytes.len - head },
		&row->made);
}
