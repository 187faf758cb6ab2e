#include "daemon/intake/blocks.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct block_page) <= ROW_MAX, "a page is a row");

/* Blocks of days lie with their group's others; the rest lie by hash. */
static struct key
key_of(const struct evidence *evidence, const struct block_key *block,
    unsigned page)
{
	bool is_of_group =
	    block->kind == BLOCK_DAYS || block->kind == BLOCK_MONTH;

	return key_block(is_of_group ? evidence->product : 0,
	    is_of_group ? evidence->mode : 0, block->hash, (uint8_t)page);
}

static size_t
page_bytes(unsigned count)
{
	return offsetof(struct block_page, at) +
	    count * sizeof(struct evidence);
}

/* A page to change, with room for so many evidences; NULL on a fault. */
static struct block_page *
edit_page(struct projection *projection, const struct key *key, unsigned count)
{
	size_t len;

	if (projection->result)
		return NULL;
	return store_edit(projection->store, KEYSPACE_BLOCK, key_text(key),
	    page_bytes(count), &len, &projection->result);
}

/* How many were ever put into the block, counting one more. */
static uint32_t
count_one(struct projection *projection, const struct evidence *evidence,
    const struct block_key *block)
{
	struct key key = key_of(evidence, block, 0);
	struct block_page *page = edit_page(projection, &key, 1);
	uint32_t added;

	if (!page)
		return 0;
	added = page->added++;
	store_edit_len(projection->store,
	    page_bytes(page->count ? page->count : 1));
	return added;
}

static void
add_to(struct projection *projection, const struct evidence *evidence,
    const struct block_key *block)
{
	uint32_t added = count_one(projection, evidence, block);
	unsigned place = added % BLOCK_CANDIDATES_MAX;
	unsigned slot = place % BLOCK_PAGE;
	struct key key = key_of(evidence, block, place / BLOCK_PAGE);
	struct block_page *page = edit_page(projection, &key, slot + 1);

	if (!page)
		return;
	page->at[slot] = *evidence;
	if (page->count < slot + 1)
		page->count = slot + 1;
	store_edit_len(projection->store, page_bytes(page->count));
}

void
blocks_add(struct projection *projection, const struct evidence *evidence)
{
	struct block_key home[BLOCK_HOMES_MAX];
	unsigned count = evidence_homes(evidence, home);

	for (unsigned i = 0; i < count; i++)
		add_to(projection, evidence, &home[i]);
}

static bool
read_page(struct projection *projection, const struct key *key,
    const struct block_page **page)
{
	struct text row;

	if (projection_get(projection, KEYSPACE_BLOCK, key, &row))
		return false;
	*page = (const void *)row.at;
	if (row.len >= page_bytes(0) && (*page)->count <= BLOCK_PAGE &&
	    row.len == page_bytes((*page)->count))
		return true;
	projection->result = STORE_CORRUPT;
	return false;
}

/* Leave a hole, so that the others keep their places. */
static bool
take_out(struct projection *projection, const struct key *key, uint64_t seq)
{
	const struct block_page *page;
	struct block_page *edited;

	if (!read_page(projection, key, &page))
		return false;
	for (unsigned i = 0; i < page->count; i++) {
		if (evidence_seq(&page->at[i]) != seq)
			continue;
		edited = edit_page(projection, key, 0);
		if (edited)
			memset(&edited->at[i], 0, sizeof(edited->at[i]));
		return true;
	}
	return false;
}

void
blocks_remove(struct projection *projection, const struct evidence *evidence)
{
	struct block_key home[BLOCK_HOMES_MAX];
	unsigned count = evidence_homes(evidence, home);

	for (unsigned i = 0; i < count; i++)
		for (unsigned page = 0; page < BLOCK_PAGES; page++) {
			struct key key = key_of(evidence, &home[i], page);

			if (take_out(projection, &key, evidence_seq(evidence)))
				break;
		}
}

static void
take_in(struct candidates *candidates, const struct evidence *found,
    uint64_t self)
{
	uint64_t seq = evidence_seq(found);

	if (!seq || seq == self || candidates->count == BLOCK_CANDIDATES_MAX)
		return;
	for (unsigned i = 0; i < candidates->count; i++)
		if (candidates->at[i].seq_low == found->seq_low &&
		    evidence_seq(&candidates->at[i]) == seq)
			return;
	candidates->at[candidates->count++] = *found;
}

/* A page, newest first; how many were ever put into its block. */
static uint32_t
gather_page(struct projection *projection, const struct key *key, uint64_t self,
    struct candidates *candidates)
{
	const struct block_page *page;

	if (!read_page(projection, key, &page))
		return 0;
	for (unsigned i = page->count; i-- > 0;)
		take_in(candidates, &page->at[i], self);
	return page->added;
}

static void
gather_block(struct projection *projection, const struct evidence *evidence,
    const struct block_key *block, struct candidates *candidates)
{
	uint64_t self = evidence_seq(evidence);
	struct key key = key_of(evidence, block, 0);
	uint32_t added = gather_page(projection, &key, self, candidates);
	unsigned pages = added > BLOCK_CANDIDATES_MAX
	    ? BLOCK_PAGES
	    : (added + BLOCK_PAGE - 1) / BLOCK_PAGE;

	for (unsigned page = 1; page < pages; page++) {
		key = key_of(evidence, block, page);
		gather_page(projection, &key, self, candidates);
	}
}

void
blocks_gather(struct projection *projection, const struct evidence *evidence,
    bool is_new_group, struct candidates *candidates)
{
	struct block_key look[BLOCK_LOOKS_MAX];
	unsigned count = evidence_looks(evidence, look);

	candidates->count = 0;
	for (unsigned i = 0; i < count; i++) {
		bool is_of_group =
		    look[i].kind == BLOCK_DAYS || look[i].kind == BLOCK_MONTH;

		if (!is_of_group || !is_new_group)
			gather_block(projection, evidence, &look[i],
			    candidates);
	}
}
