#include "clients/cli/match/learner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct example {
	double value[MATCH_FEATURES];
	double score; /* log-odds, once fitted */
	bool is_same;
};

struct learner {
	struct example *example; /* owned */
	size_t count, cap;
};

/* The bias is number 0, then the features. */
enum { UNKNOWNS = MATCH_FEATURES + 1, ROUNDS = 25 };

/*
 * What a weight away from 0 costs, as in a normal prior of deviation 1: keeps
 * weights finite where a feature tells everything.
 */
static const double ridge = 1;

struct system {
	double hessian[UNKNOWNS][UNKNOWNS];
	double gradient[UNKNOWNS];
};

struct learner *
learner_new(void)
{
	return calloc(1, sizeof(struct learner));
}

void
learner_free(struct learner *learner)
{
	if (!learner)
		return;
	free(learner->example);
	free(learner);
}

int
learner_add(struct learner *learner, const double value[MATCH_FEATURES],
    bool is_same)
{
	if (learner->count == learner->cap) {
		size_t cap = learner->cap ? 2 * learner->cap : 1024;
		struct example *more =
		    realloc(learner->example, cap * sizeof(*more));
		if (!more)
			return -1;
		learner->example = more;
		learner->cap = cap;
	}
	struct example *example = &learner->example[learner->count++];
	memcpy(example->value, value, sizeof(example->value));
	example->is_same = is_same;
	return 0;
}

static double
log_odds(const double weight[UNKNOWNS], const double value[])
{
	double sum = weight[0];
	for (unsigned i = 0; i < MATCH_FEATURES; i++)
		sum += weight[i + 1] * value[i];
	return sum;
}

static void
add_example(struct system *system, const double weight[],
    const struct example *example)
{
	double row[UNKNOWNS] = { 1 };
	double p = 1 / (1 + exp(-log_odds(weight, example->value)));
	memcpy(row + 1, example->value, sizeof(example->value));
	for (unsigned i = 0; i < UNKNOWNS; i++) {
		if (row[i] == 0)
			continue;
		system->gradient[i] += row[i] * ((double)example->is_same - p);
		for (unsigned j = 0; j < UNKNOWNS; j++)
			system->hessian[i][j] += p * (1 - p) * row[i] * row[j];
	}
}

/* Gauss, without pivots: the ridge makes the matrix positive definite. */
static void
solve(struct system *system)
{
	double(*a)[UNKNOWNS] = system->hessian;
	double *b = system->gradient;
	for (unsigned i = 0; i < UNKNOWNS; i++) {
		for (unsigned k = i + 1; k < UNKNOWNS; k++) {
			double factor = a[k][i] / a[i][i];
			for (unsigned j = i; j < UNKNOWNS; j++)
				a[k][j] -= factor * a[i][j];
			b[k] -= factor * b[i];
		}
	}
	for (unsigned i = UNKNOWNS; i-- > 0;) {
		for (unsigned j = i + 1; j < UNKNOWNS; j++)
			b[i] -= a[i][j] * b[j];
		b[i] /= a[i][i];
	}
}

static void
improve(const struct learner *learner, double weight[UNKNOWNS])
{
	struct system system = { 0 };
	for (size_t i = 0; i < learner->count; i++)
		add_example(&system, weight, &learner->example[i]);
	for (unsigned i = 0; i < UNKNOWNS; i++) {
		/* The bias is hardly held at all. */
		double hold = i > 0 ? ridge : 1e-6;
		system.hessian[i][i] += hold;
		system.gradient[i] -= hold * weight[i];
	}
	solve(&system);
	for (unsigned i = 0; i < UNKNOWNS; i++)
		weight[i] += system.gradient[i];
}

static int
compare_scores(const void *left, const void *right)
{
	const struct example *a = left;
	const struct example *b = right;
	return (a->score < b->score) - (a->score > b->score);
}

/* The log-odds above which taking pairs gives the best F1. */
static double
best_cut(struct example *example, size_t count)
{
	double cut = 0;
	double best = -1;
	size_t same = 0;
	size_t taken = 0;
	for (size_t i = 0; i < count; i++)
		same += example[i].is_same;
	qsort(example, count, sizeof(*example), compare_scores);
	for (size_t i = 0; i < count; i++) {
		taken += example[i].is_same;
		double next =
		    i + 1 < count ? example[i + 1].score : example[i].score - 1;
		double f1 = 2.0 * (double)taken / (double)(i + 1 + same);
		if (next < example[i].score && f1 > best) {
			best = f1;
			cut = (example[i].score + next) / 2;
		}
	}
	return cut;
}

static void
keep_unseen(const struct learner *learner, struct match_weights *weights)
{
	struct match_weights usual;
	match_weights_init(&usual);
	for (unsigned i = 0; i < MATCH_FEATURES; i++) {
		bool is_seen = false;
		for (size_t j = 0; j < learner->count && !is_seen; j++)
			is_seen = learner->example[j].value[i] != 0;
		if (!is_seen)
			weights->weight[i] = usual.weight[i];
	}
}

int
learner_fit(const struct learner *learner, struct match_weights *weights)
{
	double weight[UNKNOWNS] = { 0 };
	size_t same = 0;
	for (size_t i = 0; i < learner->count; i++)
		same += learner->example[i].is_same;
	if (same == 0 || same == learner->count)
		return -1;
	for (unsigned i = 0; i < ROUNDS; i++)
		improve(learner, weight);
	for (size_t i = 0; i < learner->count; i++)
		learner->example[i].score =
		    log_odds(weight, learner->example[i].value);
	weights->bias = weight[0] - best_cut(learner->example, learner->count);
	memcpy(weights->weight, weight + 1, sizeof(weights->weight));
	keep_unseen(learner, weights);
	return 0;
}
