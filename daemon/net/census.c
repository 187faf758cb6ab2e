/*
 * census.c - open addressing at half load at most; a row that becomes free
 * closes the gap behind it, so that no search passes a grave.
 */
#include "daemon/net/census.h"

#include <assert.h>
#include <stdlib.h>

#include "base/digest.h"

struct census {
	uint8_t key[DIGEST_SIP_KEY_BYTES];
	uint32_t rows; /* a power of two */
	uint32_t used;
	uint32_t strangers;
	struct census_row row[];
};

struct census *
census_new(uint32_t connections)
{
	struct census *census;
	uint32_t rows = 16;

	while (rows / 2 < connections)
		rows *= 2;
	census = calloc(1, sizeof(*census) + rows * sizeof(census->row[0]));
	if (!census)
		return NULL;
	census->rows = rows;
	digest_random(census->key, sizeof(census->key));
	return census;
}

void
census_free(struct census *census)
{
	free(census);
}

static uint32_t
home_of(const struct census *census, const struct prefix *prefix)
{
	struct text bytes = prefix_bytes(prefix);

	return (uint32_t)digest_sip64(census->key, bytes.at, bytes.len) &
	    (census->rows - 1);
}

/* Its row, or the free one where it would stand. */
static uint32_t
place_of(const struct census *census, const struct prefix *prefix)
{
	uint32_t at = home_of(census, prefix);

	while (census->row[at].open &&
	    !prefix_equal(&census->row[at].prefix, prefix))
		at = (at + 1) & (census->rows - 1);
	return at;
}

const struct census_row *
census_find(const struct census *census, const struct prefix *prefix)
{
	const struct census_row *row = &census->row[place_of(census, prefix)];

	return row->open ? row : NULL;
}

uint32_t
census_strangers(const struct census *census)
{
	return census->strangers;
}

void
census_come(struct census *census, const struct prefix *prefix)
{
	struct census_row *row = &census->row[place_of(census, prefix)];

	if (!row->open) {
		assert(census->used < census->rows / 2);
		census->used++;
		row->prefix = *prefix;
	}
	row->open++;
	row->strangers++;
	census->strangers++;
}

void
census_know(struct census *census, const struct prefix *prefix)
{
	struct census_row *row = &census->row[place_of(census, prefix)];

	assert(row->strangers > 0);
	row->strangers--;
	census->strangers--;
}

/*
 * Rows behind the gap whose home is not behind it as well move into it (Knuth,
 * The Art of Computer Programming 3, 6.4, algorithm R).
 */
static void
close_gap(struct census *census, uint32_t gap)
{
	uint32_t mask = census->rows - 1;

	for (uint32_t at = (gap + 1) & mask; census->row[at].open;
	     at = (at + 1) & mask) {
		uint32_t home = home_of(census, &census->row[at].prefix);

		if (((at - home) & mask) < ((at - gap) & mask))
			continue;
		census->row[gap] = census->row[at];
		gap = at;
	}
	census->row[gap] = (struct census_row){ 0 };
}

void
census_go(struct census *census, const struct prefix *prefix, bool is_stranger)
{
	uint32_t at = place_of(census, prefix);
	struct census_row *row = &census->row[at];

	if (is_stranger)
		census_know(census, prefix);
	assert(row->open > 0);
	if (--row->open)
		return;
	census->used--;
	close_gap(census, at);
}
