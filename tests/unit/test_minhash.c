/* Signatures of narratives beside exact sets of shingles. */
#include "daemon/core/minhash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>

enum { TEXT_MAX = 1000, PAIRS = 2000, BUCKETS = 5 };

struct random {
	uint64_t state;
};

static uint32_t
below(struct random *random, uint32_t limit)
{
	random->state =
	    random->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((random->state >> 33) % limit);
}

/* Folded words of made-up syllables. */
static size_t
write_words(struct random *random, char *out, unsigned words)
{
	static const char *const part[] = { "ka", "lo", "mi", "ter", "sun",
		"be", "dri", "po", "a", "ve", "no", "tch", "ul", "ge" };
	size_t len = 0;
	for (unsigned i = 0; i < words; i++) {
		if (i)
			out[len++] = ' ';
		for (unsigned j = 0; j <= below(random, 3) + 1; j++) {
			const char *next = part[below(random, 14)];
			memcpy(out + len, next, strlen(next));
			len += strlen(next);
		}
	}
	return len;
}

/* Distinct runs of four bytes, sorted. */
static int
by_value(const void *a, const void *b)
{
	uint32_t left, right;
	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return (left > right) - (left < right);
}

static size_t
shingles_of(struct text text, uint32_t out[TEXT_MAX])
{
	size_t count = 0, kept = 0;
	for (size_t i = 0; i + 4 <= text.len; i++)
		memcpy(&out[count++], text.at + i, 4);
	qsort(out, count, sizeof(out[0]), by_value);
	for (size_t i = 0; i < count; i++) {
		if (!i || out[i] != out[kept - 1])
			out[kept++] = out[i];
	}
	return kept;
}

static double
jaccard(struct text a, struct text b)
{
	uint32_t left[TEXT_MAX], right[TEXT_MAX];
	size_t nleft = shingles_of(a, left), nright = shingles_of(b, right);
	size_t i = 0, j = 0, both = 0;
	while (i < nleft && j < nright) {
		if (left[i] == right[j])
			both++;
		if (left[i] < right[j])
			i++;
		else if (left[i] > right[j])
			j++;
		else
			i++, j++;
	}
	return (double)both / (double)(nleft + nright - both);
}

/*
 * Two texts that share their first words.  Over many pairs the estimate must
 * be right on average (no bias) and stray as a sample of 64 does.
 */
static void
estimates_agree_with_exact_similarity(void **state)
{
	struct random random = { 7 };
	double sum[BUCKETS] = { 0 }, square[BUCKETS] = { 0 };
	double expected[BUCKETS] = { 0 };
	unsigned count[BUCKETS] = { 0 };
	(void)state;
	for (unsigned i = 0; i < PAIRS; i++) {
		char a[TEXT_MAX], b[TEXT_MAX];
		uint8_t one[MINHASH_BYTES], other[MINHASH_BYTES];
		size_t len = write_words(&random, a, 1 + below(&random, 40));
		struct text first = { a, len }, second = { b, len };
		double exact, error;
		unsigned bucket;
		memcpy(b, a, len);
		a[first.len++] = b[second.len++] = ' ';
		first.len +=
		    write_words(&random, a + first.len, 1 + below(&random, 12));
		second.len += write_words(&random, b + second.len,
		    1 + below(&random, 12));
		exact = jaccard(first, second);
		if (!minhash_of_folded(first, one) ||
		    !minhash_of_folded(second, other))
			continue;
		error = (double)minhash_similarity(one, other) - exact;
		bucket = (unsigned)(exact * BUCKETS);
		if (bucket == BUCKETS)
			bucket--;
		sum[bucket] += error;
		square[bucket] += error * error;
		expected[bucket] += exact * (1 - exact) / MINHASH_BYTES;
		count[bucket]++;
	}
	for (unsigned i = 0; i < BUCKETS; i++) {
		double n = count[i];
		assert_true(count[i] > 50);
		assert_true(fabs(sum[i] / n) < 0.015);
		/* Densified bins lean on each other: a little wider. */
		assert_true(
		    sqrt(square[i] / n) < 1.35 * sqrt(expected[i] / n) + 0.01);
	}
}

static void
fewer_than_eight_shingles_are_no_text(void **state)
{
	static const struct {
		const char *text;
		unsigned shingles;
	} row[] = {
		{ "", 0 },
		{ "abc", 0 },
		{ "not workin", 0 },       /* seven */
		{ "not working", 8 },      /* eight */
		{ "aaaaaaaaaaaaaaaa", 0 }, /* one, many times */
		{ "no power no power no power", 9 },
	};
	uint8_t signature[MINHASH_BYTES], zero[MINHASH_BYTES] = { 0 };
	(void)state;
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		memset(signature, 0xee, sizeof(signature));
		assert_int_equal(minhash_of_folded(text_of(row[i].text),
				     signature),
		    row[i].shingles);
		if (!row[i].shingles)
			assert_memory_equal(signature, zero, MINHASH_BYTES);
	}
}

/* What folds alike is alike; letters of two bytes count as one. */
static void
what_folds_alike_is_alike(void **state)
{
	uint8_t a[MINHASH_BYTES], b[MINHASH_BYTES];
	(void)state;
	assert_int_equal(minhash_of_text(TEXT("The KETTLE, caught fire!!"), a),
	    minhash_of_text(TEXT("the kettle caught  fire"), b));
	assert_memory_equal(a, b, MINHASH_BYTES);
	assert_int_equal(minhash_of_folded(TEXT("\xd0\xb0\xd0\xb1\xd0\xb2"
						"\xd0\xb3"),
			     a),
	    0);
	assert_int_equal(
	    minhash_of_folded(TEXT("\xd0\xb0\xd0\xb1\xd0\xb2\xd0\xb3\xd0\xb4"
				   "\xd0\xb5\xd0\xb6\xd0\xb7\xd0\xb8\xd0\xb9"
				   "\xd0\xba"),
		a),
	    8);
}

static void
estimates_stay_within_bounds(void **state)
{
	uint8_t a[MINHASH_BYTES], b[MINHASH_BYTES];
	char text[9000];
	struct random random = { 3 };
	size_t len = 0;
	(void)state;
	memset(a, 1, sizeof(a));
	memset(b, 2, sizeof(b));
	assert_int_equal(minhash_equal_bins(a, b), 0);
	assert_true(minhash_similarity(a, b) <= 0);
	assert_int_equal(minhash_equal_bins(a, a), MINHASH_BYTES);
	assert_true(minhash_similarity(a, a) >= 1);
	while (len < 8000)
		len += write_words(&random, text + len, 10);
	assert_int_equal(minhash_of_text((struct text){ text, len }, a), 255);
	/* Bytes that are no UTF-8 do no harm. */
	memset(text, 0x80, sizeof(text));
	assert_int_equal(minhash_of_folded((struct text){ text, 9000 }, a), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(estimates_agree_with_exact_similarity),
		cmocka_unit_test(fewer_than_eight_shingles_are_no_text),
		cmocka_unit_test(what_folds_alike_is_alike),
		cmocka_unit_test(estimates_stay_within_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
