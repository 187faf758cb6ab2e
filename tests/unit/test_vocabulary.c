/* The built-in vocabularies, and what is refused of others. */
#include "daemon/core/vocabulary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "etc/embedded.h"
#include "tests/lib/csvread.h"

static int
load_built_in(void **state)
{
	struct yaml_errors errors = { 0 };
	*state = vocabulary_new(NULL, &errors);
	if (!*state)
		fprintf(stderr, "%.*s", TEXT_ARG(buf_text(&errors.text)));
	yaml_errors_free(&errors);
	return *state ? 0 : -1;
}

static int
drop_built_in(void **state)
{
	vocabulary_free(*state);
	return 0;
}

static void
check_found(const struct vocabulary *vocabulary, enum word_list list,
    struct text label, const char *slug)
{
	int index = vocabulary_find(vocabulary, list, label);
	if (index < 0)
		fail_msg("\"%.*s\" is not found", TEXT_ARG(label));
	struct text found =
	    vocabulary_word(vocabulary, list, (unsigned)index)->slug;
	if (slug && !text_is(found, slug))
		fail_msg("\"%.*s\" is \"%.*s\"", TEXT_ARG(label),
		    TEXT_ARG(found));
}

static void
the_lists_are_whole(void **state)
{
	assert_true(vocabulary_count(*state, WORDS_CATEGORY) >= 120);
	assert_true(vocabulary_count(*state, WORDS_MODE) >= 60);
	unsigned hazards = vocabulary_count(*state, WORDS_HAZARD);
	assert_true(hazards >= 22 && hazards <= VOCABULARY_HAZARDS_MAX);
	for (int list = WORDS_CATEGORY; list <= WORDS_HAZARD; list++) {
		unsigned count = vocabulary_count(*state, (enum word_list)list);
		for (unsigned i = 0; i < count; i++) {
			const struct word *word =
			    vocabulary_word(*state, (enum word_list)list, i);
			assert_true(word->slug.len > 0 && word->slug.len < 48);
			assert_true(word->en.len > 0 && word->fr.len > 0);
			assert_true(word->parent < (int)i);
			struct text labels[] = { word->slug, word->en,
				word->fr };
			for (unsigned k = 0; k < 3; k++)
				assert_int_equal(vocabulary_find(*state,
						     (enum word_list)list,
						     labels[k]),
				    i);
		}
	}
}

static void
labels_of_every_sort_resolve(void **state)
{
	static const struct {
		enum word_list list;
		const char *label;
		const char *slug;
	} rows[] = {
		{ WORDS_CATEGORY, "kettle", "kettle" },
		{ WORDS_CATEGORY, "ords:Kettle", "kettle" },
		{ WORDS_CATEGORY, "KETTLE", "kettle" },
		{ WORDS_CATEGORY, "Bouilloire", "kettle" },
		{ WORDS_CATEGORY, "st\xc3\xb8vsuger", "vacuum" },
		{ WORDS_CATEGORY, "grille pain", "toaster" },
		{ WORDS_CATEGORY, "gpc:86000000", "toys" },
		{ WORDS_CATEGORY, "nhtsa:TIRES", "tyre" },
		{ WORDS_CATEGORY, "AIR BAGS", "vehicle-airbag" },
		{ WORDS_CATEGORY, "Motor vehicles", "vehicle" },
		{ WORDS_MODE, "Overheats", "overheating" },
		{ WORDS_MODE,
		    "ne s\xe2\x80\x99"
		    "allume pas",
		    "no-power" },
		{ WORDS_HAZARD, "Electric shock", "electric-shock" },
		{ WORDS_HAZARD, "Health risk/other", "health-other" },
		{ WORDS_HAZARD, "Br\xc3\xbblures", "burns" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_found(*state, rows[i].list, text_of(rows[i].label),
		    rows[i].slug);
	static const char *const absent[] = { "", "?", "86000000",
		"ords:", "kettles of fish", "ords:kettle:" };
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(vocabulary_find(*state, WORDS_CATEGORY,
				     text_of(absent[i])),
		    -1);
	char longest[400];
	memset(longest, 'k', sizeof(longest));
	assert_int_equal(vocabulary_find(*state, WORDS_CATEGORY,
			     (struct text){ longest, sizeof(longest) }),
	    -1);
}

static void
safety_gate_risks_resolve(void **state)
{
	static const char *const risks[] = { "Asphyxiation", "Burns",
		"Chemical", "Choking", "Cuts", "Damage to hearing",
		"Damage to sight", "Drowning", "Electric shock",
		"Electromagnetic disturbance", "Energy consumption",
		"Entrapment", "Environment", "Fire", "Health risk/other",
		"Injuries", "Incorrect measurement", "Microbiological",
		"Security", "Strangulation", "Suffocation", "Other" };
	for (size_t i = 0; i < sizeof(risks) / sizeof(risks[0]); i++)
		check_found(*state, WORDS_HAZARD, text_of(risks[i]), NULL);
}

/* A hazard's index is a bit of stored rows: these must never move. */
static void
hazards_keep_their_bits(void **state)
{
	static const char *const first[] = { "fire", "electric-shock",
		"choking", "suffocation", "asphyxiation", "strangulation",
		"carbon-monoxide", "explosion", "drowning",
		"structural-collapse", "death", "burns", "chemical", "cuts",
		"hearing-damage", "sight-damage", "electromagnetic", "energy",
		"entrapment", "environment", "health-other", "injuries",
		"measurement", "microbiological", "security", "fall", "allergy",
		"road-crash", "other" };
	enum { DESIGNATED = 11 };
	for (unsigned i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		const struct word *word =
		    vocabulary_word(*state, WORDS_HAZARD, i);
		assert_true(text_is(word->slug, first[i]));
		if (i < DESIGNATED)
			assert_true(word->is_designated);
	}
	int burns = vocabulary_find(*state, WORDS_HAZARD, TEXT("burns"));
	assert_false(vocabulary_word(*state, WORDS_HAZARD, (unsigned)burns)
			 ->is_designated);
}

static void
modes_name_their_hazard(void **state)
{
	static const char *const rows[][2] = { { "battery-fire", "fire" },
		{ "electric-shock", "electric-shock" },
		{ "detached-small-part", "choking" }, { "overheating", NULL },
		{ "unstated", NULL } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int mode =
		    vocabulary_find(*state, WORDS_MODE, text_of(rows[i][0]));
		int hazard = rows[i][1]
		    ? vocabulary_find(*state, WORDS_HAZARD, text_of(rows[i][1]))
		    : -1;
		assert_true(mode >= 0);
		assert_int_equal(vocabulary_word(*state, WORDS_MODE,
				     (unsigned)mode)
				     ->hazard,
		    hazard);
	}
}

static void
descendants_are_within(void **state)
{
	int kettle = vocabulary_find(*state, WORDS_CATEGORY, TEXT("kettle"));
	int kitchen = vocabulary_find(*state, WORDS_CATEGORY, TEXT("kitchen"));
	int toys = vocabulary_find(*state, WORDS_CATEGORY, TEXT("toys"));
	assert_true(vocabulary_is_within(*state, kettle, kettle));
	assert_true(vocabulary_is_within(*state, kettle, kitchen));
	assert_false(vocabulary_is_within(*state, kitchen, kettle));
	assert_false(vocabulary_is_within(*state, kettle, toys));
	assert_false(vocabulary_is_within(*state, -1, toys));
	assert_false(vocabulary_is_within(*state, kettle, -1));
	assert_false(vocabulary_is_within(*state, -1, -1));
}

static void
words_for_unknown_are_unknown(void **state)
{
	static const char *const unknown[] = { "", " ", "?", "????", ". . .",
		"-", "Unknown", "UNKNOWN", "Unknown/n.a.", "Ukendt", "Onbekend",
		"n/a", "N.A.", "none", "no brand", "No-Name", "sans marque",
		"inconnu", "unbekannt", "ikke angivet", "other", "9999", "geen",
		"Don't know", "Don\xe2\x80\x99t know", "various",
		"wei\xc3\x9f nicht", "Weiss nicht", "m\xc3\xa6rke ukendt",
		"sin marca", "senza marca", "pr\xc3\xa9" /* not one */ };
	size_t count = sizeof(unknown) / sizeof(unknown[0]);
	for (size_t i = 0; i + 1 < count; i++) {
		if (!vocabulary_is_unknown(*state, text_of(unknown[i])))
			fail_msg("\"%s\" passes for a name", unknown[i]);
	}
	static const char *const names[] = { "Philips", "B&O", "LG", "HP",
		"Knownsense", "Other World Computing", "No. 7", "Geneva", "3M",
		"x-rite" };
	assert_false(
	    vocabulary_is_unknown(*state, text_of(unknown[count - 1])));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_false(vocabulary_is_unknown(*state, text_of(names[i])));
}

static void
the_shared_categories_resolve(void **state)
{
	static struct csvread csv;
	unsigned count = 0;
	if (!csvread_open(&csv, "data/ords/product_categories_202507.csv"))
		skip();
	assert_true(csvread_next(&csv));
	bool is_taken[1024] = { false };
	while (csvread_next(&csv)) {
		char code[128];
		snprintf(code, sizeof(code), "ords:%s", csv.field[1]);
		check_found(*state, WORDS_CATEGORY, text_of(code), NULL);
		int index =
		    vocabulary_find(*state, WORDS_CATEGORY, text_of(code));
		assert_true(text_is(vocabulary_word(*state, WORDS_CATEGORY,
					(unsigned)index)
					->ords,
		    csv.field[1]));
		assert_false(is_taken[index]);
		is_taken[index] = true;
		count++;
	}
	assert_int_equal(csvread_close(&csv), 0);
	assert_int_equal(count, 40);
}

/* Load with one list replaced by text; what is complained of, or "". */
static void
complaints(enum word_list list, const char *text, char out[4096])
{
	char path[] = "/tmp/vocabulary-XXXXXX";
	struct yaml_errors errors = { 0 };
	struct vocabulary_files files = { 0 };
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	if (list == WORDS_CATEGORY)
		files.categories = path;
	else if (list == WORDS_MODE)
		files.modes = path;
	else
		files.hazards = path;
	struct vocabulary *vocabulary = vocabulary_new(&files, &errors);
	snprintf(out, 4096, "%.*s", TEXT_ARG(buf_text(&errors.text)));
	assert_true((vocabulary != NULL) == (errors.count == 0));
	vocabulary_free(vocabulary);
	yaml_errors_free(&errors);
	unlink(path);
}

static void
faulty_lists_are_refused_with_their_place(void **state)
{
	(void)state;
	static const struct {
		enum word_list list;
		const char *text;
		const char *where;
		const char *what;
	} rows[] = {
		{ WORDS_MODE, "- {slug: a, en: A, fr: B}\n", "", "" },
		{ WORDS_MODE, "a: b\n", ":1:1:", "a list of words" },
		{ WORDS_MODE, "- a\n", ":1:3:", "a word is a map" },
		{ WORDS_MODE, "- {slug: a, en: A}\n", ":1:3:", "no \"fr\"" },
		{ WORDS_MODE, "- {slug: A b, en: A, fr: B}\n",
		    ":1:10:", "a slug has" },
		{ WORDS_MODE, "- {slug: -a, en: A, fr: B}\n",
		    ":1:10:", "a slug has" },
		{ WORDS_MODE, "- {slug: a, en: '?', fr: B}\n",
		    ":1:17:", "no letter or digit" },
		{ WORDS_MODE, "- {slug: a, en: A, fr: B, aliase: [c]}\n",
		    ":1:27:", "did you mean \"aliases\"?" },
		{ WORDS_MODE, "- {slug: a, en: A, fr: B, parent: c}\n",
		    ":1:27:", "no meaning" },
		{ WORDS_MODE, "- {slug: a, en: A, fr: B, hazard: frie}\n",
		    ":1:35:", "no hazard has this slug" },
		{ WORDS_MODE, "- {slug: a, en: A, fr: B, aliases: c}\n",
		    ":1:36:", "a list of labels" },
		{ WORDS_MODE,
		    "- {slug: a, en: A, fr: B}\n"
		    "- {slug: c, en: C, fr: D, aliases: [x, 'b!']}\n",
		    ":2:40:", "\"b!\" already stands for \"a\"" },
		{ WORDS_HAZARD, "- {slug: a, en: A, fr: B, designated: yes}\n",
		    ":1:39:", "true or false" },
		{ WORDS_CATEGORY,
		    "- {slug: a, en: A, fr: B, parent: c}\n"
		    "- {slug: c, en: C, fr: D}\n",
		    ":1:35:", "no word above has this slug" },
		{ WORDS_CATEGORY, "- {slug: a, en: [A], fr: B}\n",
		    ":1:17:", "a text of 1 to 80 bytes" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[4096];
		complaints(rows[i].list, rows[i].text, out);
		if (!strstr(out, rows[i].where) || !strstr(out, rows[i].what))
			fail_msg("%s gave %s", rows[i].text, out);
		assert_true(rows[i].what[0] != 0 || out[0] == 0);
	}
}

static void
a_mask_has_room_for_32_hazards(void **state)
{
	(void)state;
	for (unsigned count = 32; count <= 33; count++) {
		char text[4096];
		char out[4096];
		size_t len = 0;
		for (unsigned i = 0; i < count; i++)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    "- {slug: h%u, en: h%u, fr: h%u}\n", i, i, i);
		complaints(WORDS_HAZARD, text, out);
		assert_true((strstr(out, "at most 32 hazards") != NULL) ==
		    (count == 33));
	}
}

static void
a_missing_file_is_an_error(void **state)
{
	(void)state;
	struct yaml_errors errors = { 0 };
	const struct vocabulary_files files = { .unknown = "/no/such.yaml" };
	assert_null(vocabulary_new(&files, &errors));
	assert_int_equal(errors.count, 1);
	yaml_errors_free(&errors);
}

static void
only_what_is_embedded_is_found(void **state)
{
	(void)state;
	const struct embedded_file *file = embedded_find("hazards.yaml");
	assert_non_null(file);
	assert_true(file->len > 100);
	assert_int_equal(file->bytes[file->len - 1], '\n');
	assert_non_null(embedded_find("rules/default.yaml"));
	assert_null(embedded_find("hazards"));
	assert_null(embedded_find(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lists_are_whole),
		cmocka_unit_test(labels_of_every_sort_resolve),
		cmocka_unit_test(safety_gate_risks_resolve),
		cmocka_unit_test(hazards_keep_their_bits),
		cmocka_unit_test(modes_name_their_hazard),
		cmocka_unit_test(descendants_are_within),
		cmocka_unit_test(words_for_unknown_are_unknown),
		cmocka_unit_test(the_shared_categories_resolve),
		cmocka_unit_test(faulty_lists_are_refused_with_their_place),
		cmocka_unit_test(a_mask_has_room_for_32_hazards),
		cmocka_unit_test(a_missing_file_is_an_error),
		cmocka_unit_test(only_what_is_embedded_is_found),
	};
	return cmocka_run_group_tests(tests, load_built_in, drop_built_in);
}
