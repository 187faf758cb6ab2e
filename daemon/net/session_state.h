/*
 * session_state.h - the states of a session and which may follow which; drawn
 * in session.h.  Loop thread.
 */
#ifndef TOCSIN_NET_SESSION_STATE_H
#define TOCSIN_NET_SESSION_STATE_H

enum session_state {
	SESSION_GREETING, /* nothing heard yet: the first, and all zeros */
	SESSION_READY,
	SESSION_DRAINING, /* takes no calls, owes answers */
	SESSION_CLOSED,
	SESSION_STATE_COUNT
};

/* Move on to next; one that may not follow is logged and aborts. */
void session_state_move(enum session_state *state, enum session_state next);

#endif
