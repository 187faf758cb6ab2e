#include "daemon/store/record.h"

#include "base/date.h"
#include "daemon/store/record_standing.h"

enum {
	FACT_BACKFILL = 1 << 0,
	FACT_BREAKDOWN = 1 << 1,
	FACT_HAZARDS = 1 << 2,
	FACT_NUMBERS = 1 << 3,
	FACT_LICENCE = 1 << 4,
	FACT_SEVERITY_SHIFT = 5, /* the three highest bits */
};

static const char *const type_names[] = {
	[RECORD_NAME] = "name",
	[RECORD_PRODUCT] = "product",
	[RECORD_PRODUCT_KEY] = "product-key",
	[RECORD_SPELLING] = "spelling",
	[RECORD_REPORT] = "report",
	[RECORD_AMEND] = "amend",
	[RECORD_WITHDRAW] = "withdraw",
	[RECORD_ALERT] = "alert",
	[RECORD_DURABLE] = "durable",
	[RECORD_RULES] = "rules",
	[RECORD_ORIGIN] = "origin",
	[RECORD_RESUBMIT] = "resubmit",
	[RECORD_CURATION] = "curation",
	[RECORD_REGROUP] = "regroup",
	[RECORD_REGROUPED] = "regrouped",
	[RECORD_LINK] = "link",
	[RECORD_UNLINK] = "unlink",
	[RECORD_REMEDY] = "remedy",
	[RECORD_PRIOR] = "prior",
	[RECORD_ERASE] = "erase",
	[RECORD_ORGANISATION] = "organisation",
	[RECORD_AUDIT] = "audit",
	[RECORD_TOKEN] = "token",
	[RECORD_KEY_EPOCH] = "key_epoch",
};

const char *
record_type_name(uint8_t type)
{
	if (type >= sizeof(type_names) / sizeof(*type_names) ||
	    !type_names[type])
		return "unknown";
	return type_names[type];
}

bool
record_is_of_report(uint8_t type)
{
	return type == RECORD_REPORT || type == RECORD_AMEND ||
	    type == RECORD_WITHDRAW || type == RECORD_REGROUP;
}

uint64_t
record_contents(enum record_type type, const struct record_report *record,
    uint64_t seq)
{
	return type == RECORD_WITHDRAW || type == RECORD_REGROUP
	    ? record->previous_seq
	    : seq;
}

/*
 * Days are written as distances from the day of receipt, which makes them one
 * byte for nearly every report.
 */
static void
write_facts(struct buf *out, const struct facts *facts, int32_t received_day)
{
	unsigned flags = (unsigned)facts->severity << FACT_SEVERITY_SHIFT;
	int64_t distance = (int64_t)received_day - facts->occurred.day;
	bool has_numbers = facts->injured || facts->deaths || facts->units;

	flags |= facts->is_backfill ? FACT_BACKFILL : 0u;
	flags |= facts->kind == REPORT_BREAKDOWN ? FACT_BREAKDOWN : 0u;
	flags |= facts->hazards ? FACT_HAZARDS : 0u;
	flags |= has_numbers ? FACT_NUMBERS : 0u;
	flags |= facts->licence ? FACT_LICENCE : 0u;
	buf_u8(out, (uint8_t)flags);
	buf_varint(out, facts->product);
	buf_varint(out, facts->mode);
	buf_varint(out, facts->organisation);
	buf_varint(out, facts->source);
	buf_u16(out, facts->country);
	buf_zigzag(out, (int64_t)received_day - facts->filed);
	if (facts->occurred.precision == DATE_ABSENT)
		distance = 0;
	buf_zigzag(out, distance * 4 + facts->occurred.precision);
	if (facts->hazards)
		buf_varint(out, facts->hazards);
	if (has_numbers) {
		buf_varint(out, facts->injured);
		buf_varint(out, facts->deaths);
		buf_varint(out, facts->units);
	}
	if (facts->licence)
		buf_varint(out, facts->licence);
}

static void
read_occurred(struct cut *cut, struct date *date, int32_t received_day)
{
	int64_t packed = cut_zigzag(cut);

	date->precision = (uint8_t)(packed & 3);
	if (date->precision != DATE_ABSENT)
		date->day = (int32_t)(received_day - (packed >> 2));
}

static void
read_facts(struct cut *cut, struct facts *facts, int64_t received_ms)
{
	int32_t received_day = date_of_ms(received_ms);
	unsigned flags = cut_u8(cut);

	*facts = (struct facts){ 0 };
	facts->is_backfill = flags & FACT_BACKFILL;
	facts->kind =
	    flags & FACT_BREAKDOWN ? REPORT_BREAKDOWN : REPORT_INCIDENT;
	facts->severity = (uint8_t)(flags >> FACT_SEVERITY_SHIFT);
	facts->product = (uint32_t)cut_varint(cut);
	facts->mode = (uint16_t)cut_varint(cut);
	facts->organisation = (uint16_t)cut_varint(cut);
	facts->source = (uint32_t)cut_varint(cut);
	facts->country = cut_u16(cut);
	facts->filed = (int32_t)(received_day - cut_zigzag(cut));
	read_occurred(cut, &facts->occurred, received_day);
	if (flags & FACT_HAZARDS)
		facts->hazards = (uint32_t)cut_varint(cut);
	if (flags & FACT_NUMBERS) {
		facts->injured = (uint32_t)cut_varint(cut);
		facts->deaths = (uint32_t)cut_varint(cut);
		facts->units = (uint32_t)cut_varint(cut);
	}
	if (flags & FACT_LICENCE)
		facts->licence = (uint16_t)cut_varint(cut);
	facts->received_ms = received_ms;
	if (facts->severity >= SEVERITY_COUNT || !facts->product)
		cut->bad = true;
}

void
record_name_write(struct buf *out, const struct record_name *record)
{
	buf_u8(out, record->kind);
	buf_varint(out, record->ordinal);
	buf_u64(out, record->hash);
	if (record->blind)
		buf_u32(out, record->blind);
}

bool
record_name_read(struct text header, struct record_name *record)
{
	struct cut cut = cut_of(header.at, header.len);

	record->kind = cut_u8(&cut);
	record->ordinal = (uint32_t)cut_varint(&cut);
	record->hash = cut_u64(&cut);
	record->blind = cut_is_done(&cut) ? 0 : cut_u32(&cut);
	return !cut.bad;
}

void
record_product_write(struct buf *out, const struct record_product *record)
{
	buf_varint(out, record->product);
	buf_u8(out, record->level);
	buf_u8(out, record->rules_version);
	buf_varint(out, record->gtin);
	buf_string(out, record->category);
	buf_string(out, record->brand);
	buf_string(out, record->model);
	buf_u8(out, record->nkeys);
	for (unsigned i = 0; i < record->nkeys; i++)
		buf_add(out, record->key[i], 16);
}

bool
record_product_read(struct text header, struct record_product *record)
{
	struct cut cut = cut_of(header.at, header.len);

	record->product = (uint32_t)cut_varint(&cut);
	record->level = cut_u8(&cut);
	record->rules_version = cut_u8(&cut);
	record->gtin = cut_varint(&cut);
	record->category = cut_string(&cut);
	record->brand = cut_string(&cut);
	record->model = cut_string(&cut);
	record->nkeys = cut_u8(&cut);
	if (record->nkeys > 2)
		return false;
	for (unsigned i = 0; i < record->nkeys; i++) {
		const uint8_t *key = cut_bytes(&cut, 16);

		if (!key)
			return false;
		memcpy(record->key[i], key, 16);
	}
	return !cut.bad && record->product > 0;
}

void
record_product_key_write(struct buf *out,
    const struct record_product_key *record)
{
	buf_varint(out, record->product);
	buf_add(out, record->key, sizeof(record->key));
	buf_varint(out, record->gtin);
}

bool
record_product_key_read(struct text header, struct record_product_key *record)
{
	struct cut cut = cut_of(header.at, header.len);
	const uint8_t *key;

	record->product = (uint32_t)cut_varint(&cut);
	key = cut_bytes(&cut, sizeof(record->key));
	record->gtin = cut_varint(&cut);
	if (cut.bad || !key)
		return false;
	memcpy(record->key, key, sizeof(record->key));
	return record->product > 0;
}

void
record_spelling_write(struct buf *out, const struct record_spelling *record)
{
	buf_varint(out, record->product);
	buf_u32(out, record->hash);
	buf_string(out, record->shown);
}

bool
record_spelling_read(struct text header, struct record_spelling *record)
{
	struct cut cut = cut_of(header.at, header.len);

	record->product = (uint32_t)cut_varint(&cut);
	record->hash = cut_u32(&cut);
	record->shown = cut_string(&cut);
	return !cut.bad && record->product > 0;
}

/* What stands in every header but a first report's. */
static void
write_old(struct buf *out, const struct record_report *record, int32_t day)
{
	buf_varint(out, record->first_seq);
	buf_varint(out, record->previous_seq);
	buf_varint(out, record->revision);
	buf_u32(out, record->old_spelling);
	buf_u8(out, record->old.product != 0);
	if (record->old.product)
		write_facts(out, &record->old, day);
}

void
record_report_write(struct buf *out, enum record_type type,
    const struct record_report *record, int64_t received_ms)
{
	int32_t day = date_of_ms(received_ms);

	buf_add(out, record->key, sizeof(record->key));
	buf_varint(out, (uint64_t)record->origin << 1 | (record->label != 0));
	if (record->label)
		buf_varint(out, record->label);
	if (type == RECORD_REGROUP) {
		buf_zigzag(out, received_ms - record->facts.received_ms);
		day = date_of_ms(record->facts.received_ms);
	}
	if (type != RECORD_WITHDRAW) {
		buf_u64(out, record->fingerprint);
		buf_u32(out, record->spelling);
		write_facts(out, &record->facts, day);
	}
	if (type != RECORD_REPORT)
		write_old(out, record, day);
	record_standing_write(out, type, record,
	    type == RECORD_REGROUP ? record->facts.received_ms : received_ms);
}

bool
record_report_read(struct text header, enum record_type type,
    int64_t received_ms, struct record_report *record)
{
	struct cut cut = cut_of(header.at, header.len);
	const uint8_t *key = cut_bytes(&cut, sizeof(record->key));
	uint64_t origin;

	*record = (struct record_report){ .revision = 1 };
	if (!key)
		return false;
	memcpy(record->key, key, sizeof(record->key));
	origin = cut_varint(&cut);
	record->origin = (uint32_t)(origin >> 1);
	if (origin & 1)
		record->label = (uint32_t)cut_varint(&cut);
	if (type == RECORD_REGROUP)
		received_ms -= cut_zigzag(&cut);
	if (type != RECORD_WITHDRAW) {
		record->secrets.fingerprint = record_left(&cut);
		record->fingerprint = cut_u64(&cut);
		record->spelling = cut_u32(&cut);
		read_facts(&cut, &record->facts, received_ms);
	}
	if (type != RECORD_REPORT) {
		record->first_seq = cut_varint(&cut);
		record->previous_seq = cut_varint(&cut);
		record->revision = (uint32_t)cut_varint(&cut);
		record->old_spelling = cut_u32(&cut);
		if (cut_u8(&cut))
			read_facts(&cut, &record->old, received_ms);
	}
	record_standing_read(&cut, type, record, received_ms);
	return !cut.bad;
}

void
record_alert_write(struct buf *out, const struct record_alert *record)
{
	const uint8_t *alarm = (const uint8_t *)&record->alarm;

	buf_u8(out, record->change);
	buf_add(out, alarm, ALARM_OLD_BYTES);
	buf_add(out, record->chain, sizeof(record->chain));
	buf_string(out, record->alert);
	buf_u8(out, record->audience);
	buf_add(out, alarm + ALARM_OLD_BYTES,
	    sizeof(record->alarm) - ALARM_OLD_BYTES);
}

/* Older logs knew neither secrets nor mutes. */
static void
read_alarm_rest(struct cut *cut, struct record_alert *record)
{
	size_t rest = sizeof(record->alarm) - ALARM_OLD_BYTES;
	const uint8_t *alarm;

	record->audience = AUDIENCE_ALL;
	memset((uint8_t *)&record->alarm + ALARM_OLD_BYTES, 0, rest);
	record->alarm.public_status = record->alarm.status;
	if (cut_is_done(cut))
		return;
	record->audience = cut_u8(cut);
	alarm = cut_bytes(cut, rest);
	if (alarm)
		memcpy((uint8_t *)&record->alarm + ALARM_OLD_BYTES, alarm,
		    rest);
}

bool
record_alert_read(struct text header, struct record_alert *record)
{
	struct cut cut = cut_of(header.at, header.len);
	const uint8_t *alarm, *chain;

	record->change = cut_u8(&cut);
	alarm = cut_bytes(&cut, ALARM_OLD_BYTES);
	chain = cut_bytes(&cut, sizeof(record->chain));
	record->alert = cut_string(&cut);
	if (cut.bad || !alarm || !chain)
		return false;
	memcpy(&record->alarm, alarm, ALARM_OLD_BYTES);
	memcpy(record->chain, chain, sizeof(record->chain));
	read_alarm_rest(&cut, record);
	return !cut.bad && record->alarm.id > 0;
}

void
record_durable_write(struct buf *out, const struct record_durable *record)
{
	buf_add(out, record->hash, sizeof(record->hash));
	buf_varint(out, record->organisation);
	buf_varint(out, record->snapshot);
	buf_varint(out, record->position);
	buf_string(out, record->name);
	buf_string(out, record->filter);
}

bool
record_durable_read(struct text header, struct record_durable *record)
{
	struct cut cut = cut_of(header.at, header.len);
	const uint8_t *hash = cut_bytes(&cut, sizeof(record->hash));

	record->organisation = (uint32_t)cut_varint(&cut);
	record->snapshot = cut_varint(&cut);
	record->position = cut_varint(&cut);
	record->name = cut_string(&cut);
	record->filter = cut_string(&cut);
	if (cut.bad || !hash)
		return false;
	memcpy(record->hash, hash, sizeof(record->hash));
	return true;
}
