/* Real rows of repair cafes: what their brands come to.  Skips without them. */
#include "daemon/core/product.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "daemon/core/fold.h"
#include "tests/lib/csvread.h"
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

/* A set of texts, by sorting: what distinct spellings are counted with. */
struct spellings {
	struct buf bytes;
	size_t *at;
	size_t count;
};

static void
spellings_add(struct spellings *set, const char *text, size_t len)
{
	if (set->count % 1024 == 0) {
		set->at =
		    realloc(set->at, (set->count + 1024) * sizeof(set->at[0]));
		assert_non_null(set->at);
	}
	set->at[set->count++] = set->bytes.len;
	buf_add(&set->bytes, text, len);
	buf_u8(&set->bytes, 0);
	assert_false(set->bytes.failed);
}

static int
compare(const void *a, const void *b, void *bytes)
{
	const char *text = bytes;
	return strcmp(text + *(const size_t *)a, text + *(const size_t *)b);
}

/* How many are distinct; the set is released. */
static size_t
spellings_distinct(struct spellings *set)
{
	size_t distinct = set->count > 0;
	qsort_r(set->at, set->count, sizeof(set->at[0]), compare,
	    set->bytes.at);
	for (size_t i = 1; i < set->count; i++)
		distinct +=
		    compare(&set->at[i - 1], &set->at[i], set->bytes.at) != 0;
	free(set->at);
	buf_free(&set->bytes);
	return distinct;
}

/* Words that must not be a product's brand, whatever the list says. */
static bool
is_sentinel(const char *folded)
{
	static const char *const words[] = { "unknown", "unknownna", "ukendt",
		"onbekend", "na", "none", "null", "nobrand", "noname",
		"inconnu", "unbekannt", "geen", "vedikke", "dontknow", "ingen",
		"other", "various", "0", "9999", "sansmarque", "merkloos" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(folded, words[i]))
			return true;
	}
	return folded[0] == 0;
}

/* What real rows come to. */
struct tally {
	struct spellings raw, folded, read;
	size_t aliases, parts, chatter, models; /* rows of each rule */
};

static void
take_row(const struct vocabulary *vocabulary, const char *category,
    const char *brand, struct tally *tally)
{
	char out[1024];
	size_t len = fold_name(text_of(brand), out, sizeof(out));
	struct report report = report_of(category, brand, "");
	struct product_identity identity;
	struct problems problems = { 0 };
	spellings_add(&tally->raw, brand, strlen(brand));
	spellings_add(&tally->folded, out, len);
	product_identify(vocabulary, &report, &identity, &problems);
	assert_int_equal(problems.count, 0);
	spellings_add(&tally->read, identity.brand, identity.brand_len);
	tally->aliases += (identity.brand_how & BRAND_ALIAS) != 0;
	tally->parts += (identity.brand_how & BRAND_PART) != 0;
	tally->chatter += (identity.brand_how & BRAND_CHATTER) != 0;
	tally->models += (identity.model_how & MODEL_FROM_BRAND) != 0;
	if (identity.level == LEVEL_CATEGORY)
		assert_int_equal(identity.brand_len, 0);
	else
		assert_false(is_sentinel(identity.brand));
}

/* The newest release of each partner: 11,827 spellings are some 9,846. */
static void
real_brands_fold_together(void **state)
{
	static const char *const files[] = { "FixitClinic_202507",
		"RepairCafeDenmark_202507", "RepairCafeWales_202507",
		"RepairConnects_202507", "RestartProject_202204" };
	static struct csvread csv;
	struct tally tally = { 0 };
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char name[128];
		snprintf(name, sizeof(name),
		    "data/ords/OpenRepairData_v0.3_%s.csv.gz", files[i]);
		if (!csvread_open(&csv, name))
			skip();
		assert_true(csvread_next(&csv));
		int brand = csvread_column(&csv, "brand");
		int category = csvread_column(&csv, "product_category");
		assert_true(brand >= 0 && category >= 0);
		while (csvread_next(&csv)) {
			take_row(*state, csv.field[category], csv.field[brand],
			    &tally);
		}
		assert_int_equal(csvread_close(&csv), 0);
	}
	size_t rows = tally.raw.count;
	size_t before = spellings_distinct(&tally.raw);
	size_t after = spellings_distinct(&tally.folded);
	size_t brands = spellings_distinct(&tally.read);
	print_message("%zu rows: %zu spellings, folded %zu, as brands %zu\n",
	    rows, before, after, brands);
	print_message("by alias %zu, part of the cell %zu, talk %zu, "
		      "with a model %zu\n",
	    tally.aliases, tally.parts, tally.chatter, tally.models);
	assert_int_equal(rows, 77977);
	assert_int_equal(before, 11827);
	assert_in_range(after, 9748, 9944);
	/* Aliases, split cells and dropped talk: fewer, but not by much. */
	assert_in_range(brands, after * 90 / 100, after * 97 / 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_brands_fold_together),
	};
	return cmocka_run_group_tests(tests, load_vocabulary, drop_vocabulary);
}
