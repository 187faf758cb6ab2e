#include "daemon/intake/suspicion.h"

#include "daemon/intake/liken.h"
#include "daemon/intake/reviews.h"

/*
 * Reports of which this one may tell, but the other: those received before it,
 * or found when it was compared.
 */
static bool
is_suspect(struct intake *intake, const struct judged *judged, uint64_t other,
    bool *is_of_other)
{
	struct record_case found;
	struct likeness likeness;
	bool is_of_others = false;
	struct facts facts = judged->facts;

	*is_of_other = false;
	if (!(judged->facts.marks & FACT_SUSPECT))
		return false;
	liken(intake, &judged->evidence, &facts, &found, &likeness);
	for (unsigned i = 0; i < likeness.nfound; i++) {
		uint64_t seq = evidence_seq(
		    &likeness.candidates.at[likeness.found[i].candidate]);

		if (seq == other)
			*is_of_other = true;
		else if (seq < judged->seq || seq == judged->match)
			is_of_others = true;
	}
	return is_of_others;
}

void
suspicion_read(struct intake *intake, const struct judged report[2],
    struct record_judgement *record)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct judged *late = &report[i];
		uint64_t other = report[!i].seq;
		struct judgement_review review;
		struct casebook book;
		bool is_of_other;

		if (reviews_find(&intake->projection, record->product,
			late->seq, &review) &&
		    review.other == other)
			record->review = review;
		casebook_find(&intake->projection, late->seq, &book);
		if (book.id || is_suspect(intake, late, other, &is_of_other) ||
		    !is_of_other)
			continue;
		record->suspect = late->seq;
		record->suspect_mode = late->evidence.mode;
	}
}
