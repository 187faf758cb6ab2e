#include "daemon/intake/explanation.h"

#include <math.h>

#include "base/date.h"
#include "daemon/core/detect/week.h"
#include "daemon/core/statistic.h"
#include "proto/codec.h"

uint32_t
explanation_pack_number(struct buf *out, const char *key, double value)
{
	if (!isfinite(value))
		return 0;
	pack_field_real(out, key, value);
	return 1;
}

void
explanation_pack_week(struct buf *out, const char *key, uint16_t week)
{
	char text[DATE_MAX];

	date_format((struct date){ week_first_day(week), DATE_DAY }, text);
	pack_field_string(out, key, text);
}

/* Expected and observed over the last weeks, and how sure that is. */
static uint32_t
pack_past(struct buf *out, const struct detection_past *past)
{
	pack_field_uint(out, "weeks", DETECTION_WEEKS);
	return 1 + explanation_pack_number(out, "observed", past->observed) +
	    explanation_pack_number(out, "expected", past->expected) +
	    explanation_pack_number(out, "ic",
		log2((past->observed + .5) / (past->expected + .5))) +
	    explanation_pack_number(out, "ic025",
		disproportion_ic(past->observed, past->expected, .025));
}

static uint32_t
pack_table(struct buf *out, const struct disproportion_table *table)
{
	struct disproportion measured;
	uint32_t count = 1;

	disproportion_measure(table, &measured);
	pack_string(out, "table");
	pack_map(out, 4);
	pack_field_real(out, "a", table->a);
	pack_field_real(out, "b", table->b);
	pack_field_real(out, "c", table->c);
	pack_field_real(out, "d", table->d);
	count += explanation_pack_number(out, "rrr", measured.rrr);
	count += explanation_pack_number(out, "prr", measured.prr);
	count += explanation_pack_number(out, "prr_low", measured.prr_low);
	count += explanation_pack_number(out, "prr_high", measured.prr_high);
	count += explanation_pack_number(out, "ror", measured.ror);
	count += explanation_pack_number(out, "ror_low", measured.ror_low);
	count += explanation_pack_number(out, "ror_high", measured.ror_high);
	return count +
	    explanation_pack_number(out, "chi2", measured.chi2_yates);
}

/* What the score is made of, beside the evidence of the weeks before. */
static void
pack_open_week(struct buf *out, const struct detection_news *news)
{
	const struct stream_reading *reading = &news->reading;
	size_t token;
	uint32_t count = 1;

	pack_string(out, "week");
	token = pack_open_map(out);
	explanation_pack_week(out, "begins", news->stream.week);
	count += explanation_pack_number(out, "observed", reading->observed);
	count +=
	    explanation_pack_number(out, "expected", reading->forecast.mean);
	count += explanation_pack_number(out, "size", reading->forecast.size);
	count += explanation_pack_number(out, "volume", reading->volume);
	count += explanation_pack_number(out, "a", reading->a);
	count += explanation_pack_number(out, "b", reading->b);
	pack_close_map(out, token, count);
}

static void
pack_prior(struct buf *out, const struct yardstick *yardstick)
{
	uint32_t count = isfinite(yardstick->size) ? 6 : 5;

	pack_string(out, "prior");
	pack_map(out, count);
	pack_field_real(out, "a0", yardstick->a0);
	pack_field_real(out, "b0", yardstick->b0);
	(void)explanation_pack_number(out, "size", yardstick->size);
	explanation_pack_week(out, "since", yardstick->since);
	explanation_pack_week(out, "estimated", yardstick->week);
	pack_field_uint(out, "streams", yardstick->streams);
}

static void
pack_gate(struct buf *out, const struct gate_answer *gate)
{
	pack_string(out, "gate");
	pack_map(out, 4);
	pack_field_string(out, "state", gate_name(gate->gate));
	pack_field_string(out, "reason", gate_reason_word(gate->reason));
	pack_field_uint(out, "sources", gate->sources);
	pack_field_uint(out, "organisations", gate->organisations);
}

uint32_t
explanation_pack(const struct explanation *explanation, struct buf *out)
{
	const struct detection_news *news = &explanation->news;
	uint32_t count = 4;

	pack_field_string(out, "algorithm", STATISTIC_ALGORITHM);
	count += pack_past(out, &news->past);
	count += explanation_pack_number(out, "score", news->reading.score);
	count +=
	    explanation_pack_number(out, "threshold", explanation->threshold);
	count += explanation_pack_number(out, "budget_per_week",
	    explanation->per_week);
	count +=
	    explanation_pack_number(out, "budget_scale", explanation->scale);
	pack_field_uint(out, "streams", explanation->streams);
	pack_open_week(out, news);
	pack_prior(out, &news->yardstick);
	if (explanation->has_table)
		count += pack_table(out, &explanation->table);
	if (explanation->has_gate) {
		pack_gate(out, &explanation->gate);
		count++;
	}
	if (explanation->is_single) {
		pack_field_string(out, "note", "single organisation");
		count++;
	}
	return count;
}
