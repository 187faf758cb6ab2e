#include "daemon/store/record_standing.h"

#include "daemon/core/detect/week.h"

/* In the byte of the marks; older logs have neither. */
enum {
	IS_BARE = 1 << 6,    /* nothing was compared: no evidence follows */
	IS_DOUBTED = 1 << 7, /* discount and doubts follow */
	IS_OLDER = 1 << 5,   /* weeks since the report first came follow */
	HAS_BLIND = 1 << 4,  /* four bytes of chance follow */
	MARKS = HAS_BLIND - 1,
};

static bool
is_doubted(const struct facts *facts)
{
	return facts->discount || facts->doubts;
}

/* How it counts, for how many weeks by now, and its evidence. */
static void
write_standing(struct buf *out, const struct facts *facts,
    const struct evidence *evidence, unsigned weeks, uint32_t blind)
{
	unsigned marks = facts->marks & (unsigned)MARKS;

	marks |= blind ? (unsigned)HAS_BLIND : 0u;
	marks |= weeks ? (unsigned)IS_OLDER : 0u;
	marks |= evidence->product ? 0u : (unsigned)IS_BARE;
	marks |= is_doubted(facts) ? (unsigned)IS_DOUBTED : 0u;
	buf_u8(out, (uint8_t)marks);
	if (blind)
		buf_u32(out, blind);
	if (is_doubted(facts)) {
		buf_u8(out, facts->discount);
		buf_u8(out, facts->doubts);
	}
	if (weeks)
		buf_varint(out, weeks);
	if (evidence->product)
		record_evidence_write(out, evidence);
}

/* One half of a header being read: as the report is, or as it was. */
struct standing {
	struct record_report *record;
	struct facts *facts;
	struct evidence *evidence;
	uint16_t *secret; /* where the evidence begins */
	uint64_t weeks;
};

/* Returns whether there is evidence. */
static bool
read_standing(struct cut *cut, struct standing *standing)
{
	struct record_report *record = standing->record;
	struct facts *facts = standing->facts;
	unsigned marks = cut_u8(cut);

	facts->marks = (uint8_t)(marks & MARKS);
	if (marks & HAS_BLIND) {
		record->secrets.blind = record_left(cut);
		record->blind = cut_u32(cut);
	}
	if (marks & IS_DOUBTED) {
		unsigned discount = cut_u8(cut);

		facts->discount = discount & 31u;
		facts->doubts = cut_u8(cut);
		if (discount > WEIGHT_CASE)
			cut->bad = true;
	}
	standing->weeks = marks & IS_OLDER ? cut_varint(cut) : 0;
	if (marks & IS_BARE)
		return false;
	*standing->secret = record_left(cut);
	record_evidence_read(cut, facts, standing->evidence);
	return true;
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
	uint32_t now_blind = type == RECORD_WITHDRAW ? 0 : record->blind;
	uint32_t old_blind = type == RECORD_WITHDRAW ? record->blind : 0;

	has_old = has_old || old_blind;
	if (!has_old && !record->evidence.product && !record->blind &&
	    !is_doubted(&record->facts))
		return;
	if (type != RECORD_WITHDRAW) {
		write_standing(out, &record->facts, &record->evidence, 0,
		    now_blind);
		if (record->evidence.product)
			record_case_write(out, &record->found);
	}
	if (!has_old)
		return;
	write_standing(out, &record->old, &record->old_evidence, weeks,
	    old_blind);
	if (record->old_evidence.product)
		buf_varint(out, record->old_case);
}

void
record_standing_read(struct cut *cut, enum record_type type,
    struct record_report *record, int64_t received_ms)
{
	uint16_t now = week_of_ms(received_ms);
	struct standing is = { record, &record->facts, &record->evidence,
		&record->secrets.evidence, 0 };
	struct standing was = { record, &record->old, &record->old_evidence,
		&record->secrets.old_evidence, 0 };

	record->week = now;
	if (cut_is_done(cut))
		return;
	if (type != RECORD_WITHDRAW && read_standing(cut, &is))
		record_case_read(cut, &record->found, &record->secrets);
	if (cut_is_done(cut))
		return;
	if (read_standing(cut, &was))
		record->old_case = cut_varint(cut);
	if (was.weeks > now)
		cut->bad = true;
	else
		record->week = (uint16_t)(now - was.weeks);
}
