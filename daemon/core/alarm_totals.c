#include "daemon/core/alarm_totals.h"

#include <assert.h>
#include <string.h>

#include "daemon/core/detect/week.h"

static_assert(sizeof(struct alarm_totals) == 156, "totals are a stored row");

static struct alarm_basis_totals *
basis_of(struct alarm_totals *totals, const struct alarm *alarm)
{
	unsigned basis = alarm->basis < ALARM_BASES ? alarm->basis : BASIS_RULE;

	return &totals->basis[basis];
}

/* Weeks that passed without an alert are cleared on the way. */
static void
count_week(struct alarm_totals *totals, uint16_t week)
{
	if (week > totals->week + ALARM_WEEKS)
		memset(totals->raised, 0, sizeof(totals->raised));
	else
		for (uint16_t w = (uint16_t)(totals->week + 1); w <= week; w++)
			totals->raised[w % ALARM_WEEKS] = 0;
	if (week > totals->week)
		totals->week = week;
	if (totals->raised[totals->week % ALARM_WEEKS] < UINT16_MAX)
		totals->raised[totals->week % ALARM_WEEKS]++;
}

static void
count_verdict(struct alarm_basis_totals *totals, uint8_t verdict, int by)
{
	if (verdict == VERDICT_TRUE)
		totals->judged_true += (uint32_t)by;
	if (verdict == VERDICT_FALSE)
		totals->judged_false += (uint32_t)by;
}

bool
alarm_totals_is_raise(const struct alarm *after, enum alarm_change change)
{
	return !after->is_hidden &&
	    (change == CHANGE_RAISED || change == CHANGE_RELEASED ||
		change == CHANGE_REGRESSED);
}

void
alarm_totals_count(struct alarm_totals *totals, const struct alarm *before,
    const struct alarm *after, enum alarm_change change, int32_t day)
{
	struct alarm_basis_totals *basis = basis_of(totals, after);

	if (change == CHANGE_JUDGED) {
		count_verdict(basis, before->verdict, -1);
		count_verdict(basis, after->verdict, 1);
	}
	if (!alarm_totals_is_raise(after, change))
		return;
	basis->raised++;
	if (!basis->since)
		basis->since = day;
	if (after->basis == BASIS_STATISTIC)
		count_week(totals, week_of_day(day));
}

uint32_t
alarm_totals_recent(const struct alarm_totals *totals, int32_t day,
    uint32_t *weeks)
{
	const struct alarm_basis_totals *basis =
	    &totals->basis[BASIS_STATISTIC];
	uint16_t now = week_of_day(day), first;
	uint32_t raised = 0;

	*weeks = 0;
	if (!basis->since)
		return 0;
	first = week_of_day(basis->since);
	*weeks = now >= first ? now - first + UINT32_C(1) : 1;
	if (*weeks > ALARM_WEEKS)
		*weeks = ALARM_WEEKS;
	for (uint32_t i = 0; i < ALARM_WEEKS; i++)
		if (totals->week >= i &&
		    (int32_t)(totals->week - i) > now - ALARM_WEEKS)
			raised +=
			    totals->raised[(totals->week - i) % ALARM_WEEKS];
	return raised;
}
