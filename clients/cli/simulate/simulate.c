/*
 * simulate.c - tocsin simulate: an invented stream of reports on stdout, what
 * is hidden in it on stderr.
 */
#include "clients/cli/simulate/simulate.h"

#include "clients/cli/shell/command.h"
#include "clients/cli/simulate/simulate_gold.h"

enum {
	FLUSH_BYTES = 1 << 16,
	DEFECTS = 3,
	GOLD_PRODUCTS = 3000,
	GOLD_REPORTS_MAX = 1000000, /* they are held in memory */
};

struct tally {
	uint64_t fate[FATE_AMENDED + 1];
};

static int
read_today(struct line *line, int32_t *today)
{
	const char *option = line_option(line, "today");
	const char *why;
	struct date date;
	*today = date_of_ms(clock_wall_ms());
	if (!option)
		return 0;
	if (date_parse(text_of(option), &date, &why) ||
	    date.precision != DATE_DAY)
		return line_usage(line, "--today %s: use YYYY-MM-DD", option);
	*today = date.day;
	return 0;
}

static int
read_options(struct line *line, struct world_options *options)
{
	int64_t seed = 1, reports = 20000, products = 2000;
	int64_t defects = DEFECTS, days = 365;
	bool is_gold = line_has(line, "gold");
	uint32_t room;
	int code = read_today(line, &options->today);
	if (is_gold)
		products = GOLD_PRODUCTS;
	if (!code)
		code = line_number(line, "seed", (int64_t[]){ 0, INT64_MAX },
		    &seed);
	if (!code)
		code = line_number(line, "reports",
		    (int64_t[]){ 1, is_gold ? GOLD_REPORTS_MAX : 1000000000 },
		    &reports);
	if (!code)
		code = line_number(line, "products", (int64_t[]){ 1, 1000000 },
		    &products);
	if (!code)
		code = line_number(line, "defects",
		    (int64_t[]){ 0, PLANTS_MAX }, &defects);
	if (!code)
		code =
		    line_number(line, "days", (int64_t[]){ 1, 36500 }, &days);
	if (code)
		return code;
	options->seed = (uint64_t)seed;
	options->reports = (uint64_t)reports;
	options->products = (uint32_t)products;
	options->days = (uint32_t)days;
	room = world_room(options);
	options->defects = (uint32_t)defects;
	if (options->defects <= room)
		return 0;
	options->defects = room;
	if (!line_has(line, "defects"))
		return 0;
	return line_usage(line,
	    "--defects %lld: only %u have room in so few reports or products "
	    "of the last %d days",
	    (long long)defects, room, PLANT_DAYS);
}

static int
write_lines(struct line *line, const struct world *world, struct tally *tally)
{
	struct output *output = line_output(line);
	struct sim_report report;
	struct buf out = { 0 };
	uint64_t original;
	for (uint64_t i = 0; i < world->options.reports; i++) {
		enum fate fate = world_fate(world, i, &original);
		report_make(&report, world, original);
		if (fate == FATE_AMENDED)
			report_amend(&report, world, i);
		tally->fate[fate]++;
		report_put(&report, &out);
		if (out.failed || ferror(output->data))
			break;
		if (out.len >= FLUSH_BYTES) {
			fwrite(out.at, 1, out.len, output->data);
			buf_clear(&out);
		}
	}
	if (!out.failed)
		fwrite(out.at, 1, out.len, output->data);
	else
		output_message(output, "out of memory");
	if (out.failed) {
		buf_free(&out);
		return EXIT_LOCAL;
	}
	buf_free(&out);
	return output_flush(output);
}

static void
day_name(const struct world *world, uint64_t line, char out[DATE_MAX])
{
	date_format((struct date){ .day = world_day(world, line),
			.precision = DATE_DAY },
	    out);
}

static void
tell_plant(FILE *to, const struct world *world, const struct plant *plant)
{
	char from[DATE_MAX], until[DATE_MAX];
	struct ware ware;
	ware_make(&ware, world->options.seed, plant->rank);
	day_name(world, plant->first, from);
	day_name(world, plant->last, until);
	fprintf(to,
	    "planted: %s %s: %s, %u reports, %u sources, from %s to %s\n",
	    ware.brand, ware.model, fault_table[plant->fault].slug,
	    plant->reports, plant->sources, from, until);
}

static void
tell_all(FILE *to, const struct world *world, const struct tally *tally)
{
	const struct world_options *options = &world->options;
	char from[DATE_MAX], until[DATE_MAX];
	for (uint32_t i = 0; i < options->defects; i++)
		tell_plant(to, world, &world->plant[i]);
	day_name(world, 0, from);
	day_name(world, options->reports - 1, until);
	fprintf(to,
	    "simulated %llu reports with seed %llu: %llu new, %llu sent "
	    "again, %llu amended; filed from %s to %s\n",
	    (unsigned long long)options->reports,
	    (unsigned long long)options->seed,
	    (unsigned long long)tally->fate[FATE_NEW],
	    (unsigned long long)tally->fate[FATE_RESENT],
	    (unsigned long long)tally->fate[FATE_AMENDED], from, until);
}

int
run_simulate(struct line *line)
{
	struct world_options options = { 0 };
	struct tally tally = { { 0 } };
	struct world world;
	int code = read_options(line, &options);
	if (code)
		return code;
	if (line_has(line, "gold"))
		return gold_run(line, &options, line_option(line, "gold"));
	if (world_init(&world, &options)) {
		output_message(line_output(line), "out of memory");
		return EXIT_LOCAL;
	}
	code = write_lines(line, &world, &tally);
	if (!code)
		tell_all(line_output(line)->messages, &world, &tally);
	world_fini(&world);
	return code;
}
