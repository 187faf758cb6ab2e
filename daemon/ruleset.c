#include "daemon/ruleset.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/core/access.h"
#include "daemon/intake/detecting.h"
#include "daemon/metrics.h"
#include "daemon/store/record.h"
#include "daemon/store/record_rules.h"

static const char *
file_or_built_in(const char *path)
{
	return path[0] ? path : NULL;
}

struct vocabulary *
ruleset_words(const struct config *config, struct yaml_errors *errors)
{
	struct vocabulary_files files = {
		file_or_built_in(config->vocabulary_categories),
		file_or_built_in(config->vocabulary_modes),
		file_or_built_in(config->vocabulary_hazards),
		file_or_built_in(config->vocabulary_unknown),
		file_or_built_in(config->vocabulary_brands),
	};

	return vocabulary_new(&files, errors);
}

static struct rules *
load_rules(const struct config *config, const struct vocabulary *vocabulary,
    struct yaml_errors *errors)
{
	struct rules *rules = calloc(1, sizeof(*rules));
	unsigned before = errors->count;

	if (!rules)
		return NULL;
	if (config->rules_default)
		rules_add_default(rules, vocabulary, errors);
	for (size_t i = 0; i < config->rules_files.count; i++) {
		struct yaml_doc *doc =
		    yaml_load(config->rules_files.item[i], errors);

		if (doc)
			rules_add(rules, vocabulary, doc, errors);
		yaml_free(doc);
	}
	if (errors->count == before)
		return rules;
	free(rules);
	return NULL;
}

void
ruleset_free(struct criteria *criteria)
{
	if (!criteria)
		return;
	free(criteria->rules);
	free(criteria->statistic);
	organisations_free(criteria->organisations);
	free(criteria);
}

struct criteria *
ruleset_load(const struct config *config, const struct vocabulary *vocabulary,
    struct yaml_errors *errors)
{
	struct criteria *criteria = calloc(1, sizeof(*criteria));

	if (!criteria)
		return NULL;
	criteria->rules = load_rules(config, vocabulary, errors);
	criteria->organisations = organisations_none();
	criteria->statistic = statistic_new(vocabulary);
	if (criteria->rules && criteria->organisations && criteria->statistic) {
		criteria->statistic->per_week =
		    config_rate_per_week(config->alerts_budget);
		criteria->statistic->floor =
		    (double)config->alerts_threshold_floor;
		criteria->statistic->severe_weight =
		    (double)config->alerts_severe_weight;
		return criteria;
	}
	ruleset_free(criteria);
	return NULL;
}

void
ruleset_name(struct criteria *criteria, struct organisations *organisations)
{
	if (!organisations)
		return;
	organisations_free(criteria->organisations);
	criteria->organisations = organisations;
}

unsigned
ruleset_anonymous(const struct config *config)
{
	unsigned roles = 0;

	for (size_t i = 0; i < config->access_anonymous.count; i++) {
		const char *word = config->access_anonymous.item[i];
		unsigned role = access_role_find(text_of(word));

		if (!role ||
		    role & (ACCESS_ROLE(ROLE_CURATE) | ACCESS_ROLE(ROLE_ADMIN)))
			fprintf(stderr,
			    "tocsind: access.anonymous: \"%s\" is not "
			    "submit, subscribe or read\n",
			    word);
		else
			roles |= role;
	}
	return roles;
}

/* Rules in force are an event, so that a replay knows what judged. */
struct rules_work {
	struct work work;          /* first */
	const struct rules *rules; /* new */
	struct criteria *old; /* freed when the writer has let go of them */
};

static uint32_t
grave_hazards(const struct vocabulary *vocabulary)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < vocabulary_count(vocabulary, WORDS_HAZARD);
	     i++)
		if (vocabulary_word(vocabulary, WORDS_HAZARD, i)->is_designated)
			mask |= UINT32_C(1) << i;
	return mask;
}

static void
rules_run(struct work *work, struct intake *intake)
{
	struct rules_work *change = (struct rules_work *)work;
	struct projection *projection = &intake->projection;
	struct record_rules record = { .version = change->rules->version,
		.count = change->rules->count,
		.grave = grave_hazards(intake->vocabulary) };

	if (store_is_full(intake->store))
		return;
	intake_open_frame(intake);
	intake_unstated(intake);
	if (projection_counter(projection, COUNTER_RULES) == record.version &&
	    projection_counter(projection, COUNTER_GRAVE) == record.grave) {
		intake_close_frame(intake);
		return;
	}
	buf_clear(&intake->header);
	record_rules_write(&intake->header, &record);
	intake_add_event(intake, RECORD_RULES, (struct text){ 0 });
	projection_set_counter(projection, COUNTER_RULES, record.version);
	detecting_set_grave(projection, record.grave);
	intake_close_frame(intake);
}

static void
rules_done(struct work *work)
{
	struct rules_work *change = (struct rules_work *)work;

	ruleset_free(change->old);
	free(change);
}

int
ruleset_use(struct writer *writer, const struct criteria *criteria,
    struct criteria *old)
{
	struct rules_work *change = calloc(1, sizeof(*change));

	if (!change)
		return -1;
	change->rules = criteria->rules;
	change->old = old;
	change->work.run = rules_run;
	change->work.done = rules_done;
	metrics_set(METRIC_rules_loaded, criteria->rules->count);
	writer_set_criteria(writer, criteria);
	writer_put(writer, &change->work);
	return 0;
}
