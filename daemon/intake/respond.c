#include "daemon/intake/respond.h"

#include <stdio.h>

#include "daemon/core/product.h"
#include "daemon/intake/announce.h"
#include "daemon/intake/findings.h"
#include "daemon/intake/recent.h"
#include "daemon/intake/remedies.h"

static int
refuse_fault(struct refusal *why)
{
	return refuse(why, ERROR_INTERNAL, NULL,
	    "the store failed; nothing was changed");
}

static int
find_alert(struct intake *intake, uint32_t id, struct alarm *alarm,
    struct refusal *why)
{
	if (announce_read(intake, id, alarm))
		return 0;
	return refuse(why, ERROR_NOT_FOUND, "id", "no alert is called \"a%u\"",
	    id);
}

/* As its rule counts it now; false when that cannot be said. */
static bool
announce_counted(struct intake *intake, struct respond *respond)
{
	struct alarm *alarm = &respond->alarm;
	const struct rule *rule = intake_rule(intake, alarm->rule);
	struct announcement news = { .change = respond->change,
		.rule = rule,
		.body = respond->body };
	struct findings findings;
	struct recent recent;
	struct family family;

	if (!rule || !intake_family(intake, alarm->product, &family) ||
	    !recent_read(intake, &family, alarm->mode, &recent) ||
	    !findings_make(intake, &recent, rule, &findings) ||
	    !findings.counts.reports)
		return false;
	news.counts = &findings.counts;
	if (findings.has_explanation)
		news.explanation = &findings.explanation;
	announce(intake, alarm, &news);
	return true;
}

int
respond_take(struct intake *intake, struct respond *respond,
    struct refusal *why)
{
	struct alarm *alarm = &respond->alarm;
	const char *reason = "";
	bool is_counted = respond->response.kind == RESPONSE_CONFIRM;

	/* What was published last is read back from the log. */
	intake_settle(intake);
	if (intake->projection.result)
		return refuse_fault(why);
	if (find_alert(intake, respond->alert, alarm, why))
		return (int)why->code;
	respond->seq = store_next_seq(intake->store);
	respond->change = response_take(alarm, &respond->response,
	    intake_today(intake), respond->seq, &reason);
	if (respond->change == CHANGE_NONE)
		return refuse(why, ERROR_CONFLICT, "id", "a%u: %s",
		    respond->alert, reason);
	if (respond->change == CHANGE_MUTED &&
	    mutes_put(&intake->mutes, alarm->id, respond->reason))
		intake->projection.result = STORE_MEMORY;
	if (!is_counted || !announce_counted(intake, respond))
		announce_response(intake, alarm, respond->change,
		    respond->body);
	intake_close_frame(intake);
	return intake->projection.result ? refuse_fault(why) : 0;
}

/* --- remedies ------------------------------------------------------------ */

static int
read_undone(struct intake *intake, struct record_remedy *record,
    struct refusal *why)
{
	uint64_t act = record->undoes;
	struct buf scratch = { 0 };
	struct remedy_entry entry;
	struct store_event event;
	bool is_act = act <= store_durable(intake->store) &&
	    !store_read(intake->store, act, &scratch, &event) &&
	    event.type == RECORD_REMEDY &&
	    record_remedy_read(event.header, record) && !record->undoes;

	buf_free(&scratch);
	record->undoes = act;
	if (!is_act ||
	    !remedies_find(&intake->projection, record->product, record->mode,
		act, &entry))
		return refuse(why, ERROR_NOT_FOUND, "act",
		    "no remedy has this number");
	if (entry.undone_by)
		return refuse(why, ERROR_CONFLICT, "act",
		    "act %llu was taken back by act %llu",
		    (unsigned long long)act,
		    (unsigned long long)entry.undone_by);
	return 0;
}

static int
find_mode(struct intake *intake, struct remedy *remedy, struct refusal *why)
{
	if (!remedy->has_mode)
		return 0;
	remedy->record.mode =
	    (uint16_t)intake_find_name(intake, NAME_MODE, remedy->mode_hash);
	if (remedy->record.mode)
		return 0;
	return refuse(why, ERROR_NOT_FOUND, "mode",
	    "no report names this failure mode");
}

static int
find_product(struct intake *intake, struct remedy *remedy, struct refusal *why)
{
	struct record_remedy *record = &remedy->record;
	const struct product_note *note;
	struct alarm alarm;

	if (record->alert) {
		if (find_alert(intake, record->alert, &alarm, why))
			return (int)why->code;
		record->product = alarm.product;
		record->mode = alarm.mode;
	}
	if (record->product >
		projection_counter(&intake->projection, COUNTER_PRODUCTS) ||
	    !(note = intake_product(intake, record->product)))
		return refuse(why, ERROR_NOT_FOUND, "product",
		    "no such product is known");
	if (note->level == LEVEL_CATEGORY)
		return refuse(why, ERROR_INVALID, "product",
		    "p%u is a category, and a category is no product",
		    record->product);
	if (find_mode(intake, remedy, why))
		return (int)why->code;
	if (remedies_has_room(&intake->projection, record->product,
		record->mode))
		return 0;
	return refuse(why, ERROR_TOO_LARGE, "product",
	    "at most %d remedies of one product and failure mode",
	    REMEDIES_MAX);
}

int
respond_remedy(struct intake *intake, struct remedy *remedy,
    struct refusal *why)
{
	struct record_remedy *record = &remedy->record;
	int code;

	intake_settle(intake);
	if (intake->projection.result)
		return refuse_fault(why);
	code = record->undoes ? read_undone(intake, record, why)
			      : find_product(intake, remedy, why);
	if (code)
		return code;
	intake_open_frame(intake);
	buf_clear(&intake->header);
	record_remedy_write(&intake->header, record);
	remedy->seq = intake_add_event(intake, RECORD_REMEDY, remedy->body);
	if (!remedies_apply(&intake->projection, buf_text(&intake->header),
		remedy->seq))
		intake->projection.result = STORE_CORRUPT;
	intake_close_frame(intake);
	return intake->projection.result ? refuse_fault(why) : 0;
}
