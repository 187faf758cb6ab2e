/*
 * maxsprt.h - the maximised sequential probability ratio test of a Poisson
 * mean (Kulldorff and others, Sequential Analysis 2011): for one stream, from a
 * known beginning, over one fixed horizon.
 *
 *     LLR = (E - C) + C ln(C/E) where C cases, seen since the beginning, are
 *     more than the E expected; else 0
 *
 * It rejects at level .05 where LLR reaches the critical value of its
 * horizon.  Pure; any thread.
 */
#ifndef TOCSIN_CORE_DETECT_MAXSPRT_H
#define TOCSIN_CORE_DETECT_MAXSPRT_H

#include <stddef.h>

/* cases, expected >= 0; INFINITY for cases of which none was expected. */
double maxsprt_llr(double cases, double expected);

struct maxsprt_row {
	double cases, expected; /* since the beginning */
	double llr;
};

/* Fill a row for each count, each with this mean. */
void maxsprt_series(double mean, const double *x, size_t count,
    struct maxsprt_row *rows);

/*
 * The critical value at level .05 of a surveillance that ends when as many
 * cases are expected and needs at least min_cases to reject: exact where the
 * table (maxsprt_critical.def) has that row, else the least of the rows that
 * are on the safe side (a longer horizon, fewer cases).  NAN for a horizon
 * above 1000, or min_cases below 1.
 */
double maxsprt_critical(double horizon, double min_cases);

#endif
