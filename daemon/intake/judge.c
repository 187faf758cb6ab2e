#include "daemon/intake/judge.h"

#include <string.h>

#include "daemon/intake/aftermath.h"
#include "daemon/intake/casebook.h"
#include "daemon/intake/judgement.h"
#include "daemon/intake/reviews.h"
#include "daemon/intake/ring.h"
#include "daemon/intake/suspicion.h"

static int
refuse_fault(struct refusal *why)
{
	return refuse(why, ERROR_INTERNAL, NULL,
	    "the store failed; nothing was changed");
}

static int
find_both(struct intake *intake, struct judgement *judgement,
    struct refusal *why)
{
	struct judged *one = &judgement->report[0];
	struct judged *other = &judgement->report[1];

	if (judged_find(intake, one, "seq", why) ||
	    judged_find(intake, other, "other", why))
		return (int)why->code;
	if (one->seq == other->seq)
		return refuse(why, ERROR_INVALID, "other",
		    "a report tells of the same event as itself");
	if (one->evidence.product != other->evidence.product)
		return refuse(why, ERROR_CONFLICT, "other",
		    "they are of p%u and p%u, and a case is of one product",
		    one->evidence.product, other->evidence.product);
	judgement->record.product = one->evidence.product;
	return 0;
}

/* The case a report is in; alone, by itself under no name. */
static void
find_case(struct intake *intake, const struct judged *judged,
    struct casebook *book)
{
	casebook_find(&intake->projection, judged->seq, book);
	if (book->id)
		return;
	book->count = 1;
	book->member[0] = judged->evidence;
}

static void
fill_side(struct judgement *judgement, unsigned which,
    const struct casebook *book)
{
	struct judgement_side *side = &judgement->record.side[which];

	side->id = book->id;
	side->count = book->count;
	for (unsigned i = 0; i < book->count; i++)
		side->seq[i] = evidence_seq(&book->member[i]);
	memcpy(judgement->member + judgement->nmembers, book->member,
	    book->count * sizeof(book->member[0]));
	judgement->nmembers += book->count;
	if (!book->id)
		judgement->record.evidence[which] = book->member[0];
}

static bool
is_in_side(const struct judgement_side *side, uint64_t seq)
{
	for (unsigned i = 0; i < side->count; i++)
		if (side->seq[i] == seq)
			return true;
	return false;
}

static void
fill_shares(struct judgement *judgement)
{
	struct record_judgement *record = &judgement->record;
	bool is_other[CASES_MEMBERS_MAX];

	for (unsigned i = 0; i < judgement->nmembers; i++)
		is_other[i] = is_in_side(&record->side[1],
		    evidence_seq(&judgement->member[i]));
	record->nshares = judgement_shares(judgement->member, is_other,
	    judgement->nmembers, record->share);
}

/* The act to be taken back stands in nobody's way. */
static int
check_apart(struct intake *intake, const struct judgement *judgement,
    struct refusal *why)
{
	const struct record_judgement *record = &judgement->record;

	for (unsigned i = 0; i < record->side[0].count; i++)
		for (unsigned j = 0; j < record->side[1].count; j++) {
			uint64_t one = record->side[0].seq[i];
			uint64_t other = record->side[1].seq[j];
			uint64_t act =
			    reviews_apart(&intake->projection, one, other);

			if (act && act != judgement->undoes)
				return refuse(why, ERROR_CONFLICT, "other",
				    "act %llu says that %llu and %llu are not "
				    "of one event; take it back first",
				    (unsigned long long)act,
				    (unsigned long long)one,
				    (unsigned long long)other);
		}
	return 0;
}

static int
check_link(struct intake *intake, struct judgement *judgement,
    struct refusal *why)
{
	struct record_judgement *record = &judgement->record;
	struct casebook one, other;

	if (find_both(intake, judgement, why))
		return (int)why->code;
	find_case(intake, &judgement->report[0], &one);
	find_case(intake, &judgement->report[1], &other);
	if (one.id && one.id == other.id)
		return refuse(why, ERROR_CONFLICT, "other",
		    "both are in case c%llu already",
		    (unsigned long long)one.id);
	if (one.count + other.count > CASES_MEMBERS_MAX)
		return refuse(why, ERROR_TOO_LARGE, "other",
		    "a case has at most %d reports", CASES_MEMBERS_MAX);
	if (evidence_seq(&other.member[0]) < evidence_seq(&one.member[0])) {
		fill_side(judgement, 0, &other);
		fill_side(judgement, 1, &one);
	} else {
		fill_side(judgement, 0, &one);
		fill_side(judgement, 1, &other);
	}
	record->whole = record->side[0].id ? record->side[0].id
	    : record->side[1].id           ? record->side[1].id
					   : record->side[0].seq[0];
	fill_shares(judgement);
	return check_apart(intake, judgement, why);
}

/* Divide a case: those named so leave it. */
static int
divide(struct judgement *judgement, const struct casebook *book,
    const struct judgement_side *leaving, struct refusal *why)
{
	struct casebook part[2] = { { .id = book->id }, { .id = book->id } };

	for (unsigned i = 0; i < book->count; i++) {
		const struct evidence *member = &book->member[i];
		struct casebook *to =
		    &part[is_in_side(leaving, evidence_seq(member))];

		to->member[to->count++] = *member;
	}
	if (!part[0].count || !part[1].count)
		return refuse(why, ERROR_CONFLICT, NULL,
		    "nothing of it is left to be taken back");
	judgement->record.whole = book->id;
	for (unsigned i = 0; i < 2; i++) {
		part[i].id = casebook_name(&part[i]);
		fill_side(judgement, i, &part[i]);
		if (part[i].count == 1)
			judgement->record.side[i].id = 0;
	}
	memcpy(judgement->member, book->member,
	    book->count * sizeof(book->member[0]));
	fill_shares(judgement);
	return 0;
}

static int
check_unlink(struct intake *intake, struct judgement *judgement,
    struct refusal *why)
{
	struct judged *judged = &judgement->report[0];
	struct judgement_side leaving = { .count = 1 };
	struct casebook book;

	if (judged_find(intake, judged, "seq", why))
		return (int)why->code;
	judgement->record.product = judged->evidence.product;
	judgement->record.is_barred = true;
	casebook_find(&intake->projection, judged->seq, &book);
	if (!book.id)
		return refuse(why, ERROR_CONFLICT, "seq",
		    "report %llu is a case by itself",
		    (unsigned long long)judged->seq);
	leaving.seq[0] = judged->seq;
	return divide(judgement, &book, &leaving, why);
}

static int
check_refuse(struct intake *intake, struct judgement *judgement,
    struct refusal *why)
{
	struct record_judgement *record = &judgement->record;
	struct casebook one, other;
	uint64_t act;

	if (find_both(intake, judgement, why))
		return (int)why->code;
	find_case(intake, &judgement->report[0], &one);
	find_case(intake, &judgement->report[1], &other);
	if (one.id && one.id == other.id)
		return refuse(why, ERROR_CONFLICT, "other",
		    "both are in case c%llu; unlink one of them",
		    (unsigned long long)one.id);
	act = reviews_apart(&intake->projection, judgement->report[0].seq,
	    judgement->report[1].seq);
	if (act)
		return refuse(why, ERROR_CONFLICT, "other",
		    "act %llu says so already", (unsigned long long)act);
	record->is_barred = true;
	for (unsigned i = 0; i < 2; i++) {
		record->side[i].count = 1;
		record->side[i].seq[0] = judgement->report[i].seq;
	}
	suspicion_read(intake, judgement->report, record);
	return 0;
}

/* --- taking back --------------------------------------------------------- */

static bool
holds_any(const struct casebook *book, const struct judgement_side *side)
{
	for (unsigned i = 0; i < book->count; i++)
		if (is_in_side(side, evidence_seq(&book->member[i])))
			return true;
	return false;
}

/* A link is divided along the line it was joined at. */
static int
undo_link(struct intake *intake, struct judgement *judgement,
    const struct record_judgement *old, struct refusal *why)
{
	struct casebook book = { 0 };

	for (unsigned i = 0; i < old->side[1].count; i++) {
		casebook_find(&intake->projection, old->side[1].seq[i], &book);
		if (holds_any(&book, &old->side[0]))
			break;
	}
	if (!holds_any(&book, &old->side[0]))
		return refuse(why, ERROR_CONFLICT, "act",
		    "nothing of it is left to be taken back");
	judgement->record.product = book.member[0].product;
	judgement->record.is_barred = old->is_barred;
	if (divide(judgement, &book, &old->side[1], why))
		return (int)why->code;
	if (is_in_side(&judgement->record.side[0], old->review.other) ||
	    is_in_side(&judgement->record.side[1], old->review.other))
		judgement->record.review = old->review;
	if (!is_in_side(&judgement->record.side[0], old->review.seq) &&
	    !is_in_side(&judgement->record.side[1], old->review.seq))
		judgement->record.review = (struct judgement_review){ 0 };
	return 0;
}

/* The report of one side that is still held. */
static int
find_left(struct intake *intake, const struct judgement_side *side,
    struct judged *judged, struct refusal *why)
{
	int code = ERROR_CONFLICT;

	for (unsigned i = 0; i < side->count && code; i++) {
		*judged = (struct judged){ .seq = side->seq[i] };
		*why = (struct refusal){ 0 };
		code = judged_find(intake, judged, "act", why);
	}
	return code;
}

static int
undo_unlink(struct intake *intake, struct judgement *judgement,
    const struct record_judgement *old, struct refusal *why)
{
	for (unsigned i = 0; i < 2; i++)
		if (find_left(intake, &old->side[i], &judgement->report[i],
			why))
			return (int)why->code;
	judgement->record.is_barred = old->is_barred;
	return check_link(intake, judgement, why);
}

static int
undo_refusal(struct intake *intake, struct judgement *judgement,
    const struct record_judgement *old, struct refusal *why)
{
	struct record_judgement *record = &judgement->record;

	for (unsigned i = 0; i < 2; i++)
		judgement->report[i] =
		    (struct judged){ .seq = old->side[i].seq[0] };
	if (old->kind == JUDGEMENT_ALLOW)
		return check_refuse(intake, judgement, why);
	if (find_both(intake, judgement, why))
		return (int)why->code;
	record->side[0] = old->side[0];
	record->side[1] = old->side[1];
	/* What was amended since was compared anew. */
	for (unsigned i = 0; i < 2; i++)
		if (judgement->report[i].latest_seq > judgement->undoes)
			return 0;
	record->suspect = old->suspect;
	record->suspect_mode = old->suspect_mode;
	record->review = old->review;
	return 0;
}

static int
check_in_force(struct intake *intake, const struct record_judgement *old,
    uint64_t act, struct refusal *why)
{
	struct key key = key_judgement(old->product, act);
	const struct judgement_row *row;
	struct text bytes;

	if (projection_get(&intake->projection, KEYSPACE_JUDGEMENT, &key,
		&bytes) ||
	    bytes.len < sizeof(*row))
		return refuse_fault(why);
	row = (const void *)bytes.at;
	if (row->undone_by)
		return refuse(why, ERROR_CONFLICT, "act",
		    "act %llu was taken back by act %llu",
		    (unsigned long long)act,
		    (unsigned long long)row->undone_by);
	return 0;
}

static int
undo_kind(struct intake *intake, struct judgement *judgement,
    const struct record_judgement *old, struct refusal *why)
{
	if (old->kind == JUDGEMENT_LINK)
		return undo_link(intake, judgement, old, why);
	if (old->kind == JUDGEMENT_UNLINK)
		return undo_unlink(intake, judgement, old, why);
	return undo_refusal(intake, judgement, old, why);
}

static int
check_undo(struct intake *intake, struct judgement *judgement,
    struct refusal *why)
{
	struct buf scratch = { 0 };
	struct record_judgement old;
	struct store_event event;
	bool is_act = judgement->undoes <= store_durable(intake->store) &&
	    !store_read(intake->store, judgement->undoes, &scratch, &event) &&
	    (event.type == RECORD_LINK || event.type == RECORD_UNLINK) &&
	    record_judgement_read(event.header, &old);

	buf_free(&scratch);
	if (!is_act)
		return refuse(why, ERROR_NOT_FOUND, "act",
		    "no act has this number");
	if (check_in_force(intake, &old, judgement->undoes, why))
		return (int)why->code;
	judgement->kind = judgement_inverse((enum judgement_kind)old.kind);
	if (undo_kind(intake, judgement, &old, why))
		return (int)why->code;
	if (judgement->record.product != old.product)
		return refuse(why, ERROR_CONFLICT, "act",
		    "its reports are of p%u now, not of p%u",
		    judgement->record.product, old.product);
	return 0;
}

int
judge_check(struct intake *intake, struct judgement *judgement,
    struct refusal *why)
{
	int code;

	judgement->record = (struct record_judgement){ 0 };
	judgement->nmembers = 0;
	if (judged_settle(intake))
		return refuse_fault(why);
	if (judgement->undoes)
		code = check_undo(intake, judgement, why);
	else if (judgement->kind == JUDGEMENT_LINK)
		code = check_link(intake, judgement, why);
	else if (judgement->kind == JUDGEMENT_UNLINK)
		code = check_unlink(intake, judgement, why);
	else
		code = check_refuse(intake, judgement, why);
	if (intake->projection.result)
		return refuse_fault(why);
	return code;
}

/* --- doing it ------------------------------------------------------------ */

/* A pair that waited, taken from the queue, returns when the act is undone. */
static void
keep_review(struct intake *intake, struct record_judgement *record)
{
	for (unsigned which = 0; which < 2; which++) {
		const struct judgement_side *side = &record->side[which];

		for (unsigned i = 0; i < side->count && !record->review.seq;
		     i++)
			if (reviews_find(&intake->projection, record->product,
				side->seq[i], &record->review) &&
			    !is_in_side(&record->side[!which],
				record->review.other))
				record->review = (struct judgement_review){ 0 };
	}
}

/* Parted reports, each a case of its own or of fewer. */
static void
ring_side(struct intake *intake, const struct judgement_side *side)
{
	for (unsigned i = 0; i < side->count; i++) {
		struct judged judged = { .seq = side->seq[i] };
		struct refusal unused = { 0 };

		if (!judged_find(intake, &judged, "seq", &unused))
			ring_report(intake, &judged.facts);
	}
}

/* More cases may be what a rule waits for; fewer, an alert's end. */
static void
ring(struct intake *intake, const struct judgement *judgement)
{
	if (judgement->kind == JUDGEMENT_LINK)
		for (unsigned i = 0; i < 2; i++)
			aftermath_left(intake, judgement->record.product,
			    judgement->report[i].facts.mode);
	if (judgement->kind == JUDGEMENT_UNLINK)
		for (unsigned i = 0; i < 2; i++)
			ring_side(intake, &judgement->record.side[i]);
	if (judgement->kind == JUDGEMENT_REFUSE && judgement->record.suspect)
		ring_report(intake, &judgement->report[0].facts);
}

uint64_t
judge_take(struct intake *intake, struct judgement *judgement)
{
	struct record_judgement *record = &judgement->record;
	uint64_t seq;

	record->kind = (uint8_t)judgement->kind;
	record->undoes = judgement->undoes;
	if (judgement->kind == JUDGEMENT_LINK)
		keep_review(intake, record);
	intake_open_frame(intake);
	record->organisation = intake_name(intake, NAME_ORGANISATION,
	    judgement->organisation_hash, judgement->organisation);
	record->blind = intake_blind(intake);
	buf_clear(&intake->header);
	record_judgement_write(&intake->header, record);
	seq = intake_add_event(intake,
	    judgement->kind == JUDGEMENT_LINK ? RECORD_LINK : RECORD_UNLINK,
	    judgement->body);
	if (!intake->projection.result &&
	    !judgement_apply(&intake->projection, record, seq))
		intake->projection.result = STORE_CORRUPT;
	ring(intake, judgement);
	intake_close_frame(intake);
	return seq;
}
