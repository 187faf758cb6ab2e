/* drill_read.c - a file of rule tests read whole; see drill.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "clients/cli/drill_field.h"

#define REPORT(member) offsetof(struct drill_report, member)
#define ALERT(member) offsetof(struct drill_alert, member)

static const struct drill_field report_fields[] = {
	{ "day", DRILL_INT32, REPORT(day), 0, DRILL_DAYS },
	{ "filed", DRILL_INT32, REPORT(filed), -DRILL_DAYS, DRILL_DAYS },
	{ "times", DRILL_INT32, REPORT(times), 1, DRILL_TIMES },
	{ "withdrawn", DRILL_INT32, REPORT(withdrawn), 0, DRILL_DAYS },
	{ "product", DRILL_WORD, REPORT(product), 0, 0 },
	{ "category", DRILL_CATEGORY, REPORT(category), 0, 0 },
	{ "source", DRILL_WORD, REPORT(source), 0, 0 },
	{ "reporter", DRILL_WORD, REPORT(reporter), 0, 0 },
	{ "organisation", DRILL_WORD, REPORT(organisation), 0, 0 },
	{ "case", DRILL_WORD, REPORT(event), 0, 0 },
	{ "mode", DRILL_MODE, REPORT(mode), 0, 0 },
	{ "hazards", DRILL_HAZARDS, REPORT(hazards), 0, 0 },
	{ "severity", DRILL_SEVERITY, REPORT(severity), 0, 0 },
	{ "kind", DRILL_KIND, REPORT(kind), 0, 0 },
	{ "country", DRILL_COUNTRY, REPORT(country), 0, 0 },
	{ "backfill", DRILL_FLAG, REPORT(is_backfill), 0, 0 },
	{ NULL, DRILL_INT32, 0, 0, 0 },
};

enum { COUNT_MOST = DRILL_TIMES * 100 };
#define COUNT(which) ALERT(count[which])

static const struct drill_field alert_fields[] = {
	{ "day", DRILL_INT32, ALERT(day), 0, 2 * DRILL_DAYS },
	{ "rule", DRILL_WORD, ALERT(rule), 0, 0 },
	{ "product", DRILL_WORD, ALERT(product), 0, 0 },
	{ "mode", DRILL_MODE, ALERT(mode), 0, 0 },
	{ "change", DRILL_CHANGE, ALERT(change), 0, 0 },
	{ "state", DRILL_STATE, ALERT(state), 0, 0 },
	{ "severity", DRILL_SEVERITY, ALERT(severity), 0, 0 },
	{ "reports", DRILL_INT64, COUNT(DRILL_REPORTS), 0, COUNT_MOST },
	{ "cases", DRILL_INT64, COUNT(DRILL_CASES), 0, COUNT_MOST },
	{ "cases_min", DRILL_INT64, COUNT(DRILL_CASES_MIN), 0, COUNT_MOST },
	{ "sources", DRILL_INT64, COUNT(DRILL_SOURCES), 0, COUNT_MOST },
	{ "organisations", DRILL_INT64, COUNT(DRILL_ORGANISATIONS), 0,
	    COUNT_MOST },
	{ NULL, DRILL_INT32, 0, 0, 0 },
};

const char *
drill_count_name(enum drill_count count)
{
	static const char *const names[] = {
		[DRILL_REPORTS] = "reports",
		[DRILL_CASES] = "cases",
		[DRILL_CASES_MIN] = "cases_min",
		[DRILL_SOURCES] = "sources",
		[DRILL_ORGANISATIONS] = "organisations",
	};

	return names[count];
}

/* A file under test while it is read. */
struct reading {
	struct drill_reading part;
	struct drills *drills;
	const char *path;
	bool failed; /* out of memory */
};

#define COMPLAIN(reading, node, ...)                                       \
	yaml_complain((reading)->part.doc, (reading)->part.errors, (node), \
	    false, __VA_ARGS__)

/* What a mode and a death are hazards of in themselves. */
static uint32_t
hazards_implied(const struct vocabulary *vocabulary,
    const struct drill_report *report)
{
	int mode = vocabulary_find(vocabulary, WORDS_MODE, report->mode);
	int death = vocabulary_find(vocabulary, WORDS_HAZARD, TEXT("death"));
	int own = -1;
	uint32_t hazards = 0;

	if (mode >= 0)
		own = vocabulary_word(vocabulary, WORDS_MODE, (unsigned)mode)
			  ->hazard;
	if (own >= 0)
		hazards |= UINT32_C(1) << own;
	if (report->severity == SEVERITY_FATAL && death >= 0)
		hazards |= UINT32_C(1) << death;
	return hazards;
}

static void
read_report(struct reading *reading, const struct yaml_node *node,
    struct drill_report *report)
{
	const unsigned before = reading->part.errors->count;

	*report = (struct drill_report){ .withdrawn = -1,
		.times = 1,
		.category = -1,
		.product = TEXT("product"),
		.organisation = TEXT("local"),
		.mode = TEXT("unstated"),
		.kind = REPORT_INCIDENT };
	drill_fields_read(&reading->part, report_fields, node, report);
	if (!yaml_get(node, "day") && node->kind == YAML_MAP)
		COMPLAIN(reading, node, "a report needs the day it comes on");
	if (!yaml_get(node, "filed"))
		report->filed = report->day;
	if (!yaml_get(node, "backfill"))
		report->is_backfill =
		    report->day - report->filed > DRILL_BACKFILL_DAYS;
	if (reading->part.errors->count != before)
		return;
	if (report->filed > report->day + 1)
		COMPLAIN(reading, yaml_get(node, "filed"),
		    "it cannot be filed after it comes");
	if (report->withdrawn >= 0 && report->withdrawn < report->day)
		COMPLAIN(reading, yaml_get(node, "withdrawn"),
		    "it cannot be withdrawn before it comes");
	report->hazards |= hazards_implied(reading->part.vocabulary, report);
}

static void
read_alert(struct reading *reading, const struct yaml_node *node,
    struct drill_alert *alert)
{
	const struct rules *rules = &reading->drills->book.rules;
	bool is_known = false;

	*alert = (struct drill_alert){ .change = -1,
		.state = -1,
		.severity = -1,
		.day = -1 };
	for (int i = 0; i < DRILL_COUNTS; i++)
		alert->count[i] = -1;
	drill_fields_read(&reading->part, alert_fields, node, alert);
	if (node->kind != YAML_MAP)
		return;
	if (!yaml_get(node, "day") || !yaml_get(node, "rule"))
		COMPLAIN(reading, node, "an alert needs its day and its rule");
	for (unsigned i = 0; i < rules->count; i++)
		is_known |= text_is(alert->rule, rules->rule[i].name);
	if (alert->rule.len && !is_known)
		COMPLAIN(reading, yaml_get(node, "rule"),
		    "no rule of this name is under test");
}

/* The items of a list, or NULL after complaining of what is no list. */
static const struct yaml_node *
items_of(struct reading *reading, const struct yaml_node *list, unsigned *count)
{
	*count = 0;
	if (!list)
		return NULL;
	if (list->kind != YAML_LIST &&
	    (list->kind == YAML_MAP || list->scalar.len)) {
		COMPLAIN(reading, list, "use a list here");
		return NULL;
	}
	for (const struct yaml_node *node = list->child; node;
	     node = node->next)
		++*count;
	return list->child;
}

static void *
take(struct reading *reading, unsigned count, size_t size)
{
	void *got = calloc(count + 1u, size);

	reading->failed = reading->failed || !got;
	return got;
}

static void
read_keys(struct reading *reading, const struct yaml_node *map,
    const char *const *names, unsigned count)
{
	for (const struct yaml_node *node = map->child; node;
	     node = node->next) {
		const char *near = nearest_word(node->key, names, count);
		bool is_known = false;

		for (unsigned i = 0; i < count; i++)
			is_known |= text_is(node->key, names[i]);
		if (!is_known)
			yaml_complain(reading->part.doc, reading->part.errors,
			    node, true, "unknown key%s%s%s",
			    near ? ", did you mean \"" : "", near ? near : "",
			    near ? "\"?" : "");
	}
}

/* The last day anything is told of, unless the test says how long it goes. */
static void
read_until(struct reading *reading, const struct yaml_node *node,
    struct drill *drill)
{
	const struct drill_field field[] = {
		{ "until", DRILL_INT32, offsetof(struct drill, until), 0,
		    2 * DRILL_DAYS },
		{ NULL, DRILL_INT32, 0, 0, 0 },
	};
	const struct yaml_node *until = yaml_get(node, "until");
	struct yaml_node alone, map = { .kind = YAML_MAP, .child = &alone };
	int32_t last = 0;

	for (unsigned i = 0; i < drill->nreports; i++) {
		const struct drill_report *report = &drill->report[i];

		if (report->day > last)
			last = report->day;
		if (report->withdrawn > last)
			last = report->withdrawn;
	}
	drill->until = last;
	if (!until)
		return;
	alone = *until;
	alone.next = NULL;
	drill_fields_read(&reading->part, field, &map, drill);
	if (drill->until < last)
		COMPLAIN(reading, until,
		    "reports come until day %d; end no earlier", last);
}

static void
read_changes(struct reading *reading, const struct yaml_node *node,
    struct drill *drill)
{
	unsigned count;
	const struct yaml_node *list = yaml_get(node, "changes");
	const struct yaml_node *item = items_of(reading, list, &count);

	drill->changes = DRILL_CHANGES;
	if (!list)
		return;
	drill->changes = 0;
	for (; item; item = item->next)
		drill->changes |= drill_change_read(&reading->part, item);
}

static void
read_drill(struct reading *reading, const struct yaml_node *node,
    struct drill *drill)
{
	static const char *const names[] = { "name", "reports", "expect",
		"until", "changes" };
	const struct yaml_node *item, *name = yaml_get(node, "name");

	drill->line = node->line;
	if (node->kind != YAML_MAP) {
		COMPLAIN(reading, node, "a test is a map of keys");
		return;
	}
	read_keys(reading, node, names, sizeof(names) / sizeof(*names));
	if (name && name->kind == YAML_SCALAR && name->scalar.len)
		drill->name = name->scalar;
	else
		COMPLAIN(reading, node, "a test needs a name");
	if (!yaml_get(node, "expect"))
		COMPLAIN(reading, node,
		    "a test needs expect; [] when nothing must ring");
	item = items_of(reading, yaml_get(node, "reports"), &drill->nreports);
	drill->report = take(reading, drill->nreports, sizeof(*drill->report));
	for (unsigned i = 0; drill->report && item; item = item->next)
		read_report(reading, item, &drill->report[i++]);
	item = items_of(reading, yaml_get(node, "expect"), &drill->nalerts);
	drill->alert = take(reading, drill->nalerts, sizeof(*drill->alert));
	for (unsigned i = 0; drill->alert && item; item = item->next)
		read_alert(reading, item, &drill->alert[i++]);
	if (drill->report)
		read_until(reading, node, drill);
	read_changes(reading, node, drill);
}

/* A rule file stands beside the tests that name it. */
static void
add_rules(struct reading *reading, struct text name)
{
	const char *slash = strrchr(reading->path, '/');
	size_t folder = slash && name.at[0] != '/'
	    ? (size_t)(slash - reading->path) + 1
	    : 0;
	char path[4096];

	if (text_is(name, "default")) {
		rulebook_add_default(&reading->drills->book);
		return;
	}
	(void)snprintf(path, sizeof(path), "%.*s%.*s", (int)folder,
	    reading->path, TEXT_ARG(name));
	rulebook_add(&reading->drills->book, path);
}

static void
read_rules(struct reading *reading, const struct yaml_node *root)
{
	const struct yaml_node *node = yaml_get(root, "rules");
	unsigned count;

	if (node && node->kind == YAML_SCALAR && node->scalar.len) {
		add_rules(reading, node->scalar);
		return;
	}
	node = items_of(reading, node, &count);
	if (!node)
		COMPLAIN(reading, root,
		    "name the rule files under test: rules: [FILE]");
	for (; node; node = node->next) {
		if (node->kind == YAML_SCALAR && node->scalar.len)
			add_rules(reading, node->scalar);
		else
			COMPLAIN(reading, node, "use the name of a file");
	}
}

static void
read_file(struct reading *reading)
{
	static const char *const names[] = { "rules", "tests" };
	struct drills *drills = reading->drills;
	const struct yaml_node *root = yaml_root(drills->doc);
	const struct yaml_node *item;

	if (!root || root->kind != YAML_MAP) {
		const struct yaml_node nothing = { .line = 1, .column = 1 };

		COMPLAIN(reading, root ? root : &nothing,
		    "write rules: and tests: here");
		return;
	}
	read_keys(reading, root, names, 2);
	read_rules(reading, root);
	item = items_of(reading, yaml_get(root, "tests"), &drills->count);
	if (!item)
		COMPLAIN(reading, root, "write a list of tests under tests:");
	drills->drill = take(reading, drills->count, sizeof(*drills->drill));
	for (unsigned i = 0; drills->drill && item; item = item->next)
		read_drill(reading, item, &drills->drill[i++]);
}

int
drills_open(struct drills *drills, struct line *line, const char *path)
{
	struct reading reading = { .drills = drills, .path = path };
	int code;

	memset(drills, 0, sizeof(*drills));
	code = rulebook_open(&drills->book, line);
	if (code)
		return code;
	drills->doc = yaml_load(path, &drills->book.errors);
	reading.part =
	    (struct drill_reading){ .vocabulary = drills->book.vocabulary,
		    .doc = drills->doc,
		    .errors = &drills->book.errors };
	if (drills->doc)
		read_file(&reading);
	code = rulebook_tell(&drills->book, line_output(line));
	if (!code && reading.failed) {
		output_message(line_output(line), "out of memory");
		code = EXIT_LOCAL;
	}
	return code;
}

void
drills_close(struct drills *drills)
{
	for (unsigned i = 0; drills->drill && i < drills->count; i++) {
		free(drills->drill[i].report);
		free(drills->drill[i].alert);
	}
	free(drills->drill);
	yaml_free(drills->doc);
	rulebook_close(&drills->book);
}
