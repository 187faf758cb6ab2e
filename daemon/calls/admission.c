#include "daemon/calls/admission.h"

#include "daemon/core/access.h"
#include "daemon/net/pushing.h"

int
admission_check(const struct call *call, struct refusal *why)
{
	const struct services *services = session_services(call->session);
	const struct grant *grant = session_grant(call->session);
	const struct message *message = message_row(call->message);
	int64_t now = clock_now(services->clock);
	enum access_answer answer = call->args
	    ? access_check(grant, message, NULL, now)
	    : access_check_role(grant, message, now);

	return access_refuse(answer, grant, message, why);
}
