/*
 * recompute.h - the numbers of an alert, made again from exports by formulas
 * of its own.
 */
#ifndef TOCSIN_CLIENTS_CLI_RECOMPUTE_H
#define TOCSIN_CLIENTS_CLI_RECOMPUTE_H

#include "clients/cli/streams.h"

/*
 * The score, in nats, that a stream has in its nth week, from the observed
 * counts, volumes and baselines of the weeks up to it:
 *
 *   mean = volume a / b,  1/s = 1/size + 1/a + 1/(size a)
 *   M <- (1 + M) R^x ((s + mean) / (s + R mean))^(x + s)   for R = 2, 4, 8, 16
 *   score = ln of the mean of the four M;  M = 0 after a closed week
 *
 * NAN where the week has no baseline.
 */
double recompute_score(const struct stream_weeks *stream, size_t nth);

/* The greatest relative difference to a score the export says, of all weeks. */
double recompute_difference(const struct stream_weeks *stream);

/*
 * tocsin alerts show ID --recompute: an exit code, EXIT_PARTIAL when what comes
 * out is not what the alert says.
 */
int recompute_alert(struct line *line);

#endif
