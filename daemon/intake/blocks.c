#include "daemon/intake/blocks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * Two rings: of evidences, and of links, each of which puts an evidence into
 * one of its blocks and names the link before it in the same place of the
 * table.  Numbers count up for ever; what a ring has overwritten is known by
 * its number, so that nothing is ever unhooked.
 */
enum { LINKS = 2, STEPS_MAX = 256 };

struct link {
	uint64_t before : 40; /* number of the link before it; 0 none */
	uint64_t tag : 24;    /* of the block's hash */
	uint64_t report;      /* number of the evidence */
};

struct blocks {
	uint32_t mask; /* of evidences */
	uint32_t link_mask;
	uint64_t nreports, nlinks; /* put in so far */
	struct evidence *evidence; /* owned, as are the next two */
	struct link *link;
	uint64_t *head; /* by place: number of the newest link */
};

struct blocks *
blocks_new(uint32_t reports)
{
	struct blocks *blocks = calloc(1, sizeof(*blocks));

	if (!blocks)
		return NULL;
	blocks->mask = reports - 1;
	blocks->link_mask = LINKS * reports - 1;
	blocks->evidence = calloc(reports, sizeof(*blocks->evidence));
	blocks->link = calloc(LINKS * reports, sizeof(*blocks->link));
	blocks->head = calloc(LINKS * reports, sizeof(*blocks->head));
	if (blocks->evidence && blocks->link && blocks->head)
		return blocks;
	blocks_free(blocks);
	return NULL;
}

void
blocks_free(struct blocks *blocks)
{
	if (!blocks)
		return;
	free(blocks->evidence);
	free(blocks->link);
	free(blocks->head);
	free(blocks);
}

void
blocks_clear(struct blocks *blocks)
{
	memset(blocks->head, 0,
	    ((size_t)blocks->link_mask + 1) * sizeof(*blocks->head));
	blocks->nreports = blocks->nlinks = 0;
}

static uint64_t *
head_of(const struct blocks *blocks, uint64_t hash)
{
	return &blocks->head[hash & blocks->link_mask];
}

static uint64_t
tag_of(uint64_t hash)
{
	return hash >> 40;
}

void
blocks_add(struct blocks *blocks, const struct evidence *evidence)
{
	struct block_key home[BLOCK_HOMES_MAX];
	unsigned count = evidence_homes(evidence, home);
	uint64_t report = ++blocks->nreports;

	blocks->evidence[report & blocks->mask] = *evidence;
	for (unsigned i = 0; i < count; i++) {
		uint64_t *head = head_of(blocks, home[i].hash);
		uint64_t number = ++blocks->nlinks;

		blocks->link[number & blocks->link_mask] = (struct link){
			.before = *head & ((UINT64_C(1) << 40) - 1),
			.tag = tag_of(home[i].hash) & ((1 << 24) - 1),
			.report = report,
		};
		*head = number;
	}
}

/* A walk along one place of the table, from the newest link on. */
struct walk {
	const struct blocks *blocks;
	uint64_t tag, number;
	unsigned steps;
};

static struct walk
walk_of(const struct blocks *blocks, uint64_t hash)
{
	return (struct walk){ .blocks = blocks,
		.tag = tag_of(hash),
		.number = *head_of(blocks, hash) };
}

/* Has the ring not come round to it since? */
static bool
is_there(uint64_t number, uint64_t newest, uint64_t mask)
{
	return number && newest - number <= mask;
}

/* The next evidence of the block; NULL after the last. */
static struct evidence *
walk_next(struct walk *walk)
{
	const struct blocks *blocks = walk->blocks;

	while (is_there(walk->number, blocks->nlinks, blocks->link_mask) &&
	    walk->steps++ < STEPS_MAX) {
		const struct link *link =
		    &blocks->link[walk->number & blocks->link_mask];

		walk->number = link->before;
		if (!is_there(link->report, blocks->nreports, blocks->mask))
			return NULL;
		__builtin_prefetch(
		    &blocks->link[walk->number & blocks->link_mask]);
		if (link->tag == walk->tag)
			return &blocks->evidence[link->report & blocks->mask];
	}
	return NULL;
}

void
blocks_remove(struct blocks *blocks, const struct evidence *evidence)
{
	struct block_key home[BLOCK_HOMES_MAX];
	uint64_t seq = evidence_seq(evidence);
	struct evidence *found;
	struct walk walk;

	/* The last home is the block of its time, which every report has. */
	walk = walk_of(blocks, home[evidence_homes(evidence, home) - 1].hash);
	while ((found = walk_next(&walk)) != NULL)
		if (evidence_seq(found) == seq) {
			memset(found, 0, sizeof(*found));
			return;
		}
}

/* Where candidates stand; their places are fetched before they are read. */
struct found {
	unsigned count;
	const struct evidence *at[BLOCKS_ENOUGH];
};

static void
find(const struct blocks *blocks, uint64_t hash, struct found *found)
{
	struct walk walk = walk_of(blocks, hash);
	const struct evidence *next;

	while (
	    found->count < BLOCKS_ENOUGH && (next = walk_next(&walk)) != NULL) {
		bool is_known = false;

		for (unsigned i = 0; i < found->count; i++)
			is_known = is_known || found->at[i] == next;
		if (is_known)
			continue;
		__builtin_prefetch(next);
		__builtin_prefetch(&next->signature[MINHASH_BYTES - 1]);
		found->at[found->count++] = next;
	}
}

void
blocks_gather(const struct blocks *blocks, const struct evidence *evidence,
    struct candidates *candidates)
{
	struct block_key look[BLOCK_LOOKS_MAX];
	unsigned count = evidence_looks(evidence, look);
	uint64_t self = evidence_seq(evidence);
	struct found found = { .count = 0 };

	for (unsigned i = 0; i < count; i++)
		find(blocks, look[i].hash, &found);
	candidates->count = 0;
	for (unsigned i = 0; i < found.count; i++) {
		uint64_t seq = evidence_seq(found.at[i]);

		if (seq && seq != self)
			candidates->at[candidates->count++] = *found.at[i];
	}
}
