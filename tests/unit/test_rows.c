/* test_rows.c - rows come back as they went; public ids are read strictly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/store/origin_rows.h"
#include "daemon/store/rows.h"
#include "daemon/store/rows_durable.h"

static void
test_report_rows(void **state)
{
	static const struct report_row rows[] = {
		{ 1, 1, 1, 1, false, false, 1, 0 },
		{ 7, 7, UINT64_MAX, 1, true, false, 300, 391 },
		{ UINT64_C(1) << 40, UINT64_C(1) << 41, 3, UINT32_MAX, true,
		    true, UINT16_MAX, UINT64_MAX },
	};
	struct report_row found;
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		buf_clear(&out);
		report_row_write(&out, &rows[i]);
		assert_true(report_row_read(buf_text(&out), &found));
		assert_int_equal(found.first_seq, rows[i].first_seq);
		assert_int_equal(found.latest_seq, rows[i].latest_seq);
		assert_int_equal(found.fingerprint, rows[i].fingerprint);
		assert_int_equal(found.revision, rows[i].revision);
		assert_int_equal(found.is_withdrawn, rows[i].is_withdrawn);
		assert_int_equal(found.is_erased, rows[i].is_erased);
		assert_int_equal(found.organisation, rows[i].organisation);
		assert_true(found.bytes == rows[i].bytes);
		for (size_t len = 0; len < out.len; len++)
			assert_false(
			    report_row_read((struct text){ (const char *)out.at,
						len },
				&found));
		buf_u8(&out, 0);
		assert_false(report_row_read(buf_text(&out), &found));
	}
	buf_free(&out);
}

static void
test_product_rows(void **state)
{
	struct product_row row = { .level = 2,
		.gtin = UINT64_C(4006381333931),
		.category = TEXT("kettle"),
		.brand = TEXT("brand"),
		.model = TEXT("by612") };
	struct product_row found;
	struct buf out = { 0 };

	(void)state;
	product_row_write(&out, &row);
	assert_true(product_row_read(buf_text(&out), &found));
	assert_int_equal(found.gtin, row.gtin);
	assert_true(text_is(product_row_brand(&found), "brand"));
	assert_true(text_is(product_row_model(&found), "by612"));
	row.shown = TEXT("Brand\x1f"
			 "BY 612");
	row.shown_hash = 5;
	row.nspellings = 2;
	buf_clear(&out);
	product_row_write(&out, &row);
	assert_true(product_row_read(buf_text(&out), &found));
	assert_true(text_is(product_row_brand(&found), "Brand"));
	assert_true(text_is(product_row_model(&found), "BY 612"));
	assert_int_equal(found.nspellings, 2);
	row.shown = TEXT("Brand");
	assert_true(text_is(product_row_brand(&row), "Brand"));
	assert_int_equal(product_row_model(&row).len, 0);
	for (size_t len = 0; len < out.len; len++)
		assert_false(
		    product_row_read((struct text){ (const char *)out.at, len },
			&found));
	buf_free(&out);
}

static void
test_durable_rows(void **state)
{
	struct durable_row row = { 3, 0, UINT64_C(1) << 50, TEXT("desk"),
		TEXT("\x80") };
	struct durable_row found;
	struct buf out = { 0 };

	(void)state;
	durable_row_write(&out, &row);
	assert_true(durable_row_read(buf_text(&out), &found));
	assert_int_equal(found.position, row.position);
	assert_true(text_equal(found.filter, row.filter));
	buf_free(&out);
}

static void
test_public_ids(void **state)
{
	static const char *const bad[] = { "", "p", "p0", "p01", "a1", "p-1",
		"p1x", "p4294967296", "p99999999999", "P1" };
	char id[PUBLIC_ID_MAX];

	(void)state;
	product_id_format(UINT32_MAX, id);
	assert_string_equal(id, "p4294967295");
	assert_int_equal(product_id_parse(text_of(id)), UINT32_MAX);
	alert_id_format(12, id);
	assert_string_equal(id, "a12");
	assert_int_equal(alert_id_parse(text_of(id)), 12);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(product_id_parse(text_of(bad[i])), 0);
	assert_int_equal(alert_id_parse(text_of("p1")), 0);
}

static void
test_rows_of_sources(void **state)
{
	const struct origin_row origin = { ORIGIN_EPOCH, 300, UINT32_MAX,
		INT64_C(1795478400000) };
	const struct release_row release = { 70000, "0123456789abcde" };
	struct origin_row origin_found;
	struct release_row release_found;
	struct buf out = { 0 };
	struct text bytes;

	(void)state;
	origin_row_write(&out, &origin);
	assert_true(origin_row_read(buf_text(&out), &origin_found));
	assert_int_equal(origin_found.ids, origin.ids);
	assert_int_equal(origin_found.release, origin.release);
	assert_int_equal(origin_found.label, origin.label);
	assert_int_equal(origin_found.since_ms, origin.since_ms);
	for (bytes = buf_text(&out); bytes.len-- > 0;)
		assert_false(origin_row_read(bytes, &origin_found));
	out.at[0] = ORIGIN_IDS_COUNT;
	assert_false(origin_row_read(buf_text(&out), &origin_found));
	buf_clear(&out);
	release_row_write(&out, &release);
	assert_true(release_row_read(buf_text(&out), &release_found));
	assert_int_equal(release_found.release, release.release);
	assert_memory_equal(release_found.key, release.key, 16);
	for (bytes = buf_text(&out); bytes.len-- > 0;)
		assert_false(release_row_read(bytes, &release_found));
	assert_int_equal(sizeof(struct match_entry) % 8, 0);
	assert_true(MATCH_ENTRIES * sizeof(struct match_entry) <= 1900);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report_rows),
		cmocka_unit_test(test_product_rows),
		cmocka_unit_test(test_durable_rows),
		cmocka_unit_test(test_rows_of_sources),
		cmocka_unit_test(test_public_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
