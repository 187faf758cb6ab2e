#include "daemon/core/bucket.h"

#include <assert.h>

/* How long it takes until so many have come; rounded up, so never for free. */
static int64_t
cost_of(const struct bucket_rate *rate, uint32_t want)
{
	assert(want <= BUCKET_WANT_MAX);
	return ((int64_t)want * rate->period_us + rate->amount - 1) /
	    rate->amount;
}

/* What is missing, as a time; never more than the rate can have lent. */
static int64_t
lack_of(const struct bucket *bucket, const struct bucket_rate *rate,
    int64_t now_us)
{
	int64_t lack = bucket->full_us - now_us;
	int64_t most = rate->room_us + cost_of(rate, BUCKET_WANT_MAX);

	if (lack < 0)
		return 0;
	return lack < most ? lack : most;
}

int64_t
bucket_wait(const struct bucket *bucket, const struct bucket_rate *rate,
    uint32_t want, int64_t now_us)
{
	int64_t need, spare;

	if (!rate->amount)
		return 0;
	need = cost_of(rate, want);
	if (need > rate->room_us)
		need = rate->room_us;
	spare = rate->room_us - lack_of(bucket, rate, now_us);
	return need > spare ? need - spare : 0;
}

void
bucket_take(struct bucket *bucket, const struct bucket_rate *rate,
    uint32_t want, int64_t now_us)
{
	if (rate->amount)
		bucket->full_us = now_us + lack_of(bucket, rate, now_us) +
		    cost_of(rate, want);
}

bool
bucket_is_full(const struct bucket *bucket, int64_t now_us)
{
	return bucket->full_us <= now_us;
}
