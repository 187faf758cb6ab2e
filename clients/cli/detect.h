/*
 * detect.h - tocsin detect: a series of counts in, one detector's columns out.
 */
#ifndef TOCSIN_CLIENTS_CLI_DETECT_H
#define TOCSIN_CLIENTS_CLI_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clients/cli/shell/command.h"
#include "daemon/core/detect/cusum.h"
#include "daemon/core/detect/sre_series.h"

enum detect_method {
	DETECT_EARS_C1,
	DETECT_EARS_C2,
	DETECT_EARS_C3,
	DETECT_CUSUM,
	DETECT_BAYES,
	DETECT_GLR,
	DETECT_SRE,
	DETECT_SRE_RESTART,
	DETECT_MAXSPRT,
	DETECT_METHODS
};

/* --- what was asked (detect_options.c) ----------------------------------- */

/* Rows of detect.def; NAN: not given, and of the series or the method. */
struct detect_options {
	enum detect_method method;
	double baseline, min_sigma, alpha, window, h0, m0, k, h, dispersion;
	double theta, threshold, lag, a0, b0, rho, cross, size;
	bool is_cdc;                    /* EARS C3 as CDC has it */
	enum cusum_transform transform; /* CUSUM_TRANSFORMS: each */
	unsigned nratios;
	double ratios[SRE_SERIES_RATIOS_MAX];
};

/* Read them, refusing what the method does not take.  0, or an exit code with
 * the complaint printed. */
int detect_options_read(struct line *line, struct detect_options *options);

/* --- the series (detect_series.c) ---------------------------------------- */

struct detect_series {
	int64_t t; /* of the first count; each next one is one more */
	size_t count, cap;
	double *x;
};

/* Read columns t and observed of a CSV file ("-": stdin); 0, or an exit code
 * with file, line, column and rule printed.  detect_series_fini it. */
int detect_series_read(struct detect_series *series, struct output *output,
    const char *path);
void detect_series_fini(struct detect_series *series);

/* --- the answer (detect_sheet.c) ----------------------------------------- */

enum { DETECT_COLUMNS_MAX = 24, DETECT_NAME_MAX = 64 };

/* Columns of numbers, a row for each count from `first` on; NAN: empty. */
struct detect_sheet {
	const struct detect_series *series;
	size_t first;
	unsigned ncolumns;
	bool is_failed; /* out of memory, or too many columns */
	struct detect_column {
		char name[DETECT_NAME_MAX];
		double *value; /* series->count - first of them */
	} column[DETECT_COLUMNS_MAX];
};

/* A new column, all 0, to be filled; NULL once anything has failed. */
double *detect_sheet_add(struct detect_sheet *sheet, const char *name, ...)
    __attribute__((format(printf, 2, 3)));
void detect_sheet_fini(struct detect_sheet *sheet);

/* As CSV or as a line of JSON a row, with t and observed in front; 17
 * significant digits. */
void detect_sheet_print(const struct detect_sheet *sheet,
    struct output *output);

/* --- the methods (detect_methods.c) -------------------------------------- */

/*
 * Fill the columns of one method; 0, or an exit code with the complaint
 * printed, which names the series by path.
 */
int detect_methods_run(const struct detect_options *options,
    struct detect_sheet *sheet, struct output *output, const char *path);

#endif
