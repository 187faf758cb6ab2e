/*
 * learner.h - labelled pairs -> weights: logistic regression by Newton's
 * method with a ridge, the same weights for the same pairs on every run.
 */
#ifndef TOCSIN_CLIENTS_CLI_LEARNER_H
#define TOCSIN_CLIENTS_CLI_LEARNER_H

#include "daemon/core/match.h"

struct learner;

/* Empty.  NULL when memory runs out; free takes NULL. */
struct learner *learner_new(void);
void learner_free(struct learner *learner);

/* Add a pair.  0, or -1 when memory runs out. */
int learner_add(struct learner *learner, const double value[MATCH_FEATURES],
    bool is_same);

/*
 * Fit weights, then move the bias so that the score 0.5 is the cut with the
 * best F1 on these pairs.  A feature that no pair shows keeps its weight of
 * the default table.  0, or -1 when there are no pairs of both kinds.
 */
int learner_fit(const struct learner *learner, struct match_weights *weights);

#endif
