#include "daemon/core/candidate.h"

#include <math.h>
#include <stdlib.h>

/* Twice what can be put in, so that a free place is near. */
enum { SEEN_SLOTS = 2 * CANDIDATE_READ };

struct seen {
	struct candidate at[SEEN_SLOTS]; /* weight 0: free */
	unsigned count;
	uint64_t id[CANDIDATE_POSTINGS]; /* as read */
};

static int
compare_tokens(const void *left, const void *right)
{
	const struct candidate_token *a = left;
	const struct candidate_token *b = right;
	if (a->frequency != b->frequency)
		return a->frequency < b->frequency ? -1 : 1;
	size_t len = a->text.len < b->text.len ? a->text.len : b->text.len;
	int order = len > 0 ? memcmp(a->text.at, b->text.at, len) : 0;
	return order
	    ? order
	    : (a->text.len > b->text.len) - (a->text.len < b->text.len);
}

static int
compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left;
	const struct candidate *b = right;
	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

/* SplitMix64's finish, which spreads ids that count up. */
static uint64_t
spread(uint64_t id)
{
	id = (id ^ (id >> 30)) * 0xbf58476d1ce4e5b9U;
	id = (id ^ (id >> 27)) * 0x94d049bb133111ebU;
	return id ^ (id >> 31);
}

static void
add_weight(struct seen *seen, uint64_t id, double weight)
{
	size_t slot = spread(id) % SEEN_SLOTS;
	while (seen->at[slot].weight > 0 && seen->at[slot].id != id)
		slot = (slot + 1) % SEEN_SLOTS;
	if (seen->at[slot].weight == 0) {
		seen->at[slot].id = id;
		seen->count++;
	}
	seen->at[slot].weight += weight;
}

/* Read the tokens' records into seen. */
static void
gather(const struct candidate_index *index, const struct candidate_token *token,
    unsigned tokens, unsigned max, struct seen *seen)
{
	unsigned left = CANDIDATE_READ;
	for (unsigned i = 0; i < tokens && left > 0; i++) {
		bool is_common = token[i].frequency > CANDIDATE_POSTINGS;
		if (token[i].frequency == 0 ||
		    (is_common && seen->count >= max))
			continue;
		unsigned cap =
		    left < CANDIDATE_POSTINGS ? left : CANDIDATE_POSTINGS;
		unsigned count =
		    index->read(index->who, token[i].text, seen->id, cap);
		double weight = log(((double)index->records + 1) /
		    ((double)token[i].frequency + 0.5));
		/* What everybody has still is shared. */
		weight = fmax(weight * weight, 1e-6);
		for (unsigned j = 0; j < count && j < cap; j++)
			add_weight(seen, seen->id[j], weight);
		left -= count < left ? count : left;
	}
}

unsigned
candidate_select(const struct candidate_index *index,
    struct candidate_token *token, unsigned tokens, struct candidate found[],
    unsigned max)
{
	struct seen *seen = calloc(1, sizeof(*seen));
	if (!seen)
		return 0;
	if (max > CANDIDATE_MAX)
		max = CANDIDATE_MAX;
	qsort(token, tokens, sizeof(*token), compare_tokens);
	if (tokens > CANDIDATE_TOKENS)
		tokens = CANDIDATE_TOKENS;
	gather(index, token, tokens, max, seen);
	unsigned count = 0;
	for (size_t i = 0; i < SEEN_SLOTS; i++) {
		if (seen->at[i].weight > 0)
			seen->at[count++] = seen->at[i];
	}
	qsort(seen->at, count, sizeof(seen->at[0]), compare_candidates);
	if (count > max)
		count = max;
	memcpy(found, seen->at, count * sizeof(found[0]));
	free(seen);
	return count;
}
