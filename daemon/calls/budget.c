/*
 * budget.c - alerts.budget: how many false alarms are allowed, and how many
 * there were, as far as people judged.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/core/alarm_totals.h"
#include "daemon/core/detect/week.h"
#include "daemon/intake/explanation.h"
#include "daemon/intake/trigger.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

struct asking {
	struct work work; /* first */
	struct services *services;
	struct ticket ticket;
	struct alarm_totals totals;
	struct trigger_budget budget;
};

static void
pack_basis(struct buf *out, enum rule_basis basis,
    const struct alarm_basis_totals *totals)
{
	size_t token = pack_open_map(out);
	char since[DATE_MAX];

	pack_field_string(out, "basis", rule_basis_name(basis));
	pack_field_uint(out, "raised", totals->raised);
	pack_field_uint(out, "judged_true", totals->judged_true);
	pack_field_uint(out, "judged_false", totals->judged_false);
	if (totals->since) {
		date_format((struct date){ totals->since, DATE_DAY }, since);
		pack_field_string(out, "since", since);
	}
	pack_close_map(out, token, 4 + (totals->since != 0));
}

/* Alerts nobody judged are taken to be false as often as those that were. */
static bool
find_realised(const struct alarm_totals *totals, uint32_t raised,
    uint32_t weeks, double *realised)
{
	const struct alarm_basis_totals *basis =
	    &totals->basis[BASIS_STATISTIC];
	double judged = (double)basis->judged_true + basis->judged_false;

	if (judged == 0 || weeks == 0)
		return false;
	*realised = basis->judged_false / judged * raised / weeks;
	return true;
}

/* Pairs of the thresholds, as many as returned. */
static uint32_t
pack_thresholds(struct buf *out, const struct trigger_budget *budget)
{
	uint32_t pairs = 4;

	pack_field_real(out, "per_week", budget->per_week);
	pack_field_uint(out, "streams", budget->streams);
	pack_field_uint(out, "streams_severe", budget->severe);
	pack_field_real(out, "scale", budget->scale);
	pairs += explanation_pack_number(out, "threshold", budget->threshold);
	pairs += explanation_pack_number(out, "threshold_severe",
	    budget->threshold_severe);
	if (budget->since) {
		explanation_pack_week(out, "rings_since", budget->since);
		explanation_pack_week(out, "estimated", budget->week);
		pairs += 2;
	}
	return pairs;
}

static void
pack_totals(struct buf *out, const struct asking *asking, int32_t today)
{
	const struct alarm_totals *totals = &asking->totals;
	uint32_t pairs;
	size_t token = pack_open_map(out);
	uint32_t weeks, raised = alarm_totals_recent(totals, today, &weeks);
	double realised;
	bool is_judged = find_realised(totals, raised, weeks, &realised);

	pairs = 3 + is_judged + pack_thresholds(out, &asking->budget);
	pack_string(out, "bases");
	pack_list(out, ALARM_BASES);
	for (unsigned i = 0; i < ALARM_BASES; i++)
		pack_basis(out, (enum rule_basis)i, &totals->basis[i]);
	pack_field_uint(out, "weeks", weeks);
	pack_field_uint(out, "raised", raised);
	if (is_judged)
		pack_field_real(out, "realised", realised);
	pack_close_map(out, token, pairs);
}

static void
asking_run(struct work *work, struct intake *intake)
{
	struct asking *asking = (struct asking *)work;
	struct key key = key_counter(COUNTER_ALARM_TOTALS);
	struct text row;

	if (projection_get(&intake->projection, KEYSPACE_COUNTER, &key, &row) ==
		STORE_OK &&
	    row.len == sizeof(asking->totals))
		memcpy(&asking->totals, row.at, sizeof(asking->totals));
	trigger_budget_read(intake, &asking->budget);
}

static void
asking_done(struct work *work)
{
	struct asking *asking = (struct asking *)work;
	struct services *services = asking->services;
	struct refusal why = { 0 };
	struct buf out = { 0 };

	if (work->failed)
		answer_undone(&why);
	else
		pack_totals(&out, asking,
		    date_of_ms(clock_now(services->clock)));
	answer_ticket(services, asking->ticket, &out, 0, &why);
	free(asking);
}

void
handle_alerts_budget(struct call *call)
{
	struct asking *asking = answer_alloc(call, sizeof(*asking));

	if (!asking)
		return;
	asking->services = session_services(call->session);
	asking->ticket = call_ticket(call);
	asking->work = (struct work){ .run = asking_run, .done = asking_done };
	writer_put(asking->services->writer, &asking->work);
}
