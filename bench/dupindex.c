#include "bench/dupindex.h"

#include <stdlib.h>
#include <string.h>

#include "bench/measure.h"

enum { FOUND_MAX = 16, NONE = 0 };

/* Pages of a block, newest first; 0 is none. */
struct page {
	uint32_t older, count;
	uint32_t report[BLOCK_PAGE];
};

struct slot {
	uint64_t hash;
	uint32_t value;
};

struct table {
	struct slot *slot;
	size_t mask;
};

struct member_list {
	uint32_t count;
	uint32_t report[CASES_MEMBERS_MAX];
};

struct dupindex {
	struct linkage_weights weights;
	struct evidence *evidence; /* by report */
	uint32_t *case_of;         /* by report */
	struct member_list *cases; /* by number */
	uint32_t *seen;            /* by report: stamp of the last look */
	uint32_t count;
	struct page *page;
	uint32_t npages;
	struct table blocks, names;
	uint32_t nnames;
};

static struct table
table_new(size_t entries)
{
	size_t size = 16;
	while (size < 2 * entries)
		size *= 2;
	return (
	    struct table){ must_alloc(size, sizeof(struct slot)), size - 1 };
}

/* The slot of a hash; a new one has value 0. */
static struct slot *
table_find(struct table *table, uint64_t hash)
{
	size_t at = (size_t)(hash * 0x9e3779b97f4a7c15 >> 20) & table->mask;
	while (table->slot[at].value && table->slot[at].hash != hash)
		at = (at + 1) & table->mask;
	table->slot[at].hash = hash;
	return &table->slot[at];
}

struct dupindex *
dupindex_new(uint32_t reports)
{
	struct dupindex *index = must_alloc(1, sizeof(*index));
	size_t entries = (size_t)reports * BLOCK_HOMES_MAX + 1;
	linkage_weights_init(&index->weights, LINKAGE_PRIOR_ODDS);
	index->evidence = must_alloc(reports, sizeof(struct evidence));
	index->case_of = must_alloc(reports, sizeof(uint32_t));
	index->cases = must_alloc(reports, sizeof(struct member_list));
	index->seen = must_alloc(reports, sizeof(uint32_t));
	index->page = must_alloc(entries, sizeof(struct page));
	index->npages = 1;
	index->blocks = table_new(entries);
	index->names = table_new(entries);
	return index;
}

void
dupindex_free(struct dupindex *index)
{
	free(index->evidence);
	free(index->case_of);
	free(index->cases);
	free(index->seen);
	free(index->page);
	free(index->blocks.slot);
	free(index->names.slot);
	free(index);
}

uint32_t
dupindex_ordinal(struct dupindex *index, uint64_t hash)
{
	struct slot *slot = table_find(&index->names, hash);
	if (!slot->value)
		slot->value = ++index->nnames;
	return slot->value;
}

struct gathering {
	const struct evidence *at[BLOCK_CANDIDATES_MAX];
	uint32_t report[BLOCK_CANDIDATES_MAX];
	unsigned count, pages;
};

static void
gather_page(struct dupindex *index, const struct page *page,
    struct gathering *into)
{
	for (uint32_t i = page->count; i-- > 0;) {
		uint32_t report = page->report[i];
		if (into->count == BLOCK_CANDIDATES_MAX)
			return;
		if (index->seen[report] == index->count + 1)
			continue;
		index->seen[report] = index->count + 1;
		into->report[into->count] = report;
		into->at[into->count++] = &index->evidence[report];
	}
}

/* The newest page of each block, then the next of each. */
static void
gather(struct dupindex *index, const struct evidence *fresh,
    struct gathering *into)
{
	struct block_key key[BLOCK_LOOKS_MAX];
	uint32_t page[BLOCK_LOOKS_MAX];
	unsigned count = evidence_looks(fresh, key);
	bool is_more = true;
	for (unsigned i = 0; i < count; i++)
		page[i] = table_find(&index->blocks, key[i].hash)->value;
	while (is_more) {
		is_more = false;
		for (unsigned i = 0; i < count; i++) {
			if (page[i] == NONE || into->pages == DUPINDEX_PAGES)
				continue;
			gather_page(index, &index->page[page[i]], into);
			into->pages++;
			page[i] = index->page[page[i]].older;
			is_more = true;
		}
	}
}

static void
keep(struct dupindex *index, const struct evidence *evidence)
{
	struct block_key key[BLOCK_HOMES_MAX];
	unsigned count = evidence_homes(evidence, key);
	for (unsigned i = 0; i < count; i++) {
		struct slot *slot = table_find(&index->blocks, key[i].hash);
		struct page *page = &index->page[slot->value];
		if (slot->value == NONE || page->count == BLOCK_PAGE) {
			uint32_t older = slot->value;
			slot->value = index->npages++;
			page = &index->page[slot->value];
			page->older = older;
		}
		page->report[page->count++] = index->count;
	}
}

/* The cases of the candidates that would be linked, each once. */
static uint32_t
choose(struct dupindex *index, const struct linkage_block *block,
    const struct linkage_found *found, unsigned nfound,
    struct dupindex_outcome *outcome)
{
	struct evidence member[FOUND_MAX][CASES_MEMBERS_MAX];
	struct cases_offer offer[FOUND_MAX];
	uint32_t number[FOUND_MAX];
	unsigned noffers = 0;
	int chosen;
	for (unsigned i = 0; i < nfound; i++) {
		uint64_t seq =
		    evidence_seq(block->candidates[found[i].candidate]);
		uint32_t of = index->case_of[seq];
		unsigned j = 0;
		if (found[i].linkage.decision != LINKAGE_LINK)
			break;
		while (j < noffers && number[j] != of)
			j++;
		if (j < noffers)
			continue;
		for (unsigned k = 0; k < index->cases[of].count; k++)
			member[j][k] =
			    index->evidence[index->cases[of].report[k]];
		number[noffers] = of;
		offer[noffers++] =
		    (struct cases_offer){ member[j], index->cases[of].count };
	}
	chosen = cases_choose(block, offer, noffers);
	outcome->refused = noffers - (chosen >= 0);
	return chosen >= 0 ? number[chosen] : index->count;
}

void
dupindex_add(struct dupindex *index, const struct evidence *evidence,
    struct dupindex_outcome *outcome)
{
	struct linkage_found found[FOUND_MAX];
	struct linkage_block block;
	struct gathering candidates = { .count = 0 };
	struct member_list *members;
	uint64_t start = now_ns(), looked, compared, chosen;
	*outcome = (struct dupindex_outcome){ .found = 0 };
	gather(index, evidence, &candidates);
	looked = now_ns();
	linkage_block_init(&block, &index->weights, evidence, candidates.at,
	    candidates.count);
	outcome->found = linkage_search(&block, found, FOUND_MAX);
	compared = now_ns();
	outcome->case_number =
	    choose(index, &block, found, outcome->found, outcome);
	chosen = now_ns();
	members = &index->cases[outcome->case_number];
	members->report[members->count++] = index->count;
	index->case_of[index->count] = outcome->case_number;
	index->evidence[index->count] = *evidence;
	keep(index, evidence);
	index->count++;
	if (outcome->found) {
		outcome->best = candidates.report[found[0].candidate];
		outcome->linkage = found[0].linkage;
	}
	outcome->candidates = candidates.count;
	outcome->pages = candidates.pages;
	outcome->look_ns = looked - start;
	outcome->compare_ns = compared - looked;
	outcome->choose_ns = chosen - compared;
	outcome->keep_ns = now_ns() - chosen;
}
