/*
 * simulate_events.c - the events of a gold stream and the reports of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/simulate/simulate_gold.h"

enum {
	REGIONS = 20,
	KINDS = 16, /* things with a plug or a battery, the first ones */
	LAG_MOST = 30,
	DUPLICATE_LAG_MOST = 30,
	REPEATS_MOST = 4,
};

static const struct {
	const char *name, *country;
	uint8_t lang;
} region_table[REGIONS] = {
	{ "Kent", "GB", 0 },
	{ "Devon", "GB", 0 },
	{ "Fife", "GB", 0 },
	{ "Powys", "GB", 0 },
	{ "Norfolk", "GB", 0 },
	{ "Cumbria", "GB", 0 },
	{ "Kerry", "IE", 0 },
	{ "Galway", "IE", 0 },
	{ "Bretagne", "FR", 1 },
	{ "Alsace", "FR", 1 },
	{ "Savoie", "FR", 1 },
	{ "Picardie", "FR", 1 },
	{ "Gironde", "FR", 1 },
	{ "Hainaut", "BE", 1 },
	{ "Namur", "BE", 1 },
	{ "Utrecht", "NL", 2 },
	{ "Drenthe", "NL", 2 },
	{ "Zeeland", "NL", 2 },
	{ "Limburg", "NL", 2 },
	{ "Antwerpen", "BE", 2 },
};

/* Each organisation has one in each region. */
static const struct branch site_table[REGIONS] = {
	{ "Dover", "GB" },
	{ "Exeter", "GB" },
	{ "Dunfermline", "GB" },
	{ "Newtown", "GB" },
	{ "Norwich", "GB" },
	{ "Carlisle", "GB" },
	{ "Tralee", "IE" },
	{ "Tuam", "IE" },
	{ "Rennes", "FR" },
	{ "Colmar", "FR" },
	{ "Annecy", "FR" },
	{ "Amiens", "FR" },
	{ "Libourne", "FR" },
	{ "Mons", "BE" },
	{ "Dinant", "BE" },
	{ "Zeist", "NL" },
	{ "Assen", "NL" },
	{ "Goes", "NL" },
	{ "Venlo", "NL" },
	{ "Mechelen", "BE" },
};
_Static_assert(GOLD_sites == GOLD_organisations * REGIONS,
    "a site for each organisation and region");

static const enum fault_name mode_table[GOLD_modes] = { FAULT_NO_POWER,
	FAULT_OVERHEATING, FAULT_SMOKE, FAULT_SHOCK, FAULT_SWITCHES_OFF,
	FAULT_NOISE, FAULT_CABLE, FAULT_BURNING };

static const char *const severity_words[] = { "none", "none", "damage",
	"damage", "minor", "medical" };
enum { SEVERITIES = sizeof(severity_words) / sizeof(severity_words[0]) };

static const struct ware_kind *
kind_of(uint32_t product)
{
	return &ware_kinds[(product * 2654435761u >> 16) % KINDS];
}

/* --- an event's first report --------------------------------------------- */

static void
set_place(struct gold_report *it, uint32_t site)
{
	it->site = site;
	it->report.sender = &sender_table[site / REGIONS];
	it->report.branch = &site_table[site % REGIONS];
}

static void
set_date(struct sim_report *report, int32_t day, bool is_month)
{
	int year, month, mday;
	date_split(day, &year, &month, &mday);
	report->occurred = is_month
	    ? (struct date){ date_join(year, month, 1), DATE_MONTH }
	    : (struct date){ day, DATE_DAY };
}

static void
draw_particulars(struct gold_report *it, struct dice *dice)
{
	struct sim_report *report = &it->report;
	if (dice_chance(dice, GOLD_age))
		report->age_halves = 2 * dice_between(dice, 1, 12);
	if (dice_chance(dice, GOLD_serial))
		snprintf(report->serial, sizeof(report->serial), "SN%08u",
		    dice_below(dice, 100000000));
	if (dice_chance(dice, GOLD_region))
		report->region = region_table[it->site % REGIONS].name;
	if (dice_chance(dice, GOLD_severity))
		report->severity = severity_words[dice_below(dice, SEVERITIES)];
	set_date(report, it->day, dice_chance(dice, GOLD_month_only));
}

static void
tell(struct gold_report *it, enum gold_telling telling)
{
	story_tell(&it->story, kind_of(it->product), mode_table[it->mode],
	    it->lang, it->report.text);
	it->report.lang = story_lang(it->lang);
	it->telling = (uint8_t)(it->story.stock != STORY_STOCK_NONE ? GOLD_STOCK
								    : telling);
}

static void
set_thing(struct gold_report *it, uint64_t seed, struct dice *dice)
{
	struct ware ware;
	ware_make(&ware, seed, it->product);
	it->report.category = kind_of(it->product)->slug;
	ware_spell_brand(&ware, dice, false, it->report.brand);
	ware_spell_model(&ware, dice, false, it->report.model);
	it->report.fault = mode_table[it->mode];
	it->report.is_incident = it->mode != 0;
}

/* Whatever is not set beforehand: product, mode, site and day are. */
static void
make_first(struct gold_report *it, struct gold *gold, struct dice *dice)
{
	it->incident = ++gold->incidents;
	if (it->day > gold->options.today)
		it->day = gold->options.today;
	it->filed =
	    it->day + (int32_t)(dice_below(dice, LAG_MOST) * dice_real(dice));
	if (it->filed > gold->options.today)
		it->filed = gold->options.today;
	it->lang = region_table[it->site % REGIONS].lang;
	set_place(it, it->site);
	set_thing(it, gold->options.seed, dice);
	draw_particulars(it, dice);
	story_draw(&it->story, dice);
	if (dice_chance(dice, GOLD_text))
		tell(it, GOLD_TOLD);
}

static int32_t
draw_day(const struct gold *gold, uint32_t margin, struct dice *dice)
{
	uint32_t days = gold->options.days;
	uint32_t most = days > margin ? days - margin : 1;
	return gold->options.today - (int32_t)days + 1 +
	    (int32_t)dice_below(dice, most);
}

static struct gold_report *
next_report(struct gold *gold, enum gold_kind kind)
{
	struct gold_report *it = &gold->report[gold->count++];
	memset(it, 0, sizeof(*it));
	it->kind = (uint8_t)kind;
	gold->tally[kind]++;
	return it;
}

static void
add_original(struct gold *gold, struct dice *dice)
{
	struct gold_report *it = next_report(gold, GOLD_ORIGINAL);
	it->product = ranking_draw(gold->ranking, dice);
	it->mode = (uint8_t)dice_below(dice, GOLD_modes);
	it->site = dice_below(dice, GOLD_sites);
	it->day = draw_day(gold, LAG_MOST, dice);
	make_first(it, gold, dice);
}

/* Several objects of one kind, brought to one site on one day. */
static void
add_repeats(struct gold *gold, uint32_t objects, struct dice *dice)
{
	struct gold_report *first = NULL;
	gold->sets++;
	for (uint32_t i = 0; i < objects; i++) {
		struct gold_report *it = next_report(gold, GOLD_REPEAT);
		it->set = gold->sets;
		if (!first) {
			first = it;
			it->product = ranking_draw(gold->ranking, dice);
			it->mode = (uint8_t)dice_below(dice, GOLD_modes);
			it->site = dice_below(dice, GOLD_sites);
			it->day = draw_day(gold, LAG_MOST, dice);
			make_first(it, gold, dice);
			continue;
		}
		it->product = first->product;
		it->mode = first->mode;
		it->site = first->site;
		it->day = first->day;
		make_first(it, gold, dice);
		it->filed = first->filed;
		if (!it->report.text[0] ||
		    !dice_chance(dice, GOLD_repeats_styled))
			continue;
		it->story = first->story;
		story_redraw_facts(&it->story, dice);
		tell(it, GOLD_TOLD);
	}
}

static void
add_burst(struct gold *gold, struct dice *dice)
{
	uint32_t product = ranking_draw(gold->ranking, dice);
	uint8_t mode = (uint8_t)dice_below(dice, GOLD_modes);
	int32_t day = draw_day(gold, LAG_MOST + GOLD_burst_days, dice);
	uint32_t site[GOLD_burst_sites];
	gold->sets++;
	for (unsigned i = 0; i < GOLD_burst_sites; i++)
		site[i] = dice_below(dice, GOLD_sites);
	for (unsigned i = 0; i < GOLD_burst_incidents; i++) {
		struct gold_report *it = next_report(gold, GOLD_BURST);
		it->set = gold->sets;
		it->product = product;
		it->mode = mode;
		it->site = site[dice_below(dice, GOLD_burst_sites)];
		it->day = day + (int32_t)dice_below(dice, GOLD_burst_days);
		make_first(it, gold, dice);
	}
}

/* --- duplicates ---------------------------------------------------------- */

static void
move_sender(struct gold_report *it, struct dice *dice)
{
	uint32_t region = it->site % REGIONS;
	uint32_t other = dice_below(dice, GOLD_organisations - 1);
	other += other >= it->site / REGIONS;
	if (dice_chance(dice, GOLD_other_region))
		region = dice_below(dice, REGIONS);
	set_place(it, other * REGIONS + region);
}

static void
move_date(struct gold_report *it, const struct gold *gold, struct dice *dice)
{
	uint32_t thrown = dice_below(dice, 10000);
	int32_t sign = dice_chance(dice, 5000) ? 1 : -1;
	int32_t day = it->day;
	bool is_month = it->report.occurred.precision == DATE_MONTH;
	if (thrown >= GOLD_date_exact + GOLD_date_near + GOLD_date_week)
		is_month = true;
	else if (thrown >= GOLD_date_exact + GOLD_date_near)
		day += sign * (int32_t)dice_between(dice, 4, 7);
	else if (thrown >= GOLD_date_exact)
		day += sign * (int32_t)dice_between(dice, 1, 3);
	if (day > gold->options.today)
		day = gold->options.today;
	set_date(&it->report, day, is_month);
}

enum copied { KEPT, LOST, WRONG };

static enum copied
copy_field(struct dice *dice)
{
	uint32_t thrown = dice_below(dice, 10000);
	if (thrown < GOLD_lost)
		return LOST;
	return thrown < GOLD_lost + GOLD_wrong ? WRONG : KEPT;
}

/* Each particular may be lost or wrong; a blank one stays blank. */
static void
copy_particulars(struct gold_report *it, struct dice *dice)
{
	struct sim_report *report = &it->report;
	enum copied age = copy_field(dice), serial = copy_field(dice);
	enum copied region = copy_field(dice), severity = copy_field(dice);
	if (age == LOST)
		report->age_halves = 0;
	else if (age == WRONG && report->age_halves)
		report->age_halves = 2 * dice_between(dice, 1, 12);
	if (serial == LOST)
		report->serial[0] = '\0';
	else if (serial == WRONG && report->serial[0])
		report->serial[2 + dice_below(dice, 8)] =
		    (char)('0' + dice_below(dice, 10));
	if (region == LOST)
		report->region = NULL;
	else if (region == WRONG && report->region)
		report->region = region_table[dice_below(dice, REGIONS)].name;
	if (severity == LOST)
		report->severity = NULL;
	else if (severity == WRONG && report->severity)
		report->severity = severity_words[dice_below(dice, SEVERITIES)];
}

static void
copy_text(struct gold_report *it, struct dice *dice)
{
	enum copied copied = copy_field(dice);
	uint32_t thrown = dice_below(dice, 10000);
	if (copied == LOST) {
		it->report.text[0] = '\0';
		it->telling = GOLD_BLANK;
	} else if (copied == WRONG) {
		story_draw(&it->story, dice);
		tell(it, GOLD_WRONG);
	} else if (thrown < GOLD_retold) {
		story_retell(&it->story, dice);
		tell(it, GOLD_RETOLD);
	} else if (thrown < GOLD_retold + GOLD_typos) {
		story_mistype(it->report.text, dice);
		if (it->telling != GOLD_STOCK)
			it->telling = GOLD_MISTYPED;
	} else if (thrown < GOLD_retold + GOLD_typos + GOLD_translated) {
		it->lang = (uint8_t)((it->lang + dice_between(dice, 1, 2)) %
		    STORY_LANGS);
		story_retell(&it->story, dice);
		tell(it, GOLD_TRANSLATED);
	} else if (it->telling != GOLD_STOCK) {
		it->telling = GOLD_UNCHANGED;
	}
}

/* Of any report but a duplicate. */
static void
add_duplicate(struct gold *gold, uint32_t of, struct dice *dice)
{
	struct gold_report *it = next_report(gold, GOLD_DUPLICATE);
	const struct gold_report *original = &gold->report[of];
	*it = *original;
	it->kind = GOLD_DUPLICATE;
	it->set = 0;
	if (dice_chance(dice, GOLD_other_sender))
		move_sender(it, dice);
	set_thing(it, gold->options.seed, dice);
	move_date(it, gold, dice);
	if (it->report.text[0])
		copy_text(it, dice);
	copy_particulars(it, dice);
	it->filed +=
	    (int32_t)(dice_below(dice, DUPLICATE_LAG_MOST) * dice_real(dice));
	if (it->report.occurred.day > it->filed)
		it->filed = it->report.occurred.day;
	if (it->filed > gold->options.today)
		it->filed = gold->options.today;
}

/* --- the stream ---------------------------------------------------------- */

static int
by_filed(const void *a, const void *b)
{
	const struct gold_report *left = a, *right = b;
	int32_t apart = left->filed - right->filed;
	if (apart)
		return apart;
	return (left->incident > right->incident) -
	    (left->incident < right->incident);
}

static uint32_t
part_of(uint32_t count, uint32_t of_10000)
{
	return (uint32_t)((uint64_t)count * of_10000 / 10000);
}

static void
make_all(struct gold *gold, uint32_t wanted)
{
	struct dice dice = dice_for(gold->options.seed, DICE_GOLD, 0);
	uint32_t duplicates = part_of(wanted, GOLD_duplicates);
	uint32_t firsts;
	uint32_t repeats = part_of(wanted, GOLD_repeats);
	for (unsigned i = 0; i < GOLD_bursts; i++) {
		if (gold->count + GOLD_burst_incidents + duplicates <= wanted)
			add_burst(gold, &dice);
	}
	while (gold->tally[GOLD_REPEAT] < repeats &&
	    gold->count + REPEATS_MOST + duplicates <= wanted)
		add_repeats(gold, dice_between(&dice, 2, REPEATS_MOST), &dice);
	while (gold->count + duplicates < wanted)
		add_original(gold, &dice);
	firsts = gold->count;
	while (gold->count < wanted)
		add_duplicate(gold, dice_below(&dice, firsts), &dice);
}

/* In order of filing, with ids that tell nothing else. */
static void
finish(struct gold *gold)
{
	qsort(gold->report, gold->count, sizeof(gold->report[0]), by_filed);
	for (uint32_t i = 0; i < gold->count; i++) {
		struct gold_report *it = &gold->report[i];
		snprintf(it->report.id, sizeof(it->report.id), "g%07u", i + 1);
		it->report.filed = (struct date){ it->filed, DATE_DAY };
	}
}

int
gold_init(struct gold *gold, const struct world_options *options)
{
	*gold = (struct gold){ .options = *options };
	gold->ranking = ranking_new(options->products, GOLD_zipf_offset);
	gold->report = calloc(options->reports, sizeof(gold->report[0]));
	if (!gold->ranking || !gold->report) {
		gold_fini(gold);
		return -1;
	}
	make_all(gold, (uint32_t)options->reports);
	finish(gold);
	return 0;
}

void
gold_fini(struct gold *gold)
{
	ranking_free(gold->ranking);
	free(gold->report);
	*gold = (struct gold){ 0 };
}
