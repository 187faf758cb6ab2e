#include "daemon/intake/outcome.h"

#include <stdio.h>
#include <string.h>

#include "daemon/intake/recent.h"
#include "proto/codec.h"

static void
add_alert(struct intake *intake, const struct recent *recent,
    const struct rule *rule, struct outcome *outcome)
{
	struct alarm alarm;

	recent_alarm(intake, recent, rule, &alarm);
	if (!alarm.id || outcome->nalerts == OUTCOME_ALERTS_MAX)
		return;
	outcome->alert[outcome->nalerts].id = alarm.id;
	outcome->alert[outcome->nalerts].status = alarm.status;
	outcome->alert[outcome->nalerts++].public_status = alarm.public_status;
}

static void
add_alerts(struct intake *intake, const struct recent *recent,
    struct outcome *outcome)
{
	const struct rules *rules = intake->rules;

	for (unsigned i = 0; i < rules->count; i++)
		add_alert(intake, recent, &rules->rule[i], outcome);
	for (uint32_t id = SUBJECT_RULE_MODE; id < SUBJECT_RULES; id++) {
		const struct rule *rule = statistic_rule(intake->statistic, id);

		if (rule && (rule->scope == SCOPE_MODE) == (recent->mode != 0))
			add_alert(intake, recent, rule, outcome);
	}
}

static void
read_counts(struct intake *intake, const struct family *family, uint16_t mode,
    struct outcome *outcome)
{
	struct outcome_counts *counts =
	    mode ? &outcome->group : &outcome->all_modes;
	struct recent recent;

	if (!recent_read(intake, family, mode, &recent))
		return;
	*counts = (struct outcome_counts){ recent.reports, recent.cases,
		recent.sources, recent.organisations };
	if (recent.nalarms)
		add_alerts(intake, &recent, outcome);
}

void
outcome_read(struct intake *intake, const struct decision *decision,
    struct outcome *outcome)
{
	struct family family;

	family.root = 0;
	*outcome = (struct outcome){ 0 };
	if (decision->product &&
	    !intake_family(intake, decision->product, &family))
		return;
	shown_read(&intake->projection, intake->vocabulary, family.root,
	    &outcome->product);
	if (!decision->product)
		return;
	read_counts(intake, &family, 0, outcome);
	if (!decision->mode)
		return;
	read_counts(intake, &family, decision->mode, outcome);
	shown_copy(outcome->mode, sizeof(outcome->mode),
	    intake_name_text(intake, NAME_MODE, decision->mode));
}

static void
pack_counts(struct buf *out, const char *name,
    const struct outcome_counts *counts)
{
	pack_string(out, name);
	pack_map(out, 4);
	pack_field_uint(out, "reports", counts->reports);
	pack_field_uint(out, "cases", counts->cases);
	pack_field_uint(out, "sources", counts->sources);
	pack_field_uint(out, "organisations", counts->organisations);
}

static void
pack_alerts(struct buf *out, const struct outcome *outcome, bool is_trusted)
{
	uint32_t count = 0;
	size_t token;

	pack_string(out, "alerts");
	token = pack_open_list(out);
	for (unsigned i = 0; i < outcome->nalerts; i++) {
		uint8_t status = is_trusted ? outcome->alert[i].status
					    : outcome->alert[i].public_status;
		char id[PUBLIC_ID_MAX];

		if (status == ALARM_QUIET)
			continue;
		count++;
		alert_id_format(outcome->alert[i].id, id);
		pack_map(out, 2);
		pack_field_string(out, "id", id);
		pack_field_string(out, "state",
		    alarm_status_name((enum alarm_status)status));
	}
	pack_close_list(out, token, count);
}

static void
pack_product(struct buf *out, const struct shown *product)
{
	pack_string(out, "product");
	pack_map(out, 3);
	pack_field_string(out, "id", product->id);
	pack_field_text(out, "name",
	    (struct text){ product->name, product->name_len });
	pack_field_string(out, "level",
	    product_level_name((enum product_level)product->level));
}

void
outcome_pack_product(struct buf *out, const struct outcome *outcome,
    bool is_trusted)
{
	pack_product(out, &outcome->product);
	pack_counts(out, "product_counts", &outcome->all_modes);
	pack_alerts(out, outcome, is_trusted);
}

void
outcome_pack_place(struct buf *out, const struct outcome *outcome)
{
	const struct shown *product = &outcome->product;
	char group[PUBLIC_ID_MAX + PRODUCT_SLUG_MAX + 2];

	snprintf(group, sizeof(group), "%s/%s", product->id, outcome->mode);
	pack_product(out, product);
	pack_string(out, "group");
	pack_map(out, 2);
	pack_field_string(out, "id", group);
	pack_field_string(out, "mode", outcome->mode);
}

void
outcome_pack(struct buf *out, const struct outcome *outcome, bool is_trusted)
{
	outcome_pack_place(out, outcome);
	pack_counts(out, "counts", &outcome->group);
	pack_counts(out, "product_counts", &outcome->all_modes);
	pack_alerts(out, outcome, is_trusted);
}

void
outcome_pack_public(struct buf *out, const struct outcome *outcome)
{
	outcome_pack_place(out, outcome);
	pack_alerts(out, outcome, false);
}
