#include "daemon/feed/chronicle.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/detect/week.h"
#include "daemon/core/detection.h"
#include "daemon/core/product.h"
#include "daemon/feed/chronicle_part.h"
#include "daemon/feed/lineage.h"
#include "daemon/store/db/keys.h"
#include "daemon/store/record.h"
#include "daemon/store/record_curation.h"
#include "daemon/store/record_prior.h"
#include "daemon/store/record_rules.h"

enum { HAZARDS = 32 };

struct chronicle {
	const struct chronicle_range *range;
	struct detection detection;
	struct lineage lineage;
	struct kindred kindred; /* which products are wanted */
	struct ledger ledger;   /* pulses, streams, rows */
	/* Organisations that brought a report off probation, by ordinal. */
	bool is_established[UINT16_MAX + 1];
	unsigned nestablished;
	uint16_t now; /* week of the event */
	int result;
};

/* --- a first walk: who ever was of one family */

static int
note_relation(void *who, const struct store_event *event)
{
	struct chronicle *chronicle = who;
	struct record_product product;
	struct record_curation act;

	if (event->type == RECORD_PRODUCT)
		return record_product_read(event->header, &product)
		    ? kindred_add(&chronicle->kindred, product.product)
		    : STORE_CORRUPT;
	if (event->type != RECORD_CURATION)
		return 0;
	if (!record_curation_read(event->header, &act))
		return STORE_CORRUPT;
	if (act.kind == CURATION_MERGE)
		kindred_join(&chronicle->kindred, act.product, act.other);
	return lineage_take(&chronicle->lineage, event);
}

/*
 * Streams of those only are kept whose numbers may have come to a product that
 * is asked for.
 */
static int
choose_products(struct chronicle *chronicle)
{
	const struct chronicle_range *range = chronicle->range;
	struct kindred *kindred = &chronicle->kindred;
	int result =
	    store_walk(range->store, 1, range->seq, note_relation, chronicle);

	for (uint32_t product = 1; !result && product < kindred->count;
	     product++)
		if (lineage_root(&chronicle->lineage, product) == product &&
		    (!range->wants || range->wants(range->who, product)))
			kindred_want(kindred, product);
	lineage_free(&chronicle->lineage);
	chronicle->lineage = (struct lineage){ 0 };
	return result;
}

/* --- the second: as the writer did */

static int
settle(int result)
{
	return result < 0 ? STORE_MEMORY : 0;
}

static int
move(struct chronicle *chronicle, const struct facts *facts, uint16_t received,
    bool is_added)
{
	const struct detection_move move = { .facts = facts,
		.root = lineage_root(&chronicle->lineage, facts->product),
		.received = received,
		.now = chronicle->now,
		.is_added = is_added };
	struct ledger *ledger = &chronicle->ledger;
	struct detection *detection = &chronicle->detection;

	if (is_added)
		ledger_count(ledger, facts->product);
	detection->wants_news =
	    kindred_is_wanted(&chronicle->kindred, move.root);
	if (detection_move(detection, &move))
		return ledger_fault(ledger);
	if (detection->news.is_set)
		ledger_read(ledger, &detection->news);
	return 0;
}

/* Where at most one organisation is established, nobody caps it. */
static void
note_sender(struct chronicle *chronicle, const struct facts *facts)
{
	bool *is_established = &chronicle->is_established[facts->organisation];

	if (*is_established || facts->doubts & DOUBT_PROBATION)
		return;
	*is_established = true;
	chronicle->detection.is_alone = ++chronicle->nestablished <= 1;
}

static int
take_report(struct chronicle *chronicle, const struct store_event *event)
{
	struct record_report record;
	uint16_t week;
	int result = 0;

	if (!record_report_read(event->header, event->type, event->received_ms,
		&record))
		return STORE_CORRUPT;
	week = record.week ? record.week : chronicle->now;
	if (event->type != RECORD_REPORT && record.old.product)
		result = move(chronicle, &record.old, week, false);
	if (!result && event->type != RECORD_WITHDRAW)
		result = move(chronicle, &record.facts, week, true);
	if (event->type != RECORD_WITHDRAW)
		note_sender(chronicle, &record.facts);
	return result;
}

static int
take_act(struct chronicle *chronicle, const struct store_event *event)
{
	struct record_curation act;
	struct record_overlap overlap;
	struct detection_union both = { .now = chronicle->now };
	struct detection *detection = &chronicle->detection;
	bool is_merge;
	int result = 0;

	if (!record_curation_read(event->header, &act))
		return STORE_CORRUPT;
	is_merge = act.kind == CURATION_MERGE;
	both.product = act.product;
	both.sign = is_merge ? 1 : -1;
	both.root = lineage_root(&chronicle->lineage,
	    is_merge ? act.other : act.product);
	if ((!is_merge && act.kind != CURATION_SPLIT) ||
	    both.root == both.product)
		return lineage_take(&chronicle->lineage, event);
	while (!result && record_overlap_next(&act, &overlap))
		if (overlap.mode &&
		    overlap.root == (is_merge ? both.root : both.product))
			result = detection_unite(detection, &both,
			    (struct subject){ .mode = overlap.mode });
	for (uint8_t i = 0; !result && i < HAZARDS; i++)
		result = detection_unite(detection, &both,
		    (struct subject){ .hazard = i });
	if (!result)
		result = detection_unite_pulses(detection, &both);
	return result ? ledger_fault(&chronicle->ledger)
		      : lineage_take(&chronicle->lineage, event);
}

/* As it stands now, which may be later than the last report of its stream. */
static int
ring(struct chronicle *chronicle, const struct alarm *alarm,
    struct subject subject)
{
	struct ledger *ledger = &chronicle->ledger;
	struct detection *detection = &chronicle->detection;
	uint32_t root = alarm->product;

	if (ledger_is_open(ledger, root, subject, chronicle->now)) {
		if (detection_look(detection, root, subject, chronicle->now))
			return ledger_fault(ledger);
		ledger_read(ledger, &detection->news);
	}
	ledger_ring(ledger, root, subject, alarm->id);
	return 0;
}

static int
take_alert(struct chronicle *chronicle, const struct store_event *event)
{
	struct record_alert record;
	struct subject subject;
	bool is_fired;
	int result = 0;

	if (!record_alert_read(event->header, &record))
		return STORE_CORRUPT;
	if (record.audience != AUDIENCE_TRUSTED)
		result = ledger_show(&chronicle->ledger, record.alarm.id);
	if (result)
		return result;
	if (!subject_of_rule(record.alarm.rule, record.alarm.mode, &subject))
		return 0;
	is_fired = record.change == CHANGE_RAISED ||
	    record.change == CHANGE_REGRESSED || record.change == CHANGE_HELD;
	if (is_fired)
		result = ring(chronicle, &record.alarm, subject);
	if (result)
		return result;
	return settle(detection_ring(&chronicle->detection,
	    record.alarm.product, subject, is_fired));
}

static int
take_word(struct chronicle *chronicle, const struct store_event *event)
{
	struct record_name name;
	struct record_product product;
	struct record_rules rules;
	struct record_prior prior;
	struct detection *detection = &chronicle->detection;

	switch (event->type) {
	case RECORD_NAME:
		if (!record_name_read(event->header, &name))
			return STORE_CORRUPT;
		if (name.kind == NAME_MODE && text_is(event->body, "unstated"))
			detection->words.unstated = (uint16_t)name.ordinal;
		return 0;
	case RECORD_PRODUCT:
		return record_product_read(event->header, &product)
		    ? ledger_product(&chronicle->ledger, product.product,
			  volume_of_category(product.category),
			  product.level != LEVEL_CATEGORY)
		    : STORE_CORRUPT;
	case RECORD_RULES:
		if (!record_rules_read(event->header, &rules))
			return STORE_CORRUPT;
		detection->words.grave = rules.grave;
		return 0;
	default:
		return record_prior_read(event->header, &prior)
		    ? settle(detection_measure(detection, prior.category,
			  &prior.yardstick))
		    : STORE_CORRUPT;
	}
}

static int
take_event(void *who, const struct store_event *event)
{
	struct chronicle *chronicle = who;

	chronicle->now = week_of_ms(event->received_ms);
	switch (event->type) {
	case RECORD_REPORT:
	case RECORD_AMEND:
	case RECORD_WITHDRAW:
	case RECORD_REGROUP:
		return take_report(chronicle, event);
	case RECORD_CURATION:
		return take_act(chronicle, event);
	case RECORD_ALERT:
		return take_alert(chronicle, event);
	case RECORD_NAME:
	case RECORD_PRODUCT:
	case RECORD_RULES:
	case RECORD_PRIOR:
		return take_word(chronicle, event);
	default:
		return 0;
	}
}

/* --- both */

/* Up to the week of the sequence, of streams of roots that are asked for. */
static int
finish(struct chronicle *chronicle)
{
	const struct chronicle_range *range = chronicle->range;
	struct ledger *ledger = &chronicle->ledger;
	struct detection *detection = &chronicle->detection;
	const struct volume *all = volumes_find(detection->volumes, VOLUME_ALL);
	bool is_observed =
	    all && exposure_weight(&all->exposure, chronicle->now) > 0;
	int result = all ? 0 : STORE_MEMORY;

	for (uint32_t i = 0; !result && i < ledger->ntracks; i++) {
		struct track *track = &ledger->track[i];
		uint32_t root = track->root;

		track->is_shown = track->stream.week &&
		    lineage_root(&chronicle->lineage, root) == root &&
		    (!range->wants || range->wants(range->who, root));
		if (!track->is_shown)
			continue;
		if (detection_look(detection, root, track->subject,
			chronicle->now) < 0)
			return ledger_fault(ledger);
		if (is_observed)
			result = ledger_close(ledger, i, &detection->news);
	}
	return result ? result : ledger_visit(ledger, range);
}

int
chronicle_walk(const struct chronicle_range *range)
{
	struct chronicle *chronicle = calloc(1, sizeof(*chronicle));
	struct detection *detection;
	int result = STORE_MEMORY;

	if (!chronicle)
		return result;
	chronicle->range = range;
	chronicle->ledger.kindred = &chronicle->kindred;
	detection = &chronicle->detection;
	detection->volumes = volumes_new(NULL, NULL);
	detection->rows = ledger_rows(&chronicle->ledger);
	detection->is_alone = true;
	if (detection->volumes)
		result = choose_products(chronicle);
	if (!result)
		result = store_walk(range->store, 1, range->seq, take_event,
		    chronicle);
	if (!result)
		result = finish(chronicle);
	volumes_free(detection->volumes);
	lineage_free(&chronicle->lineage);
	kindred_fini(&chronicle->kindred);
	ledger_fini(&chronicle->ledger);
	free(chronicle);
	return result;
}
