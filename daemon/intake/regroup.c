#include "daemon/intake/regroup.h"

#include <string.h>

#include "daemon/intake/apply.h"
#include "daemon/intake/decide.h"
#include "daemon/intake/liken.h"
#include "daemon/intake/naming.h"
#include "daemon/intake/resolve.h"
#include "daemon/store/rows.h"

/* Is this event still the report's newest? */
static bool
is_current(struct intake *intake, const struct harvested *item,
    struct report_row *row)
{
	int result = decide_find(intake, item->record.key, row);

	if (result && result != STORE_NOT_FOUND && !intake->projection.result)
		intake->projection.result = result;
	return !result && row->latest_seq == item->seq && !row->is_withdrawn &&
	    !row->is_erased;
}

static void
fill_move(const struct harvested *item, uint32_t product,
    struct regroup_move *move)
{
	const struct facts *facts = &item->record.facts;

	*move = (struct regroup_move){ .from = facts->product,
		.to = product,
		.mode = facts->mode,
		.is_live = !facts->is_backfill,
		.contents = item->contents };
}

static void
take(struct intake *intake, const struct harvested *item,
    const struct report_row *row, uint32_t product)
{
	struct record_report record = item->record;
	uint64_t seq;

	record.first_seq = row->first_seq;
	record.previous_seq = item->contents;
	decide_leave(intake, row->first_seq, &item->record, &record);
	record.facts.product = product;
	record.spelling = resolve_spelling(intake, product, &item->candidate);
	/* Older logs hold no evidence. */
	if (record.evidence.product)
		decide_compare(intake, &record);
	record.facts.doubts = item->record.facts.doubts;
	if (intake->projection.result)
		return;
	record.blind = intake_blind(intake);
	buf_clear(&intake->header);
	record_report_write(&intake->header, RECORD_REGROUP, &record,
	    intake->received_ms);
	seq = intake_add_event(intake, RECORD_REGROUP, (struct text){ 0 });
	apply_report(&intake->projection, RECORD_REGROUP, &record, seq,
	    intake->received_ms);
	liken_remember(intake->blocks, RECORD_REGROUP, &record, seq);
}

/*
 * A product found by its code or by an alias may bear a brand that no report
 * has any more: this one, of its level, names it anew.
 */
static void
name_anew(struct intake *intake, uint32_t product,
    const struct product_identity *identity)
{
	const struct product_note *note = intake_product(intake, product);
	struct record_product record = { .product = product,
		.level = (uint8_t)identity->level,
		.rules_version = PRODUCT_RULES_VERSION,
		.brand = { identity->brand, identity->brand_len },
		.model = { identity->model, identity->model_len } };
	char category[PRODUCT_SLUG_MAX];
	struct key key = key_product(product);
	struct product_row row;
	struct text bytes;

	if (!note || !note->is_stale || note->level != identity->level ||
	    projection_get(&intake->projection, KEYSPACE_PRODUCT, &key,
		&bytes) ||
	    !product_row_read(bytes, &row) ||
	    row.category.len > sizeof(category))
		return;
	memcpy(category, row.category.at, row.category.len);
	record.category = (struct text){ category, row.category.len };
	record.gtin = row.gtin;
	buf_clear(&intake->header);
	record_product_write(&intake->header, &record);
	intake_add_event(intake, RECORD_PRODUCT, (struct text){ 0 });
	naming_add_product(&intake->projection, &record);
	intake->notes[product & (PRODUCT_CACHE - 1)].product = 0;
}

enum regroup_fate
regroup_take(struct intake *intake, const struct harvested *item,
    struct regroup_move *move)
{
	struct report_row row;
	uint32_t product;

	if (!is_current(intake, item, &row))
		return REGROUP_GONE;
	intake_open_frame(intake);
	product = resolve_product(intake, &item->candidate);
	if (product)
		name_anew(intake, product, &item->candidate.identity);
	if (!product || product == item->record.facts.product)
		return REGROUP_STAYS;
	take(intake, item, &row, product);
	intake_close_long_frame(intake);
	fill_move(item, product, move);
	return REGROUP_MOVES;
}

enum regroup_fate
regroup_plan(struct intake *intake, struct plan *plan,
    const struct harvested *item, struct regroup_move *move)
{
	struct report_row row;
	uint32_t product;

	if (!is_current(intake, item, &row))
		return REGROUP_GONE;
	product = resolve_plan(intake, plan, &item->candidate);
	if (!product || product == item->record.facts.product)
		return REGROUP_STAYS;
	fill_move(item, product, move);
	return REGROUP_MOVES;
}
