#include "daemon/calls/trust.h"

enum event_reader
trust_reader(struct session *session)
{
	const struct services *services = session_services(session);
	struct text name = session_organisation(session);

	for (unsigned i = 0; i < services->ntrusted; i++)
		if (text_is(name, services->trusted[i]))
			return READER_TRUSTED;
	return services->ntrusted ? READER_PUBLIC : READER_TRUSTED;
}

bool
trust_ticket(const struct services *services, struct ticket ticket)
{
	struct session *session = ticket_session(services->sessions, ticket);

	return session && trust_reader(session) == READER_TRUSTED;
}

int
trust_check(struct session *session, struct refusal *why)
{
	if (trust_reader(session) == READER_TRUSTED)
		return 0;
	return refuse(why, ERROR_FORBIDDEN, NULL,
	    "only organisations that the operator trusts may do this");
}
