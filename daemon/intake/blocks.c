#include "daemon/intake/blocks.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct block_page) <= ROW_MAX, "a page is a row");

static bool
is_of_group(const struct block_key *block)
{
	return block->kind == BLOCK_DAYS || block->kind == BLOCK_MONTH;
}

/* Where a page is stored. */
struct place {
	enum keyspace keyspace;
	struct key key;
};

/* The block of a whole product and mode, whose page lies with its counts. */
static const struct block_key whole = { .hash = 0, .kind = BLOCK_DAYS };

/* Blocks of a group lie with each other; the rest lie by hash. */
static struct place
place_of(const struct evidence *evidence, const struct block_key *block,
    unsigned page)
{
	bool is_near = is_of_group(block);

	if (block == &whole)
		return (struct place){ KEYSPACE_GROUP,
			key_group(evidence->product, evidence->mode,
			    PART_RECENT, 0) };
	return (struct place){ KEYSPACE_BLOCK,
		key_block(is_near ? evidence->product : 0,
		    is_near ? evidence->mode : 0, block->hash, (uint8_t)page) };
}

static size_t
page_bytes(unsigned count)
{
	return offsetof(struct block_page, at) +
	    count * sizeof(struct evidence);
}

/* A page to change, with room for so many evidences; NULL on a fault. */
static struct block_page *
edit_page(struct projection *projection, const struct place *place,
    unsigned count)
{
	size_t len;

	if (projection->result)
		return NULL;
	return store_edit(projection->store, place->keyspace,
	    key_text(&place->key), page_bytes(count), &len,
	    &projection->result);
}

static bool
read_page(struct projection *projection, const struct place *place,
    const struct block_page **page)
{
	struct text row;

	if (projection_get(projection, place->keyspace, &place->key, &row))
		return false;
	*page = (const void *)row.at;
	if (row.len >= page_bytes(0) && (*page)->count <= BLOCK_PAGE &&
	    row.len == page_bytes((*page)->count))
		return true;
	projection->result = STORE_CORRUPT;
	return false;
}

/* How many were ever put into the block, counting one more. */
static uint32_t
count_one(struct projection *projection, const struct place *place)
{
	struct block_page *page = edit_page(projection, place, 1);
	uint32_t added;

	if (!page)
		return 0;
	added = page->added++;
	store_edit_len(projection->store,
	    page_bytes(page->count ? page->count : 1));
	return added;
}

/* Put it in, in place of the oldest one when the block is full. */
static void
put(struct projection *projection, const struct evidence *evidence,
    const struct block_key *block)
{
	struct place first = place_of(evidence, block, 0);
	uint32_t added = count_one(projection, &first) % BLOCK_CANDIDATES_MAX;
	unsigned slot = added % BLOCK_PAGE;
	struct place place = place_of(evidence, block, added / BLOCK_PAGE);
	struct block_page *page = edit_page(projection, &place, slot + 1);

	if (!page)
		return;
	if (page->count <= slot)
		page->count = slot + 1;
	page->at[slot] = *evidence;
	store_edit_len(projection->store, page_bytes(page->count));
}

/* The first page of a block that never was, without looking for it. */
static void
begin(struct projection *projection, const struct evidence *evidence)
{
	struct place place = place_of(evidence, &whole, 0);
	struct block_page *page = projection_add(projection, place.keyspace,
	    &place.key, page_bytes(1));

	if (!page)
		return;
	page->added = page->count = 1;
	page->at[0] = *evidence;
}

/* The group's page is full: all on it go to the blocks of their own time. */
static void
turn_page(struct projection *projection, const struct place *place)
{
	const struct block_page *page;
	struct block_page held;
	struct block_key home[BLOCK_HOMES_MAX];

	if (!read_page(projection, place, &page))
		return;
	memcpy(&held, page, page_bytes(page->count));
	for (unsigned i = 0; i < held.count; i++)
		if (evidence_seq(&held.at[i]))
			put(projection, &held.at[i],
			    &home[evidence_homes(&held.at[i], home) - 1]);
	held.count = 0;
	memset(held.at, 0, sizeof(held.at[0]));
	projection_put(projection, place->keyspace, &place->key,
	    (struct text){ (const char *)&held, page_bytes(1) });
}

static void
add_to_group(struct projection *projection, const struct evidence *evidence)
{
	struct place place = place_of(evidence, &whole, 0);
	const struct block_page *held;
	struct block_page *page;
	unsigned count = 0;

	if (read_page(projection, &place, &held))
		count = held->count;
	if (count == BLOCK_PAGE) {
		turn_page(projection, &place);
		count = 0;
	}
	page = edit_page(projection, &place, count + 1);
	if (!page)
		return;
	page->added++;
	page->count = count + 1;
	page->at[count] = *evidence;
	store_edit_len(projection->store, page_bytes(page->count));
}

void
blocks_add(struct projection *projection, const struct evidence *evidence,
    bool is_first)
{
	struct block_key home[BLOCK_HOMES_MAX];
	unsigned count = evidence_homes(evidence, home);

	for (unsigned i = 0; i < count; i++)
		if (!is_of_group(&home[i]))
			put(projection, evidence, &home[i]);
		else if (is_first)
			begin(projection, evidence);
		else
			add_to_group(projection, evidence);
}

/* Leave a hole, so that the others keep their places. */
static bool
take_out(struct projection *projection, const struct place *place, uint64_t seq)
{
	const struct block_page *page;
	struct block_page *edited;

	if (!read_page(projection, place, &page))
		return false;
	for (unsigned i = 0; i < page->count; i++) {
		if (evidence_seq(&page->at[i]) != seq)
			continue;
		edited = edit_page(projection, place, 0);
		if (edited)
			memset(&edited->at[i], 0, sizeof(edited->at[i]));
		return true;
	}
	return false;
}

static bool
take_out_of(struct projection *projection, const struct evidence *evidence,
    const struct block_key *block)
{
	for (unsigned page = 0; page < BLOCK_PAGES; page++) {
		struct place place = place_of(evidence, block, page);

		if (take_out(projection, &place, evidence_seq(evidence)))
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
		if (!is_of_group(&home[i]) ||
		    !take_out_of(projection, evidence, &whole))
			take_out_of(projection, evidence, &home[i]);
}

/* Blocks being looked through. */
struct gathering {
	struct projection *projection;
	const struct evidence *evidence; /* whose candidates they are */
	uint64_t self;
	struct block_key look[BLOCK_LOOKS_MAX];
	unsigned nlooks;
	unsigned pages_left;
	struct candidates *candidates;
};

static void
take_in(struct gathering *gathering, const struct evidence *found)
{
	struct candidates *candidates = gathering->candidates;
	uint64_t seq = evidence_seq(found);

	if (!seq || seq == gathering->self ||
	    candidates->count == BLOCK_CANDIDATES_MAX)
		return;
	for (unsigned i = 0; i < candidates->count; i++)
		if (candidates->at[i].seq_low == found->seq_low &&
		    evidence_seq(&candidates->at[i]) == seq)
			return;
	candidates->at[candidates->count++] = *found;
}

/* Would it stand in one of the blocks of its time that are looked through? */
static bool
is_looked_for(const struct gathering *gathering, const struct evidence *found)
{
	struct block_key home[BLOCK_HOMES_MAX];
	unsigned count;

	if (!evidence_seq(found))
		return false;
	count = evidence_homes(found, home);
	for (unsigned i = 0; i < gathering->nlooks; i++)
		if (gathering->look[i].hash == home[count - 1].hash)
			return true;
	return false;
}

/* A page, newest first; how many were ever put into its block. */
static uint32_t
gather_page(struct gathering *gathering, const struct place *place,
    bool is_whole)
{
	const struct block_page *page;

	if (!read_page(gathering->projection, place, &page))
		return 0;
	for (unsigned i = page->count; i-- > 0;)
		if (!is_whole || is_looked_for(gathering, &page->at[i]))
			take_in(gathering, &page->at[i]);
	return page->added;
}

/*
 * The pages of a block, the newest first, while there is room for candidates
 * and pages may be read; how many evidences were ever put into it.
 */
static uint32_t
gather_block(struct gathering *gathering, const struct block_key *block)
{
	struct place place = place_of(gathering->evidence, block, 0);
	const struct block_page *first;
	unsigned pages, newest;
	uint32_t added;

	if (!read_page(gathering->projection, &place, &first))
		return 0;
	added = first->added;
	pages = (added + BLOCK_PAGE - 1) / BLOCK_PAGE;
	newest = (pages - 1) % BLOCK_PAGES;
	if (pages > BLOCK_PAGES)
		pages = BLOCK_PAGES;
	for (unsigned i = 0; i < pages; i++) {
		unsigned page = (newest + BLOCK_PAGES - i) % BLOCK_PAGES;

		if (gathering->pages_left == 0 ||
		    gathering->candidates->count >= BLOCK_ENOUGH)
			break;
		gathering->pages_left--;
		place = place_of(gathering->evidence, block, page);
		gather_page(gathering, &place, false);
	}
	return added;
}

/* The newer page will be edited in a moment. */
static void
fetch_group(struct projection *projection, const struct evidence *evidence)
{
	struct place place = place_of(evidence, &whole, 0);

	(void)edit_page(projection, &place, 1);
}

/* The page of the group's newest; has the group had more than are on it? */
static bool
gather_group(struct gathering *gathering)
{
	struct place place = place_of(gathering->evidence, &whole, 0);

	return gather_page(gathering, &place, true) > BLOCK_PAGE;
}

/* Serial, reporter and lot first; then those of the same time. */
void
blocks_gather(struct projection *projection, const struct evidence *evidence,
    struct looking looking, struct candidates *candidates)
{
	struct gathering gathering = { .projection = projection,
		.evidence = evidence,
		.self = evidence_seq(evidence),
		.pages_left = BLOCK_PAGES,
		.candidates = candidates };
	unsigned group = 0;

	candidates->count = 0;
	gathering.nlooks = evidence_looks(evidence, gathering.look);
	while (group < gathering.nlooks && !is_of_group(&gathering.look[group]))
		gather_block(&gathering, &gathering.look[group++]);
	if (looking.is_taken && !looking.is_first)
		fetch_group(projection, evidence);
	if (looking.is_first || !gather_group(&gathering) ||
	    candidates->count >= BLOCK_ENOUGH)
		return;
	for (unsigned i = group; i < gathering.nlooks; i++)
		if (gathering.pages_left > 0)
			gather_block(&gathering, &gathering.look[i]);
}
