#include "daemon/core/access.h"

#include <stdio.h>

enum { NROLES = ROLE_ADMIN + 1 };

bool
access_is_scoped(const struct access_scope *scope)
{
	return scope->ncategories || scope->ncountries || scope->nproducts;
}

static bool
holds_category(const struct access_scope *scope, int category)
{
	for (unsigned i = 0; category >= 0 && i < scope->ncategories; i++)
		if (vocabulary_is_within(scope->vocabulary, category,
			scope->category[i]))
			return true;
	return false;
}

static bool
holds_country(const struct access_scope *scope, uint16_t country)
{
	for (unsigned i = 0; i < scope->ncountries; i++)
		if (scope->country[i] == country)
			return true;
	return false;
}

static bool
holds_product(const struct access_scope *scope, uint32_t product)
{
	for (unsigned i = 0; i < scope->nproducts; i++)
		if (scope->product[i] == product)
			return true;
	return false;
}

static bool
holds_products(const struct access_scope *scope,
    const struct access_subject *subject)
{
	unsigned held = 0;

	for (unsigned i = 0; i < subject->nproducts; i++)
		held += holds_product(scope, subject->product[i]);
	return subject->is_family ? held > 0 : held == subject->nproducts;
}

/* A part that nothing is said of is not held: who asks for all asks for more
 * than the scope. */
bool
access_holds(const struct access_scope *scope,
    const struct access_subject *subject)
{
	if (!access_is_scoped(scope))
		return true;
	if (!subject || (scope->ncategories && !subject->ncategories) ||
	    (scope->ncountries && !subject->ncountries) ||
	    (scope->nproducts && !subject->nproducts))
		return false;
	for (unsigned i = 0; scope->ncategories && i < subject->ncategories;
	     i++)
		if (!holds_category(scope, subject->category[i]))
			return false;
	for (unsigned i = 0; scope->ncountries && i < subject->ncountries; i++)
		if (!holds_country(scope, subject->country[i]))
			return false;
	return !scope->nproducts || holds_products(scope, subject);
}

bool
access_is_ended(const struct grant *grant, int64_t now_ms)
{
	bool has_end = grant->expires_ms != 0;

	/* In one way for all: how long it takes tells nothing. */
	return grant->is_revoked | (has_end & (now_ms >= grant->expires_ms));
}

enum access_answer
access_check_role(const struct grant *grant, const struct message *message,
    int64_t now_ms)
{
	if (message->role == ROLE_NONE)
		return ACCESS_GRANTED;
	if (access_is_ended(grant, now_ms))
		return ACCESS_ENDED;
	if (!(grant->roles & ACCESS_ROLE(message->role)))
		return ACCESS_NO_ROLE;
	return grant->is_public && !(message->flags & PUBLIC_VIEW)
	    ? ACCESS_NO_VIEW
	    : ACCESS_GRANTED;
}

enum access_answer
access_check(const struct grant *grant, const struct message *message,
    const struct access_subject *subject, int64_t now_ms)
{
	enum access_answer answer = access_check_role(grant, message, now_ms);

	if (answer)
		return answer;
	switch (message->scope) {
	case ABOUT_NOTHING:
	case ABOUT_OWN:
		return ACCESS_GRANTED;
	case ABOUT_REPORT:
	case ABOUT_FILTER:
	case ABOUT_PRODUCT:
	case ABOUT_ALERT:
		return access_holds(&grant->scope, subject) ? ACCESS_GRANTED
							    : ACCESS_NO_SCOPE;
	case ABOUT_WHOLE:
		break;
	}
	return access_is_scoped(&grant->scope) ? ACCESS_NO_SCOPE
					       : ACCESS_GRANTED;
}

int
access_refuse(enum access_answer answer, const struct grant *grant,
    const struct message *message, struct refusal *why)
{
	const char *needed = role_name(message->role);
	char roles[ACCESS_ROLES_TEXT_MAX];

	access_roles_text(grant->roles, roles);
	switch (answer) {
	case ACCESS_GRANTED:
		return 0;
	case ACCESS_ENDED:
		return refuse(why, ERROR_UNAUTHORIZED, NULL,
		    "the token was revoked or has expired");
	case ACCESS_NO_ROLE:
		if (!grant->token)
			return refuse(why, ERROR_UNAUTHORIZED, NULL,
			    "needs a token with role %s; without one you may: "
			    "%s",
			    needed, roles);
		return refuse(why, ERROR_FORBIDDEN, NULL,
		    "needs role %s; your token has %s", needed, roles);
	case ACCESS_NO_VIEW:
		return refuse(why, ERROR_UNAUTHORIZED, NULL,
		    "needs a token with role %s; without one there is the "
		    "public view: alerts, and groups and products without "
		    "small counts",
		    needed);
	case ACCESS_NO_SCOPE:
		break;
	}
	if (message->scope == ABOUT_WHOLE)
		return refuse(why, ERROR_FORBIDDEN, NULL,
		    "tells of more than the scope of your token");
	return refuse(why, ERROR_FORBIDDEN, NULL,
	    "is outside the scope of your token, or names nothing in it");
}

const char *
access_roles_text(unsigned roles, char out[ACCESS_ROLES_TEXT_MAX])
{
	size_t len = 0;

	snprintf(out, ACCESS_ROLES_TEXT_MAX, "none");
	for (unsigned role = ROLE_SUBMIT; role < NROLES; role++)
		if (roles & ACCESS_ROLE(role))
			len += (size_t)snprintf(out + len,
			    ACCESS_ROLES_TEXT_MAX - len, "%s%s",
			    len ? ", " : "",
			    role_name((enum message_role)role));
	return out;
}

unsigned
access_role_find(struct text name)
{
	for (unsigned role = ROLE_SUBMIT; role < NROLES; role++)
		if (text_is(name, role_name((enum message_role)role)))
			return ACCESS_ROLE(role);
	return 0;
}
