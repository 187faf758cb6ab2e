#include "daemon/intake/bursts.h"

#include <stdlib.h>
#include <string.h>

struct burst {
	uint32_t product; /* 0 empty */
	bool is_held;     /* and bursts_ended has not told of its end */
	int64_t flagged_ms;
	int64_t echo_ms[BURSTS_ECHOES]; /* newest last; 0 none */
};

struct bursts {
	unsigned nheld;
	struct burst at[BURSTS_PRODUCTS];
};

struct bursts *
bursts_new(void)
{
	return calloc(1, sizeof(struct bursts));
}

void
bursts_free(struct bursts *bursts)
{
	free(bursts);
}

void
bursts_clear(struct bursts *bursts)
{
	memset(bursts, 0, sizeof(*bursts));
}

static int64_t
newest(const struct burst *burst)
{
	return burst->echo_ms[BURSTS_ECHOES - 1];
}

/* The product's own, or that which was quiet for longest. */
static struct burst *
find_room(struct bursts *bursts, uint32_t product)
{
	struct burst *oldest = NULL;

	for (unsigned i = 0; i < BURSTS_PRODUCTS; i++) {
		struct burst *burst = &bursts->at[i];

		if (burst->product == product)
			return burst;
		if (!oldest || newest(burst) < newest(oldest))
			oldest = burst;
	}
	bursts->nheld -= oldest->is_held;
	*oldest = (struct burst){ .product = product };
	return oldest;
}

void
bursts_add(struct bursts *bursts, uint32_t product, int64_t now_ms)
{
	struct burst *burst = find_room(bursts, product);

	memmove(burst->echo_ms, burst->echo_ms + 1,
	    sizeof(burst->echo_ms) - sizeof(burst->echo_ms[0]));
	burst->echo_ms[BURSTS_ECHOES - 1] = now_ms;
	if (!burst->echo_ms[0] || now_ms - burst->echo_ms[0] > BURSTS_SPAN_MS ||
	    (burst->flagged_ms && now_ms - burst->flagged_ms < BURSTS_REST_MS))
		return;
	burst->flagged_ms = now_ms;
	bursts->nheld += !burst->is_held;
	burst->is_held = true;
}

static bool
is_over(const struct burst *burst, int64_t now_ms)
{
	return now_ms - burst->flagged_ms >= BURSTS_HOLD_MS;
}

int64_t
bursts_until(const struct bursts *bursts, uint32_t product, int64_t now_ms)
{
	for (unsigned i = 0; bursts->nheld && i < BURSTS_PRODUCTS; i++) {
		const struct burst *burst = &bursts->at[i];

		if (burst->product == product && burst->is_held)
			return is_over(burst, now_ms)
			    ? 0
			    : burst->flagged_ms + BURSTS_HOLD_MS;
	}
	return 0;
}

uint32_t
bursts_ended(struct bursts *bursts, int64_t now_ms)
{
	for (unsigned i = 0; bursts->nheld && i < BURSTS_PRODUCTS; i++) {
		struct burst *burst = &bursts->at[i];

		if (!burst->is_held || !is_over(burst, now_ms))
			continue;
		burst->is_held = false;
		bursts->nheld--;
		return burst->product;
	}
	return 0;
}
