/* Candidates: the rarest shared tokens first, however many records there
 * are. */
#include "daemon/core/candidate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A posting list that counts up: ids first, first + step, ... */
struct posting {
	const char *token;
	uint64_t first, step;
	unsigned count;
};

struct rig {
	const struct posting *posting; /* ends with a NULL token */
	unsigned reads, ids;
};

static unsigned
read_posting(void *who, struct text token, uint64_t *id, unsigned max)
{
	struct rig *rig = who;
	rig->reads++;
	for (const struct posting *p = rig->posting; p->token; p++) {
		if (!text_is(token, p->token))
			continue;
		unsigned count = p->count < max ? p->count : max;
		for (unsigned i = 0; i < count; i++)
			id[i] = p->first + i * p->step;
		rig->ids += count;
		return count;
	}
	return 0;
}

static unsigned
find(struct rig *rig, struct candidate *found, unsigned max)
{
	struct candidate_token token[8];
	unsigned count = 0;
	struct candidate_index index = { .records = 1000000,
		.read = read_posting,
		.who = rig };
	for (const struct posting *p = rig->posting; p->token; p++)
		token[count++] =
		    (struct candidate_token){ text_of(p->token), p->count };
	return candidate_select(&index, token, count, found, max);
}

static void
shared_tokens_add_up(void **state)
{
	(void)state;
	static const struct posting postings[] = { { "common", 0, 1, 100 },
		{ "rare", 7, 1, 2 }, { "other", 8, 90, 2 }, { NULL, 0, 0, 0 } };
	struct rig rig = { postings, 0, 0 };
	struct candidate found[CANDIDATE_MAX];
	unsigned count = find(&rig, found, CANDIDATE_MAX);
	assert_int_equal(count, CANDIDATE_MAX);
	assert_int_equal(found[0].id, 8); /* in all three */
	assert_int_equal(found[1].id, 7); /* rare and common, as 98 is */
	assert_int_equal(found[2].id, 98);
	assert_true(found[0].weight > found[1].weight);
	assert_true(found[2].weight > found[3].weight);
	/* Equals by their ids. */
	for (unsigned i = 4; i < count; i++) {
		assert_true(found[i].weight == found[3].weight);
		assert_true(found[i].id > found[i - 1].id);
	}
}

static void
finds_none_where_none_are(void **state)
{
	(void)state;
	static const struct posting postings[] = { { "unknown", 0, 1, 0 },
		{ NULL, 0, 0, 0 } };
	struct rig rig = { postings, 0, 0 };
	struct candidate found[CANDIDATE_MAX];
	assert_int_equal(find(&rig, found, CANDIDATE_MAX), 0);
	assert_int_equal(rig.reads, 0);
	assert_int_equal(candidate_select(&(struct candidate_index){ 0 }, NULL,
			     0, found, CANDIDATE_MAX),
	    0);
}

/* A million records with a token cost no more than what may be read. */
static void
reading_is_bounded(void **state)
{
	(void)state;
	static const struct posting postings[] = { { "a", 0, 1, 900000 },
		{ "b", 5, 1, 900001 }, { "c", 9, 3, 900002 }, { "d", 1, 7, 60 },
		{ NULL, 0, 0, 0 } };
	struct rig rig = { postings, 0, 0 };
	struct candidate found[CANDIDATE_MAX];
	assert_int_equal(find(&rig, found, CANDIDATE_MAX), CANDIDATE_MAX);
	/* The rare one gave enough: the others are not read at all. */
	assert_int_equal(rig.reads, 1);
	assert_int_equal(rig.ids, 60);
	assert_int_equal(found[0].id, 1);
}

static void
common_tokens_are_better_than_none(void **state)
{
	(void)state;
	static const struct posting postings[] = { { "a", 3, 1, 900000 },
		{ "b", 5, 1, 900001 }, { NULL, 0, 0, 0 } };
	struct rig rig = { postings, 0, 0 };
	struct candidate found[CANDIDATE_MAX];
	assert_int_equal(find(&rig, found, 3), 3);
	assert_int_equal(rig.ids, CANDIDATE_POSTINGS);
	assert_int_equal(found[0].id, 3);
}

static void
gives_no_more_than_asked(void **state)
{
	(void)state;
	static const struct posting postings[] = { { "a", 3, 1, 500 },
		{ NULL, 0, 0, 0 } };
	struct rig rig = { postings, 0, 0 };
	struct candidate found[2 * CANDIDATE_MAX];
	assert_int_equal(find(&rig, found, 2), 2);
	assert_int_equal(find(&rig, found, 2 * CANDIDATE_MAX), CANDIDATE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shared_tokens_add_up),
		cmocka_unit_test(finds_none_where_none_are),
		cmocka_unit_test(reading_is_bounded),
		cmocka_unit_test(common_tokens_are_better_than_none),
		cmocka_unit_test(gives_no_more_than_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
