#include "daemon/intake/timekeeper.h"

int64_t
timekeeper_ask(struct timekeeper *keeper,
    const struct timekeeper_clocks *clocks)
{
	int64_t believed = clocks->wall_ms, expected;

	keeper->is_ahead = false;
	if (keeper->is_asked) {
		expected = keeper->believed_ms + clocks->monotonic_ms -
		    keeper->monotonic_ms;
		keeper->is_ahead = believed - expected > TIMEKEEPER_LEAP_MS &&
		    believed - clocks->newest_ms > TIMEKEEPER_LEAP_MS;
		if (keeper->is_ahead)
			believed = expected;
	}
	keeper->is_asked = true;
	keeper->believed_ms = believed;
	keeper->monotonic_ms = clocks->monotonic_ms;
	keeper->is_behind = clocks->newest_ms - believed > TIMEKEEPER_BEHIND_MS;
	return believed > clocks->newest_ms ? believed : clocks->newest_ms;
}
