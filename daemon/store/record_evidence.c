#include "daemon/store/record_evidence.h"

#include <math.h>
#include <string.h>

enum {
	HAS_SERIAL = 1 << 0,
	HAS_LOT = 1 << 1,
	HAS_REGION = 1 << 2,
	HAS_SITE = 1 << 3,
	HAS_AGE = 1 << 4,
	HAS_SIGNATURE = 1 << 5,
	IS_REPORTER = 1 << 6,
	IS_MODEL = 1 << 7,
};

/* In the byte of the rule. */
enum { HAS_FOUNDER = 1 << 7 };

/* In the byte of the completeness. */
enum { COMPLETENESS = 31, IS_UNSTATED = 1 << 7 };

static unsigned
flags_of(const struct evidence *evidence)
{
	unsigned flags = 0;

	flags |= evidence->serial ? HAS_SERIAL : 0u;
	flags |= evidence->lot ? HAS_LOT : 0u;
	flags |= evidence->region ? HAS_REGION : 0u;
	flags |= evidence->site ? HAS_SITE : 0u;
	flags |= evidence->age ? HAS_AGE : 0u;
	flags |= evidence->shingles ? HAS_SIGNATURE : 0u;
	flags |= evidence->is_reporter ? IS_REPORTER : 0u;
	flags |= evidence->is_model ? IS_MODEL : 0u;
	return flags;
}

void
record_evidence_write(struct buf *out, const struct evidence *evidence)
{
	buf_u8(out,
	    (uint8_t)(evidence->completeness |
		(evidence->mode ? 0u : (unsigned)IS_UNSTATED)));
	buf_u8(out, (uint8_t)flags_of(evidence));
	buf_u8(out, evidence->injured);
	buf_u16(out, evidence->sender);
	if (evidence->serial)
		buf_u32(out, evidence->serial);
	if (evidence->lot)
		buf_u32(out, evidence->lot);
	if (evidence->region)
		buf_u16(out, evidence->region);
	if (evidence->site)
		buf_u16(out, evidence->site);
	if (evidence->age)
		buf_u8(out, evidence->age);
	if (!evidence->shingles)
		return;
	buf_u8(out, evidence->shingles);
	buf_add(out, evidence->signature, sizeof(evidence->signature));
}

void
record_evidence_blank(uint8_t *at, const uint8_t *end)
{
	enum { FLAGS = 1, STATED = 5, SIGNATURE = 1 + MINHASH_BYTES };
	unsigned flags = end - at > STATED ? at[FLAGS] : 0;
	size_t secret =
	    (flags & HAS_SERIAL ? 4u : 0u) + (flags & HAS_LOT ? 4u : 0u);
	size_t beside = (flags & HAS_REGION ? 2u : 0u) +
	    (flags & HAS_SITE ? 2u : 0u) + (flags & HAS_AGE ? 1u : 0u);
	size_t signature = flags & HAS_SIGNATURE ? SIGNATURE : 0u;

	if ((size_t)(end - at) < STATED + secret + beside + signature)
		return;
	memset(at + STATED, 0, secret);
	memset(at + STATED + secret + beside, 0, signature);
}

/* What the facts of the report say. */
static void
fill(struct evidence *evidence, const struct facts *facts)
{
	evidence->organisation = facts->organisation;
	evidence->product = facts->product;
	evidence->source = facts->source;
	evidence->hazards = facts->hazards;
	evidence->occurred = facts->occurred.precision == DATE_ABSENT
	    ? 0
	    : facts->occurred.day * 4 + facts->occurred.precision;
	evidence->mode = facts->mode;
	evidence->country = facts->country;
	evidence->severity = facts->severity & 7u;
	evidence->is_backfill = facts->is_backfill;
	if (facts->filed > 0)
		evidence->filed = facts->filed < UINT16_MAX
		    ? (uint16_t)facts->filed
		    : UINT16_MAX;
}

static void
read_signature(struct cut *cut, struct evidence *evidence)
{
	const uint8_t *signature;

	evidence->shingles = cut_u8(cut);
	signature = cut_bytes(cut, sizeof(evidence->signature));
	if (signature)
		memcpy(evidence->signature, signature,
		    sizeof(evidence->signature));
}

void
record_evidence_read(struct cut *cut, const struct facts *facts,
    struct evidence *evidence)
{
	unsigned flags, first;

	memset(evidence, 0, sizeof(*evidence));
	fill(evidence, facts);
	first = cut_u8(cut);
	evidence->completeness = first & COMPLETENESS;
	if (first & IS_UNSTATED)
		evidence->mode = 0;
	flags = cut_u8(cut);
	evidence->injured = cut_u8(cut) & 31u;
	evidence->sender = cut_u16(cut);
	evidence->is_reporter = (flags & IS_REPORTER) != 0;
	evidence->is_model = (flags & IS_MODEL) != 0;
	if (flags & HAS_SERIAL)
		evidence->serial = cut_u32(cut);
	if (flags & HAS_LOT)
		evidence->lot = cut_u32(cut);
	if (flags & HAS_REGION)
		evidence->region = cut_u16(cut);
	if (flags & HAS_SITE)
		evidence->site = cut_u16(cut);
	if (flags & HAS_AGE)
		evidence->age = cut_u8(cut);
	if (flags & HAS_SIGNATURE)
		read_signature(cut, evidence);
}

void
record_case_write(struct buf *out, const struct record_case *record)
{
	buf_u8(out, record->decision);
	if (!record->decision)
		return;
	buf_u8(out, record->version);
	buf_u8(out,
	    (uint8_t)(record->rule |
		(record->has_founder ? (unsigned)HAS_FOUNDER : 0u)));
	buf_varint(out, record->joins);
	buf_varint(out, record->match);
	buf_u16(out, record->permille);
	buf_zigzag(out, lrintf(record->bits * 1000));
	buf_zigzag(out, lrintf(record->similarity * 1000));
	if (record->has_founder)
		buf_add(out, &record->founder, sizeof(record->founder));
}

/* As it stood among the candidates: the rows of its case begin with it. */
static void
read_founder(struct cut *cut, struct evidence *founder)
{
	const uint8_t *bytes = cut_bytes(cut, sizeof(*founder));

	if (bytes)
		memcpy(founder, bytes, sizeof(*founder));
}

void
record_case_read(struct cut *cut, struct record_case *record,
    struct record_secrets *secrets)
{
	*record = (struct record_case){ .similarity = -1 };
	record->decision = cut_u8(cut);
	if (!record->decision)
		return;
	record->version = cut_u8(cut);
	record->rule = cut_u8(cut);
	record->has_founder = (record->rule & HAS_FOUNDER) != 0;
	record->rule &= (uint8_t)~HAS_FOUNDER;
	record->joins = cut_varint(cut);
	record->match = cut_varint(cut);
	record->permille = cut_u16(cut);
	record->bits = (float)cut_zigzag(cut) / 1000;
	record->similarity = (float)cut_zigzag(cut) / 1000;
	if (!record->has_founder)
		return;
	secrets->founder = record_left(cut);
	read_founder(cut, &record->founder);
}
