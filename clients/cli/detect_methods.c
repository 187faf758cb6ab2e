/*
 * detect_methods.c - each method's columns, named as in the tables of R's
 * package surveillance that they are compared with.
 */
#include <math.h>
#include <stdlib.h>

#include "clients/cli/detect.h"
#include "daemon/core/detect/bayes.h"
#include "daemon/core/detect/ears.h"
#include "daemon/core/detect/glr.h"
#include "daemon/core/detect/maxsprt.h"
#include "daemon/core/detect/normal.h"

struct run {
	const struct detect_options *options;
	struct detect_sheet *sheet;
	const double *x; /* from sheet->first on */
	size_t count;
	double mean;
};

static const double unknown = (double)NAN;

static void *
rows_of(struct run *run, size_t size)
{
	void *rows = calloc(run->count + 1, size);

	if (!rows)
		run->sheet->is_failed = true;
	return rows;
}

static void
fill(struct run *run, double *column, double value)
{
	for (size_t i = 0; i < run->count && column; i++)
		column[i] = value;
}

/* --- one method each ----------------------------------------------------- */

static double
ears_z(const struct detect_options *options, enum ears_method method)
{
	double alpha = options->alpha;

	/* Of CDC's C3 there is a limit, and no level. */
	if (method == EARS_C3_CDC && isnan(alpha))
		return 2;
	if (isnan(alpha))
		alpha = method == EARS_C3 ? .025 : .001;
	return normal_quantile(1 - alpha);
}

static void
run_ears(struct run *run)
{
	const struct detect_options *asked = run->options;
	int number = (int)asked->method - DETECT_EARS_C1;
	enum ears_method method =
	    asked->is_cdc ? EARS_C3_CDC : (enum ears_method)number;
	struct ears_options options = { method, (unsigned)asked->baseline,
		asked->min_sigma, ears_z(asked, method) };
	double *level = detect_sheet_add(run->sheet, "C%d_%s", number + 1,
	    asked->is_cdc ? "statistic" : "upper");
	double *alarm = detect_sheet_add(run->sheet, "C%d_alarm", number + 1);
	struct ears_row *rows = rows_of(run, sizeof(*rows));

	if (rows)
		ears_series(&options, run->x, run->count, rows);
	for (size_t i = 0; i < run->count && rows && alarm; i++) {
		level[i] = rows[i].level;
		alarm[i] = isnan(rows[i].level) ? unknown : rows[i].alarm;
	}
	free(rows);
}

static void
run_transform(struct run *run, enum cusum_transform transform)
{
	const struct detect_options *asked = run->options;
	struct cusum_options options = { transform, asked->k, asked->h,
		run->mean, asked->dispersion };
	const char *name = cusum_name[transform];
	double *sum = detect_sheet_add(run->sheet, "%s_S", name);
	double *alarm = detect_sheet_add(run->sheet, "%s_alarm", name);
	double *upper = detect_sheet_add(run->sheet, "%s_upper", name);
	struct cusum_row *rows = rows_of(run, sizeof(*rows));

	if (rows)
		cusum_series(&options, run->x, run->count, rows);
	for (size_t i = 0; i < run->count && rows && upper; i++) {
		sum[i] = rows[i].sum;
		alarm[i] = rows[i].alarm;
		upper[i] = rows[i].upper;
	}
	free(rows);
}

static void
run_cusum(struct run *run)
{
	enum cusum_transform chosen = run->options->transform;

	fill(run, detect_sheet_add(run->sheet, "m"), run->mean);
	for (int i = 0; i < CUSUM_TRANSFORMS; i++)
		if (chosen == CUSUM_TRANSFORMS || (int)chosen == i)
			run_transform(run, (enum cusum_transform)i);
}

static void
run_window(struct run *run, double window, double alpha)
{
	struct bayes_options options = { (unsigned)window, alpha };
	double *upper =
	    detect_sheet_add(run->sheet, "w%g_a%g_upper", window, alpha);
	double *alarm =
	    detect_sheet_add(run->sheet, "w%g_a%g_alarm", window, alpha);
	struct bayes_row *rows = rows_of(run, sizeof(*rows));

	if (rows)
		bayes_series(&options, run->x, run->count, rows);
	for (size_t i = 0; i < run->count && rows && alarm; i++) {
		upper[i] = rows[i].upper;
		alarm[i] = isnan(rows[i].upper) ? unknown : rows[i].alarm;
	}
	free(rows);
}

static void
run_bayes(struct run *run)
{
	static const double usual[][2] = { { 6, .05 }, { 6, .001 }, { 26, .01 },
		{ 52, .001 } };
	double window = run->options->window, alpha = run->options->alpha;

	if (isnan(window) && isnan(alpha))
		for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
			run_window(run, usual[i][0], usual[i][1]);
	else
		run_window(run, isnan(window) ? 26 : window,
		    isnan(alpha) ? .01 : alpha);
}

static void
run_ratio(struct run *run, enum glr_method method, double *value, double *alarm)
{
	struct glr_options options = { method, run->mean,
		run->options->threshold, run->options->theta,
		run->options->dispersion };
	struct glr_row *rows = rows_of(run, sizeof(*rows));

	if (rows)
		glr_series(&options, run->x, run->count, rows);
	for (size_t i = 0; i < run->count && rows && value && alarm; i++) {
		value[i] = rows[i].value;
		alarm[i] = rows[i].alarm;
	}
	free(rows);
}

static void
run_glr(struct run *run)
{
	const struct detect_options *asked = run->options;
	struct detect_sheet *sheet = run->sheet;
	char theta[32] = "log2";
	double *value, *alarm;

	if (asked->theta < M_LN2 || asked->theta > M_LN2)
		snprintf(theta, sizeof(theta), "%g", asked->theta);
	fill(run, detect_sheet_add(sheet, "mu0"), run->mean);
	value = detect_sheet_add(sheet, "glr_pois");
	alarm = detect_sheet_add(sheet, "glr_pois_alarm");
	run_ratio(run, GLR_POISSON, value, alarm);
	value = detect_sheet_add(sheet, "lrcusum_theta_%s", theta);
	alarm = detect_sheet_add(sheet, "lrcusum_alarm");
	run_ratio(run, GLR_LRCUSUM, value, alarm);
	value = detect_sheet_add(sheet, "nb_lrcusum_alpha%g_theta_%s",
	    asked->dispersion, theta);
	alarm = detect_sheet_add(sheet, "nb_lrcusum_alarm");
	run_ratio(run, GLR_NB_LRCUSUM, value, alarm);
}

static void
run_maxsprt(struct run *run)
{
	double *cases, *expected, *llr;
	struct maxsprt_row *rows = rows_of(run, sizeof(*rows));

	fill(run, detect_sheet_add(run->sheet, "mu0"), run->mean);
	cases = detect_sheet_add(run->sheet, "cum_obs");
	expected = detect_sheet_add(run->sheet, "cum_exp");
	llr = detect_sheet_add(run->sheet, "maxsprt_llr");
	if (rows)
		maxsprt_series(run->mean, run->x, run->count, rows);
	for (size_t i = 0; i < run->count && rows && llr; i++) {
		cases[i] = rows[i].cases;
		expected[i] = rows[i].expected;
		llr[i] = rows[i].llr;
	}
	free(rows);
}

/* The columns of evidence, before those that follow them. */
static void
add_evidence(struct run *run, const struct sre_series_row *rows)
{
	const struct detect_options *asked = run->options;
	double *mean = detect_sheet_add(run->sheet, "mu");
	double *size = detect_sheet_add(run->sheet, "size_eff");

	for (size_t i = 0; i < run->count && size; i++) {
		mean[i] = rows[i].mean;
		size[i] = rows[i].size;
	}
	for (unsigned r = 0; r < asked->nratios; r++) {
		double *evidence =
		    detect_sheet_add(run->sheet, "logM_rr%g", asked->ratios[r]);

		for (size_t i = 0; i < run->count && evidence; i++)
			evidence[i] = rows[i].log_evidence[r];
	}
}

/* alarm_1e3 of 1000; alarm_2500 of what is no power of ten. */
static double *
add_alarm(struct run *run, double threshold)
{
	double power = log10(threshold);

	if (power >= 1 && fabs(power - round(power)) < 1e-12)
		return detect_sheet_add(run->sheet, "alarm_1e%g", round(power));
	return detect_sheet_add(run->sheet, "alarm_%g", threshold);
}

static void
run_sre(struct run *run)
{
	const struct detect_options *asked = run->options;
	bool restarts = asked->method == DETECT_SRE_RESTART;
	struct sre_series_options options = { .a0 = asked->a0,
		.b0 = asked->b0,
		.rho = asked->rho,
		.size = asked->size,
		.lag = (unsigned)asked->lag,
		.cross = asked->cross > 0,
		.threshold = asked->threshold,
		.restart = restarts,
		.nratios = asked->nratios };
	struct sre_series_row *rows = rows_of(run, sizeof(*rows));
	double *score, *alarm;

	for (unsigned r = 0; r < asked->nratios; r++)
		options.ratios[r] = asked->ratios[r];
	if (rows) {
		sre_series(&options, run->x, run->count, rows);
		if (!restarts)
			add_evidence(run, rows);
	}
	score = detect_sheet_add(run->sheet, "log_score");
	alarm = restarts ? detect_sheet_add(run->sheet, "fire")
			 : add_alarm(run, asked->threshold);
	for (size_t i = 0; i < run->count && rows && score && alarm; i++) {
		score[i] = rows[i].log_score;
		alarm[i] = rows[i].fires;
	}
	free(rows);
}

/* --- all of them --------------------------------------------------------- */

/*
 * What is compared with a mean begins behind the counts that it is taken of,
 * by default the first half.
 */
static int
find_mean(struct run *run, struct output *output, const char *path)
{
	const struct detect_series *series = run->sheet->series;
	double h0 = run->options->h0, sum = 0;
	size_t first;

	first = isnan(h0) ? series->count / 2 : (size_t)h0;
	if (first >= series->count) {
		output_message(output,
		    "%s: --h0: %zu counts are left out, of %zu", path, first,
		    series->count);
		return EXIT_REJECTED;
	}
	for (size_t i = 0; i < first; i++)
		sum += series->x[i];
	run->mean =
	    isnan(run->options->m0) ? sum / (double)first : run->options->m0;
	if (!(run->mean > 0)) {
		output_message(output,
		    "%s: observed: no case in the first %zu rows, so that "
		    "there is no mean; --m0 gives one",
		    path, first);
		return EXIT_REJECTED;
	}
	run->sheet->first = first;
	run->x = series->x + first;
	run->count = series->count - first;
	return 0;
}

int
detect_methods_run(const struct detect_options *options,
    struct detect_sheet *sheet, struct output *output, const char *path)
{
	static const struct {
		void (*run)(struct run *run);
		bool has_mean;
	} methods[DETECT_METHODS] = {
		[DETECT_EARS_C1] = { run_ears, false },
		[DETECT_EARS_C2] = { run_ears, false },
		[DETECT_EARS_C3] = { run_ears, false },
		[DETECT_CUSUM] = { run_cusum, true },
		[DETECT_BAYES] = { run_bayes, false },
		[DETECT_GLR] = { run_glr, true },
		[DETECT_SRE] = { run_sre, false },
		[DETECT_SRE_RESTART] = { run_sre, false },
		[DETECT_MAXSPRT] = { run_maxsprt, true },
	};
	struct run run = { .options = options,
		.sheet = sheet,
		.x = sheet->series->x,
		.count = sheet->series->count };
	int code = 0;

	if (methods[options->method].has_mean)
		code = find_mean(&run, output, path);
	if (code)
		return code;
	methods[options->method].run(&run);
	if (sheet->is_failed) {
		output_message(output, "out of memory");
		return EXIT_LOCAL;
	}
	return 0;
}
