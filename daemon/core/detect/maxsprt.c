#include "daemon/core/detect/maxsprt.h"

#include <math.h>

/* clang-format off */
static const struct {
	double horizon, min_cases, value;
} critical[] = {
#define CRITICAL(horizon, min_cases, value) { horizon, min_cases, value },
#include "daemon/core/detect/maxsprt_critical.def"
#undef CRITICAL
};
/* clang-format on */

double
maxsprt_llr(double cases, double expected)
{
	if (!(cases > expected))
		return 0;
	if (expected <= 0)
		return HUGE_VAL;
	return (expected - cases) + cases * log(cases / expected);
}

void
maxsprt_series(double mean, const double *x, size_t count,
    struct maxsprt_row *rows)
{
	double cases = 0, expected;

	for (size_t t = 0; t < count; t++) {
		cases += x[t];
		expected = mean * (double)(t + 1);
		rows[t] = (struct maxsprt_row){ cases, expected,
			maxsprt_llr(cases, expected) };
	}
}

double
maxsprt_critical(double horizon, double min_cases)
{
	double least = (double)NAN;

	for (size_t i = 0; i < sizeof(critical) / sizeof(critical[0]); i++)
		if (critical[i].horizon >= horizon &&
		    critical[i].min_cases <= min_cases)
			least = fmin(least, critical[i].value);
	return least;
}
