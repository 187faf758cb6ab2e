#include "daemon/core/detect/budget.h"

#include <math.h>

static const double scale_min = .25, scale_max = 100;

double
budget_threshold(const struct budget *budget, double weight)
{
	double weights = budget->weights > weight ? budget->weights : weight;
	double threshold;

	if (!(budget->per_week > 0))
		return HUGE_VAL;
	threshold = weights / (budget->per_week * weight) * budget->scale;
	/* Also when it is no number. */
	return threshold > budget->floor ? threshold : budget->floor;
}

/* Alerts raised that were wrong, judged or not. */
static double
wrong_of(const struct budget_record *record)
{
	double judged = (double)record->right + (double)record->wrong;

	if (!(judged > 0))
		return 0;
	return (double)record->raised * ((double)record->wrong / judged);
}

double
budget_realised(const struct budget_record *record)
{
	return record->weeks > 0 ? wrong_of(record) / record->weeks : 0;
}

double
budget_scale(const struct budget_record *record, double per_week)
{
	uint64_t judged = record->right + record->wrong;
	double scale;

	if (judged < BUDGET_JUDGED_MIN || !(per_week > 0) ||
	    !(record->weeks_at_scale_1 > 0))
		return 1;
	scale = wrong_of(record) / record->weeks_at_scale_1 / per_week;
	if (!(scale > scale_min))
		return scale_min;
	return scale < scale_max ? scale : scale_max;
}
