/*
 * detection_compare.h - other detectors in the same invented deployments, at
 * thresholds at which each rings falsely equally often.
 */
#ifndef TOCSIN_BENCH_DETECTION_COMPARE_H
#define TOCSIN_BENCH_DETECTION_COMPARE_H

#include "bench/detection_run.h"

/*
 * Calibrate each to this many false alerts per 1,000 stream-weeks in stationary
 * deployments; then plant defects of 1 and 3 cases a week in them, and in
 * deployments that double every year, where the thresholds stay.  Prints one
 * JSON object.
 */
void compare_print(const struct run_plan *plan, double false_per_1000);

#endif
