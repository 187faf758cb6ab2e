/*
 * rule.h - a rule as data, and whether a group's recent reports meet it.
 */
#ifndef TOCSIN_CORE_RULE_H
#define TOCSIN_CORE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/yaml.h"
#include "daemon/core/vocabulary.h"
#include "daemon/core/window.h"

enum rule_basis { BASIS_RULE, BASIS_STATISTIC, BASIS_HAZARD };
enum rule_scope { SCOPE_PRODUCT, SCOPE_MODE };

/* "rule", "statistic", "hazard" */
const char *rule_basis_name(enum rule_basis basis);

enum {
	RULE_NAME_MAX = 48,
	RULE_CATEGORIES_MAX = 16,
	RULE_COUNTRIES_MAX = 32,
	RULES_MAX = 64,
};

struct rule {
	char name[RULE_NAME_MAX + 1]; /* [a-z0-9-]+ */
	uint32_t id;      /* of the name: stable over edits, never 0 */
	uint32_t version; /* of everything the rule says */
	uint32_t sense;   /* the same but for its name */
	enum rule_basis basis;
	enum rule_scope scope;
	int32_t window_days;                             /* 1..WINDOW_DAYS */
	uint32_t sources, cases, reports, organisations; /* at least; 0 any */
	uint32_t watch_sources;     /* so many are worth watching; 0 never */
	enum severity severity_min; /* UNSTATED: any */
	uint8_t kinds;              /* mask of 1 << enum report_kind; 0 any */
	uint32_t hazards;           /* any of the mask; 0 any */
	unsigned ncategories, ncountries;
	int category[RULE_CATEGORIES_MAX]; /* descendants match */
	uint16_t country[RULE_COUNTRIES_MAX];
};

struct rules {
	unsigned count;
	uint32_t version; /* of all together */
	struct rule rule[RULES_MAX];
};

/*
 * Add the rules of one file; complaints name file, line and column, unknown
 * keys get the nearest right one.  A name held already is refused; an empty
 * file adds nothing.  0, or -1 and rules has those it had before.  Format:
 * the comment at the top of etc/rules/default.yaml.
 */
int rules_add(struct rules *rules, const struct vocabulary *vocabulary,
    const struct yaml_doc *doc, struct yaml_errors *errors);

/* The rules of etc/rules/default.yaml, built in. */
int rules_add_default(struct rules *rules, const struct vocabulary *vocabulary,
    struct yaml_errors *errors);

/* The rule of this id, or NULL. */
const struct rule *rule_find(const struct rules *rules, uint32_t id);

/*
 * What a rule counted in a group's window.  A case that several reports tell
 * of counts once, and so does one reporter, however often; cases_min are those
 * left if everything suspected of telling of another's event does.  first and
 * last mean nothing when there are no reports.
 */
struct rule_counts {
	uint32_t reports, cases, cases_min, sources, organisations;
	enum severity severity; /* highest */
	uint32_t hazards;       /* all of them */
	uint8_t kinds;          /* mask */
	int32_t first, last;    /* filed days of the counted reports */
	int32_t from, to;       /* the window */
	unsigned ncountries;
	uint16_t country[WINDOW_MAX]; /* sorted, distinct */
	bool is_at_least;             /* the window was saturated */
};

/* Is the rule for products of this category (-1: none of the vocabulary)? */
bool rule_is_for(const struct rule *rule, int category,
    const struct vocabulary *vocabulary);

/*
 * Does this one report concern the rule at all?  category may be -1.  What
 * is backfilled concerns none.
 */
bool rule_concerns(const struct rule *rule, const struct facts *facts,
    int category, const struct vocabulary *vocabulary);

/*
 * Count the reports of the window that concern the rule (its categories are
 * for rule_concerns to ask) and were filed at most window_days before today.
 * A report filed tomorrow, in a zone ahead of ours, counts and moves "to".
 */
void rule_count(const struct rule *rule, const struct window *window,
    int32_t today, struct rule_counts *counts);

/* Does the rule count this one, today? */
bool rule_takes(const struct rule *rule, const struct window_entry *entry,
    int32_t today);

/* Are all of the rule's thresholds reached? */
bool rule_is_met(const struct rule *rule, const struct rule_counts *counts);

/* Has it counted as many sources as are worth watching?  Also once met. */
bool rule_is_watch(const struct rule *rule, const struct rule_counts *counts);

#endif
