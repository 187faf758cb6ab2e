#include "daemon/intake/regroup.h"

#include <string.h>

#include "daemon/intake/apply.h"
#include "daemon/intake/decide.h"
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
	return !result && row->latest_seq == item->seq && !row->is_withdrawn;
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
	if (intake->projection.result)
		return;
	buf_clear(&intake->header);
	record_report_write(&intake->header, RECORD_REGROUP, &record,
	    intake->received_ms);
	seq = intake_add_event(intake, RECORD_REGROUP, (struct text){ 0 });
	apply_report(&intake->projection, RECORD_REGROUP, &record, seq);
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
