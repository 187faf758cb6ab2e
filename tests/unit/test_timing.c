/*
 * test_timing.c - does the time that looking up a token takes tell anything of
 * it?  As dudect (Reparaz, Balasch, Verbauwhede: Dude, is my code constant
 * time?, 2017) asks: a fixed text against a fresh random one at every try, in
 * random order; Welch's t of the times, of those below each of a hundred
 * percentiles, since what disturbs is slow, and of their squared deviations.
 *
 * usage: test_timing [TRIES]
 *
 * What leaks shows at every attempt, what another program disturbs does not:
 * a look-up fails when three attempts in a row show |t| of 4.5 and more.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/digest.h"
#include "daemon/calls/keyring.h"
#include "daemon/core/passkey.h"
#include "daemon/intake/members.h"
#include "daemon/net/loop.h"
#include "daemon/store/record.h"

enum {
	TOKENS = 16, /* so few that all of them stay in the nearest cache */
	BATCH = 64,
	CROPS = 100,
	TESTS = CROPS + 2,
	ENOUGH = 1000, /* fewer tries below a percentile say nothing */
	ATTEMPTS = 3,
	TOKEN_LEN = PASSKEY_TEXT_MAX - 1,
};

static const double T_MOST = 4.5;
static size_t tries = 100000;

/* --- Welch's t ------------------------------------------------------------ */

struct sample {
	double count, mean, squares; /* of deviations from the mean */
};

static void
sample_add(struct sample *sample, double value)
{
	double apart = value - sample->mean;

	sample->count++;
	sample->mean += apart / sample->count;
	sample->squares += apart * (value - sample->mean);
}

static double
welch(const struct sample pair[2])
{
	double spread = 0;

	for (unsigned i = 0; i < 2; i++) {
		if (pair[i].count < ENOUGH)
			return 0;
		spread += pair[i].squares / (pair[i].count - 1) / pair[i].count;
	}
	return spread > 0 ? (pair[0].mean - pair[1].mean) / sqrt(spread) : 0;
}

static void
welch_of_what_is_known(void **state)
{
	struct sample pair[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	(void)state;
	/* 0 1 0 1 ... and 1 2 1 2 ...: both spread 1/4 about 1/2 and 3/2. */
	for (int i = 0; i < 2000; i++) {
		sample_add(&pair[0], i % 2);
		sample_add(&pair[1], 1 + i % 2);
	}
	assert_true(fabs(welch(pair) + sqrt(4 * 1999 / 2.)) < 1e-6);
	pair[1] = pair[0];
	assert_true(welch(pair) == 0);
}

/* --- measuring ------------------------------------------------------------ */

/* A look-up and what it is tried on. */
struct trial {
	const char *name;
	bool (*look_up)(void *who, struct text token);
	void *who;
	const char *fixed;
};

struct tried {
	uint8_t class; /* 0 fixed, 1 random */
	double ns;
};

/* Room for a batch of texts: whichever class it is, the bytes lie there. */
struct bench {
	char text[BATCH][64];
	struct tried *tried;
};

static double
time_one(const struct trial *trial, struct text token)
{
	struct timespec begin, end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	(void)trial->look_up(trial->who, token);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (double)((end.tv_sec - begin.tv_sec) * 1000000000 +
	    (end.tv_nsec - begin.tv_nsec));
}

static void
write_random(char out[PASSKEY_TEXT_MAX])
{
	uint8_t secret[PASSKEY_SECRET_BYTES];

	digest_random(secret, sizeof(secret));
	passkey_write(secret, out);
}

static void
measure(struct bench *bench, const struct trial *trial)
{
	for (size_t at = 0; at < tries; at += BATCH) {
		size_t count = tries - at < BATCH ? tries - at : BATCH;
		uint8_t class[BATCH];

		digest_random(class, sizeof(class));
		for (size_t i = 0; i < count; i++) {
			char fresh[PASSKEY_TEXT_MAX];

			write_random(fresh);
			bench->tried[at + i].class = class[i] & 1;
			memcpy(bench->text[i],
			    class[i] & 1 ? fresh : trial->fixed, TOKEN_LEN);
		}
		for (size_t i = 0; i < count; i++)
			bench->tried[at + i].ns = time_one(trial,
			    (struct text){ bench->text[i], TOKEN_LEN });
	}
}

static int
compare_times(const void *a, const void *b)
{
	double x = ((const struct tried *)a)->ns;
	double y = ((const struct tried *)b)->ns;

	return (x > y) - (x < y);
}

/* The greatest |t| of all: whole, cropped, and of the second order. */
static double
judge(const struct bench *bench)
{
	struct sample(*pairs)[2] = calloc(TESTS, sizeof(*pairs));
	struct tried *sorted = calloc(tries, sizeof(*sorted));
	double crop[CROPS], most = 0;

	assert_true(pairs && sorted);
	memcpy(sorted, bench->tried, tries * sizeof(*sorted));
	qsort(sorted, tries, sizeof(*sorted), compare_times);
	for (unsigned i = 0; i < CROPS; i++)
		crop[i] = sorted[(size_t)((1 - pow(.5, 10. * (i + 1) / CROPS)) *
				     (double)(tries - 1))]
			      .ns;
	for (size_t i = 0; i < tries; i++) {
		const struct tried *tried = &bench->tried[i];

		sample_add(&pairs[CROPS][tried->class], tried->ns);
		for (unsigned j = 0; j < CROPS; j++)
			if (tried->ns < crop[j])
				sample_add(&pairs[j][tried->class], tried->ns);
	}
	for (size_t i = 0; i < tries; i++) {
		const struct tried *tried = &bench->tried[i];
		double apart = tried->ns - pairs[CROPS][tried->class].mean;

		sample_add(&pairs[CROPS + 1][tried->class], apart * apart);
	}
	for (unsigned i = 0; i < TESTS; i++)
		most = fmax(most, fabs(welch(pairs[i])));
	free(sorted);
	free(pairs);
	return most;
}

/* The least of the attempts: what leaks shows in each. */
static double
least_t(const struct trial *trial)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	double least = HUGE_VAL;

	assert_non_null(bench);
	bench->tried = calloc(tries, sizeof(*bench->tried));
	assert_non_null(bench->tried);
	measure(bench, trial); /* to warm up */
	for (unsigned i = 0; i < ATTEMPTS && least >= T_MOST; i++) {
		double t;

		measure(bench, trial);
		t = judge(bench);
		printf("timing_t %s tries=%zu attempt=%u t=%.2f\n", trial->name,
		    tries, i + 1, t);
		least = fmin(least, t);
	}
	free(bench->tried);
	free(bench);
	return least;
}

/* --- the keyring ---------------------------------------------------------- */

struct rig {
	struct clock clock;
	struct services services;
	struct keyring *keyring;
	char token[TOKENS][PASSKEY_TEXT_MAX]; /* the odd ones are revoked */
};

static void
add_row(struct buf *rows, const struct access_row *row)
{
	struct buf bytes = { 0 };

	access_row_write(&bytes, row);
	buf_u8(rows, RECORD_TOKEN);
	buf_string(rows, buf_text(&bytes));
	buf_free(&bytes);
}

static void
add_token(struct rig *rig, unsigned index, struct buf *rows)
{
	struct access_row row = {
		.made_ms = 1,
		.revoked_ms = index % 2 ? 1 : 0,
		.made = { .act = TOKEN_MADE,
		    .token = index + 1,
		    .organisation = 1,
		    .roles = ACCESS_ALL_ROLES },
	};

	write_random(rig->token[index]);
	passkey_hash(text_of(rig->token[index]), row.made.hash);
	add_row(rows, &row);
}

static int
set_up(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct buf rows = { 0 };

	if (!rig || digest_init())
		return -1;
	rig->services.loop = loop_new();
	rig->services.clock = &rig->clock;
	rig->keyring = keyring_new(&rig->services);
	for (unsigned i = 0; i < TOKENS; i++)
		add_token(rig, i, &rows);
	*state = rig;
	return keyring_learn(rig->keyring, buf_text(&rows)) ||
		(buf_free(&rows), 0)
	    ? -1
	    : 0;
}

static int
tear_down(void **state)
{
	struct rig *rig = *state;

	keyring_free(rig->keyring);
	loop_free(rig->services.loop);
	free(rig);
	return 0;
}

static bool
find(void *who, struct text token)
{
	struct rig *rig = who;

	return keyring_find(rig->keyring, token) != NULL;
}

static void
look_ups_tell_nothing_by_their_time(void **state)
{
	struct rig *rig = *state;
	char unknown[PASSKEY_TEXT_MAX], wrong[PASSKEY_TEXT_MAX];
	const struct trial trials[] = {
		{ "unknown", find, rig, unknown },
		{ "revoked", find, rig, rig->token[1] },
		{ "wrong-last-byte", find, rig, wrong },
		{ "right", find, rig, rig->token[0] },
	};

	write_random(unknown);
	memcpy(wrong, rig->token[0], sizeof(wrong));
	wrong[TOKEN_LEN - 1] = wrong[TOKEN_LEN - 1] == 'a' ? 'q' : 'a';
	assert_true(find(rig, text_of(rig->token[0])));
	assert_false(find(rig, text_of(rig->token[1])));
	assert_false(find(rig, text_of(wrong)));
	assert_false(find(rig, text_of(unknown)));
	for (size_t i = 0; i < sizeof(trials) / sizeof(*trials); i++)
		assert_true(least_t(&trials[i]) < T_MOST);
}

/*
 * As many tokens as there may ever be, each of which differs from the one that
 * is asked for in one bit of its hash; then that one.
 */
static void
every_bit_counts(void **state)
{
	enum { BITS = 8 * TOKEN_HASH_BYTES, LOOKS = 200 };
	struct clock clock = { 0 };
	struct services services = { .loop = loop_new(), .clock = &clock };
	struct keyring *keyring = keyring_new(&services);
	struct access_row row = { .made_ms = 1, .made = { .organisation = 1 } };
	struct timespec begin, end;
	struct buf rows = { 0 };
	const struct bearer *bearer;

	(void)state;
	passkey_hash(TEXT("tocsin_a"), row.made.hash);
	for (unsigned i = 0; i < MEMBERS_TOKENS_MAX - 1; i++) {
		uint8_t *byte = &row.made.hash[i % BITS / 8];
		uint8_t before = *byte;

		*byte = (uint8_t)(before ^ 1u << i % 8);
		row.made.token = i + 1;
		add_row(&rows, &row);
		*byte = before;
	}
	assert_int_equal(keyring_learn(keyring, buf_text(&rows)), 0);
	assert_null(keyring_find(keyring, TEXT("tocsin_a")));
	buf_clear(&rows);
	row.made.token = MEMBERS_TOKENS_MAX;
	add_row(&rows, &row);
	assert_int_equal(keyring_learn(keyring, buf_text(&rows)), 0);
	bearer = keyring_find(keyring, TEXT("tocsin_a"));
	assert_non_null(bearer);
	assert_int_equal(bearer->grant.token, MEMBERS_TOKENS_MAX);
	assert_null(keyring_find(keyring, TEXT("tocsin_b")));
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (unsigned i = 0; i < LOOKS; i++)
		(void)keyring_find(keyring, TEXT("tocsin_b"));
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("keyring_find_us tokens=%d us=%.1f\n", MEMBERS_TOKENS_MAX,
	    ((double)(end.tv_sec - begin.tv_sec) * 1e9 +
		(double)(end.tv_nsec - begin.tv_nsec)) /
		LOOKS / 1000);
	/* A number that is left out is refused, and harms nothing. */
	buf_clear(&rows);
	row.made.token = MEMBERS_TOKENS_MAX + 2;
	add_row(&rows, &row);
	assert_int_equal(keyring_learn(keyring, buf_text(&rows)), -1);
	buf_free(&rows);
	keyring_free(keyring);
	loop_free(services.loop);
}

/* What memcmp may do: the first byte that differs ends it. */
static bool
find_early(void *who, struct text token)
{
	const struct rig *rig = who;
	const volatile char *known = rig->token[0];
	size_t i = 0;

	while (i < token.len && known[i] == token.at[i])
		i++;
	return i == token.len;
}

static void
early_exits_are_found(void **state)
{
	struct rig *rig = *state;
	char wrong[PASSKEY_TEXT_MAX];
	const struct trial trials[] = {
		{ "planted-wrong-last-byte", find_early, rig, wrong },
		{ "planted-right", find_early, rig, rig->token[0] },
	};

	memcpy(wrong, rig->token[0], sizeof(wrong));
	wrong[TOKEN_LEN - 1] = wrong[TOKEN_LEN - 1] == 'a' ? 'q' : 'a';
	for (size_t i = 0; i < sizeof(trials) / sizeof(*trials); i++)
		assert_true(least_t(&trials[i]) >= T_MOST);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(welch_of_what_is_known),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(early_exits_are_found),
		cmocka_unit_test(look_ups_tell_nothing_by_their_time),
	};

	if (argc > 1)
		tries = strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
