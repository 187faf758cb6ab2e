#include "daemon/core/detect/prior.h"

#include <math.h>

#include "daemon/core/detect/stream.h"

static const double shape_min = .1, shape_max = 2;
static const double size_min = .02;
static const double excess_min = 1e-3; /* less is Poisson */

enum { HALVINGS = 40 };

/* Sums over the weeks of one stream. */
struct history {
	double weeks, cases;
	double volume, volume2, volume3; /* sums of V, V^2, V^3 */
	double squares, cross;           /* sums of x^2, x V */
};

/* Cases of a week that is over, whether or not the stream knows that it is. */
static double
cases_of(const struct stream *stream, uint16_t week)
{
	if (week == stream->week)
		return stream_observed(stream, false);
	return stream_recent(stream, week);
}

static bool
was_silent(const struct stream *stream, uint16_t week)
{
	for (unsigned i = 1; i <= STREAM_WEEKS && i <= week; i++)
		if (cases_of(stream, (uint16_t)(week - i)) > 0)
			return false;
	return true;
}

static void
read_history(struct history *history, const struct stream *stream,
    const struct exposure_view *view, uint16_t week)
{
	for (unsigned i = 1; i <= STREAM_WEEKS && i <= week; i++) {
		uint16_t at = (uint16_t)(week - i);
		double x, v;

		if (!exposure_is_observed(view, at))
			continue;
		x = cases_of(stream, at);
		v = exposure_volume(view, at);
		history->weeks++;
		history->cases += x;
		history->volume += v;
		history->volume2 += v * v;
		history->volume3 += v * v * v;
		history->squares += x * x;
		history->cross += x * v;
	}
}

void
prior_add(struct prior_sums *sums, const struct stream *stream,
    const struct exposure_view *view, uint16_t week)
{
	struct history h = { 0 };
	double rate, residual, share, square, extra, reach, weight;

	if (was_silent(stream, week))
		return;
	read_history(&h, stream, view, week);
	if (h.cases <= 0)
		return;
	rate = h.cases / h.volume;
	share = h.volume2 / (h.volume * h.volume);
	residual = h.squares - 2 * rate * h.cross + rate * rate * h.volume2;
	extra = residual - rate * h.volume * (1 - share);
	square = rate * rate - rate / h.volume;
	reach = h.volume2 - 2 * h.volume3 / h.volume + share * h.volume2;
	weight = 1 / ((1 + h.cases / h.weeks) * (1 + h.cases / h.weeks));
	sums->streams++;
	sums->cases += h.cases;
	sums->weeks += h.weeks;
	sums->exposure += h.volume;
	sums->rate += rate;
	sums->square += square;
	sums->square_share += square * share;
	sums->extra += weight * extra;
	sums->spread += weight * (reach * square - extra * share);
}

void
prior_merge(struct prior_sums *sums, const struct prior_sums *other)
{
	sums->streams += other->streams;
	sums->cases += other->cases;
	sums->weeks += other->weeks;
	sums->exposure += other->exposure;
	sums->rate += other->rate;
	sums->square += other->square;
	sums->square_share += other->square_share;
	sums->extra += other->extra;
	sums->spread += other->spread;
}

/* 1/size; 0: Poisson. */
static double
excess_of(const struct prior_sums *sums)
{
	double excess;

	if (!(sums->extra > 0))
		return 0;
	excess = sums->extra / sums->spread;
	/* Also when there is no spread, or less than none. */
	if (!(sums->spread > 0) || !(excess < 1 / size_min))
		return 1 / size_min;
	return excess < excess_min ? 0 : excess;
}

/*
 * Streams that gamma rates of this shape would show, of as many as the sum of
 * rates stands for; falls as the shape rises.  Spread counts leave more weeks
 * empty: a week's volume v counts for ln(1 + r k v)/(r k) of it.
 */
static double
streams_of(const struct prior_sums *sums, double excess, double squares,
    double shape)
{
	double scale = (shape + 1) / squares;
	double exposure = sums->exposure / sums->streams;
	double per_week = excess * sums->cases / sums->weeks;

	if (per_week > 0)
		exposure *= log1p(per_week) / per_week;
	return scale / shape * sums->rate *
	    -expm1(-shape * log1p(exposure / scale));
}

bool
prior_solve(const struct prior_sums *sums, struct prior *prior)
{
	double low = shape_min, high = shape_max, excess, squares;

	if (sums->cases < PRIOR_CASES_MIN || sums->streams < PRIOR_STREAMS_MIN)
		return false;
	excess = excess_of(sums);
	prior->size = HUGE_VAL;
	if (excess > 0)
		prior->size = 1 / excess;
	squares = sums->square / sums->rate;
	if (sums->square > 0)
		squares /= 1 + excess * sums->square_share / sums->square;
	if (!(squares > 0)) {
		/* No stream has two cases: all rates are alike, and small. */
		prior->a0 = shape_max;
		prior->b0 = shape_max * sums->streams / sums->rate;
		return true;
	}
	for (unsigned i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;

		if (streams_of(sums, excess, squares, middle) > sums->streams)
			low = middle;
		else
			high = middle;
	}
	prior->a0 = low;
	prior->b0 = (low + 1) / squares;
	return true;
}
