#include "daemon/core/detect/logspace.h"

#include <math.h>

double
logspace_add(double a, double b)
{
	double most = fmax(a, b), least = fmin(a, b);

	/* Infinities have no difference. */
	if (isinf(most) || isinf(least))
		return most;
	return most + log1p(exp(least - most));
}

double
logspace_sum(const double *x, size_t count)
{
	double most = -HUGE_VAL, sum = 0;

	for (size_t i = 0; i < count; i++)
		most = fmax(most, x[i]);
	if (isinf(most))
		return most;
	for (size_t i = 0; i < count; i++)
		sum += exp(x[i] - most);
	return most + log(sum);
}

double
logspace_complement(double x)
{
	if (x >= 0)
		return -HUGE_VAL;
	/* Each form keeps its digits on one side of one half. */
	return x > -M_LN2 ? log(-expm1(x)) : log1p(-exp(x));
}
