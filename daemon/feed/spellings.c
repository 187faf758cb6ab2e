/* spellings.c - see spellings.h. */
#include "daemon/feed/spellings.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/spelling.h"
#include "daemon/feed/lexicon.h"
#include "daemon/feed/pool.h"
#include "daemon/store/record.h"
#include "daemon/store/record_curation.h"

/* One spelling of one product.  product 0: an empty place. */
struct spelling {
	uint32_t product, hash;
	struct spelling_count count;
	struct text shown; /* in the pool */
};

struct spellings {
	struct spelling *at; /* owned, open-addressed, at most half full */
	uint64_t mask;       /* places - 1; 0: none yet */
	uint64_t used;
	uint32_t *shown; /* owned; by product: hash of the one shown, 0 none */
	uint32_t shown_cap;
	struct text *given; /* owned; by product: a curator's, in the pool */
	uint32_t given_cap;
	struct pool pool;
};

enum { PLACES_MIN = 1024 };

struct spellings *
spellings_new(void)
{
	return calloc(1, sizeof(struct spellings));
}

void
spellings_free(struct spellings *spellings)
{
	if (spellings == NULL)
		return;
	pool_free(&spellings->pool);
	free(spellings->shown);
	free(spellings->given);
	free(spellings->at);
	free(spellings);
}

static struct spelling *
place_of(struct spelling *at, uint64_t mask, uint32_t product, uint32_t hash)
{
	uint64_t key = (uint64_t)product << 32 | hash;
	uint64_t place = key * UINT64_C(0x9e3779b97f4a7c15) >> 24;

	while (at[place & mask].product != 0 &&
	    (at[place & mask].product != product ||
		at[place & mask].hash != hash))
		place++;
	return &at[place & mask];
}

static struct spelling *
find(const struct spellings *spellings, uint32_t product, uint32_t hash)
{
	struct spelling *spelling;

	if (spellings->mask == 0 || hash == 0)
		return NULL;
	spelling = place_of(spellings->at, spellings->mask, product, hash);
	return spelling->product != 0 ? spelling : NULL;
}

static int
grow_places(struct spellings *spellings)
{
	uint64_t places =
	    spellings->mask ? (spellings->mask + 1) * 2 : PLACES_MIN;
	struct spelling *at;

	if (spellings->used * 2 < spellings->mask)
		return 0;
	at = calloc(places, sizeof(*at));
	if (at == NULL)
		return STORE_MEMORY;
	for (uint64_t i = 0; spellings->mask != 0 && i <= spellings->mask;
	     i++) {
		const struct spelling *old = &spellings->at[i];

		if (old->product != 0)
			*place_of(at, places - 1, old->product, old->hash) =
			    *old;
	}
	free(spellings->at);
	spellings->at = at;
	spellings->mask = places - 1;
	return 0;
}

static int
grow_shown(struct spellings *spellings, uint32_t product)
{
	uint32_t cap = PLACES_MIN;
	uint32_t *grown;

	if (product >= LEXICON_ORDINAL_MAX)
		return STORE_CORRUPT;
	if (product < spellings->shown_cap)
		return 0;
	while (cap <= product)
		cap *= 2;
	grown = realloc(spellings->shown, cap * sizeof(*grown));
	if (grown == NULL)
		return STORE_MEMORY;
	memset(grown + spellings->shown_cap, 0,
	    (cap - spellings->shown_cap) * sizeof(*grown));
	spellings->shown = grown;
	spellings->shown_cap = cap;
	return 0;
}

static int
take_spelling(struct spellings *spellings, const struct store_event *event)
{
	struct record_spelling record;
	struct spelling *spelling;
	int result;

	if (!record_spelling_read(event->header, &record))
		return STORE_CORRUPT;
	result = grow_shown(spellings, record.product);
	if (result == 0)
		result = grow_places(spellings);
	if (result != 0)
		return result;
	if (!pool_keep(&spellings->pool, &record.shown))
		return STORE_MEMORY;
	spelling = place_of(spellings->at, spellings->mask, record.product,
	    record.hash);
	spellings->used += spelling->product == 0;
	spelling->product = record.product;
	spelling->hash = record.hash;
	spelling->shown = record.shown;
	return 0;
}

static void
count_in(struct spellings *spellings, const struct facts *facts, uint32_t hash)
{
	struct spelling *spelling = find(spellings, facts->product, hash);
	const struct spelling *other;
	uint32_t *shown;

	if (spelling == NULL || !spelling_add(&spelling->count, facts->source))
		return;
	shown = &spellings->shown[facts->product];
	if (*shown == hash)
		return;
	other = find(spellings, facts->product, *shown);
	if (spelling_prevails(spelling->count.reports,
		other ? other->count.reports : 0))
		*shown = hash;
}

static void
count_out(struct spellings *spellings, const struct facts *facts, uint32_t hash)
{
	struct spelling *spelling = find(spellings, facts->product, hash);

	if (spelling != NULL)
		spelling_remove(&spelling->count);
}

static int
take_report(struct spellings *spellings, const struct store_event *event)
{
	enum record_type type = (enum record_type)event->type;
	struct record_report record;

	if (!record_report_read(event->header, type, event->received_ms,
		&record))
		return STORE_CORRUPT;
	if (type != RECORD_REPORT && record.old.product != 0)
		count_out(spellings, &record.old, record.old_spelling);
	if (type != RECORD_WITHDRAW)
		count_in(spellings, &record.facts, record.spelling);
	return 0;
}

static int
grow_given(struct spellings *spellings, uint32_t product)
{
	uint32_t cap = PLACES_MIN;
	struct text *grown;

	if (product >= LEXICON_ORDINAL_MAX)
		return STORE_CORRUPT;
	if (product < spellings->given_cap)
		return 0;
	while (cap <= product)
		cap *= 2;
	grown = realloc(spellings->given, cap * sizeof(*grown));
	if (grown == NULL)
		return STORE_MEMORY;
	memset(grown + spellings->given_cap, 0,
	    (cap - spellings->given_cap) * sizeof(*grown));
	spellings->given = grown;
	spellings->given_cap = cap;
	return 0;
}

static int
take_curation(struct spellings *spellings, const struct store_event *event)
{
	struct record_curation record;
	int result;

	if (!record_curation_read(event->header, &record))
		return STORE_CORRUPT;
	if (record.kind != CURATION_RENAME)
		return 0;
	result = grow_given(spellings, record.product);
	if (result != 0)
		return result;
	if (!pool_keep(&spellings->pool, &record.given))
		return STORE_MEMORY;
	spellings->given[record.product] = record.given;
	return 0;
}

int
spellings_take(struct spellings *spellings, const struct store_event *event)
{
	switch (event->type) {
	case RECORD_SPELLING:
		return take_spelling(spellings, event);
	case RECORD_REPORT:
	case RECORD_AMEND:
	case RECORD_WITHDRAW:
	case RECORD_REGROUP:
		return take_report(spellings, event);
	case RECORD_CURATION:
		return take_curation(spellings, event);
	default:
		return 0;
	}
}

/* The name of a product; empty when nobody gave it one. */
static struct text
name_of(const struct spellings *spellings, uint32_t product)
{
	const struct spelling *shown = NULL;

	if (product < spellings->given_cap &&
	    spellings->given[product].len != 0)
		return spellings->given[product];
	if (product < spellings->shown_cap)
		shown = find(spellings, product, spellings->shown[product]);
	return shown ? shown->shown : (struct text){ 0 };
}

int
spellings_each(const struct spellings *spellings, spellings_visit *visit,
    void *who)
{
	uint32_t end = spellings->shown_cap > spellings->given_cap
	    ? spellings->shown_cap
	    : spellings->given_cap;
	int result = 0;

	for (uint32_t i = 0; i < end && result == 0; i++) {
		struct text name = name_of(spellings, i);

		if (name.len != 0)
			result = visit(who, i, name);
	}
	return result;
}
