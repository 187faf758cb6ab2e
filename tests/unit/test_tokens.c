/* The index of look-alikes: its rows, and that a replay makes the same. */
#include "daemon/core/terms.h"
#include "daemon/intake/tokens.h"
#include "tests/unit/intake_rig.h"

enum { MANY = 450 };

struct index_row {
	uint32_t added;
	uint32_t product[TOKEN_PRODUCTS];
};

/* The row of a word of models; how many products it lists. */
static unsigned
read_row(struct rig *rig, const char *word, struct index_row *row)
{
	struct key key = key_token(terms_word(text_of(word)));
	struct text bytes;

	*row = (struct index_row){ 0 };
	if (store_get(rig->store, KEYSPACE_TOKEN, key_text(&key), &bytes))
		return 0;
	assert_in_range(bytes.len, 8, sizeof(*row));
	memcpy(row, bytes.at, bytes.len);
	return (unsigned)(bytes.len / sizeof(uint32_t)) - 1;
}

/* The model of every brand is K1. */
static void
submit_brands(struct rig *rig, unsigned from, unsigned to)
{
	for (unsigned brand = from; brand <= to; brand++) {
		struct spec spec = { .id = brand, .brand = brand };

		assert_int_equal(rig_submit(rig, &spec).product, brand);
		if (brand % 50 == 0)
			rig_append(rig);
	}
	rig_append(rig);
	store_wait_durable(rig->store);
}

static void
test_one_word(void **state)
{
	struct index_row row;
	struct rig rig;

	rig_init(&rig, *state);
	rig_open(&rig);
	assert_int_equal(read_row(&rig, "k1", &row), 0);
	submit_brands(&rig, 1, 7);
	assert_int_equal(read_row(&rig, "k1", &row), 7);
	assert_int_equal(row.added, 7);
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(row.product[i], i + 1);
	/* The folded key and the spelling say the same, once. */
	assert_int_equal(read_row(&rig, "brand1", &row), 0);
	rig_verify(&rig);
	rig_fini(&rig);
}

static void
test_the_newest_stay(void **state)
{
	bool is_listed[MANY + 1] = { false };
	struct index_row row;
	struct rig rig;

	rig_init(&rig, *state);
	rig_open(&rig);
	submit_brands(&rig, 1, MANY);
	assert_int_equal(read_row(&rig, "k1", &row), TOKEN_PRODUCTS);
	assert_int_equal(row.added, MANY);
	for (unsigned i = 0; i < TOKEN_PRODUCTS; i++) {
		assert_in_range(row.product[i], MANY - TOKEN_PRODUCTS + 1,
		    MANY);
		assert_false(is_listed[row.product[i]]);
		is_listed[row.product[i]] = true;
	}
	assert_int_equal(row.product[(row.added - 1) % TOKEN_PRODUCTS], MANY);
	rig_verify(&rig);
	rig_fini(&rig);
}

static void
test_what_is_not_indexed(void **state)
{
	struct record_product record = { .product = 1,
		.level = LEVEL_CATEGORY,
		.category = TEXT("kettle") };
	struct record_spelling spelling = { .product = 1,
		.hash = 1,
		.shown = TEXT("Philips\x1fHD1000") };
	struct index_row row;
	struct rig rig;

	rig_init(&rig, *state);
	rig_open(&rig);
	tokens_add_product(&rig.intake.projection, &record);
	record.level = LEVEL_MODEL; /* by its barcode */
	tokens_add_product(&rig.intake.projection, &record);
	tokens_add_spelling(&rig.intake.projection, &spelling, LEVEL_BRAND);
	spelling.shown = TEXT("no separator");
	tokens_add_spelling(&rig.intake.projection, &spelling, LEVEL_MODEL);
	assert_int_equal(read_row(&rig, "hd1000", &row), 0);
	assert_int_equal(read_row(&rig, "separator", &row), 0);
	spelling.shown = TEXT("Philips\x1fHD1000");
	tokens_add_spelling(&rig.intake.projection, &spelling, LEVEL_MODEL);
	assert_int_equal(read_row(&rig, "hd1000", &row), 1);
	assert_int_equal(rig.intake.projection.result, STORE_OK);
	rig_close(&rig);
	rig_fini(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_one_word),
		IN_DIR(test_the_newest_stay),
		IN_DIR(test_what_is_not_indexed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
