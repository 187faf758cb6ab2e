#include "daemon/intake/reviews.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct review_row) == 16, "a stored row");
static_assert(sizeof(struct apart_row) == 16, "a stored row");
static_assert(REVIEWS_OF_ONE_MAX * sizeof(uint64_t) <= ROW_MAX,
    "those that wait for one report are a row");

/* Those that wait because of one report. */
struct waiting {
	unsigned count;
	uint64_t seq[REVIEWS_OF_ONE_MAX];
};

static void
read_waiting(struct projection *projection, uint64_t other,
    struct waiting *waiting)
{
	struct key key = key_review_of(other);
	struct text row;

	waiting->count = 0;
	if (projection_get(projection, KEYSPACE_REVIEW_OF, &key, &row))
		return;
	if (row.len % sizeof(uint64_t) || row.len > sizeof(waiting->seq)) {
		projection->result = STORE_CORRUPT;
		return;
	}
	waiting->count = (unsigned)(row.len / sizeof(uint64_t));
	memcpy(waiting->seq, row.at, row.len);
}

static void
delete_row(struct projection *projection, enum keyspace keyspace,
    const struct key *key)
{
	if (!projection->result)
		projection->result =
		    store_delete(projection->store, keyspace, key_text(key));
}

static void
write_waiting(struct projection *projection, uint64_t other,
    const struct waiting *waiting)
{
	struct key key = key_review_of(other);

	if (waiting->count)
		projection_put(projection, KEYSPACE_REVIEW_OF, &key,
		    (struct text){ (const char *)waiting->seq,
			waiting->count * sizeof(waiting->seq[0]) });
	else
		delete_row(projection, KEYSPACE_REVIEW_OF, &key);
}

bool
reviews_find(struct projection *projection, uint32_t product, uint64_t seq,
    struct judgement_review *review)
{
	struct key key = key_review(product, seq);
	struct review_row row;
	struct text bytes;

	*review = (struct judgement_review){ 0 };
	if (projection_get(projection, KEYSPACE_REVIEW, &key, &bytes) ||
	    bytes.len != sizeof(row))
		return false;
	memcpy(&row, bytes.at, sizeof(row));
	*review = (struct judgement_review){ .seq = seq,
		.other = row.other,
		.permille = row.permille,
		.rule = row.rule };
	return true;
}

void
reviews_put(struct projection *projection, uint32_t product,
    const struct judgement_review *review)
{
	struct key key = key_review(product, review->seq);
	struct review_row row = { .other = review->other,
		.permille = review->permille,
		.rule = review->rule };
	struct waiting waiting;

	read_waiting(projection, review->other, &waiting);
	if (waiting.count == REVIEWS_OF_ONE_MAX || projection->result)
		return;
	waiting.seq[waiting.count++] = review->seq;
	write_waiting(projection, review->other, &waiting);
	projection_put(projection, KEYSPACE_REVIEW, &key,
	    (struct text){ (const char *)&row, sizeof(row) });
}

void
reviews_take(struct projection *projection, uint32_t product, uint64_t seq)
{
	struct key key = key_review(product, seq);
	struct judgement_review review;
	struct waiting waiting;
	unsigned kept = 0;

	if (!reviews_find(projection, product, seq, &review))
		return;
	read_waiting(projection, review.other, &waiting);
	for (unsigned i = 0; i < waiting.count; i++)
		if (waiting.seq[i] != seq)
			waiting.seq[kept++] = waiting.seq[i];
	waiting.count = kept;
	write_waiting(projection, review.other, &waiting);
	delete_row(projection, KEYSPACE_REVIEW, &key);
}

void
reviews_add(struct projection *projection, const struct evidence *evidence,
    const struct record_case *found)
{
	const struct judgement_review review = { .seq = evidence_seq(evidence),
		.other = found->match,
		.permille = found->permille,
		.rule = found->rule };

	if (found->decision == LINKAGE_REVIEW && !found->joins &&
	    found->rule != LINKAGE_OTHER_PRODUCT)
		reviews_put(projection, evidence->product, &review);
}

void
reviews_remove(struct projection *projection, const struct evidence *evidence)
{
	uint64_t seq = evidence_seq(evidence);
	struct waiting waiting;

	reviews_take(projection, evidence->product, seq);
	read_waiting(projection, seq, &waiting);
	if (!waiting.count)
		return;
	for (unsigned i = 0; i < waiting.count; i++) {
		struct key key = key_review(evidence->product, waiting.seq[i]);

		delete_row(projection, KEYSPACE_REVIEW, &key);
	}
	waiting.count = 0;
	write_waiting(projection, seq, &waiting);
}

/* Has the act been taken back? */
static bool
is_undone(struct projection *projection, const struct apart_row *apart)
{
	struct key key = key_judgement(apart->product, apart->act);
	const struct judgement_row *row;
	struct text bytes;

	if (projection_get(projection, KEYSPACE_JUDGEMENT, &key, &bytes) ||
	    bytes.len < sizeof(*row))
		return false;
	row = (const void *)bytes.at;
	return row->undone_by != 0;
}

uint64_t
reviews_apart(struct projection *projection, uint64_t one, uint64_t other)
{
	struct key key = key_apart(one, other);
	struct apart_row apart = { 0 };
	struct text row;

	if (projection_get(projection, KEYSPACE_APART, &key, &row) ==
		STORE_OK &&
	    row.len == sizeof(apart))
		memcpy(&apart, row.at, sizeof(apart));
	return apart.act && !is_undone(projection, &apart) ? apart.act : 0;
}

void
reviews_part(struct projection *projection, uint64_t one, uint64_t other,
    uint32_t product, uint64_t act)
{
	struct key key = key_apart(one, other);
	const struct apart_row row = { .act = act, .product = product };

	projection_put(projection, KEYSPACE_APART, &key,
	    (struct text){ (const char *)&row, sizeof(row) });
}
