/* roots.c - see roots.h. */
#include "daemon/feed/roots.h"

#include <stdbool.h>
#include <string.h>

#include "daemon/core/alarm.h"
#include "daemon/store/family.h"

/* Where product, mode and part stand in a group's key. */
enum { AT_PRODUCT = 0, AT_MODE = 4, AT_PART = 6, KEY_BYTES = 11 };
enum { MODES = 1 << 16 };
/* What a visit answers to end a walk in order; no visitor's own answer. */
enum { PASS_OVER = -1000, UNITE };

struct roots {
	struct snapshot *snapshot;
	snapshot_visit *visit;
	void *who;
	uint32_t product; /* whose rows are being visited; 0: none yet */
	struct family family;
	uint8_t modes[MODES / 8]; /* that the family counted, as bits */
	uint32_t nth_mode;        /* the next one to be given out */
	uint32_t modes_end;       /* above every mode counted */
};

/* The counts of a product come first, and say whom it is read through. */
static int
read_root(struct text key, struct text row, uint32_t *root)
{
	const struct aggregate *counts = (const void *)row.at;

	if (key.at[AT_PART] != PART_AGGREGATE || key_u16(key, AT_MODE) != 0)
		return 0;
	if (row.len < sizeof(*counts))
		return STORE_CORRUPT;
	*root = counts->root;
	return 0;
}

/* Products that stand alone are given as they are. */
static int
visit_row(void *who, struct text key, struct text row)
{
	struct roots *roots = who;
	uint32_t product, root = 0;
	int result = 0;

	if (key.len != KEY_BYTES)
		return STORE_CORRUPT;
	product = key_u32(key, AT_PRODUCT);
	if (product != roots->product)
		result = read_root(key, row, &root);
	roots->product = product;
	if (result != 0)
		return result;
	if (root != 0)
		return root == product ? UNITE : PASS_OVER;
	if (key.at[AT_PART] != PART_AGGREGATE && key.at[AT_PART] != PART_ALARM)
		return 0;
	return roots->visit(roots->who, key, row);
}

static int
note_mode(void *who, struct text key, struct text row)
{
	struct roots *roots = who;
	uint16_t mode = key_u16(key, AT_MODE);
	(void)row;

	if (key.at[AT_PART] != PART_AGGREGATE)
		return 0;
	roots->modes[mode / 8] |= (uint8_t)(1 << mode % 8);
	if (roots->modes_end <= mode)
		roots->modes_end = mode + UINT32_C(1);
	return 0;
}

static int
find_modes(struct roots *roots)
{
	int result = 0;

	memset(roots->modes, 0, sizeof(roots->modes));
	roots->nth_mode = roots->modes_end = 0;
	for (unsigned i = 0; i < roots->family.count && result == 0; i++) {
		struct key prefix = key_product(roots->family.member[i]);

		result = snapshot_walk(roots->snapshot, KEYSPACE_GROUP,
		    key_text(&prefix), (struct text){ 0 }, note_mode, roots);
	}
	return result;
}

static bool
has_mode(const struct roots *roots, uint32_t mode)
{
	return (roots->modes[mode / 8] & 1 << mode % 8) != 0;
}

/* The counts of the modes below this one that were not given out yet. */
static int
give_counts(struct roots *roots, uint32_t end)
{
	struct row_source source = row_source_of(roots->snapshot);
	int result = 0;

	if (end > roots->modes_end)
		end = roots->modes_end;
	for (; roots->nth_mode < end && result == 0; roots->nth_mode++) {
		uint16_t mode = (uint16_t)roots->nth_mode;
		struct key key =
		    key_group(roots->family.root, mode, PART_AGGREGATE, 0);
		struct group_row row;

		if (!has_mode(roots, mode))
			continue;
		result = family_aggregate(&source, &roots->family, mode, &row);
		if (result == 0)
			result = roots->visit(roots->who, key_text(&key),
			    (struct text){ (const char *)row.bytes,
				aggregate_bytes(
				    group_aggregate(&row)->ntallies) });
	}
	return result;
}

/* An alarm of the root stands behind the counts of its mode. */
static int
give_alarm(void *who, struct text key, struct text row)
{
	struct roots *roots = who;
	struct alarm alarm;
	int result;

	if (key.at[AT_PART] != PART_ALARM)
		return 0;
	if (row.len != sizeof(alarm))
		return STORE_CORRUPT;
	memcpy(&alarm, row.at, sizeof(alarm));
	result = give_counts(roots, key_u16(key, AT_MODE) + UINT32_C(1));
	if (result != 0)
		return result;
	row.at = (const char *)&alarm;
	return roots->visit(roots->who, key, row);
}

static int
give_family(struct roots *roots)
{
	struct row_source source = row_source_of(roots->snapshot);
	struct key prefix = key_product(roots->product);
	int result = family_read(&source, roots->product, &roots->family);

	if (result == 0)
		result = find_modes(roots);
	if (result == 0)
		result = snapshot_walk(roots->snapshot, KEYSPACE_GROUP,
		    key_text(&prefix), (struct text){ 0 }, give_alarm, roots);
	return result ? result : give_counts(roots, MODES);
}

int
roots_walk(struct snapshot *snapshot, snapshot_visit *visit, void *who)
{
	struct roots roots = { .snapshot = snapshot,
		.visit = visit,
		.who = who };
	const struct text all = { 0 };
	int result;

	do {
		struct key from = key_product(roots.product + 1);

		result = snapshot_walk(snapshot, KEYSPACE_GROUP, all,
		    key_text(&from), visit_row, &roots);
		if (result == UNITE) {
			result = give_family(&roots);
			result = result ? result : PASS_OVER;
		}
	} while (result == PASS_OVER);
	return result;
}
