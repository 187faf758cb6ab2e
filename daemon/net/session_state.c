/*
 * session_state.c - one row a state: its name and those that may follow.
 */
#include "daemon/net/session_state.h"

#include <assert.h>
#include <stdbool.h>

#include "daemon/logger.h"

/* clang-format off */
#define TO(NAME) (1u << SESSION_##NAME)
static const struct {
	const char *name;
	unsigned next;
} states[SESSION_STATE_COUNT] = {
	[SESSION_GREETING] = { "greeting",
	    TO(READY) | TO(DRAINING) | TO(CLOSED) },
	[SESSION_READY] = { "ready", TO(DRAINING) | TO(CLOSED) },
	[SESSION_DRAINING] = { "draining", TO(CLOSED) },
	[SESSION_CLOSED] = { "closed", 0 },
};
#undef TO
/* clang-format on */

void
session_state_move(enum session_state *state, enum session_state next)
{
	bool allowed = states[*state].next >> next & 1;
	if (!allowed)
		log_line(LOG_ERROR, "session-move", "from=%s to=%s",
		    states[*state].name, states[next].name);
	assert(allowed);
	*state = next;
}
