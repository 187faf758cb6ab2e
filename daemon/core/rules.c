/* rules.c - rule files read whole into rule.h's struct rules. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/crc32c.h"
#include "daemon/core/rule_key.h"
#include "daemon/core/rule_sense.h"
#include "etc/embedded.h"

/*
 * Of everything a rule says but its name.  What came later is said only where
 * it is given, so that other rules keep their versions.
 */
static uint32_t
sense_of(const struct rule_reading *reading, struct text name)
{
	const struct rule *rule = reading->rule;
	char text[320];
	int len = snprintf(text, sizeof(text),
	    "%.*s %s %d %d %u %u %u %u %d %u %u %u:%u %u:%u", TEXT_ARG(name),
	    rule_basis_name(rule->basis), rule->scope == SCOPE_MODE,
	    rule->window_days, rule->sources, rule->cases, rule->reports,
	    rule->organisations, (int)rule->severity_min, rule->kinds,
	    reading->hazard_sum, rule->ncategories, reading->category_sum,
	    rule->ncountries, reading->country_sum);

	if (rule->watch_sources)
		len += snprintf(text + len, sizeof(text) - (size_t)len, " w%u",
		    rule->watch_sources);
	return crc32c(0, text, (size_t)len);
}

static void
read_rule(const struct rules *rules, struct rule_reading *reading,
    const struct yaml_node *node)
{
	struct rule *rule = reading->rule;
	const unsigned before = reading->errors->count;

	memset(rule, 0, sizeof(*rule));
	if (node->kind != YAML_MAP) {
		RULE_COMPLAIN(reading, node, "a rule is a map of keys");
		return;
	}
	for (const struct yaml_node *value = node->child; value;
	     value = value->next)
		rule_key_read(reading, value);
	rule->id = crc32c(0, rule->name, strlen(rule->name));
	if (rule->id == 0)
		rule->id = 1;
	rule->version = sense_of(reading, text_of(rule->name));
	rule->sense = sense_of(reading, (struct text){ 0 });
	if (reading->errors->count == before)
		rule_sense_check(reading, node);
	rule_sense_lacking(reading, node);
	rule_sense_compare(reading, rules, node);
}

/* The list under the only key there is, or NULL. */
static const struct yaml_node *
rule_list(const struct yaml_doc *doc, struct yaml_errors *errors)
{
	const struct yaml_node *root = yaml_root(doc);
	const struct yaml_node *list = yaml_get(root, "rules");

	if (!root)
		return NULL;
	for (const struct yaml_node *node = root->child;
	     root->kind == YAML_MAP && node; node = node->next)
		if (node != list)
			yaml_complain(doc, errors, node, true,
			    "unknown key, the only one here is \"rules\"");
	if (list && list->kind == YAML_LIST)
		return list;
	yaml_complain(doc, errors, list ? list : root, false,
	    "write a list of rules under \"rules:\"");
	return NULL;
}

int
rules_add(struct rules *rules, const struct vocabulary *vocabulary,
    const struct yaml_doc *doc, struct yaml_errors *errors)
{
	const unsigned count_before = rules->count;
	const unsigned errors_before = errors->count;
	const struct yaml_node *list = rule_list(doc, errors);

	for (const struct yaml_node *node = list ? list->child : NULL; node;
	     node = node->next) {
		struct rule_reading reading = { .vocabulary = vocabulary,
			.doc = doc,
			.errors = errors,
			.rule = &rules->rule[rules->count] };

		if (rules->count == RULES_MAX) {
			yaml_complain(doc, errors, node, false,
			    "more than %d rules in all", RULES_MAX);
			break;
		}
		read_rule(rules, &reading, node);
		rules->count++;
	}
	if (errors->count != errors_before) {
		rules->count = count_before;
		return -1;
	}
	for (unsigned i = count_before; i < rules->count; i++) {
		const uint32_t both[] = { rules->rule[i].id,
			rules->rule[i].version };

		rules->version += crc32c(0, both, sizeof(both));
	}
	return 0;
}

int
rules_add_default(struct rules *rules, const struct vocabulary *vocabulary,
    struct yaml_errors *errors)
{
	const struct embedded_file *file = embedded_find("rules/default.yaml");
	struct yaml_doc *doc;
	int failed = -1;

	assert(file);
	doc = yaml_parse(file->name, (const char *)file->bytes, file->len,
	    errors);
	if (doc)
		failed = rules_add(rules, vocabulary, doc, errors);
	yaml_free(doc);
	return failed;
}

const struct rule *
rule_find(const struct rules *rules, uint32_t id)
{
	for (unsigned i = 0; i < rules->count; i++)
		if (rules->rule[i].id == id)
			return &rules->rule[i];
	return NULL;
}
