#include "daemon/store/rows.h"
#include "daemon/store/rows_durable.h"

#include <stdio.h>
#include <string.h>

/* Above 32 bits of revision and one more. */
enum { ERASED_SHIFT = 40 };

void
report_row_write(struct buf *out, const struct report_row *row)
{
	buf_varint(out, row->first_seq);
	buf_varint(out, row->latest_seq - row->first_seq);
	buf_u64(out, row->fingerprint);
	buf_varint(out,
	    (uint64_t)row->revision << 1 | row->is_withdrawn |
		(uint64_t)row->is_erased << ERASED_SHIFT);
	buf_varint(out, row->organisation);
	buf_varint(out, row->bytes);
}

bool
report_row_read(struct text bytes, struct report_row *row)
{
	struct cut cut = cut_of(bytes.at, bytes.len);
	uint64_t revision;

	row->first_seq = cut_varint(&cut);
	row->latest_seq = row->first_seq + cut_varint(&cut);
	row->fingerprint = cut_u64(&cut);
	revision = cut_varint(&cut);
	row->revision = (uint32_t)(revision >> 1);
	row->is_withdrawn = revision & 1;
	row->is_erased = revision >> ERASED_SHIFT & 1;
	row->organisation = (uint16_t)cut_varint(&cut);
	row->bytes = cut_varint(&cut);
	return cut_is_done(&cut);
}

void
product_row_write(struct buf *out, const struct product_row *row)
{
	buf_u8(out, row->level);
	buf_varint(out, row->gtin);
	buf_u32(out, row->shown_hash);
	buf_varint(out, row->nspellings);
	buf_string(out, row->category);
	buf_string(out, row->brand);
	buf_string(out, row->model);
	buf_string(out, row->shown);
	buf_string(out, row->given);
}

bool
product_row_read(struct text bytes, struct product_row *row)
{
	struct cut cut = cut_of(bytes.at, bytes.len);

	row->level = cut_u8(&cut);
	row->gtin = cut_varint(&cut);
	row->shown_hash = cut_u32(&cut);
	row->nspellings = (uint32_t)cut_varint(&cut);
	row->category = cut_string(&cut);
	row->brand = cut_string(&cut);
	row->model = cut_string(&cut);
	row->shown = cut_string(&cut);
	row->given = cut_string(&cut);
	return cut_is_done(&cut);
}

void
product_key_row_write(struct buf *out, const struct product_key_row *row)
{
	buf_u32(out, row->product);
	buf_u8(out, row->is_alias);
}

bool
product_key_row_read(struct text bytes, struct product_key_row *row)
{
	struct cut cut = cut_of(bytes.at, bytes.len);

	row->product = cut_u32(&cut);
	row->is_alias = cut_u8(&cut);
	return cut_is_done(&cut);
}

void
durable_row_write(struct buf *out, const struct durable_row *row)
{
	buf_varint(out, row->organisation);
	buf_varint(out, row->snapshot);
	buf_varint(out, row->position);
	buf_string(out, row->name);
	buf_string(out, row->filter);
}

bool
durable_row_read(struct text bytes, struct durable_row *row)
{
	struct cut cut = cut_of(bytes.at, bytes.len);

	row->organisation = (uint32_t)cut_varint(&cut);
	row->snapshot = cut_varint(&cut);
	row->position = cut_varint(&cut);
	row->name = cut_string(&cut);
	row->filter = cut_string(&cut);
	return cut_is_done(&cut);
}

static void
public_id_format(char letter, uint32_t ordinal, char out[PUBLIC_ID_MAX])
{
	snprintf(out, PUBLIC_ID_MAX, "%c%u", letter, ordinal);
}

static uint32_t
public_id_parse(char letter, struct text text)
{
	uint64_t ordinal = 0;

	if (text.len < 2 || text.len >= PUBLIC_ID_MAX || text.at[0] != letter ||
	    text.at[1] == '0')
		return 0;
	for (size_t i = 1; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return 0;
		ordinal = ordinal * 10 + (uint64_t)(text.at[i] - '0');
	}
	return ordinal <= UINT32_MAX ? (uint32_t)ordinal : 0;
}

void
product_id_format(uint32_t product, char out[PUBLIC_ID_MAX])
{
	public_id_format('p', product, out);
}

uint32_t
product_id_parse(struct text text)
{
	return public_id_parse('p', text);
}

void
alert_id_format(uint32_t alert, char out[PUBLIC_ID_MAX])
{
	public_id_format('a', alert, out);
}

uint32_t
alert_id_parse(struct text text)
{
	return public_id_parse('a', text);
}

/* The name to show, brand and model with 0x1f between; empty: none. */
static struct text
name_of(const struct product_row *row)
{
	return row->given.len ? row->given : row->shown;
}

struct text
product_row_brand(const struct product_row *row)
{
	struct text name = name_of(row);
	const char *split;

	if (!name.len)
		return row->brand;
	split = memchr(name.at, 0x1f, name.len);
	if (!split)
		return name;
	return (struct text){ name.at, (size_t)(split - name.at) };
}

struct text
product_row_model(const struct product_row *row)
{
	struct text name = name_of(row);
	const char *split;

	if (!name.len)
		return row->model;
	split = memchr(name.at, 0x1f, name.len);
	if (!split)
		return (struct text){ 0 };
	return (
	    struct text){ split + 1, name.len - (size_t)(split - name.at) - 1 };
}
