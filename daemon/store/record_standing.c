#include "daemon/store/record_standing.h"

#include "daemon/core/detect/week.h"

/* In the byte of the marks; older logs have neither. */
enum {
	IS_BARE = 1 << 6,    /* nothing was compared: no evidence follows */
	IS_DOUBTED = 1 << 7, /* discount and doubts follow */
	IS_OLDER = 1 << 5,   /* weeks since the report first came follow */
	MARKS = IS_OLDER - 1,
};

static bool
is_doubted(const struct facts *facts)
{
	return facts->discount || facts->doubts;
}

/* How it counts, for how many weeks by now, and its evidence. */
static void
write_standing(struct buf *out, const struct facts *facts,
    const struct evidence *evidence, unsigned weeks)
{
	unsigned marks = facts->marks & (unsigned)MARKS;

	marks |= weeks ? (unsigned)IS_OLDER : 0u;
	marks |= evidence->product ? 0u : (unsigned)IS_BARE;
	marks |= is_doubted(facts) ? (unsigned)IS_DOUBTED : 0u;
	buf_u8(out, (uint8_t)marks);
	if (is_doubted(facts)) {
		buf_u8(out, facts->discount);
		buf_u8(out, facts->doubts);
	}
	if (weeks)
		buf_varint(out, weeks);
	if (evidence->product)
		record_evidence_write(out, evidence);
}

/* Returns whether there is evidence. */
static bool
read_standing(struct cut *cut, struct facts *facts, struct evidence *evidence,
    uint64_t *weeks)
{
	unsigned marks = cut_u8(cut);

	facts->marks = (uint8_t)(marks & MARKS);
	if (marks & IS_DOUBTED) {
		unsigned discount = cut_u8(cut);

		facts->discount = discount & 31u;
		facts->doubts = cut_u8(cut);
		if (discount > WEIGHT_CASE)
			cut->bad = true;
	}
	*weeks = marks & IS_OLDER ? cut_varint(cut) : 0;
	if (!(marks & IS_BARE))
		record_evidence_read(cut, facts, evidence);
	return !(marks & IS_BARE);
}

void
record_standing_write(struct buf *out, enum record_type type,
    const struct record_report *record, int64_t received_ms)
{
	uint16_t now = week_of_ms(received_ms);
	unsigned weeks = record->week && record->week < now
	    ? (unsigned)(now - record->week)
	    : 0;
	bool has_old = type != RECORD_REPORT &&
	    (record->old_evidence.product || is_doubted(&record->old) || weeks);

	if (!has_old && !record->evidence.product &&
	    !is_doubted(&record->facts))
		return;
	if (type != RECORD_WITHDRAW) {
		write_standing(out, &record->facts, &record->evidence, 0);
		if (record->evidence.product)
			record_case_write(out, &record->found);
	}
	if (!has_old)
		return;
	write_standing(out, &record->old, &record->old_evidence, weeks);
	if (record->old_evidence.product)
		buf_varint(out, record->old_case);
}

void
record_standing_read(struct cut *cut, enum record_type type,
    struct record_report *record, int64_t received_ms)
{
	uint16_t now = week_of_ms(received_ms);
	uint64_t weeks = 0;

	record->week = now;
	if (cut_is_done(cut))
		return;
	if (type != RECORD_WITHDRAW &&
	    read_standing(cut, &record->facts, &record->evidence, &weeks))
		record_case_read(cut, &record->found);
	if (cut_is_done(cut))
		return;
	if (read_standing(cut, &record->old, &record->old_evidence, &weeks))
		record->old_case = cut_varint(cut);
	if (weeks > now)
		cut->bad = true;
	else
		record->week = (uint16_t)(now - weeks);
}
