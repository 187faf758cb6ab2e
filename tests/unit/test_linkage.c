/* The score of two reports, and what may be linked whatever the score. */
#include "daemon/core/linkage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <math.h>

enum { DAY = 20000 };

static const char story[] =
    "The kettle began to smoke after ten minutes, my daughter pulled the "
    "plug and the worktop is scorched beside the sink.";
static const char retold[] =
    "After ten minutes the kettle began to smoke. The worktop is scorched, "
    "my husband was out and the shop refused a refund, so we wrote.";
static const char other_story[] =
    "Water leaked from the base onto a socket and all lights in our flat "
    "went out while we had guests for dinner.";

/* A day-precise report of one product and mode. */
static struct evidence
evidence(uint64_t seq, uint16_t sender, const char *text)
{
	struct evidence it = { .organisation = sender,
		.sender = sender,
		.source = (uint32_t)sender + 100,
		.product = 7,
		.mode = 3,
		.occurred = DAY * 4 + DATE_DAY,
		.filed = (uint16_t)(DAY + 2 + seq),
		.country = 'F' << 8 | 'R',
		.region = 11,
		.is_model = 1 };
	it.seq_low = (uint32_t)seq;
	it.shingles = (uint8_t)minhash_of_text(text_of(text), it.signature);
	return it;
}

/* Compare with one candidate beside count - 1 strangers of its block. */
static struct linkage
compare_among(const struct evidence *fresh, const struct evidence *other,
    unsigned count)
{
	struct linkage_weights weights;
	struct linkage_block block;
	struct linkage linkage;
	struct evidence stranger = *other;
	const struct evidence *at[BLOCK_CANDIDATES_MAX];
	memset(stranger.signature, 0, MINHASH_BYTES);
	stranger.shingles = 0;
	stranger.region = 99;
	stranger.occurred += 12 * 4;
	for (unsigned i = 0; i < count; i++)
		at[i] = i ? &stranger : other;
	linkage_weights_init(&weights, LINKAGE_PRIOR_ODDS);
	linkage_block_init(&block, &weights, fresh, at, count);
	linkage_compare(&linkage, &block, 0);
	return linkage;
}

static struct linkage
compare(const struct evidence *fresh, const struct evidence *other)
{
	return compare_among(fresh, other, 3);
}

static void
weights_are_as_published(void **state)
{
	static const struct {
		double miss, chance, agreed, differed;
	} row[] = { { .05, .01, 6.497, -3.358 }, { .05, .5, .928, -3.358 },
		{ .1, .001, 9.662, -2.396 } };
	(void)state;
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_true(fabs(linkage_agreement(row[i].miss, row[i].chance) -
				row[i].agreed) < .0005);
		assert_true(fabs(linkage_disagreement(row[i].miss) -
				row[i].differed) < .0005);
	}
	assert_true(
	    fabs(linkage_probability(log2(200 * 19), 1. / 200) - .95) < 1e-9);
}

/* Bits are the sum of the weights; blanks weigh nothing. */
static void
bits_are_the_sum_of_the_weights(void **state)
{
	struct evidence a = evidence(1, 1, story), b = evidence(2, 2, retold);
	struct linkage linkage;
	float sum = 0;
	(void)state;
	a.age = 7;
	linkage = compare(&b, &a);
	for (unsigned i = 0; i < LINKAGE_FIELDS; i++) {
		sum += linkage.weight[i];
		if (linkage.outcome[i] == LINKAGE_BLANK)
			assert_true(fabsf(linkage.weight[i]) <= 0);
	}
	assert_true(fabsf(sum - linkage.bits) < .001f);
	assert_int_equal(linkage.outcome[LINKAGE_AGE], LINKAGE_BLANK);
	assert_int_equal(linkage.outcome[LINKAGE_DATE], LINKAGE_AGREED);
	assert_int_equal(linkage.outcome[LINKAGE_PLACE], LINKAGE_AGREED);
	assert_int_equal(linkage.outcome[LINKAGE_SERIAL], LINKAGE_BLANK);
}

/*
 * What a mode is in itself all its reports have in common; of harm only what
 * goes beyond that tells anything.
 */
static void
hazards_of_one_mode_are_no_news(void **state)
{
	static const struct {
		uint32_t hazards[2];
		uint8_t severity[2];
		uint16_t mode;
		enum linkage_outcome outcome;
	} row[] = {
		{ { 1, 1 }, { 0, 0 }, 3, LINKAGE_BLANK },
		{ { 1, 3 }, { 0, 0 }, 3, LINKAGE_BLANK },
		{ { 1, 1 }, { 2, 2 }, 3, LINKAGE_AGREED },
		{ { 1, 1 }, { 2, 4 }, 3, LINKAGE_DIFFERED },
		{ { 1, 2 }, { 2, 2 }, 3, LINKAGE_DIFFERED },
		{ { 1, 1 }, { 2, 4 }, 4, LINKAGE_AGREED },
		{ { 1, 2 }, { 0, 0 }, 4, LINKAGE_DIFFERED },
		{ { 1, 0 }, { 0, 0 }, 4, LINKAGE_BLANK },
	};
	(void)state;
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct evidence a = evidence(1, 1, story);
		struct evidence b = evidence(2, 2, retold);
		a.hazards = row[i].hazards[0];
		b.hazards = row[i].hazards[1];
		a.severity = (uint8_t)(row[i].severity[0] & 7);
		b.severity = (uint8_t)(row[i].severity[1] & 7);
		b.mode = row[i].mode;
		assert_int_equal(compare(&b, &a).outcome[LINKAGE_HARM],
		    row[i].outcome);
	}
}

/* Each rule by a change to a pair that would be linked by its text. */
enum change {
	AS_IT_IS,
	OTHER_TEXT,
	NO_TEXT,
	SAME_SENDER,
	SAME_SENDER_COPY,
	ONE_VISIT,
	ONE_VISIT_TOLD_APART,
	OTHER_SERIALS,
	EQUAL_SERIALS,
	OTHER_PRODUCT,
	SPARSE,
	STOCK,
	FOLLOW_UP,
	FOLLOW_UP_LATE,
	SEVERAL_OBJECTS,
};

static void
make(enum change change, struct evidence *a, struct evidence *b)
{
	const char *second = retold;
	if (change == OTHER_TEXT || change == EQUAL_SERIALS ||
	    change == FOLLOW_UP || change == FOLLOW_UP_LATE ||
	    change == SEVERAL_OBJECTS)
		second = other_story;
	if (change == SAME_SENDER_COPY || change == ONE_VISIT)
		second = story;
	*a = evidence(1, 1, story);
	*b = evidence(2, 2, second);
	if (change == NO_TEXT || change == SPARSE)
		b->shingles = 0;
	if (change == SPARSE) {
		b->is_model = 0;
		a->shingles = 0;
		a->is_model = 0;
		a->age = b->age = 9;
	}
	if (change == STOCK) {
		a->shingles = (uint8_t)minhash_of_text(TEXT("does not turn on"),
		    a->signature);
		*b = *a;
		b->seq_low = 2;
		b->organisation = b->sender = 2;
	}
	if (change == SAME_SENDER || change == SAME_SENDER_COPY ||
	    change == ONE_VISIT || change == ONE_VISIT_TOLD_APART ||
	    change >= FOLLOW_UP) {
		b->organisation = a->organisation;
		b->sender = a->sender;
	}
	if (change == ONE_VISIT || change == ONE_VISIT_TOLD_APART) {
		a->site = b->site = 5;
		b->filed = a->filed;
	}
	if (change == OTHER_SERIALS || change == EQUAL_SERIALS) {
		a->serial = 77;
		b->serial = change == EQUAL_SERIALS ? 77 : 78;
	}
	if (change == OTHER_PRODUCT) {
		b->product = 8;
		a->serial = b->serial = 77;
	}
	if (change >= FOLLOW_UP) {
		a->is_reporter = b->is_reporter = 1;
		b->source = a->source;
		b->filed = (uint16_t)(a->filed + 89);
	}
	if (change == FOLLOW_UP_LATE)
		b->filed = (uint16_t)(a->filed + 91);
	if (change == SEVERAL_OBJECTS)
		b->filed = a->filed;
}

static void
rules_stand_above_the_score(void **state)
{
	static const struct {
		enum change change;
		enum linkage_rule rule;
		enum linkage_decision decision;
	} row[] = {
		{ AS_IT_IS, LINKAGE_BY_TEXT, LINKAGE_LINK },
		{ OTHER_TEXT, LINKAGE_UNLIKE_TEXT, LINKAGE_REVIEW },
		{ NO_TEXT, LINKAGE_UNLIKE_TEXT, LINKAGE_REVIEW },
		{ SAME_SENDER, LINKAGE_UNLIKE_TEXT, LINKAGE_REVIEW },
		{ SAME_SENDER_COPY, LINKAGE_BY_TEXT, LINKAGE_LINK },
		{ ONE_VISIT, LINKAGE_ONE_VISIT, LINKAGE_REVIEW },
		{ ONE_VISIT_TOLD_APART, LINKAGE_ONE_VISIT, LINKAGE_POSSIBLE },
		{ OTHER_SERIALS, LINKAGE_OTHER_SERIAL, LINKAGE_REVIEW },
		{ EQUAL_SERIALS, LINKAGE_BY_SERIAL, LINKAGE_LINK },
		{ OTHER_PRODUCT, LINKAGE_OTHER_PRODUCT, LINKAGE_REVIEW },
		{ SPARSE, LINKAGE_SPARSE, LINKAGE_POSSIBLE },
		{ STOCK, LINKAGE_STOCK_TEXT, LINKAGE_REVIEW },
		{ FOLLOW_UP, LINKAGE_BY_FOLLOW_UP, LINKAGE_LINK },
		{ FOLLOW_UP_LATE, LINKAGE_UNLIKE_TEXT, LINKAGE_REVIEW },
		{ SEVERAL_OBJECTS, LINKAGE_UNLIKE_TEXT, LINKAGE_REVIEW },
	};
	(void)state;
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct evidence a, b;
		struct linkage linkage;
		make(row[i].change, &a, &b);
		linkage = compare(&b, &a);
		if (linkage.rule != row[i].rule ||
		    linkage.decision != row[i].decision)
			fail_msg("change %u: %s by %s, P %.3f, J %.3f",
			    row[i].change,
			    linkage_decision_name(linkage.decision),
			    linkage_rule_name(linkage.rule),
			    (double)linkage.probability,
			    (double)linkage.similarity);
		/* Who came first decides nothing. */
		linkage = compare(&a, &b);
		assert_int_equal(linkage.decision, row[i].decision);
		assert_int_equal(linkage.rule, row[i].rule);
	}
}

/* The farther apart the dates, the less they say. */
static void
dates_say_less_the_farther_apart(void **state)
{
	static const int32_t apart[] = { 0, 2, 6, 14, 40 };
	struct evidence a = evidence(1, 1, story), b = evidence(2, 2, retold);
	float before = 100;
	(void)state;
	for (unsigned i = 0; i < sizeof(apart) / sizeof(apart[0]); i++) {
		float weight;
		b.occurred = (DAY + apart[i]) * 4 + DATE_DAY;
		weight = compare(&b, &a).weight[LINKAGE_DATE];
		assert_true(weight < before);
		before = weight;
	}
	/* A month that holds the day says nothing, another one much. */
	b.occurred = date_join(2024, 10, 1) * 4 + DATE_MONTH;
	assert_int_equal(date_join(2024, 10, 4), DAY);
	assert_int_equal(compare(&b, &a).outcome[LINKAGE_DATE], LINKAGE_BLANK);
	b.occurred = date_join(2024, 8, 1) * 4 + DATE_MONTH;
	assert_int_equal(compare(&b, &a).outcome[LINKAGE_DATE],
	    LINKAGE_DIFFERED);
	b.occurred = 0;
	assert_int_equal(compare(&b, &a).outcome[LINKAGE_DATE], LINKAGE_BLANK);
}

/* In a crowd it takes more, and a text that many tell says little. */
static void
crowds_ask_for_more(void **state)
{
	struct evidence a = evidence(1, 1, story), b = evidence(2, 2, story);
	struct evidence crowd[BLOCK_CANDIDATES_MAX];
	const struct evidence *at[BLOCK_CANDIDATES_MAX];
	struct linkage_weights weights;
	struct linkage_block block;
	struct linkage alone = compare_among(&b, &a, 1), linkage;
	(void)state;
	linkage = compare_among(&b, &a, BLOCK_CANDIDATES_MAX);
	assert_true(linkage.bits < alone.bits - 2);
	assert_int_equal(linkage.decision, LINKAGE_LINK);
	for (unsigned i = 0; i < BLOCK_CANDIDATES_MAX; i++) {
		crowd[i] = evidence(i + 10, (uint16_t)(3 + i), story);
		crowd[i].region = (uint16_t)(40 + i);
		crowd[i].occurred += 4 * (int32_t)(i % 9);
		at[i] = &crowd[i];
	}
	linkage_weights_init(&weights, LINKAGE_PRIOR_ODDS);
	linkage_block_init(&block, &weights, &b, at, BLOCK_CANDIDATES_MAX);
	linkage_compare(&linkage, &block, 0);
	assert_true(linkage.weight[LINKAGE_TEXT] < 1);
	assert_int_not_equal(linkage.decision, LINKAGE_LINK);
}

/* The search finds what comparing all finds, best first. */
static void
search_finds_what_comparing_all_finds(void **state)
{
	static const char *const text[] = { story, retold, other_story };
	struct evidence fresh = evidence(500, 2, story);
	struct evidence candidate[60];
	const struct evidence *at[60];
	struct linkage_weights weights;
	struct linkage_block block;
	struct linkage_found found[60], few[3];
	struct linkage linkage;
	unsigned expected = 0, count;
	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		candidate[i] = evidence(i + 1, (uint16_t)(i % 4 + 1),
		    text[i % 15 < 2 ? i % 15 : 2]);
		candidate[i].occurred += 4 * (int32_t)(i * i % 17);
		candidate[i].region = (uint16_t)(i % 15 < 2 ? 11 : 12 + i % 7);
		candidate[i].serial = i == 41 ? 9 : 0;
		at[i] = &candidate[i];
	}
	fresh.serial = 9;
	linkage_weights_init(&weights, 1. / 5);
	linkage_block_init(&block, &weights, &fresh, at, 60);
	for (unsigned i = 0; i < 60; i++) {
		linkage_compare(&linkage, &block, i);
		expected += linkage.decision != LINKAGE_NONE;
	}
	count = linkage_search(&block, found, 60);
	assert_int_equal(count, expected);
	assert_true(count > 3);
	assert_int_equal(found[0].candidate, 0);
	for (unsigned i = 1; i < count; i++) {
		assert_true(
		    found[i - 1].linkage.decision >= found[i].linkage.decision);
		if (found[i - 1].linkage.decision == found[i].linkage.decision)
			assert_true(
			    found[i - 1].linkage.bits >= found[i].linkage.bits);
	}
	assert_int_equal(linkage_search(&block, few, 3), 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(few[i].candidate, found[i].candidate);
}

static struct evidence
any_evidence(uint64_t seq, unsigned random)
{
	static const char *const text[] = { story, retold, other_story,
		"does not turn on" };
	struct evidence it =
	    evidence(seq, (uint16_t)(1 + random % 2), text[random / 2 % 4]);
	it.region = (uint16_t)(random / 8 % 3);
	it.age = (uint8_t)(random / 24 % 4);
	it.severity = random / 96 % 3 & 7;
	it.site = (uint16_t)(random / 288 % 2);
	it.lot = random / 576 % 2;
	it.occurred += 4 * (int32_t)(random / 1152 % 12);
	it.shingles = random / 13824 % 4 ? it.shingles : 0;
	return it;
}

/* What the search does not compare would have come to nothing. */
static void
what_is_passed_over_comes_to_nothing(void **state)
{
	enum { TURNS = 3000, CANDIDATES = 8 };
	static const double prior[] = { 1. / 2000, 1. / 200, 1. / 20 };
	unsigned random = 1, passed = 0, tight = 0;
	(void)state;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		struct evidence it[CANDIDATES + 1];
		const struct evidence *at[CANDIDATES];
		struct linkage_weights weights;
		struct linkage_block block;
		for (unsigned i = 0; i <= CANDIDATES; i++) {
			random = random * 1103515245u + 12345u;
			it[i] = any_evidence(i + 1, random >> 8);
			at[i ? i - 1 : 0] = &it[i];
		}
		linkage_weights_init(&weights, prior[turn % 3]);
		linkage_block_init(&block, &weights, &it[0], at, CANDIDATES);
		for (unsigned i = 0; i < CANDIDATES; i++) {
			struct linkage linkage;
			bool is_worth = linkage_is_worth(&block, i);
			linkage_compare(&linkage, &block, i);
			passed += !is_worth;
			tight += is_worth && linkage.decision != LINKAGE_NONE;
			if (!is_worth)
				assert_int_equal(linkage.decision,
				    LINKAGE_NONE);
		}
	}
	assert_true(passed > TURNS);
	assert_true(tight > TURNS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights_are_as_published),
		cmocka_unit_test(bits_are_the_sum_of_the_weights),
		cmocka_unit_test(hazards_of_one_mode_are_no_news),
		cmocka_unit_test(rules_stand_above_the_score),
		cmocka_unit_test(dates_say_less_the_farther_apart),
		cmocka_unit_test(crowds_ask_for_more),
		cmocka_unit_test(what_is_passed_over_comes_to_nothing),
		cmocka_unit_test(search_finds_what_comparing_all_finds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
