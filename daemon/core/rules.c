/* rules.c - rule files read whole into rule.h's struct rules. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/crc32c.h"
#include "daemon/core/rule_key.h"
#include "etc/embedded.h"

/* What no single key can know. */
static void
check_whole(struct rule_reading *reading, const struct yaml_node *node)
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

static void
check_against(struct rule_reading *reading, const struct rules *rules,
    const struct yaml_node *node)
{
	const struct rule *rule = reading->rule;
	const struct rule *other = rule_find(rules, rule->id);
	const struct yaml_node *name = yaml_get(node, "name");

	if (rule->name[0] == '\0' || !other)
		return;
	if (strcmp(other->name, rule->name) == 0)
		RULE_COMPLAIN(reading, name,
		    "a rule of this name is loaded already");
	else
		RULE_COMPLAIN(reading, name,
		    "choose another name: its number is that of \"%s\"",
		    other->name);
}

static uint32_t
version_of(const struct rule_reading *reading)
{
	const struct rule *rule = reading->rule;
	char text[256];
	int len = snprintf(text, sizeof(text),
	    "%s %s %d %d %u %u %u %u %d %u %u %u:%u %u:%u", rule->name,
	    rule_basis_name(rule->basis), rule->scope == SCOPE_MODE,
	    rule->window_days, rule->sources, rule->cases, rule->reports,
	    rule->organisations, (int)rule->severity_min, rule->kinds,
	    reading->hazard_sum, rule->ncategories, reading->category_sum,
	    rule->ncountries, reading->country_sum);

	return crc32c(0, text, (size_t)len);
}

static void
read_rule(const struct rules *rules, struct rule_reading *reading,
    const struct yaml_node *node)
{
	struct rule *rule = reading->rule;

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
	rule->version = version_of(reading);
	check_whole(reading, node);
	check_against(reading, rules, node);
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
