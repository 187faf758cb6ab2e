/*
 * rule_key.h - the keys of one rule in a rule file: each read, checked and
 * complained about at its place.  Only rules.c calls this.
 */
#ifndef TOCSIN_CORE_RULE_KEY_H
#define TOCSIN_CORE_RULE_KEY_H

#include <stdint.h>

#include "daemon/core/rule.h"

/* One rule being read; pointers are borrowed. */
struct rule_reading {
	const struct vocabulary *vocabulary;
	const struct yaml_doc *doc;
	struct yaml_errors *errors;
	struct rule *rule; /* zeroed before its first key */
	/* Sums of hashes of slugs and codes: the same in any order written. */
	uint32_t category_sum, hazard_sum, country_sum;
};

/* Complain about a node's value. */
#define RULE_COMPLAIN(reading, node, ...)                               \
	yaml_complain((reading)->doc, (reading)->errors, (node), false, \
	    __VA_ARGS__)

/*
 * Read one value of the rule's map into the rule.  What is wrong with it, an
 * unknown key included, is added to the errors.
 */
void rule_key_read(struct rule_reading *reading, const struct yaml_node *node);

#endif
