/*
 * detection_cost.h - what a report costs that is taken into detection, beside
 * what the machine needs for touching as much memory.
 */
#ifndef TOCSIN_BENCH_DETECTION_COST_H
#define TOCSIN_BENCH_DETECTION_COST_H

/* Over so many streams in random order.  Prints one JSON object. */
void cost_print(double streams);

#endif
