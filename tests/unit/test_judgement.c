/* test_judgement.c - whose share of the cases moves, and an act's header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/store/record_judgement.h"

static struct evidence
member(uint64_t seq, uint16_t mode)
{
	struct evidence evidence = { .product = 7, .mode = mode };

	evidence_set_seq(&evidence, seq);
	return evidence;
}

static void
names_kinds_and_inverses(void **state)
{
	(void)state;
	for (unsigned kind = 1; kind < JUDGEMENT_KIND_COUNT; kind++) {
		enum judgement_kind inverse =
		    judgement_inverse((enum judgement_kind)kind);

		assert_int_equal(judgement_inverse(inverse), kind);
		assert_string_not_equal(judgement_kind_name((uint8_t)kind),
		    judgement_kind_name((uint8_t)inverse));
	}
	assert_string_equal(judgement_kind_name(0), "unknown");
	assert_string_equal(judgement_kind_name(255), "unknown");
}

static void
shares_are_of_the_later_of_two_firsts(void **state)
{
	const struct evidence members[] = { member(10, 3), member(11, 4),
		member(12, 3), member(13, 4), member(14, 5) };
	const bool is_other[] = { false, true, true, true, false };
	struct judgement_share share[JUDGEMENT_SHARES_MAX];

	(void)state;
	/* Mode 4 is on one side only, and so is 5. */
	assert_int_equal(judgement_shares(members, is_other, 5, share), 2);
	assert_int_equal(share[0].mode, 0);
	assert_int_equal(share[0].seq, 11);
	assert_int_equal(share[1].mode, 3);
	assert_int_equal(share[1].seq, 12);
}

static void
the_first_may_be_on_either_side(void **state)
{
	const struct evidence members[] = { member(10, 3), member(11, 3) };
	const bool is_other[] = { true, false };
	struct judgement_share share[JUDGEMENT_SHARES_MAX];

	(void)state;
	assert_int_equal(judgement_shares(members, is_other, 2, share), 2);
	assert_int_equal(share[0].seq, 11);
	assert_int_equal(share[1].mode, 3);
	assert_int_equal(share[1].seq, 11);
}

/* Cases of a mode (0: any) when they are counted one by one. */
static unsigned
cases(const struct evidence *members, const bool *is_other, unsigned count,
    uint16_t mode)
{
	bool seen[2] = { false, false };

	for (unsigned i = 0; i < count; i++)
		if (!mode || members[i].mode == mode)
			seen[is_other[i]] = true;
	return (unsigned)seen[0] + (unsigned)seen[1];
}

static void
shares_are_the_difference_of_counts(void **state)
{
	unsigned dice = 1;

	(void)state;
	for (unsigned turn = 0; turn < 2000; turn++) {
		struct evidence members[CASES_MEMBERS_MAX];
		bool is_other[CASES_MEMBERS_MAX], none[CASES_MEMBERS_MAX];
		struct judgement_share share[JUDGEMENT_SHARES_MAX];
		unsigned count = turn % CASES_MEMBERS_MAX + 1, found;

		for (unsigned i = 0; i < count; i++) {
			dice = dice * 1103515245u + 12345u;
			members[i] =
			    member(i + 1, (uint16_t)((dice >> 16) % 5 + 1));
			is_other[i] = dice >> 30 & 1;
			none[i] = false;
		}
		found = judgement_shares(members, is_other, count, share);
		for (uint16_t mode = 0; mode < 6; mode++) {
			unsigned shares = 0;

			for (unsigned i = 0; i < found; i++)
				shares += share[i].mode == mode;
			assert_int_equal(shares,
			    cases(members, is_other, count, mode) -
				cases(members, none, count, mode));
		}
	}
}

static struct record_judgement
some_record(void)
{
	struct record_judgement record = { .kind = JUDGEMENT_LINK,
		.is_barred = true,
		.product = 70000,
		.organisation = 2,
		.undoes = UINT64_C(1) << 40,
		.whole = 9,
		.side = { { .id = 9, .count = 2, .seq = { 9, 13 } },
		    { .count = 1, .seq = { 14 } } },
		.nshares = 2,
		.share = { { 0, 14 }, { 65535, 14 } },
		.suspect = 14,
		.suspect_mode = 3,
		.review = { 14, 9, 544, LINKAGE_UNLIKE_TEXT } };

	record.evidence[1] = member(14, 3);
	return record;
}

static void
headers_come_back_as_they_went(void **state)
{
	struct record_judgement record = some_record(), found;
	struct buf out = { 0 };

	(void)state;
	record_judgement_write(&out, &record);
	assert_false(out.failed);
	assert_true(record_judgement_read(buf_text(&out), &found));
	assert_int_equal(found.kind, record.kind);
	assert_true(found.is_barred);
	assert_int_equal(found.product, record.product);
	assert_int_equal(found.undoes, record.undoes);
	assert_int_equal(found.whole, record.whole);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(found.side[i].id, record.side[i].id);
		assert_int_equal(found.side[i].count, record.side[i].count);
		assert_memory_equal(found.side[i].seq, record.side[i].seq,
		    sizeof(found.side[i].seq));
		assert_int_equal(found.share[i].mode, record.share[i].mode);
		assert_int_equal(found.share[i].seq, record.share[i].seq);
	}
	assert_int_equal(found.suspect, 14);
	assert_int_equal(found.suspect_mode, 3);
	assert_int_equal(found.review.seq, 14);
	assert_int_equal(found.review.other, 9);
	assert_int_equal(found.review.permille, 544);
	assert_int_equal(found.review.rule, LINKAGE_UNLIKE_TEXT);
	assert_int_equal(evidence_seq(&found.evidence[0]), 0);
	assert_memory_equal(&found.evidence[1], &record.evidence[1],
	    sizeof(found.evidence[1]));
	buf_free(&out);
}

static void
a_cut_header_is_none(void **state)
{
	struct record_judgement record = some_record(), found;
	struct buf out = { 0 };

	(void)state;
	record_judgement_write(&out, &record);
	for (size_t len = 0; len < out.len; len++) {
		/* Memory of its own, so that reading on is seen. */
		char *copy = malloc(len + 1);

		assert_non_null(copy);
		memcpy(copy, out.at, len);
		assert_false(
		    record_judgement_read((struct text){ copy, len }, &found));
		free(copy);
	}
	record.side[0].count = 0;
	buf_clear(&out);
	record_judgement_write(&out, &record);
	assert_false(record_judgement_read(buf_text(&out), &found));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_kinds_and_inverses),
		cmocka_unit_test(shares_are_of_the_later_of_two_firsts),
		cmocka_unit_test(the_first_may_be_on_either_side),
		cmocka_unit_test(shares_are_the_difference_of_counts),
		cmocka_unit_test(headers_come_back_as_they_went),
		cmocka_unit_test(a_cut_header_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
