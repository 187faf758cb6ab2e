#include "daemon/calls/trust.h"

#include "daemon/calls/keyring.h"
#include "daemon/net/session.h"

/*
 * The daemon's own user sees everything; once there are tokens, those without
 * one only what is public.  Those who report are named by the operator, with
 * sites and trust; those who only read are named in the configuration.
 */
enum event_reader
trust_reader(struct session *session)
{
	const struct services *services = session_services(session);
	const struct organisations *named = services->criteria->organisations;
	const struct grant *grant = session_grant(session);
	struct text name = session_organisation(session);

	if (keyring_is_owner(services->keyring, grant))
		return READER_TRUSTED;
	if (!grant->token && !keyring_is_empty(services->keyring))
		return READER_PUBLIC;
	for (unsigned i = 0; i < services->ntrusted; i++)
		if (text_is(name, services->trusted[i]))
			return READER_TRUSTED;
	if (services->ntrusted && !organisations_count(named))
		return READER_PUBLIC;
	return organisations_is_trusted(named, name) ? READER_TRUSTED
						     : READER_PUBLIC;
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
