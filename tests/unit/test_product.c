/* What a report says of its product: names, codes, level, keys. */
#include "daemon/core/product.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "daemon/core/fold.h"
#include "tests/unit/vocabulary_rig.h"

/* The least a report can be. */
static struct report
report_of(const char *category, const char *brand, const char *model)
{
	return (struct report){ .category = text_of(category),
		.brand = text_of(brand),
		.model = text_of(model),
		.injured = -1,
		.deaths = -1,
		.units = -1,
		.age = -1 };
}

static struct value
text_value(const char *text)
{
	return (struct value){ .kind = VALUE_STR, .as.text = text_of(text) };
}

/* A list of up to 15 short texts; buf is the memory it lies in. */
static struct value
list_value(struct buf *buf, const char *const *texts, unsigned count)
{
	struct value value;
	buf_clear(buf);
	buf_u8(buf, (uint8_t)(0x90 | count));
	for (unsigned i = 0; i < count; i++) {
		buf_u8(buf, 0xd9);
		buf_u8(buf, (uint8_t)strlen(texts[i]));
		buf_add_string(buf, texts[i]);
	}
	assert_true(value_of(buf_text(buf), &value));
	return value;
}

static bool
has_problem(const struct problems *problems, const char *field,
    const char *code)
{
	for (uint32_t i = 0; i < problems->count; i++) {
		if (!strcmp(problems->item[i].field, field) &&
		    !strcmp(problems->item[i].code, code))
			return true;
	}
	return false;
}

static void
names_decide_the_level(void **state)
{
	static const struct {
		const char *category, *brand, *model;
		enum product_level level;
		const char *slug, *folded_brand, *folded_model, *shown;
	} rows[] = {
		{ "Kettle", "De'Longhi ", "KBV 2001", LEVEL_MODEL, "kettle",
		    "delonghi", "kbv2001", "De'Longhi\x1fKBV 2001" },
		{ "ords:Kettle", "Tefal", "", LEVEL_BRAND, "kettle", "tefal",
		    "", "Tefal\x1f" },
		{ "kettle", "Tefal", "n/a", LEVEL_BRAND, "kettle", "tefal", "",
		    "Tefal\x1f" },
		{ "kettle", "Unknown", "KBV 2001", LEVEL_CATEGORY, "kettle", "",
		    "kbv2001", "\x1fKBV 2001" },
		{ "kettle", "Ukendt", "?", LEVEL_CATEGORY, "kettle", "", "",
		    "" },
		{ "kettle", "", "", LEVEL_CATEGORY, "kettle", "", "", "" },
		{ "Garden Gnome!", "Acme", "", LEVEL_BRAND,
		    "other:garden gnome", "acme", "", "Acme\x1f" },
		{ "Unknown", "", "", LEVEL_CATEGORY, "unstated", "", "", "" },
		{ "", "", "", LEVEL_CATEGORY, "unstated", "", "", "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report report =
		    report_of(rows[i].category, rows[i].brand, rows[i].model);
		struct product_identity identity;
		product_identify(*state, &report, &identity, NULL);
		assert_int_equal(identity.level, rows[i].level);
		assert_string_equal(identity.category, rows[i].slug);
		assert_int_equal(identity.category_len, strlen(rows[i].slug));
		assert_string_equal(identity.brand, rows[i].folded_brand);
		assert_int_equal(identity.brand_len,
		    strlen(rows[i].folded_brand));
		assert_string_equal(identity.model, rows[i].folded_model);
		assert_int_equal(identity.model_len,
		    strlen(rows[i].folded_model));
		assert_int_equal(identity.shown_len, strlen(rows[i].shown));
		assert_memory_equal(identity.shown, rows[i].shown,
		    identity.shown_len);
		assert_string_equal(identity.mode, "unstated");
	}
}

static void
an_unknown_category_is_noted(void **state)
{
	struct report report = report_of("Garden Gnome\x1b", "", "");
	struct product_identity identity;
	struct problems problems = { 0 };
	product_identify(*state, &report, &identity, &problems);
	assert_int_equal(problems.count, 1);
	assert_true(
	    has_problem(&problems, "product.category", "unknown-category"));
	assert_non_null(strstr(problems.item[0].text, "Garden Gnome"));
	assert_null(strchr(problems.item[0].text, 0x1b));

	problems.count = 0;
	report = report_of("kettle", "", "");
	product_identify(*state, &report, &identity, &problems);
	assert_int_equal(problems.count, 0);
}

static void
codes_are_evidence(void **state)
{
	static const char *const codes[] = { "6291041500214", "2724722926",
		"9780306406157", "6291041500213", "73513537" };
	struct report report = report_of("kettle", "", "");
	struct product_identity identity;
	struct problems problems = { 0 };
	struct buf buf = { 0 };
	report.gtin = list_value(&buf, codes, 5);
	product_identify(*state, &report, &identity, &problems);
	assert_int_equal(identity.level, LEVEL_MODEL);
	assert_true(identity.gtin == 6291041500213);
	assert_int_equal(problems.count, 3);
	assert_true(has_problem(&problems, "product.gtin", "gtin-check-digit"));
	assert_true(has_problem(&problems, "product.gtin", "gtin-malformed"));
	assert_true(has_problem(&problems, "product.gtin", "gtin-no-product"));

	/* A lone code with a wrong digit is kept as text and keys nothing. */
	report.gtin = text_value("6291041500214");
	product_identify(*state, &report, &identity, NULL);
	assert_int_equal(identity.level, LEVEL_CATEGORY);
	assert_true(identity.gtin == 0);
	buf_free(&buf);
}

static void
modes_are_slugs_or_folded(void **state)
{
	static const char *const rows[][2] = {
		{ "overheating", "overheating" },
		{ "Surchauffe", "overheating" },
		{ "Does not SING", "does not sing" },
		{ "unknown", "unstated" },
		{ "...", "unstated" },
		{ "", "unstated" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report report = report_of("kettle", "", "");
		struct product_identity identity;
		report.mode = text_of(rows[i][0]);
		product_identify(*state, &report, &identity, NULL);
		assert_string_equal(identity.mode, rows[i][1]);
		assert_int_equal(identity.mode_len, strlen(rows[i][1]));
	}
}

static uint32_t
bit(const struct vocabulary *vocabulary, const char *slug)
{
	int index = vocabulary_find(vocabulary, WORDS_HAZARD, text_of(slug));
	assert_true(index >= 0);
	return 1u << index;
}

static void
hazards_gather_from_all_sides(void **state)
{
	static const char *const named[] = { "Burns", "bad luck", "cuts" };
	struct report report = report_of("laptop", "", "");
	struct product_identity identity;
	struct problems problems = { 0 };
	struct buf buf = { 0 };
	report.hazard = list_value(&buf, named, 3);
	report.mode = text_of("battery fire");
	product_identify(*state, &report, &identity, &problems);
	assert_int_equal(identity.hazards,
	    bit(*state, "burns") | bit(*state, "cuts") | bit(*state, "fire"));
	assert_int_equal(problems.count, 1);
	assert_true(has_problem(&problems, "failure.hazard", "unknown-hazard"));

	report = report_of("laptop", "", "");
	product_identify(*state, &report, &identity, NULL);
	assert_int_equal(identity.hazards, 0);
	report.severity = SEVERITY_FATAL;
	product_identify(*state, &report, &identity, NULL);
	assert_int_equal(identity.hazards, bit(*state, "death"));
	report.severity = SEVERITY_SEVERE;
	report.deaths = 1;
	product_identify(*state, &report, &identity, NULL);
	assert_int_equal(identity.hazards, bit(*state, "death"));
	report.deaths = 0;
	product_identify(*state, &report, &identity, NULL);
	assert_int_equal(identity.hazards, 0);
	buf_free(&buf);
}

static void
long_texts_are_cut_whole(void **state)
{
	char text[REPORT_NAME_MAX + 1] = { 0 };
	for (size_t i = 0; i < REPORT_NAME_MAX; i += 2)
		memcpy(text + i, "\xc3\xb8", 2);
	struct report report = report_of(text, text, text);
	struct product_identity identity;
	report.mode = text_of(text);
	product_identify(*state, &report, &identity, NULL);
	assert_int_equal(identity.category_len, 6 + 56);
	assert_int_equal(identity.brand_len, 94);
	assert_int_equal(identity.model_len, 94);
	assert_int_equal(identity.mode_len, 62);
	assert_int_equal(identity.shown_len, 160 + 1);
	assert_true(
	    utf8_is_valid((struct text){ identity.shown, identity.shown_len }));
	assert_int_equal(identity.level, LEVEL_MODEL);
}

static void
unfit_names_are_not_shown(void **state)
{
	static const char *const unfit[] = { "me@example.org",
		"see www.example.org", "http://a.b", "Example.COM",
		"shop.fr/kettle", "call 06 12 34 56 78", "+33612345678",
		"(415) 555-01234", "020-7946-0958", "415-555-0123",
		"I will have to ask my friend first" };
	for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
		struct report report = report_of("kettle", unfit[i], "");
		struct product_identity identity;
		product_identify(*state, &report, &identity, NULL);
		if (identity.shown_len > 0)
			fail_msg("\"%s\" is shown", unfit[i]);
		/* It is kept as a brand, unless somebody talks. */
		assert_true(identity.brand_len > 0 ||
		    identity.brand_how == BRAND_CHATTER);
		report = report_of("kettle", "Tefal", unfit[i]);
		product_identify(*state, &report, &identity, NULL);
		assert_int_equal(identity.shown_len,
		    identity.model_how == MODEL_CHATTER ? strlen("Tefal\x1f")
							: 0);
	}
}

static void
fit_names_are_shown(void **state)
{
	(void)state;
	static const char *const fit[] = { "", "Dr.Oetker", "St. Moritz", "B&O",
		"KBV 2001/34 0", "1234567890123", "RH-21 150/70", "2.0.1",
		"a @ b", "12:30", "0601 4A3", "Made in China", "SM-G960F 64",
		"www" };
	for (size_t i = 0; i < sizeof(fit) / sizeof(fit[0]); i++) {
		if (!product_name_is_fit(text_of(fit[i])))
			fail_msg("\"%s\" is not shown", fit[i]);
	}
}

static void
keys_of(const struct vocabulary *vocabulary, const struct report *report,
    struct product_key keys[2], unsigned expected)
{
	struct product_identity identity;
	product_identify(vocabulary, report, &identity, NULL);
	assert_int_equal(product_keys(&identity, keys), expected);
}

static bool
is_same(const struct product_key *a, const struct product_key *b)
{
	return !memcmp(a->hash, b->hash, PRODUCT_HASH);
}

static void
spellings_share_keys_and_products_do_not(void **state)
{
	struct product_key a[2], b[2];
	struct report report = report_of("kettle", "Black & Decker", "K-1");
	keys_of(*state, &report, a, 1);
	assert_false(a[0].is_gtin);
	report = report_of("toaster", "black/decker", "k1");
	keys_of(*state, &report, b, 1);
	assert_true(is_same(&a[0], &b[0]));

	/* A code comes first and does not change the other key. */
	report.gtin = text_value("73513537");
	keys_of(*state, &report, b, 2);
	assert_true(b[0].is_gtin);
	assert_false(b[1].is_gtin);
	assert_true(is_same(&a[0], &b[1]));
	assert_false(is_same(&a[0], &b[0]));

	/* Where a name ends counts. */
	report = report_of("kettle", "Black & Deckerk", "1");
	keys_of(*state, &report, b, 1);
	assert_false(is_same(&a[0], &b[0]));

	/* A brand is one product per category; a category is one. */
	report = report_of("kettle", "Tefal", "");
	keys_of(*state, &report, a, 1);
	report = report_of("toaster", "Tefal", "");
	keys_of(*state, &report, b, 1);
	assert_false(is_same(&a[0], &b[0]));
	report = report_of("toaster", "", "");
	keys_of(*state, &report, a, 1);
	assert_false(is_same(&a[0], &b[0]));
	report = report_of("Grille-pain", "?", "");
	keys_of(*state, &report, b, 1);
	assert_true(is_same(&a[0], &b[0]));
}

static struct product_key
key_of(const struct vocabulary *vocabulary, const char *brand,
    const char *model, const char *name)
{
	struct product_key keys[2];
	struct report report = report_of("kettle", brand, model);
	report.name = text_of(name);
	keys_of(vocabulary, &report, keys, 1);
	return keys[0];
}

/* However it is written, and wherever, it is found under the same key. */
static void
one_product_has_one_key(void **state)
{
	static const char *const same[][3] = {
		{ "Philips", "HD4622", "" },
		{ "Phillips", "hd-4622", "" },
		{ "Phillips HD4622", "", "" },
		{ "Philips / HD4622", "unknown", "" },
		{ "Philips", "Cucina HD4622", "" },
		{ "Philips", "Philips HD4622", "" },
		{ "PHILIPS", "2400W", "Philips HD4622 2400W kettle" },
	};
	static const char *const others[][3] = {
		{ "Philips", "HD4622/90", "" },
		{ "Philip", "HD4622", "" },
		{ "Philips Stark", "HD4622", "" },
		{ "Philips", "filter for HD4622", "" },
		{ "Philips", "", "" },
		{ "Philips HD4622 HD4623", "", "" },
	};
	struct product_key first = key_of(*state, same[0][0], same[0][1], "");
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct product_key key =
		    key_of(*state, same[i][0], same[i][1], same[i][2]);
		if (!is_same(&key, &first))
			fail_msg("%s | %s | %s is another", same[i][0],
			    same[i][1], same[i][2]);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct product_key key =
		    key_of(*state, others[i][0], others[i][1], others[i][2]);
		if (is_same(&key, &first))
			fail_msg("%s | %s | %s is the same", others[i][0],
			    others[i][1], others[i][2]);
	}
}

/* Each part says which rule read it, and is shown as what it was read as. */
static void
parts_tell_how_they_were_read(void **state)
{
	struct report report = report_of("kettle", "phillips HD4622", "2400W");
	struct product_identity identity;
	product_identify(*state, &report, &identity, NULL);
	assert_int_equal(identity.brand_how, BRAND_ALIAS | BRAND_PART);
	assert_int_equal(identity.model_how, MODEL_FROM_BRAND | MODEL_SIZE);
	assert_int_equal(identity.level, LEVEL_MODEL);
	assert_int_equal(identity.shown_len, strlen("Philips\x1fHD4622"));
	assert_memory_equal(identity.shown, "Philips\x1fHD4622",
	    identity.shown_len);

	report = report_of("kettle", "? the white one", "");
	product_identify(*state, &report, &identity, NULL);
	assert_int_equal(identity.brand_how, BRAND_CHATTER);
	assert_int_equal(identity.level, LEVEL_CATEGORY);
	assert_int_equal(identity.shown_len, 0);
}

/* Eight digits with two readings are one key, and the other is kept. */
static void
a_second_reading_is_no_key(void **state)
{
	struct product_key keys[2], of_long[2];
	struct product_identity identity;
	struct report report = report_of("kettle", "", "");
	report.gtin = text_value("12345601");
	product_identify(*state, &report, &identity, NULL);
	assert_true(identity.gtin == 12345601);
	assert_true(identity.gtin_other == 123000004561);
	assert_int_equal(product_keys(&identity, keys), 1);
	report.gtin = text_value("123000004561");
	keys_of(*state, &report, of_long, 1);
	assert_false(is_same(&keys[0], &of_long[0]));
}

/* Keys are stored: the same bytes for ever, on every machine. */
static void
keys_are_the_same_on_every_machine(void **state)
{
	struct product_key keys[2];
	struct report report = report_of("kettle", "Tefal", "BI 81");
	char hex[2 * PRODUCT_HASH + 1];
	report.gtin = text_value("73513537");
	keys_of(*state, &report, keys, 2);
	digest_hex(keys[0].hash, PRODUCT_HASH, hex);
	assert_string_equal(hex, "1edbf589ad11bc90596c680469dd59c0");
	digest_hex(keys[1].hash, PRODUCT_HASH, hex);
	assert_string_equal(hex, "68ea2053a35d108e99845d5fb0e822ce");
}

static void
levels_have_names(void **state)
{
	(void)state;
	assert_string_equal(product_level_name(LEVEL_CATEGORY), "category");
	assert_string_equal(product_level_name(LEVEL_BRAND), "brand");
	assert_string_equal(product_level_name(LEVEL_MODEL), "model");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_decide_the_level),
		cmocka_unit_test(an_unknown_category_is_noted),
		cmocka_unit_test(codes_are_evidence),
		cmocka_unit_test(modes_are_slugs_or_folded),
		cmocka_unit_test(hazards_gather_from_all_sides),
		cmocka_unit_test(long_texts_are_cut_whole),
		cmocka_unit_test(unfit_names_are_not_shown),
		cmocka_unit_test(fit_names_are_shown),
		cmocka_unit_test(spellings_share_keys_and_products_do_not),
		cmocka_unit_test(one_product_has_one_key),
		cmocka_unit_test(parts_tell_how_they_were_read),
		cmocka_unit_test(a_second_reading_is_no_key),
		cmocka_unit_test(keys_are_the_same_on_every_machine),
		cmocka_unit_test(levels_have_names),
	};
	return cmocka_run_group_tests(tests, load_vocabulary, drop_vocabulary);
}
