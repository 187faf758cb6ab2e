#include "daemon/calls/look.h"

#include <stdio.h>
#include <string.h>

#include "daemon/core/alarm.h"
#include "daemon/intake/prepare.h"
#include "proto/codec.h"

bool
look_product(struct snapshot *snapshot, const struct vocabulary *vocabulary,
    uint32_t product, struct shown *shown)
{
	struct key key = key_product(product);
	struct product_row row;
	struct text bytes;

	if (!product ||
	    snapshot_get(snapshot, KEYSPACE_PRODUCT, key_text(&key), &bytes) ||
	    !product_row_read(bytes, &row))
		return false;
	shown_of_row(vocabulary, product, &row, shown);
	return true;
}

uint32_t
look_key(struct snapshot *snapshot, const uint8_t hash[16])
{
	struct key key = key_product_key(hash);
	struct product_key_row held;
	struct text row;

	if (snapshot_get(snapshot, KEYSPACE_PRODUCT_KEY, key_text(&key),
		&row) == STORE_OK &&
	    product_key_row_read(row, &held))
		return held.product;
	return 0;
}

int
look_family(struct snapshot *snapshot, uint32_t product, struct family *family)
{
	struct row_source rows = row_source_of(snapshot);

	return family_read(&rows, product, family);
}

void
look_counts(struct snapshot *snapshot, const struct family *family,
    uint16_t mode, struct aggregate *counts, struct group_row *row)
{
	struct row_source rows = row_source_of(snapshot);
	struct group_row own;

	if (!row)
		row = &own;
	memset(counts, 0, sizeof(*counts));
	if (family_aggregate(&rows, family, mode, row) == STORE_OK)
		memcpy(counts, row->bytes, sizeof(*counts));
	else
		memset(row->bytes, 0, sizeof(*counts));
}

static int
take_mode(void *who, struct text key, struct text row)
{
	struct look_modes *modes = who;
	uint16_t mode = key_u16(key, 4);

	if (mode && key.at[6] == PART_AGGREGATE &&
	    row.len >= sizeof(struct aggregate))
		modes->bits[mode / 64] |= UINT64_C(1) << mode % 64;
	return 0;
}

int
look_modes(struct snapshot *snapshot, const struct family *family,
    struct look_modes *modes)
{
	int result = STORE_OK;

	memset(modes, 0, sizeof(*modes));
	for (unsigned i = 0; i < family->count && !result; i++) {
		struct key prefix = key_product(family->member[i]);

		result = snapshot_walk(snapshot, KEYSPACE_GROUP,
		    key_text(&prefix), (struct text){ 0 }, take_mode, modes);
	}
	return result;
}

uint16_t
look_mode_next(const struct look_modes *modes, uint16_t mode)
{
	for (unsigned next = mode + 1u; next <= UINT16_MAX; next++) {
		if (!(modes->bits[next / 64] >> next % 64))
			next |= 63;
		else if (modes->bits[next / 64] >> next % 64 & 1)
			return (uint16_t)next;
	}
	return 0;
}

void
look_mode(struct snapshot *snapshot, uint16_t mode,
    char out[PRODUCT_SLUG_MAX + 1])
{
	struct key key = key_name_ordinal(NAME_MODE, mode);
	struct text row = { 0 };

	if (mode)
		snapshot_get(snapshot, KEYSPACE_NAME, key_text(&key), &row);
	shown_copy(out, PRODUCT_SLUG_MAX + 1, row);
}

uint32_t
look_ordinal(struct snapshot *snapshot, enum name_kind kind, uint64_t hash)
{
	struct key key = key_name_hash(kind, hash);
	struct text row;
	uint32_t ordinal = 0;

	if (snapshot_get(snapshot, KEYSPACE_NAME, key_text(&key), &row) ==
		STORE_OK &&
	    row.len == sizeof(ordinal))
		memcpy(&ordinal, row.at, sizeof(ordinal));
	return ordinal;
}

uint16_t
look_mode_ordinal(struct snapshot *snapshot, const uint8_t hash_key[16],
    struct text slug)
{
	return (uint16_t)look_ordinal(snapshot, NAME_MODE,
	    prepare_name_hash(hash_key, NAME_MODE, slug));
}

void
look_pack_product(struct buf *out, const char *key, const struct shown *shown)
{
	char gtin[16];

	if (key)
		pack_string(out, key);
	pack_map(out, shown->gtin ? 7 : 6);
	pack_field_string(out, "id", shown->id);
	pack_field_string(out, "level",
	    product_level_name((enum product_level)shown->level));
	pack_field_text(out, "name",
	    (struct text){ shown->name, shown->name_len });
	pack_field_string(out, "brand", shown->brand);
	pack_field_string(out, "model", shown->model);
	pack_field_string(out, "category", shown->category);
	if (!shown->gtin)
		return;
	snprintf(gtin, sizeof(gtin), "%014llu",
	    (unsigned long long)(shown->gtin % 100000000000000ull));
	pack_field_string(out, "gtin", gtin);
}

void
look_pack_counts(struct buf *out, const struct aggregate *counts)
{
	pack_string(out, "counts");
	pack_map(out, 4);
	pack_field_uint(out, "reports", counts->reports);
	pack_field_uint(out, "cases", counts->cases);
	pack_field_uint(out, "sources", counts->sources);
	pack_field_uint(out, "organisations", counts->organisations);
}

void
look_pack_group_id(struct buf *out, const struct shown *shown, const char *mode)
{
	char id[PUBLIC_ID_MAX + PRODUCT_SLUG_MAX + 2];

	snprintf(id, sizeof(id), "%s%s%s", shown->id, mode[0] ? "/" : "", mode);
	pack_field_string(out, "id", id);
}

struct alert_list {
	struct buf *out;
	bool is_trusted;
	uint32_t count;
};

/* Every part of a group lies under its prefix; the alarms are wanted. */
static int
pack_alert(void *who, struct text key, struct text row)
{
	struct alert_list *list = who;
	enum alarm_status status;
	struct alarm alarm;
	char id[PUBLIC_ID_MAX];

	if (key.at[6] != PART_ALARM || row.len != sizeof(alarm))
		return 0;
	memcpy(&alarm, row.at, sizeof(alarm));
	status = alarm_seen(&alarm, list->is_trusted);
	if (status == ALARM_QUIET)
		return 0;
	alert_id_format(alarm.id, id);
	pack_map(list->out, 2);
	pack_field_string(list->out, "id", id);
	pack_field_string(list->out, "state", alarm_status_name(status));
	list->count++;
	return 0;
}

void
look_pack_alerts(struct buf *out, struct snapshot *snapshot, uint32_t product,
    int mode_or_all, bool is_trusted)
{
	struct key prefix = key_group(product,
	    (uint16_t)(mode_or_all < 0 ? 0 : mode_or_all), PART_ALARM, 0);
	struct alert_list list = { out, is_trusted, 0 };
	size_t token;

	prefix.len = mode_or_all < 0 ? 4 : 7;
	pack_string(out, "alerts");
	token = pack_open_list(out);
	snapshot_walk(snapshot, KEYSPACE_GROUP, key_text(&prefix),
	    (struct text){ 0 }, pack_alert, &list);
	pack_close_list(out, token, list.count);
}
