#include "daemon/intake/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/core/alarm_totals.h"
#include "daemon/core/detect/budget.h"
#include "daemon/core/detect/week.h"
#include "daemon/intake/detecting.h"
#include "daemon/intake/sampling.h"
#include "daemon/store/rows_detection.h"

enum { SILENT_WEEKS = 8, RECENT_WEEKS = 13, REPORTS_MORE = 1000 };

static struct budget_row
read_budget_row(struct projection *projection)
{
	struct key key = key_counter(COUNTER_BUDGET);
	struct budget_row row = { 0 };
	struct text bytes;

	if (projection_get(projection, KEYSPACE_COUNTER, &key, &bytes) ==
		STORE_OK &&
	    bytes.len == sizeof(row))
		memcpy(&row, bytes.at, sizeof(row));
	return row;
}

/* Was anything reported lately?  A clock that jumped is no new week. */
static bool
is_alive(const struct exposure *all, uint16_t now)
{
	for (uint16_t i = 0; i <= SILENT_WEEKS && i < now; i++)
		if (exposure_weight(all, (uint16_t)(now - i)))
			return true;
	return false;
}

bool
estimate_is_due(struct intake *intake, struct estimate *estimate)
{
	struct projection *projection = &intake->projection;
	struct budget_row row = read_budget_row(projection);
	struct detection *detection = detecting_of(projection);
	int64_t now_ms = clock_now(intake->clock);
	const struct volume *all =
	    detection ? volumes_find(detection->volumes, VOLUME_ALL) : NULL;

	if (!all)
		return false;
	if (now_ms < intake->received_ms)
		now_ms = intake->received_ms;
	estimate->store = intake->store;
	estimate->vocabulary = intake->vocabulary;
	estimate->now = week_of_ms(now_ms);
	estimate->since = row.since ? row.since : estimate->now;
	estimate->products =
	    (uint32_t)projection_counter(projection, COUNTER_PRODUCTS);
	estimate->reports = projection_counter(projection, COUNTER_REPORTS);
	estimate->streams = projection_counter(projection, COUNTER_STREAMS) +
	    projection_counter(projection, COUNTER_STREAMS_SEVERE);
	if (projection->result || !is_alive(&all->exposure, estimate->now) ||
	    exposure_weeks_before(&all->exposure, estimate->now) <
		STATISTIC_WEEKS_MIN)
		return false;
	return estimate->now > row.week ||
	    estimate->reports > 2 * row.reports + REPORTS_MORE;
}

/* --- deciding ------------------------------------------------------------- */

/* Cases a week in the last weeks that were observed. */
static double
cases_a_week(const struct exposure *exposure, const struct exposure *all,
    uint16_t now)
{
	double cases = 0;
	unsigned weeks = 0;

	for (uint16_t i = 1; i <= RECENT_WEEKS && i < now; i++) {
		uint16_t week = (uint16_t)(now - i);

		if (!exposure_weight(all, week))
			continue;
		cases += (double)exposure_weight(exposure, week) / WEIGHT_CASE;
		weeks++;
	}
	return weeks ? cases / weeks : 0;
}

/* Is there enough of this volume to measure by it? */
static bool
solve(const struct sampling *sampling, const struct exposure *exposure,
    const struct prior_sums *sums, struct prior *prior)
{
	return cases_a_week(exposure, sampling_all(sampling), sampling->now) >=
	    STATISTIC_SCARCE &&
	    prior_solve(sums, prior);
}

static struct yardstick
yardstick_of(const struct estimate *estimate, const struct prior *prior,
    const struct prior_sums *sums)
{
	return (struct yardstick){ .a0 = prior->a0,
		.b0 = prior->b0,
		.size = prior->size,
		.since = estimate->since,
		.week = estimate->now,
		.streams = (uint32_t)sums->streams };
}

/*
 * One category: by itself, by its family, or by all.  All is what holds for a
 * category that nothing is said of, so that is said of families only, whose
 * volumes are put together from those that belong to them.
 */
static void
decide(const struct estimate *estimate, const struct sampling *sampling,
    const struct sampled *one, struct estimated *out)
{
	const struct sampled *family = sampling_family(sampling, one);
	struct prior prior;

	*out = (struct estimated){ .slug_len = one->slug_len };
	memcpy(out->slug, one->slug, one->slug_len);
	out->record.category = one->hash;
	if (solve(sampling, one->exposure, &one->sums, &prior)) {
		out->record.yardstick =
		    yardstick_of(estimate, &prior, &one->sums);
		out->record.yardstick.volume = one->hash;
	} else if (family &&
	    solve(sampling, family->exposure, &family->sums, &prior)) {
		out->record.yardstick =
		    yardstick_of(estimate, &prior, &family->sums);
		out->record.yardstick.volume = family->hash;
	} else if (prior_solve(&sampling->sums, &prior)) {
		out->record.yardstick =
		    yardstick_of(estimate, &prior, &sampling->sums);
		out->record.yardstick.volume = VOLUME_ALL;
	}
	out->record.yardstick.family = one->family;
}

static bool
is_said(const struct sampled *one, const struct yardstick *yardstick)
{
	return one->has_yardstick || yardstick->family ||
	    yardstick->volume != VOLUME_ALL;
}

static int
decide_all(struct estimate *estimate, const struct sampling *sampling)
{
	struct prior prior;
	struct estimated *whole;

	if (!prior_solve(&sampling->sums, &prior))
		return STORE_OK;
	estimate->at = calloc(sampling->count + 1, sizeof(*estimate->at));
	if (!estimate->at)
		return STORE_MEMORY;
	for (unsigned i = 0; i < sampling->count; i++) {
		struct estimated *one = &estimate->at[estimate->count];

		if (sampling->at[i].is_family)
			continue;
		decide(estimate, sampling, &sampling->at[i], one);
		estimate->count +=
		    is_said(&sampling->at[i], &one->record.yardstick);
	}
	whole = &estimate->at[estimate->count++];
	*whole = (struct estimated){ .record.yardstick = yardstick_of(estimate,
					 &prior, &sampling->sums),
		.record.reports = estimate->reports };
	return STORE_OK;
}

int
estimate_gather(struct estimate *estimate)
{
	struct sampling sampling;
	int result = sampling_init(&sampling, estimate);

	if (!result)
		result = sampling_walk(&sampling);
	if (!result && !atomic_load(&estimate->is_stopping))
		result = decide_all(estimate, &sampling);
	estimate->sampled = sampling.sampled;
	sampling_fini(&sampling);
	return result;
}

/* --- putting in force ----------------------------------------------------- */

/* How much more often than allowed the statistic rang falsely. */
static double
find_scale(struct intake *intake)
{
	struct budget_row row = read_budget_row(&intake->projection);
	struct key key = key_counter(COUNTER_ALARM_TOTALS);
	struct alarm_totals totals = { 0 };
	const struct alarm_basis_totals *basis = &totals.basis[BASIS_STATISTIC];
	struct text bytes;

	if (projection_get(&intake->projection, KEYSPACE_COUNTER, &key,
		&bytes) == STORE_OK &&
	    bytes.len == sizeof(totals))
		memcpy(&totals, bytes.at, sizeof(totals));
	return budget_scale(&(struct budget_record){ .right =
							 basis->judged_true,
				.wrong = basis->judged_false,
				.raised = basis->raised,
				.weeks = row.weeks,
				.weeks_at_scale_1 = row.weeks_at_scale_1 },
	    intake->statistic ? intake->statistic->per_week : 0);
}

void
estimate_take(struct intake *intake, const struct estimate *estimate,
    unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count && i < estimate->count;
	     i++) {
		const struct estimated *one = &estimate->at[i];
		struct record_prior record = one->record;

		if (intake->projection.result)
			return;
		if (record.category == VOLUME_ALL)
			record.scale = find_scale(intake);
		intake_open_frame(intake);
		buf_clear(&intake->header);
		record_prior_write(&intake->header, &record);
		intake_add_event(intake, RECORD_PRIOR,
		    (struct text){ one->slug, one->slug_len });
		detecting_measure(&intake->projection, &record);
		intake_close_long_frame(intake);
	}
	intake_close_frame(intake);
}

void
estimate_fini(struct estimate *estimate)
{
	free(estimate->at);
	estimate->at = NULL;
	estimate->count = 0;
}
