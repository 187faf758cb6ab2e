#include "daemon/core/evidence.h"

#include "base/digest.h"
#include "daemon/core/fold.h"

enum {
	FOLDED_MAX = 1024, /* region, serial, lot and group are shorter */
	AGE_MAX = 254,
	INJURED_MAX = 30,
	BLOCK_DAYS_LONG = 16,
};

static uint64_t
hash_folded(const uint8_t hash_key[16], struct text text)
{
	char folded[FOLDED_MAX];
	size_t len = fold_name(text, folded, sizeof(folded));
	uint64_t hash;
	if (!len)
		return 0;
	hash = digest_sip64(hash_key, folded, len);
	return hash ? hash : 1;
}

static uint32_t
narrow32(uint64_t hash)
{
	uint32_t low = (uint32_t)hash;
	return hash && !low ? 1 : low;
}

static uint16_t
narrow16(uint64_t hash)
{
	uint16_t low = (uint16_t)hash;
	return hash && !low ? 1 : low;
}

static uint16_t
hash_sender(const uint8_t hash_key[16], struct text organisation,
    struct text source)
{
	uint64_t parts[2] = {
		digest_sip64(hash_key, organisation.at, organisation.len),
		digest_sip64(hash_key, source.at, source.len),
	};
	return narrow16(digest_sip64(hash_key, parts, sizeof(parts)) | 1 << 16);
}

static uint8_t
age_of(double years)
{
	double halves = years * 2 + 1;
	if (years < 0)
		return 0;
	return halves > AGE_MAX ? AGE_MAX + 1 : (uint8_t)halves;
}

static uint8_t
injured_of(int64_t people)
{
	if (people < 0)
		return 0;
	return (uint8_t)(1 + (people < INJURED_MAX ? people : INJURED_MAX));
}

/*
 * What the report states, the event's particulars double: the most complete
 * report speaks for its case.
 */
static unsigned
completeness_of(const struct report *report, unsigned shingles)
{
	const bool twice[] = { report->occurred.precision == DATE_DAY,
		report->serial.len > 0, report->model.len > 0, shingles > 0 };
	const bool once[] = { report->occurred.precision == DATE_MONTH,
		shingles > 100, report->brand.len > 0,
		report->gtin.kind != VALUE_NIL, report->lot.kind != VALUE_NIL,
		report->mode.len > 0, report->hazard.kind != VALUE_NIL,
		report->severity != SEVERITY_UNSTATED, report->injured >= 0,
		report->region.len > 0, report->country[0] != 0,
		report->age >= 0, report->outcome_status.len > 0,
		report->reporter.len > 0,
		report->purchased.precision != DATE_ABSENT };
	unsigned stated = 0;
	for (size_t i = 0; i < sizeof(twice); i++)
		stated += twice[i] ? 2 : 0;
	for (size_t i = 0; i < sizeof(once); i++)
		stated += once[i];
	return stated;
}

void
evidence_read(struct evidence *evidence, const struct report *report,
    const struct evidence_keys *keys, struct text organisation)
{
	const uint8_t *hash_key = keys->store;
	struct report_list lots = report_list(&report->lot);
	struct text lot = { NULL, 0 };
	unsigned shingles;
	memset(evidence, 0, sizeof(*evidence));
	(void)report_list_next(&lots, &lot);
	shingles = minhash_of_text(report->text, evidence->signature);
	evidence->shingles = (uint8_t)shingles;
	evidence->serial =
	    narrow32(hash_folded(keys->serial->sip, report->serial));
	evidence->lot = narrow32(hash_folded(hash_key, lot));
	evidence->occurred = report->occurred.precision == DATE_ABSENT
	    ? 0
	    : report->occurred.day * 4 + report->occurred.precision;
	if (report->filed.day > 0)
		evidence->filed = report->filed.day < UINT16_MAX
		    ? (uint16_t)report->filed.day
		    : UINT16_MAX;
	if (report->country[0])
		evidence->country =
		    (uint16_t)(report->country[0] << 8 | report->country[1]);
	evidence->sender = hash_sender(hash_key, organisation, report->source);
	evidence->region = narrow16(hash_folded(hash_key, report->region));
	evidence->site = narrow16(hash_folded(hash_key, report->group));
	evidence->age = age_of(report->age);
	evidence->severity = (uint8_t)(report->severity & 7);
	evidence->injured = (uint8_t)(injured_of(report->injured) & 31);
	evidence->completeness =
	    (uint8_t)(completeness_of(report, shingles) & 31);
	evidence->is_reporter = report->reporter.len > 0;
}

void
evidence_blank(struct evidence *evidence)
{
	evidence->serial = 0;
	evidence->lot = 0;
	evidence->shingles = 0;
	memset(evidence->signature, 0, sizeof(evidence->signature));
}

void
evidence_place(struct evidence *evidence, const struct evidence_place *place)
{
	evidence->seq_low = (uint32_t)place->seq;
	evidence->seq_high = (uint16_t)(place->seq >> 32);
	evidence->product = place->product;
	evidence->source = place->source;
	evidence->hazards = place->hazards;
	evidence->mode = place->mode;
	evidence->organisation = place->organisation;
	evidence->is_model = place->is_model;
	evidence->is_backfill = place->is_backfill;
}

void
evidence_of(struct evidence *evidence, const struct report *report,
    const struct evidence_keys *keys, struct text organisation,
    const struct evidence_place *place)
{
	evidence_read(evidence, report, keys, organisation);
	evidence_place(evidence, place);
}

/* --- blocks -------------------------------------------------------------- */

/* Keys being listed; what does not fit is left out. */
struct keys {
	struct block_key *at;
	unsigned count, max;
};

static uint64_t
mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product =
	    (unsigned __int128)(a ^ 0x9e3779b97f4a7c15u) *
	    (b ^ 0xe7037ed1a0b428dbu);
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static void
add_key(struct keys *keys, enum block_kind kind, uint64_t what, uint64_t which)
{
	if (keys->count == keys->max)
		return;
	keys->at[keys->count++] = (struct block_key){
		.hash = mix(mix((uint64_t)kind + 1, what), which),
		.kind = kind,
	};
}

/* Serial, reporter and lot. */
static void
add_marks(struct keys *keys, const struct evidence *evidence)
{
	if (evidence->serial)
		add_key(keys, BLOCK_SERIAL, evidence->serial, 0);
	if (evidence->is_reporter)
		add_key(keys, BLOCK_REPORTER, evidence->source,
		    evidence->product);
	if (evidence->lot)
		add_key(keys, BLOCK_LOT, evidence->lot, evidence->product);
}

static uint64_t
group_of(const struct evidence *evidence)
{
	return (uint64_t)evidence->product << 16 | evidence->mode;
}

static int32_t
slot_of(int32_t day)
{
	return day >= 0 ? day / BLOCK_DAYS_LONG
			: (day + 1) / BLOCK_DAYS_LONG - 1;
}

static void
add_slot(struct keys *keys, const struct evidence *evidence, int32_t slot)
{
	add_key(keys, BLOCK_DAYS, group_of(evidence), (uint32_t)slot);
}

/* The first day of the month, or of that of filing when there is none. */
static struct date
month_of(const struct evidence *evidence)
{
	struct date date = evidence_occurred(evidence);
	int year, month, mday;
	int32_t day = date.precision < DATE_MONTH ? evidence->filed : date.day;
	date_split(day, &year, &month, &mday);
	return (
	    struct date){ .day = day - (mday - 1), .precision = DATE_MONTH };
}

static void
add_month(struct keys *keys, const struct evidence *evidence, int32_t first)
{
	add_key(keys, BLOCK_MONTH, group_of(evidence), (uint32_t)first);
}

unsigned
evidence_homes(const struct evidence *evidence,
    struct block_key out[BLOCK_HOMES_MAX])
{
	struct keys keys = { out, 0, BLOCK_HOMES_MAX };
	struct date date = evidence_occurred(evidence);
	add_marks(&keys, evidence);
	if (date.precision == DATE_DAY)
		add_slot(&keys, evidence, slot_of(date.day));
	else
		add_month(&keys, evidence, month_of(evidence).day);
	return keys.count;
}

/* The days nearer by, and those whose day is not known. */
static void
look_around(struct keys *keys, const struct evidence *evidence, int32_t day)
{
	int32_t slot = slot_of(day);
	int32_t into = day - slot * BLOCK_DAYS_LONG;
	add_slot(keys, evidence, slot);
	add_slot(keys, evidence,
	    into < BLOCK_DAYS_LONG / 2 ? slot - 1 : slot + 1);
	add_month(keys, evidence, month_of(evidence).day);
}

unsigned
evidence_looks(const struct evidence *evidence,
    struct block_key out[BLOCK_LOOKS_MAX])
{
	struct keys keys = { out, 0, BLOCK_LOOKS_MAX };
	struct date date = evidence_occurred(evidence);
	struct date month;
	add_marks(&keys, evidence);
	if (date.precision == DATE_DAY) {
		look_around(&keys, evidence, date.day);
		return keys.count;
	}
	month = month_of(evidence);
	add_month(&keys, evidence, month.day);
	for (int32_t slot = slot_of(month.day);
	     slot <= slot_of(date_last_day(month)); slot++)
		add_slot(&keys, evidence, slot);
	return keys.count;
}
