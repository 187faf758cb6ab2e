#include "daemon/core/match.h"

#include <math.h>
#include <stdio.h>

/*
 * The log-odds of a pair of which nothing speaks, so that the best cut lies at
 * a score of one half.
 */
static const double default_bias = -8.2;

static const struct {
	const char *name;
	double weight;
	const char *meaning;
} rows[MATCH_FEATURES] = {
#define WEIGHT(id, name, weight, meaning) { name, weight, meaning },
#include "daemon/core/match_weights.def"
};

void
match_weights_init(struct match_weights *weights)
{
	weights->bias = default_bias;
	for (unsigned i = 0; i < MATCH_FEATURES; i++)
		weights->weight[i] = rows[i].weight;
}

const char *
match_feature_name(enum match_feature feature)
{
	return rows[feature].name;
}

const char *
match_feature_meaning(enum match_feature feature)
{
	return rows[feature].meaning;
}

const char *
match_decision_name(enum match_decision decision)
{
	static const char *const names[] = { "no", "propose", "match" };
	return names[decision];
}

/*
 * Identity by a number, nothing speaking against it.  Text alone is never
 * enough, however alike.
 */
static bool
is_certain(const double value[])
{
	bool has_conflict = value[MATCH_CODE_CONFLICT] > 0 ||
	    value[MATCH_NUMBER_CONFLICT] > 0 ||
	    value[MATCH_YEAR_CONFLICT] > 0 ||
	    value[MATCH_COLOUR_CONFLICT] > 0 || value[MATCH_BRAND_OTHER] > 0 ||
	    value[MATCH_GTIN_OTHER] > 0;
	return !has_conflict &&
	    (value[MATCH_GTIN_SAME] > 0 || value[MATCH_MODEL_SAME] > 0);
}

void
match_score(const struct match_record *a, const struct match_record *b,
    const struct match_weights *weights, struct match_result *result)
{
	double sum = weights->bias;
	match_compare(a, b, result->value);
	for (unsigned i = 0; i < MATCH_FEATURES; i++)
		sum += weights->weight[i] * result->value[i];
	result->score = 1 / (1 + exp(-sum));
	result->decision = result->score < 0.5 ? MATCH_NO
	    : is_certain(result->value)        ? MATCH_SAME
					       : MATCH_PROPOSE;
}

bool
match_is_rival(double score, double rival)
{
	return rival >= 0.5 && 10 * rival * (1 - score) >= score * (1 - rival);
}

size_t
match_reasons(const struct match_result *result,
    const struct match_weights *weights, char *out, size_t cap)
{
	bool is_told[MATCH_FEATURES] = { false };
	size_t len = 0;
	if (cap > 0)
		out[0] = '\0';
	for (;;) {
		int best = -1;
		double most = 0.05;
		for (int i = 0; i < MATCH_FEATURES; i++) {
			double share =
			    fabs(weights->weight[i] * result->value[i]);
			if (!is_told[i] && share >= most) {
				best = i;
				most = share;
			}
		}
		if (best < 0)
			return len;
		is_told[best] = true;
		int more = snprintf(out + len, cap - len, "%s%s %+.1f",
		    len > 0 ? ", " : "", rows[best].name,
		    weights->weight[best] * result->value[best]);
		if (more < 0 || (size_t)more >= cap - len) {
			if (cap > 0)
				out[len] = '\0';
			return len;
		}
		len += (size_t)more;
	}
}
