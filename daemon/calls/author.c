#include "daemon/calls/author.h"

#include <stdio.h>

#include "daemon/calls/keyring.h"
#include "daemon/net/session.h"
#include "proto/codec.h"

struct author
call_author(const struct call *call)
{
	const struct services *services = session_services(call->session);
	const struct grant *grant = session_grant(call->session);

	return (struct author){
		.organisation = session_organisation(call->session),
		.token = grant->token,
		.is_owner = keyring_is_owner(services->keyring, grant),
	};
}

const char *
author_token(const struct call *call, char out[AUTHOR_TOKEN_MAX])
{
	struct author author = call_author(call);

	if (author.token)
		snprintf(out, AUTHOR_TOKEN_MAX, "t%u", author.token);
	else
		snprintf(out, AUTHOR_TOKEN_MAX, "%s",
		    author.is_owner ? "owner" : "");
	return out;
}

void
author_pack(struct buf *out, const struct call *call)
{
	char token[AUTHOR_TOKEN_MAX];

	pack_field_text(out, "organisation",
	    session_organisation(call->session));
	pack_field_string(out, "token", author_token(call, token));
}
