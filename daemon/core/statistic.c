#include "daemon/core/statistic.h"

#include <stdio.h>
#include <stdlib.h>

static void
fill_rule(struct rule *rule, uint32_t id)
{
	*rule = (struct rule){ .name = "statistic",
		.id = id,
		.version = STATISTIC_VERSION,
		.sense = id,
		.basis = BASIS_STATISTIC,
		.scope = id == SUBJECT_RULE_MODE ? SCOPE_MODE : SCOPE_PRODUCT,
		.window_days = STATISTIC_DAYS,
		.sources = 1 };
}

struct statistic *
statistic_new(const struct vocabulary *vocabulary)
{
	struct statistic *statistic = calloc(1, sizeof(*statistic));
	unsigned count = vocabulary_count(vocabulary, WORDS_HAZARD);

	if (!statistic)
		return NULL;
	fill_rule(&statistic->rule[SUBJECT_RULE_MODE], SUBJECT_RULE_MODE);
	for (unsigned i = 0; i < count && i < VOCABULARY_HAZARDS_MAX; i++) {
		uint32_t id = SUBJECT_RULE_HAZARD + i;
		struct rule *rule = &statistic->rule[id];
		struct text slug =
		    vocabulary_word(vocabulary, WORDS_HAZARD, i)->slug;

		fill_rule(rule, id);
		rule->hazards = UINT32_C(1) << i;
		snprintf(rule->name, sizeof(rule->name), "statistic-%.*s",
		    (int)slug.len, slug.at);
	}
	return statistic;
}

const struct rule *
statistic_rule(const struct statistic *statistic, uint32_t id)
{
	if (!statistic || id >= SUBJECT_RULES || !statistic->rule[id].id)
		return NULL;
	return &statistic->rule[id];
}
