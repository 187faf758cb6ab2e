#include "daemon/intake/judgement.h"

#include <string.h>

#include "daemon/intake/casebook.h"
#include "daemon/intake/counting.h"
#include "daemon/intake/reviews.h"

static bool
is_in_side(const struct judgement_side *side, uint64_t seq)
{
	for (unsigned i = 0; i < side->count; i++)
		if (side->seq[i] == seq)
			return true;
	return false;
}

/* One side as a case: its row, or the report that the header brings. */
static bool
read_side(struct projection *projection, const struct record_judgement *record,
    unsigned which, struct casebook *book)
{
	const struct judgement_side *side = &record->side[which];

	casebook_find(projection, side->seq[0], book);
	if (!book->id) {
		book->count = 1;
		book->member[0] = record->evidence[which];
	}
	return book->count == side->count &&
	    evidence_seq(&book->member[0]) == side->seq[0];
}

static bool
join_sides(struct projection *projection, const struct record_judgement *record)
{
	struct casebook whole, other;

	if (!read_side(projection, record, 0, &whole) ||
	    !read_side(projection, record, 1, &other) ||
	    whole.count + other.count > CASES_MEMBERS_MAX)
		return false;
	memcpy(whole.member + whole.count, other.member,
	    other.count * sizeof(other.member[0]));
	whole.count += other.count;
	casebook_drop(projection, whole.id);
	casebook_drop(projection, other.id);
	if (!whole.id)
		whole.id = other.id;
	whole.id = casebook_name(&whole);
	casebook_put(projection, &whole);
	return true;
}

static bool
part_sides(struct projection *projection, const struct record_judgement *record)
{
	struct casebook whole, part[2];

	casebook_find(projection, record->side[1].seq[0], &whole);
	casebook_drop(projection, whole.id);
	part[0].count = part[1].count = 0;
	for (unsigned i = 0; i < whole.count; i++) {
		const struct evidence *member = &whole.member[i];
		struct casebook *book =
		    &part[is_in_side(&record->side[1], evidence_seq(member))];

		book->member[book->count++] = *member;
	}
	for (unsigned i = 0; i < 2; i++) {
		if (part[i].count != record->side[i].count)
			return false;
		part[i].id = whole.id;
		part[i].id = casebook_name(&part[i]);
		casebook_put(projection, &part[i]);
	}
	return true;
}

static void
move_shares(struct projection *projection,
    const struct record_judgement *record)
{
	bool is_joined = record->kind == JUDGEMENT_LINK;

	for (unsigned i = 0; i < record->nshares; i++) {
		const struct counting_mark mark = { .product = record->product,
			.mode = record->share[i].mode,
			.seq = record->share[i].seq,
			.mark = FACT_NO_CASE,
			.is_set = is_joined,
			.cases = is_joined ? -1 : 1 };

		counting_mark(projection, &mark);
	}
}

static void
move_suspicion(struct projection *projection,
    const struct record_judgement *record)
{
	for (unsigned i = 0; record->suspect && i < 2; i++) {
		const struct counting_mark mark = { .product = record->product,
			.mode = i ? record->suspect_mode : 0,
			.seq = record->suspect,
			.mark = FACT_SUSPECT,
			.is_set = record->kind == JUDGEMENT_ALLOW };

		counting_mark(projection, &mark);
	}
}

/* Nobody need be asked any more whether two of one case are one. */
static void
settle_reviews(struct projection *projection,
    const struct record_judgement *record)
{
	for (unsigned which = 0; which < 2; which++) {
		const struct judgement_side *side = &record->side[which];

		for (unsigned i = 0; i < side->count; i++) {
			struct judgement_review review;

			if (reviews_find(projection, record->product,
				side->seq[i], &review) &&
			    (is_in_side(&record->side[0], review.other) ||
				is_in_side(&record->side[1], review.other)))
				reviews_take(projection, record->product,
				    side->seq[i]);
		}
	}
}

static void
move_reviews(struct projection *projection,
    const struct record_judgement *record)
{
	if (record->kind == JUDGEMENT_LINK || record->kind == JUDGEMENT_REFUSE)
		settle_reviews(projection, record);
	else if (record->review.seq) {
		reviews_take(projection, record->product, record->review.seq);
		reviews_put(projection, record->product, &record->review);
	}
}

static void
tell_apart(struct projection *projection, const struct record_judgement *record,
    uint64_t seq)
{
	bool is_apart = record->kind == JUDGEMENT_UNLINK ||
	    record->kind == JUDGEMENT_REFUSE;

	for (unsigned i = 0; is_apart && i < record->side[0].count; i++)
		for (unsigned j = 0; j < record->side[1].count; j++)
			reviews_part(projection, record->side[0].seq[i],
			    record->side[1].seq[j], record->product, seq);
}

static void
mark_undone(struct projection *projection,
    const struct record_judgement *record, uint64_t seq)
{
	struct key key = key_judgement(record->product, record->undoes);
	struct judgement_row *row;
	size_t len;

	if (!record->undoes || projection->result)
		return;
	row = store_edit(projection->store, KEYSPACE_JUDGEMENT, key_text(&key),
	    0, &len, &projection->result);
	if (row && len >= sizeof(*row))
		row->undone_by = seq;
}

static void
put_act(struct projection *projection, const struct record_judgement *record,
    uint64_t seq)
{
	unsigned count = record->side[0].count + record->side[1].count;
	struct key key = key_judgement(record->product, seq);
	struct judgement_row *row =
	    projection_edit(projection, KEYSPACE_JUDGEMENT, &key,
		sizeof(*row) + count * sizeof(row->seq[0]));

	if (!row)
		return;
	row->kind = record->kind;
	row->count = count;
	memcpy(row->seq, record->side[0].seq,
	    record->side[0].count * sizeof(row->seq[0]));
	memcpy(row->seq + record->side[0].count, record->side[1].seq,
	    record->side[1].count * sizeof(row->seq[0]));
}

bool
judgement_apply(struct projection *projection,
    const struct record_judgement *record, uint64_t seq)
{
	bool is_sound = true;

	if (record->kind == JUDGEMENT_LINK)
		is_sound = join_sides(projection, record);
	else if (record->kind == JUDGEMENT_UNLINK)
		is_sound = part_sides(projection, record);
	if (!is_sound)
		return false;
	move_shares(projection, record);
	move_suspicion(projection, record);
	move_reviews(projection, record);
	if (record->is_barred)
		tell_apart(projection, record, seq);
	put_act(projection, record, seq);
	mark_undone(projection, record, seq);
	return true;
}
