/*
 * estimating.h - once a week, what streams are measured against is estimated
 * anew: from snapshots on a worker, put in force piece by piece on the writer.
 * Loop thread.
 */
#ifndef TOCSIN_CALLS_ESTIMATING_H
#define TOCSIN_CALLS_ESTIMATING_H

struct estimating;
struct services;

/* NULL when out of memory; NULL is fine to free.  Freed when all is stopped. */
struct estimating *estimating_new(struct services *services);
void estimating_free(struct estimating *estimating);

/* Look whether an estimate is due, and begin it: from time to time. */
void estimating_tick(struct estimating *estimating);

/* What is under way ends soon, and nothing more is begun.  NULL is fine. */
void estimating_stop(struct estimating *estimating);

#endif
