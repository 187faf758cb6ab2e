/* test_lineage.c - the tree of merges, from acts and from rows. */
#include "tests/unit/curators.h"

#include "daemon/feed/lineage.h"

static int
take(struct lineage *lineage, uint8_t kind, uint32_t product, uint32_t other)
{
	const struct record_curation record = { .kind = kind,
		.product = product,
		.other = other };
	struct store_event event = { .type = RECORD_CURATION };
	struct buf header = { 0 };
	int result;

	record_curation_write(&header, &record, NULL);
	event.header = buf_text(&header);
	result = lineage_take(lineage, &event);
	buf_free(&header);
	return result;
}

static void
expect_family(const struct lineage *lineage, uint32_t root,
    const char *expected)
{
	struct family family;
	struct buf out = { 0 };

	lineage_family(lineage, root, &family);
	assert_int_equal(family.root, root);
	for (unsigned i = 0; i < family.count; i++)
		buf_printf(&out, "%u ", family.member[i]);
	buf_u8(&out, 0);
	assert_string_equal((const char *)out.at, expected);
	buf_free(&out);
}

static void
expect_line(const struct lineage *lineage, uint32_t product,
    const char *expected)
{
	uint32_t line[FAMILY_MAX + 1];
	struct buf out = { 0 };
	unsigned count = lineage_line(lineage, product, line);

	for (unsigned i = 0; i < count; i++)
		buf_printf(&out, "%u ", line[i]);
	buf_u8(&out, 0);
	assert_string_equal((const char *)out.at, expected);
	assert_int_equal(lineage_root(lineage, product), line[count - 1]);
	buf_free(&out);
}

static void
test_acts(void **state)
{
	struct lineage lineage = { 0 };
	(void)state;

	assert_int_equal(lineage_settle(&lineage), 0);
	expect_family(&lineage, 5, "5 ");
	expect_line(&lineage, 5, "5 ");
	assert_int_equal(take(&lineage, CURATION_MERGE, 5, 3), 0);
	assert_int_equal(take(&lineage, CURATION_MERGE, 3, 70000), 0);
	assert_int_equal(take(&lineage, CURATION_MERGE, 2, 3), 0);
	assert_int_equal(take(&lineage, CURATION_MERGE, 9, 8), 0);
	assert_int_equal(take(&lineage, CURATION_RENAME, 1, 0), 0);
	assert_int_equal(take(&lineage, CURATION_DISTINCT, 1, 3), 0);
	assert_int_equal(lineage_settle(&lineage), 0);
	expect_family(&lineage, 70000, "70000 2 3 5 ");
	expect_family(&lineage, 8, "8 9 ");
	expect_family(&lineage, 1, "1 ");
	expect_line(&lineage, 5, "5 3 70000 ");
	expect_line(&lineage, 80000, "80000 ");
	assert_int_equal(take(&lineage, CURATION_SPLIT, 3, 70000), 0);
	assert_int_equal(lineage_settle(&lineage), 0);
	expect_family(&lineage, 70000, "70000 ");
	expect_family(&lineage, 3, "3 2 5 ");
	expect_line(&lineage, 5, "5 3 ");
	lineage_free(&lineage);
	expect_line(&lineage, 5, "5 ");
}

static void
test_damage(void **state)
{
	struct lineage lineage = { 0 };
	struct store_event event = { .type = RECORD_CURATION };
	(void)state;

	assert_int_equal(lineage_take(&lineage, &event), STORE_CORRUPT);
	event.type = RECORD_REPORT;
	assert_int_equal(lineage_take(&lineage, &event), 0);
	assert_int_equal(take(&lineage, CURATION_MERGE, 3, 3), STORE_CORRUPT);
	assert_int_equal(take(&lineage, CURATION_MERGE, UINT32_MAX, 3),
	    STORE_CORRUPT);
	assert_int_equal(take(&lineage, CURATION_MERGE, 1, 2), 0);
	assert_int_equal(take(&lineage, CURATION_MERGE, 2, 3), 0);
	assert_int_equal(take(&lineage, CURATION_MERGE, 3, 1), 0);
	assert_int_equal(lineage_settle(&lineage), STORE_CORRUPT);
	lineage_free(&lineage);
	for (uint32_t product = 2; product <= FAMILY_MAX + 1; product++)
		assert_int_equal(take(&lineage, CURATION_MERGE, product, 1), 0);
	assert_int_equal(lineage_settle(&lineage), 0);
	assert_int_equal(take(&lineage, CURATION_MERGE, FAMILY_MAX + 2, 1), 0);
	assert_int_equal(lineage_settle(&lineage), STORE_CORRUPT);
	lineage_free(&lineage);
}

static int
take_event(void *who, const struct store_event *event)
{
	return lineage_take(who, event);
}

/* Whatever curators did, acts and rows tell the same families. */
static void
test_acts_and_rows_agree(void **state)
{
	struct history history;
	struct happened happened = { 0 };
	struct acts acts = { 0 };
	unsigned largest = 0;

	begin(&history, *state, 120);
	for (unsigned round = 0; round < 15; round++) {
		struct lineage of_log = { 0 }, of_rows = { 0 };
		struct store *store = history.rig.store;
		struct snapshot *snapshot;
		struct row_source rows;

		live_curated(&history, 60, &happened, &acts);
		snapshot = snapshot_open(store);
		assert_non_null(snapshot);
		rows = row_source_of(snapshot);
		assert_int_equal(store_walk(store, 1, store_durable(store),
				     take_event, &of_log),
		    0);
		assert_int_equal(lineage_load(&of_rows, snapshot), 0);
		assert_int_equal(lineage_settle(&of_log), 0);
		assert_int_equal(lineage_settle(&of_rows), 0);
		for (uint32_t product = 1; product < 60; product++) {
			struct family family[3];
			uint32_t root = lineage_root(&of_log, product);

			lineage_family(&of_log, root, &family[0]);
			lineage_family(&of_rows, root, &family[1]);
			assert_int_equal(family_read(&rows, product,
					     &family[2]),
			    0);
			for (unsigned i = 1; i < 3; i++) {
				assert_int_equal(family[i].root, root);
				assert_int_equal(family[i].count,
				    family[0].count);
				assert_memory_equal(family[i].member,
				    family[0].member,
				    family[0].count * sizeof(uint32_t));
			}
			if (family[0].count > largest)
				largest = family[0].count;
		}
		snapshot_close(snapshot);
		lineage_free(&of_log);
		lineage_free(&of_rows);
	}
	assert_true(acts.merged > 15 && acts.split > 5 && largest > 4);
	end(&history);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acts),
		cmocka_unit_test(test_damage),
		IN_DIR(test_acts_and_rows_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
