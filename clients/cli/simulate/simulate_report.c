/*
 * simulate_report.c - one report: how often each field is filled, and with
 * what, as measured in the files of repair groups and complaint offices.
 */
#include <math.h>
#include <string.h>

#include "clients/cli/simulate/simulate.h"

/* How often, of 10,000 reports. */
enum {
	BRAND_MISSING = 3700,
	BRAND_UNKNOWN = 1500, /* of the missing: a word for it is written */
	MODEL_WITH_BRAND = 8500,
	GTIN = 1500,
	FAULT_STATED = 7000,
	FAULT_GRAVE = 40, /* of those stated */
	TEXT_FILLED = 6000,
	AGE = 3500,
	SERIAL = 500,
	REPORTER = 4000,
	REPORTER_KNOWN = 400, /* of those: has reported before */
	OUTCOME = 4500,
	PUBLISH = 2000,
	MONTH_ONLY = 2000,
	CATEGORY_LABEL = 2500, /* a label, not the slug */
};

static enum fault_name
draw_fault(const struct ware_kind *kind, struct dice *dice)
{
	uint32_t sum = 0, at;
	int i = 0;
	if (dice_chance(dice, FAULT_GRAVE))
		return kind->notable[dice_below(dice, NOTABLE_MAX)];
	for (; kind->share[i].fault; i++)
		sum += kind->share[i].weight;
	at = dice_below(dice, sum);
	for (i = 0; at >= kind->share[i].weight; i++)
		at -= kind->share[i].weight;
	return kind->share[i].fault;
}

/* Days between the failure and the report, by the quantiles measured. */
static uint32_t
draw_lag(struct dice *dice)
{
	static const struct {
		double part, days;
	} point[] = { { 0.10, 1 }, { 0.50, 8 }, { 0.90, 251 }, { 0.99, 1550 },
		{ 1.00, 7306 } };
	double thrown = dice_real(dice);
	if (thrown < point[0].part)
		return 0;
	for (int i = 0;; i++) {
		double along;
		if (thrown >= point[i + 1].part)
			continue;
		along = (thrown - point[i].part) /
		    (point[i + 1].part - point[i].part);
		return (uint32_t)(exp(log(point[i].days) * (1 - along) +
				      log(point[i + 1].days) * along) -
		    1);
	}
}

static void
fill_dates(struct sim_report *report, int32_t filed, uint32_t lag,
    struct dice *dice)
{
	int year, month, mday;
	report->filed = (struct date){ .day = filed, .precision = DATE_DAY };
	report->occurred =
	    (struct date){ .day = filed - (int32_t)lag, .precision = DATE_DAY };
	if (!dice_chance(dice, MONTH_ONLY))
		return;
	date_split(report->occurred.day, &year, &month, &mday);
	report->occurred.day = date_join(year, month, 1);
	report->occurred.precision = DATE_MONTH;
}

static void
fill_severity(struct sim_report *report, bool is_grave, struct dice *dice)
{
	static const struct {
		uint32_t below[2]; /* of 10,000; usual, grave */
		const char *name;
	} step[] = { { { 4500, 2000 }, NULL }, { { 7900, 3000 }, "none" },
		{ { 9640, 8000 }, "damage" }, { { 9880, 9400 }, "minor" },
		{ { 9970, 9900 }, "medical" }, { { 9998, 9996 }, "severe" },
		{ { 10000, 10000 }, "fatal" } };
	uint32_t thrown = dice_below(dice, 10000);
	int i = 0;
	while (thrown >= step[i].below[is_grave])
		i++;
	report->severity = step[i].name;
	if (i >= 3 && i <= 5)
		report->injured = dice_chance(dice, 9000) ? 1 : 2;
	report->is_incident = is_grave || i >= 2;
}

static void
fill_product(struct sim_report *report, const struct ware *ware,
    bool is_planted, struct dice *dice)
{
	bool has_brand = is_planted || !dice_chance(dice, BRAND_MISSING);
	report->category = dice_chance(dice, CATEGORY_LABEL) ? ware->kind->label
							     : ware->kind->slug;
	if (has_brand)
		ware_spell_brand(ware, dice, !is_planted, report->brand);
	else if (dice_chance(dice, BRAND_UNKNOWN))
		snprintf(report->brand, WARE_NAME_MAX, "%s",
		    unknown_words.word[dice_below(dice, unknown_words.count)]);
	if (is_planted || (has_brand && dice_chance(dice, MODEL_WITH_BRAND)))
		ware_spell_model(ware, dice, !is_planted, report->model);
	/* Without a barcode a planted product stays one product: somebody else
	 * may have reported it by its barcode alone. */
	if (dice_chance(dice, GTIN) && !is_planted)
		memcpy(report->gtin, ware->gtin, WARE_GTIN_MAX);
	if (dice_chance(dice, SERIAL))
		snprintf(report->serial, sizeof(report->serial), "SN%08u",
		    dice_below(dice, 100000000));
}

static void
fill_fault(struct sim_report *report, enum fault_name fault, bool is_stated,
    struct dice *dice)
{
	const char *hazard = fault_table[fault].hazard;
	report->fault = is_stated ? fault : FAULT_NONE;
	if (hazard && dice_chance(dice, 5000))
		report->hazard = hazard;
	fill_severity(report, hazard != NULL, dice);
}

static void
fill_person(struct sim_report *report, uint64_t line, struct dice *dice)
{
	if (dice_chance(dice, AGE))
		report->age_halves = dice_chance(dice, 8000)
		    ? 2 * dice_between(dice, 1, 15)
		    : dice_between(dice, 1, 40);
	if (dice_chance(dice, OUTCOME))
		report->outcome =
		    outcome_words.word[dice_below(dice, outcome_words.count)];
	report->may_publish = dice_chance(dice, PUBLISH);
	if (!dice_chance(dice, REPORTER))
		return;
	if (line && dice_chance(dice, REPORTER_KNOWN))
		line = (uint64_t)(dice_real(dice) * (double)line);
	snprintf(report->reporter, sizeof(report->reporter), "m-%06llx",
	    (unsigned long long)line);
}

/* The planted reports of one plant go round its branches. */
static void
fill_origin(struct sim_report *report, const struct world *world,
    const struct planting *planting, struct dice *dice)
{
	uint32_t most = sender_count * BRANCHES;
	uint32_t number = dice_below(dice, most);
	if (planting) {
		const struct plant *plant = &world->plant[planting->plant];
		number =
		    (plant->rank + planting->nth % plant->branches * 11) % most;
	}
	report->sender = &sender_table[number / BRANCHES];
	report->branch = &report->sender->branch[number % BRANCHES];
}

/* UUIDv7; the low bits of the line keep the order within a millisecond. */
static void
fill_id(struct sim_report *report, int64_t moment, uint64_t line,
    struct dice *dice)
{
	uint64_t low = dice_next(dice);
	snprintf(report->id, UUID_MAX, "%08llx-%04llx-7%03llx-%04llx-%012llx",
	    ((unsigned long long)moment >> 16) & 0xffffffff,
	    (unsigned long long)moment & 0xffff,
	    (unsigned long long)line & 0xfff,
	    (unsigned long long)(0x8000 | (low >> 50)) & 0xffff,
	    (unsigned long long)low & 0xffffffffffff);
}

void
report_make(struct sim_report *report, const struct world *world, uint64_t line)
{
	const struct planting *planting = world_planting(world, line);
	struct dice dice = dice_for(world->options.seed, DICE_REPORT, line);
	uint32_t rank = planting ? world->plant[planting->plant].rank
				 : ranking_draw(world->ranking, &dice);
	enum fault_name fault;
	struct ware ware;
	memset(report, 0, sizeof(*report));
	ware_make(&ware, world->options.seed, rank);
	fault = planting ? world->plant[planting->plant].fault
			 : draw_fault(ware.kind, &dice);
	fill_id(report, world_moment(world, line), line, &dice);
	fill_origin(report, world, planting, &dice);
	fill_product(report, &ware, planting != NULL, &dice);
	fill_fault(report, fault, planting || dice_chance(&dice, FAULT_STATED),
	    &dice);
	fill_dates(report, world_day(world, line),
	    planting ? dice_below(&dice, 10) : draw_lag(&dice), &dice);
	fill_person(report, line, &dice);
	if (dice_chance(&dice, TEXT_FILLED))
		tale_tell(report, &ware, fault, &dice);
}

void
report_amend(struct sim_report *report, const struct world *world,
    uint64_t line)
{
	struct dice dice = dice_for(world->options.seed, DICE_CHANGE, line);
	size_t len = strlen(report->text);
	if (!report->lang)
		report->lang = "en";
	/* The number makes two amendments of one report differ. */
	snprintf(report->text + len, TALE_MAX - len,
	    "%sAdded later, note %llu: %s", len ? " " : "",
	    (unsigned long long)line,
	    more_en.word[dice_below(&dice, more_en.count)]);
	if (dice_chance(&dice, 5000))
		report->outcome = "returned";
}
