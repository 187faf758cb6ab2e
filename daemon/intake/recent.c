#include "daemon/intake/recent.h"

#include <string.h>

#include "daemon/core/finding.h"
#include "daemon/intake/kinship.h"

/* Not being there is no fault; anything else sticks. */
static bool
is_read(struct intake *intake, int result)
{
	if (result && result != STORE_NOT_FOUND && !intake->projection.result)
		intake->projection.result = result;
	return !result;
}

bool
recent_read(struct intake *intake, const struct family *family, uint16_t mode,
    struct recent *recent)
{
	struct row_source rows = kinship_rows(&intake->projection);
	const struct aggregate *counts = group_aggregate(&recent->row);

	recent->family = family;
	recent->mode = mode;
	recent->has_window = false;
	if (!is_read(intake,
		family_aggregate(&rows, family, mode, &recent->row)))
		return false;
	recent->reports = counts->reports;
	recent->cases = counts->cases;
	recent->sources = counts->sources;
	recent->organisations = counts->organisations;
	recent->nalarms = counts->nalarms;
	return true;
}

bool
recent_window(struct intake *intake, struct recent *recent,
    const struct window **window)
{
	struct row_source rows = kinship_rows(&intake->projection);

	if (!recent->has_window)
		recent->has_window = is_read(intake,
		    family_window(&rows, recent->family, recent->mode,
			&recent->row));
	*window = group_window(&recent->row);
	return recent->has_window;
}

void
recent_alarm(struct intake *intake, const struct recent *recent,
    const struct rule *rule, struct alarm *alarm)
{
	struct key key =
	    key_group(recent->family->root, recent->mode, PART_ALARM, rule->id);
	struct text row;

	*alarm = (struct alarm){ .rule = rule->id,
		.rule_version = rule->version,
		.product = recent->family->root,
		.mode = recent->mode };
	/* A root may have alarms of a mode that only its members counted. */
	if ((recent->nalarms || recent->family->count > 1) &&
	    projection_get(&intake->projection, KEYSPACE_GROUP, &key, &row) ==
		STORE_OK &&
	    row.len == sizeof(*alarm))
		memcpy(alarm, row.at, sizeof(*alarm));
}

/* Cheap bounds first: the window is read only when the rule could be met. */
static bool
could_ring(const struct rule *rule, const struct recent *recent)
{
	return recent->nalarms || recent->family->count > 1 ||
	    (rule->watch_sources && recent->sources >= rule->watch_sources) ||
	    (recent->sources >= rule->sources &&
		recent->reports >= rule->reports &&
		recent->cases >= rule->cases &&
		recent->organisations >= rule->organisations);
}

void
recent_find(const struct recent *recent, const struct rule *rule,
    const struct rule_counts *counts, struct alarm_finding *finding)
{
	*finding = (struct alarm_finding){ .counts = counts,
		.sources = recent->sources,
		.level = finding_level(rule, counts) };
}

bool
recent_count(struct intake *intake, struct recent *recent,
    const struct rule *rule, struct rule_counts *counts)
{
	const struct window *window;

	if (!could_ring(rule, recent) ||
	    !recent_window(intake, recent, &window))
		return false;
	rule_count(rule, window, intake_today(intake), counts);
	return true;
}
