#include "daemon/core/cases.h"

/* The weakest link with a member, in bits; false when one is no link. */
static bool
weakest_link(const struct linkage_block *block, const struct cases_offer *offer,
    float *bits)
{
	struct linkage linkage;
	for (unsigned i = 0; i < offer->count; i++) {
		linkage_compare_any(&linkage, block, &offer->member[i]);
		if (linkage.decision != LINKAGE_LINK)
			return false;
		if (i == 0 || linkage.bits < *bits)
			*bits = linkage.bits;
	}
	return offer->count > 0;
}

static uint64_t
earliest(const struct cases_offer *offer)
{
	uint64_t least = UINT64_MAX;
	for (unsigned i = 0; i < offer->count; i++) {
		uint64_t seq = evidence_seq(&offer->member[i]);
		least = seq < least ? seq : least;
	}
	return least;
}

int
cases_choose(const struct linkage_block *block,
    const struct cases_offer *offers, unsigned count)
{
	int best = -1;
	float best_bits = 0;
	for (unsigned i = 0; i < count; i++) {
		float bits = 0;
		if (offers[i].count >= CASES_MEMBERS_MAX ||
		    !weakest_link(block, &offers[i], &bits))
			continue;
		if (best >= 0 &&
		    (bits < best_bits ||
			(!(bits > best_bits) &&
			    earliest(&offers[i]) > earliest(&offers[best]))))
			continue;
		best = (int)i;
		best_bits = bits;
	}
	return best;
}

static bool
speaks_before(const struct evidence *a, const struct evidence *b)
{
	if (a->completeness != b->completeness)
		return a->completeness > b->completeness;
	if (a->filed != b->filed)
		return a->filed < b->filed;
	return evidence_seq(a) < evidence_seq(b);
}

unsigned
cases_master(const struct evidence *members, unsigned count)
{
	unsigned master = 0;
	for (unsigned i = 1; i < count; i++) {
		if (speaks_before(&members[i], &members[master]))
			master = i;
	}
	return master;
}
