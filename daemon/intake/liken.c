#include "daemon/intake/liken.h"

#include <math.h>
#include <stdlib.h>

#include "daemon/intake/counting.h"
#include "daemon/intake/reviews.h"
#include "daemon/intake/weigh.h"
#include "daemon/store/record_erase.h"

enum {
	FOUND_MAX = 8,
	OFFERS_MAX = 4,
	EVENTS_READ = 2 * BLOCKS_REPORTS, /* names and products among them */
};

/* Cases that candidates worth a link are in; each once. */
struct offers {
	unsigned count;
	unsigned next; /* of what was found, to be looked at */
	struct cases_offer at[OFFERS_MAX];
	struct casebook book[OFFERS_MAX];
	const struct linkage_found *by[OFFERS_MAX];
};

/*
 * Did a person tell a report that is held from this one, or from another of
 * its case?  Of a new one nobody could.
 */
static bool
is_told_apart(struct intake *intake, const struct evidence *evidence,
    const struct evidence *others, unsigned count)
{
	uint64_t own = evidence_seq(evidence);

	for (unsigned i = 0; own != store_next_seq(intake->store) && i < count;
	     i++)
		if (reviews_apart(&intake->projection, own,
			evidence_seq(&others[i])))
			return true;
	return false;
}

/* What a person refused is not found again. */
static void
drop_refused(struct intake *intake, const struct evidence *evidence,
    struct likeness *likeness)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < likeness->nfound; i++) {
		const struct linkage_found *found = &likeness->found[i];

		if (!is_told_apart(intake, evidence,
			&likeness->candidates.at[found->candidate], 1))
			likeness->found[kept++] = *found;
	}
	likeness->nfound = kept;
}

/*
 * A report that is amended is in its case still: it is no link to itself.  It
 * leaves before it is compared, and a case of one is none.
 */
static void
leave_out(struct casebook *book, uint64_t seq)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < book->count; i++)
		if (evidence_seq(&book->member[i]) != seq)
			book->member[kept++] = book->member[i];
	if (kept < book->count && kept < 2)
		book->id = 0;
	book->count = kept;
}

static void
add_offer(struct intake *intake, const struct evidence *evidence,
    const struct likeness *likeness, struct offers *offers)
{
	const struct linkage_found *found = &likeness->found[offers->next - 1];
	const struct evidence *candidate =
	    &likeness->candidates.at[found->candidate];
	struct casebook *book = &offers->book[offers->count];

	casebook_find(&intake->projection, evidence_seq(candidate), book);
	leave_out(book, evidence_seq(evidence));
	for (unsigned i = 0; book->id && i < offers->count; i++)
		if (offers->book[i].id == book->id)
			return;
	if (book->id &&
	    is_told_apart(intake, evidence, book->member, book->count))
		return;
	offers->at[offers->count] = book->id
	    ? (struct cases_offer){ book->member, book->count }
	    : (struct cases_offer){ candidate, 1 };
	offers->by[offers->count++] = found;
}

static void
note_match(const struct linkage_block *block, const struct linkage_found *best,
    struct record_case *found)
{
	const struct evidence *match = block->candidates[best->candidate];

	found->match = evidence_seq(match);
	found->organisation = match->organisation;
}

static void
join(const struct linkage_block *block, struct offers *offers,
    struct record_case *found, uint8_t *marks)
{
	int chosen = cases_choose(block, offers->at, offers->count);
	const struct evidence *founder;
	struct casebook *book;

	if (chosen < 0)
		return;
	book = &offers->book[chosen];
	founder = offers->at[chosen].member;
	note_match(block, offers->by[chosen], found);
	if (!book->id) {
		book->count = 1;
		book->member[0] = *founder;
		book->id = evidence_seq(founder);
		found->has_founder = true;
		found->founder = *founder;
	}
	found->joins = casebook_name(book);
	*marks |= casebook_marks(book, block->fresh);
}

static void
note_best(const struct linkage_block *block, const struct linkage_found *best,
    struct record_case *found)
{
	const struct linkage *linkage = &best->linkage;

	*found = (struct record_case){
		.bits = linkage->bits,
		.similarity = linkage->similarity,
		.permille = (uint16_t)lrintf(linkage->probability * 1000),
		.decision = linkage->decision,
		.rule = linkage->rule,
		.version = LINKAGE_VERSION,
	};
	note_match(block, best, found);
}

static void
count_found(struct liken_counts *counts, const struct record_case *found)
{
	counts->linked += found->joins != 0;
	counts->suspected += !found->joins && found->decision == LINKAGE_REVIEW;
}

void
liken(struct intake *intake, const struct evidence *evidence,
    struct facts *facts, struct record_case *found, struct likeness *likeness)
{
	uint8_t *marks = &facts->marks;
	const struct evidence *candidate[BLOCKS_ENOUGH];
	struct likeness own;
	struct linkage_block block;
	struct offers offers;
	bool is_taken = !likeness;

	offers.count = offers.next = 0;
	*marks = evidence->is_reporter ? FACT_REPORTER : 0;
	if (!likeness)
		likeness = &own;
	likeness->nfound = 0;
	*found = (struct record_case){ .similarity = -1 };
	blocks_gather(intake->blocks, evidence, &likeness->candidates);
	if (!likeness->candidates.count)
		return;
	if (is_taken)
		intake->likened.compared += likeness->candidates.count;
	for (unsigned i = 0; i < likeness->candidates.count; i++)
		candidate[i] = &likeness->candidates.at[i];
	linkage_block_init(&block, &intake->weights, evidence, candidate,
	    likeness->candidates.count);
	if (is_taken && weigh_is_echo(&block))
		facts->doubts |= DOUBT_ECHO;
	likeness->nfound = linkage_search(&block, likeness->found, FOUND_MAX);
	drop_refused(intake, evidence, likeness);
	if (!likeness->nfound)
		return;
	note_best(&block, &likeness->found[0], found);
	while (offers.next < likeness->nfound && offers.count < OFFERS_MAX)
		if (likeness->found[offers.next++].linkage.decision ==
		    LINKAGE_LINK)
			add_offer(intake, evidence, likeness, &offers);
	if (offers.count)
		join(&block, &offers, found, marks);
	if (!found->joins)
		*marks |= FACT_SUSPECT;
	if (!found->joins && found->decision == LINKAGE_LINK)
		found->decision = LINKAGE_REVIEW;
	if (is_taken)
		count_found(&intake->likened, found);
}

void
liken_apply_in(struct projection *projection, const struct evidence *evidence,
    const struct record_case *found)
{
	if (found->joins)
		casebook_join(projection, found->match,
		    found->has_founder ? &found->founder : NULL, evidence);
	reviews_add(projection, evidence, found);
}

/* Whoever is first now of a mode, or of the product, speaks for the case. */
static void
promote(struct projection *projection, const struct evidence *left,
    uint16_t mode)
{
	const struct counting_mark mark = { .product = left->product,
		.mode = mode,
		.seq = evidence_seq(left),
		.mark = FACT_NO_CASE };

	counting_mark(projection, &mark);
}

static const struct evidence *
first_left(const struct casebook *book, const struct evidence *gone,
    bool same_mode)
{
	for (unsigned i = 0; i < book->count; i++)
		if (book->member[i].product == gone->product &&
		    (!same_mode || book->member[i].mode == gone->mode))
			return &book->member[i];
	return NULL;
}

void
liken_apply_out(struct projection *projection, const struct evidence *evidence,
    uint64_t joined)
{
	struct casebook book;
	const struct evidence *left;

	reviews_remove(projection, evidence);
	if (!joined)
		return;
	casebook_leave(projection, evidence_seq(evidence), &book);
	left = first_left(&book, evidence, false);
	if (left)
		promote(projection, left, 0);
	left = first_left(&book, evidence, true);
	if (left)
		promote(projection, left, left->mode);
}

void
liken_remember(struct blocks *blocks, enum record_type type,
    const struct record_report *record, uint64_t seq)
{
	uint64_t first = record->first_seq ? record->first_seq : seq;
	struct evidence evidence = record->old_evidence;

	if (evidence.product) {
		evidence_set_seq(&evidence, first);
		blocks_remove(blocks, &evidence);
	}
	evidence = record->evidence;
	if (type == RECORD_WITHDRAW || !evidence.product)
		return;
	evidence_set_seq(&evidence, first);
	blocks_add(blocks, &evidence);
}

int
liken_forget(struct intake *intake, uint64_t first_seq, uint64_t latest_seq)
{
	struct record_report record;
	struct buf scratch = { 0 };
	struct store_event event;
	int result = store_read(intake->store, latest_seq, &scratch, &event);

	if (!result &&
	    (!record_is_of_report(event.type) ||
		!record_report_read(event.header, (enum record_type)event.type,
		    event.received_ms, &record)))
		result = STORE_CORRUPT;
	if (!result && record.evidence.product) {
		evidence_set_seq(&record.evidence, first_seq);
		blocks_remove(intake->blocks, &record.evidence);
	}
	buf_free(&scratch);
	return result;
}

/* Its bytes may be there yet: a start goes on with erasing later. */
static int
remember_erasure(struct intake *intake, const struct store_event *event)
{
	struct record_erase record;

	if (!record_erase_read(event->header, &record))
		return STORE_CORRUPT;
	return record.kind == ERASE_REPORT
	    ? liken_forget(intake, record.first_seq, record.latest_seq)
	    : STORE_OK;
}

static int
remember_event(void *who, const struct store_event *event)
{
	struct intake *intake = who;
	enum record_type type = (enum record_type)event->type;
	struct record_report record;

	if (event->type == RECORD_ERASE)
		return remember_erasure(intake, event);
	if (record_is_of_report(event->type) &&
	    record_report_read(event->header, type, event->received_ms,
		&record)) {
		liken_remember(intake->blocks, type, &record, event->seq);
		weigh_remember(intake->weigher, type, &record);
	}
	return STORE_OK;
}

int
liken_load(struct intake *intake)
{
	uint64_t last = store_durable(intake->store);
	uint64_t first = last > EVENTS_READ ? last - EVENTS_READ : 1;

	blocks_clear(intake->blocks);
	weigh_forget(intake->weigher);
	if (!last)
		return STORE_OK;
	return store_walk(intake->store, first, last, remember_event, intake);
}
