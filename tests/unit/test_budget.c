/* The budget: shared by weight, held by judgements. */
#include "daemon/core/detect/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>

static bool
is_near(double a, double b)
{
	return fabs(a - b) < 1e-9 * fabs(b);
}

/* The sum of 1/N over all streams is the budget. */
static void
shares_by_weight(void **state)
{
	(void)state;
	struct budget budget = { .per_week = .5,
		.floor = 1000,
		.weights = 9000 * BUDGET_WEIGHT + 100 * BUDGET_WEIGHT_SEVERE,
		.scale = 1 };
	double plain = budget_threshold(&budget, BUDGET_WEIGHT);
	double severe = budget_threshold(&budget, BUDGET_WEIGHT_SEVERE);

	assert_true(is_near(plain, 20000) && is_near(severe, 2000));
	assert_true(is_near(9000 / plain + 100 / severe, .5));
	budget.scale = 3;
	assert_true(is_near(budget_threshold(&budget, 1), 60000));
}

static void
keeps_the_floor(void **state)
{
	(void)state;
	struct budget budget = { .per_week = 1,
		.floor = 1000,
		.weights = 40,
		.scale = 1 };

	assert_true(budget_threshold(&budget, 1) == 1000);
	budget.scale = .25;
	assert_true(budget_threshold(&budget, 10) == 1000);
	/* A stream that is not known yet. */
	budget = (struct budget){ 1, 1, 0, 1 };
	assert_true(budget_threshold(&budget, 10) == 1);
	budget = (struct budget){ 1, 1000, 1e6, (double)NAN };
	assert_true(budget_threshold(&budget, 1) == 1000);
	budget = (struct budget){ 0, 1000, 1e6, 1 };
	assert_true(isinf(budget_threshold(&budget, 1)));
}

static void
waits_for_judgements(void **state)
{
	(void)state;
	struct budget_record record = { .right = 9,
		.wrong = 10,
		.raised = 40,
		.weeks = 10,
		.weeks_at_scale_1 = 10 };

	assert_true(budget_scale(&record, 1) == 1);
	assert_true(is_near(budget_realised(&record), 40 * 10. / 19 / 10));
	record.right = 10;
	assert_true(is_near(budget_scale(&record, 1), 2));
	assert_true(is_near(budget_scale(&record, 4), .5));
	record.wrong = 1000000;
	record.raised = 1000000;
	assert_true(budget_scale(&record, 1) == 100);
	record = (struct budget_record){ 20, 0, 20, 10, 10 };
	assert_true(budget_scale(&record, 1) == .25);
	assert_true(budget_realised(&record) == 0);
	record = (struct budget_record){ 20, 20, 40, 0, 0 };
	assert_true(budget_scale(&record, 1) == 1);
	assert_true(budget_realised(&record) == 0);
}

/* A scale that brings alerts down to the budget stays where it is. */
static void
settles(void **state)
{
	(void)state;
	struct budget_record record = { 0 };
	double scale = 1, wrong = 0;

	for (unsigned week = 0; week < 2000; week++) {
		record.weeks++;
		record.weeks_at_scale_1 += 1 / scale;
		wrong += 6 / scale; /* six times the budget at scale 1 */
		record.wrong = record.raised = (uint64_t)wrong;
		scale = budget_scale(&record, 1);
	}
	assert_true(scale > 5.9 && scale < 6.1);
	assert_true(budget_realised(&record) < 1.1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_by_weight),
		cmocka_unit_test(keeps_the_floor),
		cmocka_unit_test(waits_for_judgements),
		cmocka_unit_test(settles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
