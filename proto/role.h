/*
 * role.h - who may make a call, and what it tells of: the words of
 * messages.def.  Tables only; any thread.
 */
#ifndef TOCSIN_PROTO_ROLE_H
#define TOCSIN_PROTO_ROLE_H

enum message_role {
	ROLE_NONE,
	ROLE_SUBMIT,
	ROLE_SUBSCRIBE,
	ROLE_READ,
	ROLE_CURATE,
	ROLE_ADMIN,
};

/* What must lie in the scope of a token that has one: messages.def. */
enum message_about {
	ABOUT_NOTHING,
	ABOUT_OWN,
	ABOUT_REPORT,
	ABOUT_FILTER,
	ABOUT_PRODUCT,
	ABOUT_ALERT,
	ABOUT_WHOLE,
};

/* "submit", "read" ...; ROLE_NONE is "none". */
const char *role_name(enum message_role role);

/* What it tells of, for documents: "the reports" ... */
const char *role_about(enum message_about about);

#endif
