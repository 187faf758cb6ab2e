#include "daemon/store/record_judgement.h"

#include <string.h>

enum {
	IS_BARRED = 1 << 0,
	HAS_SUSPECT = 1 << 1,
	HAS_REVIEW = 1 << 2,
	HAS_EVIDENCE = 1 << 3, /* and the next bit for the other side */
};

static unsigned
flags_of(const struct record_judgement *record)
{
	unsigned flags = record->is_barred ? IS_BARRED : 0u;

	flags |= record->suspect ? HAS_SUSPECT : 0u;
	flags |= record->review.seq ? HAS_REVIEW : 0u;
	for (unsigned i = 0; i < 2; i++)
		if (evidence_seq(&record->evidence[i]))
			flags |= (unsigned)HAS_EVIDENCE << i;
	return flags;
}

static void
write_side(struct buf *out, const struct judgement_side *side)
{
	buf_varint(out, side->id);
	buf_varint(out, side->count);
	for (unsigned i = 0; i < side->count; i++)
		buf_varint(out, side->seq[i]);
}

void
record_judgement_write(struct buf *out, const struct record_judgement *record)
{
	unsigned flags = flags_of(record);

	buf_u8(out, record->kind);
	buf_u8(out, (uint8_t)flags);
	buf_varint(out, record->product);
	buf_varint(out, record->organisation);
	buf_varint(out, record->undoes);
	buf_varint(out, record->whole);
	write_side(out, &record->side[0]);
	write_side(out, &record->side[1]);
	buf_varint(out, record->nshares);
	for (unsigned i = 0; i < record->nshares; i++) {
		buf_varint(out, record->share[i].mode);
		buf_varint(out, record->share[i].seq);
	}
	if (flags & HAS_SUSPECT) {
		buf_varint(out, record->suspect);
		buf_varint(out, record->suspect_mode);
	}
	if (flags & HAS_REVIEW) {
		buf_varint(out, record->review.seq);
		buf_varint(out, record->review.other);
		buf_u16(out, record->review.permille);
		buf_u8(out, record->review.rule);
	}
	for (unsigned i = 0; i < 2; i++)
		if (flags & (unsigned)HAS_EVIDENCE << i)
			buf_add(out, &record->evidence[i],
			    sizeof(record->evidence[i]));
	if (record->blind)
		buf_u32(out, record->blind);
}

static void
read_side(struct cut *cut, struct judgement_side *side)
{
	uint64_t count;

	side->id = cut_varint(cut);
	count = cut_varint(cut);
	if (count > CASES_MEMBERS_MAX) {
		cut->bad = true;
		return;
	}
	side->count = (unsigned)count;
	for (unsigned i = 0; i < side->count; i++)
		side->seq[i] = cut_varint(cut);
}

static void
read_shares(struct cut *cut, struct record_judgement *record)
{
	uint64_t count = cut_varint(cut);

	if (count > JUDGEMENT_SHARES_MAX) {
		cut->bad = true;
		return;
	}
	record->nshares = (unsigned)count;
	for (unsigned i = 0; i < record->nshares; i++) {
		record->share[i].mode = (uint16_t)cut_varint(cut);
		record->share[i].seq = cut_varint(cut);
	}
}

static void
read_evidence(struct cut *cut, struct evidence *evidence)
{
	const uint8_t *bytes = cut_bytes(cut, sizeof(*evidence));

	if (bytes)
		memcpy(evidence, bytes, sizeof(*evidence));
}

bool
record_judgement_read(struct text header, struct record_judgement *record)
{
	struct cut cut = cut_of(header.at, header.len);
	unsigned flags;

	*record = (struct record_judgement){ .kind = cut_u8(&cut) };
	flags = cut_u8(&cut);
	record->is_barred = (flags & IS_BARRED) != 0;
	record->product = (uint32_t)cut_varint(&cut);
	record->organisation = (uint32_t)cut_varint(&cut);
	record->undoes = cut_varint(&cut);
	record->whole = cut_varint(&cut);
	read_side(&cut, &record->side[0]);
	read_side(&cut, &record->side[1]);
	read_shares(&cut, record);
	if (flags & HAS_SUSPECT) {
		record->suspect = cut_varint(&cut);
		record->suspect_mode = (uint16_t)cut_varint(&cut);
	}
	if (flags & HAS_REVIEW) {
		record->review.seq = cut_varint(&cut);
		record->review.other = cut_varint(&cut);
		record->review.permille = cut_u16(&cut);
		record->review.rule = cut_u8(&cut);
	}
	for (unsigned i = 0; i < 2; i++)
		if (flags & (unsigned)HAS_EVIDENCE << i)
			read_evidence(&cut, &record->evidence[i]);
	if (!cut_is_done(&cut))
		record->blind = cut_u32(&cut);
	return !cut.bad && record->product > 0 &&
	    record->kind < JUDGEMENT_KIND_COUNT && record->kind > 0 &&
	    record->side[0].count > 0 && record->side[1].count > 0;
}
