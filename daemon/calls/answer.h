/* answer.h - short ways to answer a call.  Loop thread. */
#ifndef TOCSIN_CALLS_ANSWER_H
#define TOCSIN_CALLS_ANSWER_H

#include "base/bytes.h"
#include "daemon/calls/services.h"

/* Answer the call now; refuse it now. */
void answer_call(struct call *call, const struct buf *result);
void answer_refusal(struct call *call, const struct refusal *why);

/*
 * Answer a ticket with a result, or with why when its code is set, or with
 * busy when the result ran out of memory.  Frees the buffer's memory.
 */
void answer_ticket(struct services *services, struct ticket ticket,
    struct buf *result, uint64_t seq, struct refusal *why);

/* Fill why with "out of memory, come back". */
int answer_no_memory(struct refusal *why);

/*
 * Zeroed memory for what a call needs until its answer; the caller frees it.
 * When there is none the call is answered so, and this is NULL.
 */
void *answer_alloc(struct call *call, size_t size);

/* Fill why for a report whose event in the log cannot be read. */
int answer_damaged(struct refusal *why);

/*
 * Fill why for work that failed though it only looked: it may have seen what
 * was undone behind it.
 */
int answer_undone(struct refusal *why);

#endif
