/*
 * rule_sense.h - what no single key of a rule can know: keys that lack, keys
 * that contradict each other, and rules that do.  Only rules.c calls this.
 */
#ifndef TOCSIN_CORE_RULE_SENSE_H
#define TOCSIN_CORE_RULE_SENSE_H

#include "daemon/core/rule_key.h"

/* Complain about keys that a rule cannot do without.  node is its map. */
void rule_sense_lacking(struct rule_reading *reading,
    const struct yaml_node *node);

/*
 * Complain about keys that contradict each other: a threshold that another
 * one passes over, a watch that could only come when the rule rings already,
 * a filter that filters nothing.  Of a rule whose keys were each right.
 */
void rule_sense_check(struct rule_reading *reading,
    const struct yaml_node *node);

/*
 * Complain about a rule that has the name of one of rules, or says what one
 * of them says already: each would ring for the other's reports.
 */
void rule_sense_compare(struct rule_reading *reading, const struct rules *rules,
    const struct yaml_node *node);

#endif
