#include "daemon/calls/answer.h"

#include <stdlib.h>

void
answer_call(struct call *call, const struct buf *result)
{
	ticket_reply(session_sessions(call->session), call_ticket(call),
	    buf_text(result), 0);
}

void
answer_refusal(struct call *call, const struct refusal *why)
{
	ticket_refuse(session_sessions(call->session), call_ticket(call), why);
}

int
answer_no_memory(struct refusal *why)
{
	return refuse_for_now(why, ERROR_BUSY, RETRY_BUSY_MS, "out of memory");
}

void *
answer_alloc(struct call *call, size_t size)
{
	void *memory = calloc(1, size);
	struct refusal why = { 0 };

	if (!memory) {
		answer_no_memory(&why);
		answer_refusal(call, &why);
	}
	return memory;
}

int
answer_damaged(struct refusal *why)
{
	return refuse(why, ERROR_INTERNAL, NULL,
	    "the report's event is damaged; tocsind --verify says where");
}

int
answer_undone(struct refusal *why)
{
	return refuse_for_now(why, ERROR_BUSY, RETRY_READ_ONLY_MS,
	    "the disk filled up meanwhile; what was seen is not certain");
}

void
answer_ticket(struct services *services, struct ticket ticket,
    struct buf *result, uint64_t seq, struct refusal *why)
{
	if (!why->code && result->failed)
		answer_no_memory(why);
	if (why->code)
		ticket_refuse(services->sessions, ticket, why);
	else
		ticket_reply(services->sessions, ticket, buf_text(result), seq);
	buf_free(result);
}
