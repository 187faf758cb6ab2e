/*
 * test_vectors.c - the numbers of core/detect against tables made with other
 * programs (R's stats and surveillance), in the shared folder vectors/.
 *
 * test_vectors          a test a folder
 * test_vectors --json   how many values were compared and how many differ
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>

#include "daemon/core/detect/bayes.h"
#include "daemon/core/detect/cusum.h"
#include "daemon/core/detect/disproportion.h"
#include "daemon/core/detect/distribution.h"
#include "daemon/core/detect/ears.h"
#include "daemon/core/detect/glr.h"
#include "daemon/core/detect/incomplete.h"
#include "daemon/core/detect/maxsprt.h"
#include "daemon/core/detect/normal.h"
#include "daemon/core/detect/sre_series.h"
#include "tests/unit/gtin_vector.h"
#include "tests/unit/vector_frame.h"

enum { LONGEST = 1024 }; /* weeks */

/* Looks at one file, which has been read. */
typedef void check_frame(const struct frame *frame, struct tally *tally);

/* --- tails --------------------------------------------------------------- */

static void
check_poisson(const struct frame *frame, struct tally *tally)
{
	for (size_t i = 0; i < frame->nrows; i++) {
		double x = frame_cell(frame, i, "x");
		struct distribution poisson =
		    distribution_poisson(frame_cell(frame, i, "mu"));
		double p = distribution_upper(&poisson, x);

		frame_expect(frame, i, "p_ge", p, tally);
		frame_expect(frame, i, "log_p_ge",
		    distribution_log_upper(&poisson, x), tally);
		frame_expect(frame, i, "mid_p",
		    p - distribution_pmf(&poisson, x) / 2, tally);
	}
}

static void
check_negbin(const struct frame *frame, struct tally *tally)
{
	for (size_t i = 0; i < frame->nrows; i++) {
		struct distribution forecast =
		    distribution_forecast(frame_cell(frame, i, "a0") +
			    frame_cell(frame, i, "S"),
			frame_cell(frame, i, "b0") + frame_cell(frame, i, "n"),
			frame_cell(frame, i, "m"));

		frame_expect(frame, i, "p_ge",
		    distribution_upper(&forecast, frame_cell(frame, i, "x")),
		    tally);
	}
}

static void
check_binomial(const struct frame *frame, struct tally *tally)
{
	for (size_t i = 0; i < frame->nrows; i++) {
		double x1 = frame_cell(frame, i, "x1");
		struct distribution binomial =
		    distribution_binomial(x1 + frame_cell(frame, i, "x0"),
			frame_cell(frame, i, "w"));

		frame_expect(frame, i, "p_ge",
		    distribution_upper(&binomial, x1), tally);
	}
}

static void
check_ic(const struct frame *frame, struct tally *tally)
{
	for (size_t i = 0; i < frame->nrows; i++) {
		double o = frame_cell(frame, i, "O");
		double e = frame_cell(frame, i, "E");

		frame_expect(frame, i, "IC", log2((o + .5) / (e + .5)), tally);
		frame_expect(frame, i, "IC_q0.005",
		    disproportion_ic(o, e, .005), tally);
		frame_expect(frame, i, "IC_q0.025",
		    disproportion_ic(o, e, .025), tally);
		frame_expect(frame, i, "IC_q0.975",
		    disproportion_ic(o, e, .975), tally);
		frame_expect(frame, i, "prob_gt1",
		    exp(incomplete_gamma(o + .5, e + .5).log_upper), tally);
	}
}

static void
check_tails(const struct frame *frame, struct tally *tally)
{
	if (strstr(frame->path, "poisson"))
		check_poisson(frame, tally);
	else if (strstr(frame->path, "negbin"))
		check_negbin(frame, tally);
	else if (strstr(frame->path, "binomial"))
		check_binomial(frame, tally);
	else
		check_ic(frame, tally);
}

/* --- two by two ---------------------------------------------------------- */

static void
check_signals(const struct frame *frame, size_t i,
    const struct disproportion_signals *signals, struct tally *tally)
{
	frame_expect(frame, i, "evans", signals->evans, tally);
	frame_expect(frame, i, "ema_ror3", signals->ema_ror3, tally);
	frame_expect(frame, i, "ema_ror5", signals->ema_ror5, tally);
	frame_expect(frame, i, "umc_ic025", signals->umc_ic, tally);
}

static void
check_disproportion(const struct frame *frame, struct tally *tally)
{
	for (size_t i = 0; i < frame->nrows; i++) {
		struct disproportion_table table = {
			frame_cell(frame, i, "a"),
			frame_cell(frame, i, "b"),
			frame_cell(frame, i, "c"),
			frame_cell(frame, i, "d"),
		};
		struct disproportion m;

		disproportion_measure(&table, &m);
		frame_expect(frame, i, "N", m.cases, tally);
		frame_expect(frame, i, "E", m.expected, tally);
		frame_expect(frame, i, "RRR", m.rrr, tally);
		frame_expect(frame, i, "PRR", m.prr, tally);
		frame_expect(frame, i, "PRR_lo95", m.prr_low, tally);
		frame_expect(frame, i, "PRR_hi95", m.prr_high, tally);
		frame_expect(frame, i, "ROR", m.ror, tally);
		frame_expect(frame, i, "ROR_lo95", m.ror_low, tally);
		frame_expect(frame, i, "ROR_hi95", m.ror_high, tally);
		frame_expect(frame, i, "chi2_pearson", m.chi2, tally);
		frame_expect(frame, i, "chi2_yates", m.chi2_yates, tally);
		frame_expect(frame, i, "fisher_greater_p", m.fisher, tally);
		frame_expect(frame, i, "IC", m.ic, tally);
		frame_expect(frame, i, "IC025", m.ic_025, tally);
		frame_expect(frame, i, "IC975", m.ic_975, tally);
		frame_expect(frame, i, "IC005", m.ic_005, tally);
		struct disproportion_signals signals =
		    disproportion_signals(&table, &m);
		check_signals(frame, i, &signals, tally);
	}
}

/* --- series -------------------------------------------------------------- */

/* The counts of a file; returns how many. */
static size_t
observed(const struct frame *frame, double x[LONGEST])
{
	assert_true(frame->nrows <= LONGEST);
	for (size_t i = 0; i < frame->nrows; i++)
		x[i] = frame_cell(frame, i, "observed");
	return frame->nrows;
}

static double
decision(double level, bool is_alarm)
{
	return isnan(level) ? level : is_alarm;
}

static void
check_ears(const struct frame *frame, struct tally *tally)
{
	static struct ears_row rows[LONGEST];
	bool has_floor = strstr(frame->path, "minsigma0.5") != NULL;
	double x[LONGEST];
	size_t count = observed(frame, x);

	/* Without a floor of s, C3 holds what 0/0 made of it. */
	for (int method = EARS_C1; method <= (has_floor ? 2 : 1); method++) {
		struct ears_options options = {
			.method = (enum ears_method)method,
			.baseline = 7,
			.min_sigma = has_floor ? .5 : 0,
			.z = normal_quantile(
			    1 - (method == EARS_C3 ? .025 : .001)),
		};
		char upper[] = "C1_upper", alarm[] = "C1_alarm";

		upper[1] = alarm[1] = (char)('1' + method);
		ears_series(&options, x, count, rows);
		for (size_t i = 0; i < count; i++) {
			frame_expect(frame, i, upper, rows[i].level, tally);
			frame_expect(frame, i, alarm,
			    decision(rows[i].level, rows[i].alarm), tally);
		}
	}
}

static void
check_cusum(const struct frame *frame, struct tally *tally)
{
	static struct cusum_row rows[LONGEST];
	double x[LONGEST];
	size_t count = observed(frame, x);

	for (int transform = 0; transform < CUSUM_TRANSFORMS; transform++) {
		struct cusum_options options = {
			.transform = (enum cusum_transform)transform,
			.k = 1.04,
			.h = 2.26,
			.mean = frame_cell(frame, 0, "m"),
			.dispersion = .1,
		};
		char name[3][FRAME_NAME];

		for (int i = 0; i < 3; i++)
			snprintf(name[i], FRAME_NAME, "%s_%s",
			    cusum_name[transform],
			    i == 0       ? "S"
				: i == 1 ? "alarm"
					 : "upper");
		cusum_series(&options, x, count, rows);
		for (size_t i = 0; i < count; i++) {
			frame_expect(frame, i, name[0], rows[i].sum, tally);
			frame_expect(frame, i, name[1], rows[i].alarm, tally);
			frame_expect(frame, i, name[2], rows[i].upper, tally);
		}
	}
}

static void
check_bayes(const struct frame *frame, struct tally *tally)
{
	static const struct {
		const char *name;
		struct bayes_options options;
	} chosen[] = {
		{ "w6_a0.05", { 6, .05 } },
		{ "w6_a0.001", { 6, .001 } },
		{ "w26_a0.01", { 26, .01 } },
		{ "w52_a0.001", { 52, .001 } },
	};
	static struct bayes_row rows[LONGEST];
	double x[LONGEST];
	size_t count = observed(frame, x);

	for (size_t n = 0; n < sizeof(chosen) / sizeof(chosen[0]); n++) {
		char upper[FRAME_NAME], alarm[FRAME_NAME];

		snprintf(upper, FRAME_NAME, "%s_upper", chosen[n].name);
		snprintf(alarm, FRAME_NAME, "%s_alarm", chosen[n].name);
		bayes_series(&chosen[n].options, x, count, rows);
		for (size_t i = 0; i < count; i++) {
			frame_expect(frame, i, upper, rows[i].upper, tally);
			frame_expect(frame, i, alarm,
			    decision(rows[i].upper, rows[i].alarm), tally);
		}
	}
}

static void
check_glr(const struct frame *frame, struct tally *tally)
{
	static const char *const name[][2] = {
		[GLR_POISSON] = { "glr_pois", "glr_pois_alarm" },
		[GLR_LRCUSUM] = { "lrcusum_theta_log2", "lrcusum_alarm" },
		[GLR_NB_LRCUSUM] = { "nb_lrcusum_alpha0.5_theta_log2",
		    "nb_lrcusum_alarm" },
	};
	static struct glr_row rows[LONGEST];
	double x[LONGEST];
	size_t count = observed(frame, x);

	for (int method = GLR_POISSON; method <= GLR_NB_LRCUSUM; method++) {
		struct glr_options options = {
			.method = (enum glr_method)method,
			.mean = frame_cell(frame, 0, "mu0"),
			.limit = 5,
			.theta = log(2),
			.dispersion = .5,
		};

		glr_series(&options, x, count, rows);
		for (size_t i = 0; i < count; i++) {
			frame_expect(frame, i, name[method][0], rows[i].value,
			    tally);
			frame_expect(frame, i, name[method][1], rows[i].alarm,
			    tally);
		}
	}
}

/* --- sequential ---------------------------------------------------------- */

static void
check_critical(const struct frame *frame, struct tally *tally)
{
	for (size_t i = 0; i < frame->nrows; i++)
		frame_expect(frame, i, "critical_llr",
		    maxsprt_critical(frame_cell(frame, i, "T_expected"),
			frame_cell(frame, i, "M_min_events")),
		    tally);
}

static void
check_maxsprt(const struct frame *frame, struct tally *tally)
{
	static struct maxsprt_row rows[LONGEST];
	double x[LONGEST];
	size_t count = observed(frame, x);

	maxsprt_series(frame_cell(frame, 0, "mu0"), x, count, rows);
	for (size_t i = 0; i < count; i++) {
		frame_expect(frame, i, "cum_obs", rows[i].cases, tally);
		frame_expect(frame, i, "cum_exp", rows[i].expected, tally);
		frame_expect(frame, i, "maxsprt_llr", rows[i].llr, tally);
	}
}

static void
expect_evidence(const struct frame *frame, size_t i,
    const struct sre_series_row *row, struct tally *tally)
{
	static const char *const name[] = { "logM_rr2", "logM_rr4", "logM_rr8",
		"logM_rr16" };

	frame_expect(frame, i, "mu", row->mean, tally);
	frame_expect(frame, i, "size_eff", row->size, tally);
	for (unsigned r = 0; r < 4; r++)
		frame_expect(frame, i, name[r], row->log_evidence[r], tally);
	frame_expect(frame, i, "alarm_1e3", row->fires, tally);
}

static void
check_sre(const struct frame *frame, struct tally *tally)
{
	static struct sre_series_row rows[LONGEST];
	const char *threshold = strstr(frame->path, ".thr");
	struct sre_series_options options = {
		.a0 = .5,
		.b0 = 1,
		.rho = .995,
		.size = strstr(frame->path, ".sinf.") ? HUGE_VAL : 1,
		.lag = 8,
		.threshold = threshold ? strtod(threshold + 4, NULL) : 1000,
		.restart = threshold != NULL,
		.nratios = 4,
		.ratios = { 2, 4, 8, 16 },
	};
	double x[LONGEST];
	size_t count = observed(frame, x);

	sre_series(&options, x, count, rows);
	for (size_t i = 0; i < count; i++) {
		frame_expect(frame, i, "log_score", rows[i].log_score, tally);
		if (threshold)
			frame_expect(frame, i, "fire", rows[i].fires, tally);
		else
			expect_evidence(frame, i, &rows[i], tally);
	}
}

static void
check_sequential(const struct frame *frame, struct tally *tally)
{
	if (strstr(frame->path, "maxsprt_cv"))
		check_critical(frame, tally);
	else if (strstr(frame->path, "maxsprt."))
		check_maxsprt(frame, tally);
	else if (strstr(frame->path, "/sre"))
		check_sre(frame, tally);
	/* Run lengths of a Poisson cusum are of nothing that is here. */
}

/* --- folders ------------------------------------------------------------- */

static const struct folder {
	const char *name;
	check_frame *check;
	unsigned least; /* files */
} folders[] = {
	{ "tails", check_tails, 4 },
	{ "disproportionality", check_disproportion, 2 },
	{ "ears", check_ears, 28 },
	{ "cusum", check_cusum, 14 },
	{ "bayes", check_bayes, 14 },
	{ "glr", check_glr, 14 },
	{ "sequential", check_sequential, 99 },
};

/* Look at every file of a folder; returns how many, 0 when it is not there. */
static unsigned
check_folder(const struct folder *folder, struct tally *tally)
{
	char name[128], path[CSVREAD_PATH];
	const struct dirent *entry;
	unsigned nfiles = 0;
	DIR *dir = NULL;

	snprintf(name, sizeof(name), "vectors/%s", folder->name);
	if (csvread_path(name, path))
		dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		struct frame frame;

		if (!strstr(entry->d_name, ".csv"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
		assert_true(frame_read(&frame, path));
		folder->check(&frame, tally);
		frame_free(&frame);
		nfiles++;
	}
	if (dir)
		closedir(dir);
	return nfiles;
}

static void
folder_holds(void **state)
{
	const struct folder *folder = *state;
	struct tally tally = { 0 };
	unsigned nfiles = check_folder(folder, &tally);

	if (nfiles == 0) {
		print_message("no shared vectors/%s: skipped\n", folder->name);
		skip();
	}
	print_message("%s: %u files, %lu values, %lu differ\n", folder->name,
	    nfiles, tally.checked, tally.failed);
	if (tally.failed > 0)
		fail_msg("%lu of %lu: %s", tally.failed, tally.checked,
		    tally.first);
	assert_true(nfiles >= folder->least);
	assert_true(tally.checked > 100);
}

static void
check_gtin(struct tally *tally)
{
	static struct csvread csv;

	if (!csvread_open(&csv, gtin_vector_path) || !csvread_next(&csv))
		return;
	while (csvread_next(&csv)) {
		tally->checked++;
		if (!gtin_vector_holds(&csv) && tally->failed++ == 0)
			snprintf(tally->first, sizeof(tally->first), "%s: %s",
			    gtin_vector_path, csv.field[0]);
	}
	csvread_close(&csv);
}

/* All of them, for whoever asks how many; fails where none are. */
static int
print_json(void)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		check_folder(&folders[i], &tally);
	check_gtin(&tally);
	printf("{\"vectors_checked\": %lu, \"vectors_failed\": %lu}\n",
	    tally.checked, tally.failed);
	if (tally.failed > 0)
		fprintf(stderr, "first: %s\n", tally.first);
	return tally.checked == 0 || tally.failed > 0;
}

int
main(int argc, char **argv)
{
	enum { FOLDERS = sizeof(folders) / sizeof(folders[0]) };
	struct CMUnitTest tests[FOLDERS];
	static struct folder given[FOLDERS];

	if (argc == 2 && strcmp(argv[1], "--json") == 0)
		return print_json();
	for (size_t i = 0; i < FOLDERS; i++) {
		given[i] = folders[i];
		tests[i] = (struct CMUnitTest){ given[i].name, folder_holds,
			NULL, NULL, &given[i] };
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
