#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "daemon/core/sentence.h"

struct case_of {
	int from[3], to[3];
	uint32_t organisations, reports, cases, sources;
	unsigned ncountries;
	bool is_at_least;
	const char *product, *mode_en, *mode_fr;
	const char *en, *fr;
};

#define EN_END ". Consumers' statements, not verified."
#define FR_END ". Déclarations de consommateurs, non vérifiées."

static const struct case_of cases[] = {
	{ { 2026, 10, 27 }, { 2026, 11, 24 }, 2, 7, 6, 5, 2, false,
	    "Moulinex BY612", "overheating", "surchauffe",
	    "Between 27 Oct and 24 Nov 2026 (UTC), 2 organisations received "
	    "7 reports (6 cases, 5 sources; BE, FR) of overheating for "
	    "Moulinex BY612" EN_END,
	    "Entre le 27 octobre et le 24 novembre 2026 (UTC), "
	    "2 organisations ont reçu 7 signalements (6 cas, 5 sources ; "
	    "BE, FR) de surchauffe concernant Moulinex BY612" FR_END },
	{ { 2025, 12, 20 }, { 2026, 1, 1 }, 1, 1, 1, 1, 1, false, "Seb", "", "",
	    "Between 20 Dec 2025 and 1 Jan 2026 (UTC), 1 organisation "
	    "received 1 report (1 case, 1 source; BE) about Seb" EN_END,
	    "Entre le 20 décembre 2025 et le 1er janvier 2026 (UTC), "
	    "1 organisation a reçu 1 signalement (1 cas, 1 source ; BE) "
	    "concernant Seb" FR_END },
	{ { 2026, 11, 24 }, { 2026, 11, 24 }, 3, 2, 2, 2, 0, false, "Téfal",
	    "Fire", "Incendie",
	    "On 24 Nov 2026 (UTC), 3 organisations received 2 reports "
	    "(2 cases, 2 sources) of fire for Téfal" EN_END,
	    "Le 24 novembre 2026 (UTC), 3 organisations ont reçu "
	    "2 signalements (2 cas, 2 sources) d'incendie concernant "
	    "Téfal" FR_END },
	{ { 2026, 8, 1 }, { 2026, 8, 1 }, 1, 92, 92, 50, 6, true, "X", "Sparks",
	    "Étincelles",
	    "On 1 Aug 2026 (UTC), at least 1 organisation received at least "
	    "92 reports (at least 92 cases, 50 sources; BE, FR, DE, AT, CH, "
	    "NL) of sparks for X" EN_END,
	    "Le 1er août 2026 (UTC), au moins 1 organisation a reçu au moins "
	    "92 signalements (au moins 92 cas, 50 sources ; BE, FR, DE, AT, "
	    "CH, NL) d'étincelles concernant X" FR_END },
	{ { 2026, 2, 28 }, { 2026, 3, 2 }, 2, 8, 8, 8, 7, false, "", "USB port",
	    "USB débranché",
	    "Between 28 Feb and 2 Mar 2026 (UTC), 2 organisations received "
	    "8 reports (8 cases, 8 sources; 7 countries) of USB port for a "
	    "product without a name" EN_END,
	    "Entre le 28 février et le 2 mars 2026 (UTC), 2 organisations "
	    "ont reçu 8 signalements (8 cas, 8 sources ; 7 pays) d'USB "
	    "débranché concernant un produit sans nom" FR_END },
};

static const char countries[][3] = { "BE", "FR", "DE", "AT", "CH", "NL", "SE" };

static struct rule_counts
counts_of(const struct case_of *c)
{
	struct rule_counts counts = { .organisations = c->organisations,
		.reports = c->reports,
		.cases = c->cases,
		.sources = c->sources,
		.ncountries = c->ncountries,
		.is_at_least = c->is_at_least,
		.from = date_join(c->from[0], c->from[1], c->from[2]),
		.to = date_join(c->to[0], c->to[1], c->to[2]) };

	for (unsigned i = 0; i < c->ncountries; i++)
		counts.country[i] =
		    (uint16_t)(countries[i][0] << 8 | countries[i][1]);
	return counts;
}

static void
test_sentences(void **state)
{
	char out[SENTENCE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct rule_counts counts = counts_of(&cases[i]);
		struct sentence_facts facts = { .counts = &counts,
			.product = text_of(cases[i].product),
			.mode_en = text_of(cases[i].mode_en),
			.mode_fr = text_of(cases[i].mode_fr) };

		assert_int_equal(sentence_en(&facts, out), strlen(cases[i].en));
		assert_string_equal(out, cases[i].en);
		assert_int_equal(sentence_fr(&facts, out), strlen(cases[i].fr));
		assert_string_equal(out, cases[i].fr);
	}
}

/* What the statistic expected is said behind the product. */
static void
test_expected(void **state)
{
	static const struct {
		double expected;
		const char *en, *fr;
	} rows[] = {
		{ 0, "X. Cons", "X. Décl" },
		{ .3, "X; fewer than 1 was to be expected. Cons",
		    "X ; on en attendait moins de 1. Décl" },
		{ 1.2, "X; about 1 was to be expected. Cons",
		    "X ; on en attendait environ 1. Décl" },
		{ 12.7, "X; about 13 were to be expected. Cons",
		    "X ; on en attendait environ 13. Décl" },
	};
	char out[SENTENCE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule_counts counts = { .from = 20000, .to = 20000 };
		struct sentence_facts facts = { .counts = &counts,
			.product = TEXT("X"),
			.expected = rows[i].expected };

		(void)sentence_en(&facts, out);
		assert_non_null(strstr(out, rows[i].en));
		(void)sentence_fr(&facts, out);
		assert_non_null(strstr(out, rows[i].fr));
	}
}

static void
test_months(void **state)
{
	static const char *const en[] = { "1 Jan", "1 Feb", "1 Mar", "1 Apr",
		"1 May", "1 Jun", "1 Jul", "1 Aug", "1 Sep", "1 Oct", "1 Nov",
		"1 Dec" };
	static const char *const fr[] = { "1er janvier", "1er février",
		"1er mars", "1er avril", "1er mai", "1er juin", "1er juillet",
		"1er août", "1er septembre", "1er octobre", "1er novembre",
		"1er décembre" };
	char out[SENTENCE_MAX], want[64];

	(void)state;
	for (int month = 1; month <= 12; month++) {
		int32_t day = date_join(2026, month, 1);
		struct rule_counts counts = { .from = day, .to = day };
		struct sentence_facts facts = { .counts = &counts };

		(void)snprintf(want, sizeof(want), "On %s 2026 (UTC), ",
		    en[month - 1]);
		(void)sentence_en(&facts, out);
		assert_memory_equal(out, want, strlen(want));
		(void)snprintf(want, sizeof(want), "Le %s 2026 (UTC), ",
		    fr[month - 1]);
		(void)sentence_fr(&facts, out);
		assert_memory_equal(out, want, strlen(want));
	}
}

static void
test_elision(void **state)
{
	static const char *const words[][2] = { { "incendie", " d'incendie " },
		{ "Étouffement", " d'étouffement " }, { "œdème", " d'œdème " },
		{ "Œdème", " d'œdème " }, { "ébullition", " d'ébullition " },
		{ "humidité", " d'humidité " }, { "Heurt", " de heurt " },
		{ "haute tension", " de haute tension " },
		{ "Fuite", " de fuite " }, { "étrange", " d'étrange " },
		{ "yoyo", " de yoyo " }, { "LED", " de LED " },
		{ "Çà", " de çà " } };
	char out[SENTENCE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct rule_counts counts = { .reports = 1 };
		struct sentence_facts facts = { .counts = &counts,
			.product = TEXT("X"),
			.mode_fr = text_of(words[i][0]) };

		(void)sentence_fr(&facts, out);
		assert_non_null(strstr(out, words[i][1]));
	}
}

/* Is every byte part of a whole character?  Ours have at most 3 bytes. */
static bool
is_whole_utf8(const char *at)
{
	while (*at) {
		uint8_t c = (uint8_t)*at;
		unsigned more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

		if (c >= 0x80 && c < 0xc0)
			return false;
		for (at++; more > 0; more--, at++)
			if (((uint8_t)*at & 0xc0) != 0x80)
				return false;
	}
	return true;
}

/* The largest of everything, at every length of the texts. */
static void
test_fits(void **state)
{
	static const char *const letters[] = { "a", "é", "漢", "🔥" };
	char text[1200], out[SENTENCE_MAX + 8];
	struct rule_counts counts = { .reports = UINT32_MAX,
		.cases = UINT32_MAX,
		.sources = UINT32_MAX,
		.organisations = UINT32_MAX,
		.is_at_least = true,
		.ncountries = 6,
		.country = { 'A' << 8 | 'A', 'B' << 8 | 'B', 'C' << 8 | 'C',
		    'D' << 8 | 'D', 'E' << 8 | 'E', 'F' << 8 | 'F' } };

	(void)state;
	counts.from = date_join(2025, 9, 27);
	counts.to = date_join(2026, 11, 24);
	memset(out + SENTENCE_MAX, '#', 8);
	for (unsigned kind = 0; kind < 4; kind++) {
		const size_t width = strlen(letters[kind]);
		struct sentence_facts facts = { .counts = &counts };

		for (unsigned i = 0; i < sizeof(text) / width; i++)
			memcpy(text + i * width, letters[kind], width);
		for (size_t len = width; len <= 1000; len += width) {
			facts.product = facts.mode_en = facts.mode_fr =
			    (struct text){ text, len };
			assert_in_range(sentence_en(&facts, out), 1,
			    SENTENCE_MAX - 1);
			assert_true(is_whole_utf8(out));
			assert_non_null(strstr(out, "verified."));
			assert_in_range(sentence_fr(&facts, out), 1,
			    SENTENCE_MAX - 1);
			assert_true(is_whole_utf8(out));
			assert_non_null(strstr(out, "vérifiées."));
			/* 80 characters of any script but rare ones stay. */
			if (width <= 3 && len <= 80 * width)
				assert_non_null(strstr(out,
				    kind == 0       ? "a."
					: kind == 1 ? "é."
						    : "漢."));
			if (len > 240)
				assert_non_null(strstr(out, "…."));
		}
	}
	assert_memory_equal(out + SENTENCE_MAX, "########", 8);
}

/* No word of judgement, whatever the counts. */
static void
test_words_never_used(void **state)
{
	static const char *const never[] = { "defect", "danger", "caus",
		"défaut", "dangereu", "fault", "unsafe", "risk" };
	char out[2][SENTENCE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct rule_counts counts = counts_of(&cases[i]);
		struct sentence_facts facts = { .counts = &counts };

		(void)sentence_en(&facts, out[0]);
		(void)sentence_fr(&facts, out[1]);
		for (size_t j = 0; j < sizeof(never) / sizeof(*never); j++) {
			assert_null(strcasestr(out[0], never[j]));
			assert_null(strcasestr(out[1], never[j]));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_expected),
		cmocka_unit_test(test_months),
		cmocka_unit_test(test_elision),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_words_never_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
