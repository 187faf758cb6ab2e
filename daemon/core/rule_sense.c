#include "daemon/core/rule_sense.h"

#include <string.h>

void
rule_sense_lacking(struct rule_reading *reading, const struct yaml_node *node)
{
	const struct rule *rule = reading->rule;

	if (!yaml_get(node, "name"))
		RULE_COMPLAIN(reading, node, "a rule needs a name");
	if (!yaml_get(node, "per"))
		RULE_COMPLAIN(reading, node,
		    "a rule needs per: product or product-and-mode");
	if (!yaml_get(node, "window"))
		RULE_COMPLAIN(reading, node,
		    "a rule needs a window, such as window: 28d");
	if (!yaml_get(node, "sources") && !yaml_get(node, "cases") &&
	    !yaml_get(node, "reports") && !yaml_get(node, "organisations"))
		RULE_COMPLAIN(reading, node,
		    "a rule needs at least one of sources, cases, reports "
		    "and organisations");
	if (rule->basis == BASIS_HAZARD && !yaml_get(node, "hazards"))
		RULE_COMPLAIN(reading, node, "basis: hazard needs hazards");
}

/* Two thresholds: so many of the greater are at least so many of the less. */
struct pair {
	const char *less, *greater;
	uint32_t least_less, least_greater; /* 0: not given */
	const char *why;
};

/* A threshold that is always reached when another one is says nothing. */
static void
check_thresholds(struct rule_reading *reading, const struct yaml_node *node)
{
	const struct rule *rule = reading->rule;
	const struct pair pairs[] = {
		{ "reports", "sources", rule->reports, rule->sources,
		    "each source takes a report" },
		{ "reports", "cases", rule->reports, rule->cases,
		    "each case takes a report" },
		{ "reports", "organisations", rule->reports,
		    rule->organisations, "each organisation takes a report" },
		{ "sources", "organisations", rule->sources,
		    rule->organisations, "each organisation is a source" },
	};

	for (unsigned i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		const struct pair *pair = &pairs[i];

		if (pair->least_less && pair->least_less < pair->least_greater)
			RULE_COMPLAIN(reading, yaml_get(node, pair->less),
			    "%s: %u contradicts %s: %u, for %s; raise it or "
			    "leave it out",
			    pair->less, pair->least_less, pair->greater,
			    pair->least_greater, pair->why);
	}
}

/* Do so many sources alone reach all that the rule asks for? */
static bool
is_enough(const struct rule *rule, uint32_t sources)
{
	return sources >= rule->sources && sources >= rule->reports &&
	    rule->cases <= 1 && rule->organisations <= 1;
}

void
rule_sense_check(struct rule_reading *reading, const struct yaml_node *node)
{
	const struct rule *rule = reading->rule;
	const unsigned all = 1u << REPORT_INCIDENT | 1u << REPORT_BREAKDOWN;

	check_thresholds(reading, node);
	if (rule->watch_sources && is_enough(rule, rule->watch_sources))
		RULE_COMPLAIN(reading, yaml_get(node, "watch_sources"),
		    "so many sources ring already; watch_sources must be less "
		    "than what rings");
	if (rule->kinds == all)
		RULE_COMPLAIN(reading, yaml_get(node, "kind"),
		    "these are all the kinds there are; leave kind out for "
		    "any");
}

static void
compare_one(struct rule_reading *reading, const struct rule *other,
    const struct yaml_node *node)
{
	const struct rule *rule = reading->rule;
	const struct yaml_node *name = yaml_get(node, "name");

	if (strcmp(other->name, rule->name) == 0)
		RULE_COMPLAIN(reading, name,
		    "a rule of this name is loaded already");
	else if (other->id == rule->id)
		RULE_COMPLAIN(reading, name,
		    "choose another name: its number is that of \"%s\"",
		    other->name);
	else if (other->sense == rule->sense)
		RULE_COMPLAIN(reading, name,
		    "this says what the rule \"%s\" says already; every alert "
		    "would come twice",
		    other->name);
}

void
rule_sense_compare(struct rule_reading *reading, const struct rules *rules,
    const struct yaml_node *node)
{
	if (reading->rule->name[0] == '\0')
		return;
	for (unsigned i = 0; i < rules->count; i++)
		compare_one(reading, &rules->rule[i], node);
}
