/*
 * bucket.h - a token bucket with debt: so much in a period, and so much saved
 * up.  Pure: time is an argument, in microseconds of a clock that never goes
 * back.  Any thread.
 *
 * One number is kept, when the bucket will be full again (the generic cell
 * rate algorithm, ITU-T I.371 annex A, in its virtual scheduling form).  Who
 * wants more than a bucket holds waits until it is full and leaves a debt, so
 * that nothing is refused for ever, and in the long run no more passes than
 * the rate says.
 */
#ifndef TOCSIN_CORE_BUCKET_H
#define TOCSIN_CORE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

enum { BUCKET_WANT_MAX = 10000 }; /* of one taking */

/* Zeroed is full. */
struct bucket {
	int64_t full_us; /* when it is full, if nothing is taken */
};

struct bucket_rate {
	uint32_t amount;   /* ... in a period; 0: no limit */
	int64_t period_us; /* 1 to 86,400,000,000: a day */
	int64_t room_us;   /* how long an empty one takes to be full */
};

/*
 * How long from now until so many (1 to BUCKET_WANT_MAX) may be taken; 0: they
 * may be now.  A clock that went back is waited for no longer than the largest
 * debt.
 */
int64_t bucket_wait(const struct bucket *bucket, const struct bucket_rate *rate,
    uint32_t want, int64_t now_us);

/* Take them, whether or not they may be. */
void bucket_take(struct bucket *bucket, const struct bucket_rate *rate,
    uint32_t want, int64_t now_us);

/* Is nothing missing, so that it may as well be forgotten? */
bool bucket_is_full(const struct bucket *bucket, int64_t now_us);

#endif
