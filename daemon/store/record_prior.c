#include "daemon/store/record_prior.h"

#include <math.h>
#include <string.h>

static void
write_real(struct buf *out, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	buf_u64(out, bits);
}

static double
read_real(struct cut *cut)
{
	uint64_t bits = cut_u64(cut);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

void
record_prior_write(struct buf *out, const struct record_prior *record)
{
	const struct yardstick *yardstick = &record->yardstick;

	buf_u64(out, record->category);
	write_real(out, yardstick->a0);
	write_real(out, yardstick->b0);
	write_real(out, yardstick->size);
	buf_u64(out, yardstick->volume);
	buf_u64(out, yardstick->family);
	buf_varint(out, yardstick->since);
	buf_varint(out, yardstick->week);
	buf_varint(out, yardstick->streams);
	write_real(out, record->scale);
	buf_varint(out, record->reports);
}

/* A number above 0; of a dispersion, INFINITY is one. */
static bool
is_positive(double value)
{
	return value > 0;
}

bool
record_prior_read(struct text header, struct record_prior *record)
{
	struct cut cut = cut_of(header.at, header.len);
	struct yardstick *yardstick = &record->yardstick;
	uint64_t since, week;

	*record = (struct record_prior){ .category = cut_u64(&cut) };
	yardstick->a0 = read_real(&cut);
	yardstick->b0 = read_real(&cut);
	yardstick->size = read_real(&cut);
	yardstick->volume = cut_u64(&cut);
	yardstick->family = cut_u64(&cut);
	since = cut_varint(&cut);
	week = cut_varint(&cut);
	yardstick->streams = (uint32_t)cut_varint(&cut);
	record->scale = read_real(&cut);
	record->reports = cut_varint(&cut);
	yardstick->since = (uint16_t)since;
	yardstick->week = (uint16_t)week;
	return !cut.bad && is_positive(yardstick->a0) &&
	    isfinite(yardstick->a0) && is_positive(yardstick->b0) &&
	    isfinite(yardstick->b0) && is_positive(yardstick->size) &&
	    isfinite(record->scale) && record->scale >= 0 && since > 0 &&
	    since <= week && week <= UINT16_MAX;
}
