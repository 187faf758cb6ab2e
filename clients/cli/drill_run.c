/* drill_run.c - one test of rules rehearsed, product by product. */
#include <stdlib.h>
#include <string.h>

#include "clients/cli/drill.h"
#include "daemon/core/rehearsal.h"

enum { FIRST_DAY = 20000 }; /* day 0 of a test: any day of the store's */

/* A report in or out, in the order in which they are told. */
struct step {
	int32_t day;
	unsigned order;
	const struct drill_report *report;
	uint64_t seq;
	bool is_out;
	struct facts facts;
};

/* Who is a source of its own; of reporters, each organisation has its own. */
struct who {
	uint32_t organisation;
	bool is_reporter;
	struct text name;
};

/* Texts numbered from 1 in the order in which they are first met. */
struct names {
	struct text *at; /* owned */
	uint32_t count, cap;
};

struct run {
	const struct drills *drills;
	const struct drill *drill;
	struct step *step; /* owned; sorted */
	unsigned nsteps;
	struct names products, modes, organisations;
	struct who *who; /* owned; numbered from 1 */
	uint32_t nwho;
	struct drill_alert *alert; /* owned */
	unsigned nalerts, cap;
	bool failed;
};

static uint32_t
number_of(struct run *run, struct names *names, struct text name)
{
	for (uint32_t i = 0; i < names->count; i++)
		if (text_equal(names->at[i], name))
			return i + 1;
	if (names->count == names->cap) {
		uint32_t cap = names->cap ? 2 * names->cap : 16;
		struct text *grown =
		    realloc(names->at, cap * sizeof(*names->at));

		if (!grown) {
			run->failed = true;
			return 1;
		}
		names->at = grown;
		names->cap = cap;
	}
	names->at[names->count++] = name;
	return names->count;
}

/* --- who says so --------------------------------------------------------- */

/*
 * A source is of its organisation; one that is not named is a source by
 * itself, and so is each copy of such a report.
 */
static uint32_t
source_of(struct run *run, const struct step *step)
{
	enum { UNNAMED = 1 << 24 };
	const struct drill_report *report = step->report;
	const struct who who = {
		.organisation =
		    number_of(run, &run->organisations, report->organisation),
		.is_reporter = report->reporter.len > 0,
		.name =
		    report->reporter.len ? report->reporter : report->source,
	};

	if (!who.name.len)
		return UNNAMED + (uint32_t)step->seq;
	for (uint32_t i = 0; i < run->nwho; i++)
		if (run->who[i].organisation == who.organisation &&
		    run->who[i].is_reporter == who.is_reporter &&
		    text_equal(run->who[i].name, who.name))
			return i + 1;
	run->who[run->nwho++] = who;
	return run->nwho;
}

/* Whether others of its case came before, to the product and to the mode. */
static uint8_t
marks_of(struct run *run, const struct step *step)
{
	const struct drill_report *report = step->report;
	uint8_t marks = report->reporter.len ? FACT_REPORTER : 0;

	if (!report->event.len)
		return marks;
	for (const struct step *other = run->step; other < step; other++) {
		const struct drill_report *earlier = other->report;

		if (other->is_out ||
		    !text_equal(earlier->event, report->event) ||
		    !text_equal(earlier->product, report->product))
			continue;
		marks |= FACT_NO_CASE;
		if (text_equal(earlier->mode, report->mode))
			marks |= FACT_NO_CASE_MODE;
	}
	return marks;
}

static void
fill_facts(struct run *run, struct step *step)
{
	const struct drill_report *report = step->report;

	step->facts = (struct facts){
		.product = number_of(run, &run->products, report->product),
		.mode = (uint16_t)number_of(run, &run->modes, report->mode),
		.source = source_of(run, step),
		.organisation = (uint16_t)number_of(run, &run->organisations,
		    report->organisation),
		.country = report->country,
		.kind = (unsigned)report->kind & 3u,
		.severity = (uint8_t)report->severity,
		.is_backfill = report->is_backfill,
		.marks = marks_of(run, step),
		.hazards = report->hazards,
		.filed = FIRST_DAY + report->filed,
		.received_ms = (FIRST_DAY + (int64_t)report->day) * 86400000,
	};
}

/* --- the steps ----------------------------------------------------------- */

static int
compare_steps(const void *left, const void *right)
{
	const struct step *a = left, *b = right;

	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	if (a->is_out != b->is_out)
		return a->is_out ? 1 : -1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static bool
lay_steps(struct run *run)
{
	const struct drill *drill = run->drill;
	size_t count = 0;

	for (unsigned i = 0; i < drill->nreports; i++)
		count += 2 * (size_t)drill->report[i].times;
	run->step = calloc(count + 1, sizeof(*run->step));
	run->who = calloc(count + 1, sizeof(*run->who));
	if (!run->step || !run->who)
		return false;
	for (unsigned i = 0; i < drill->nreports; i++) {
		const struct drill_report *report = &drill->report[i];

		for (int32_t copy = 0; copy < report->times; copy++) {
			struct step step = { .day = report->day,
				.order = run->nsteps,
				.report = report,
				.seq = run->nsteps + 1u };

			run->step[run->nsteps++] = step;
			if (report->withdrawn < 0)
				continue;
			step.day = report->withdrawn;
			step.is_out = true;
			run->step[run->nsteps++] = step;
		}
	}
	qsort(run->step, run->nsteps, sizeof(*run->step), compare_steps);
	for (unsigned i = 0; i < run->nsteps; i++)
		fill_facts(run, &run->step[i]);
	return true;
}

/* --- what rings ---------------------------------------------------------- */

static void
hear(void *who, const struct rehearsed *heard)
{
	struct run *run = who;
	const struct rule_counts *counts = heard->counts;
	struct drill_alert *alert;

	if (!(run->drill->changes & UINT32_C(1) << heard->change))
		return;
	if (run->nalerts == run->cap) {
		unsigned cap = run->cap ? 2 * run->cap : 16;
		struct drill_alert *grown =
		    realloc(run->alert, cap * sizeof(*run->alert));

		if (!grown) {
			run->failed = true;
			return;
		}
		run->alert = grown;
		run->cap = cap;
	}
	alert = &run->alert[run->nalerts++];
	*alert = (struct drill_alert){
		.day = heard->day - FIRST_DAY,
		.rule = text_of(heard->rule->name),
		.product = run->products.at[heard->product - 1],
		.mode =
		    heard->mode ? run->modes.at[heard->mode - 1] : TEXT("any"),
		.change = (int)heard->change,
		.state = heard->alarm->status,
		.severity = (int)counts->severity,
		.count = { counts->reports, counts->cases, counts->cases_min,
		    counts->sources, counts->organisations },
	};
}

/* The category of a product is what its first report says that says one. */
static int
category_of(const struct run *run, uint32_t product)
{
	const struct drill *drill = run->drill;

	for (unsigned i = 0; i < drill->nreports; i++)
		if (drill->report[i].category >= 0 &&
		    text_equal(drill->report[i].product,
			run->products.at[product - 1]))
			return drill->report[i].category;
	return -1;
}

static void
run_product(struct run *run, struct rehearsal *rehearsal, uint32_t product)
{
	const struct rehearsal_product begun = { .product = product,
		.category = category_of(run, product),
		.unstated =
		    (uint16_t)number_of(run, &run->modes, TEXT("unstated")) };

	rehearsal_begin(rehearsal, &begun);
	for (unsigned i = 0; i < run->nsteps && !run->failed; i++) {
		const struct step *step = &run->step[i];
		const struct facts *facts = &step->facts;

		if (facts->product == product &&
		    rehearsal_move(rehearsal, step->is_out ? facts : NULL,
			step->is_out ? NULL : facts, step->seq,
			FIRST_DAY + step->day) != 0)
			run->failed = true;
	}
	rehearsal_until(rehearsal, FIRST_DAY + run->drill->until);
}

/* By day; of one day in the order in which they rang, product by product. */
static void
sort_alerts(struct run *run)
{
	for (unsigned i = 1; i < run->nalerts; i++) {
		struct drill_alert alert = run->alert[i];
		unsigned at = i;

		for (; at > 0 && run->alert[at - 1].day > alert.day; at--)
			run->alert[at] = run->alert[at - 1];
		run->alert[at] = alert;
	}
}

int
drill_run(const struct drills *drills, const struct drill *drill,
    struct drill_alert **alert, unsigned *count)
{
	struct run run = { .drills = drills, .drill = drill };
	struct rehearsal *rehearsal = rehearsal_new(&drills->book.rules,
	    drills->book.vocabulary, hear, &run);

	if (!rehearsal || !lay_steps(&run))
		run.failed = true;
	for (uint32_t i = 1; i <= run.products.count && !run.failed; i++)
		run_product(&run, rehearsal, i);
	sort_alerts(&run);
	rehearsal_free(rehearsal);
	free(run.step);
	free(run.products.at);
	free(run.modes.at);
	free(run.organisations.at);
	free(run.who);
	*alert = run.alert;
	*count = run.nalerts;
	if (!run.failed)
		return 0;
	free(run.alert);
	*alert = NULL;
	*count = 0;
	return EXIT_LOCAL;
}
