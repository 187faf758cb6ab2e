/* weights.h - a table of weights as a CSV file: feature,weight. */
#ifndef TOCSIN_CLIENTS_CLI_WEIGHTS_H
#define TOCSIN_CLIENTS_CLI_WEIGHTS_H

#include <stdio.h>

#include "clients/cli/shell/output.h"
#include "daemon/core/match.h"

/*
 * Read weights; a feature that is left out weighs 0, but the row "bias" must
 * be there.  0, or an exit code with the complaint printed.
 */
int weights_read(struct match_weights *weights, struct output *output,
    const char *path);

/* Write them so that reading gives the same numbers. */
void weights_write(const struct match_weights *weights, FILE *to);

#endif
