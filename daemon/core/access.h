/*
 * access.h - what a caller may do: the roles and the scope of its token
 * against a row of messages.def.  Pure; any thread.
 *
 * A scope has up to three parts: categories (with those below them),
 * countries and products (with what they are merged with).  Each part that is
 * not empty must hold everything that a call tells of; a call that does not
 * tell of it is out of scope.  A scope without parts holds everything.
 */
#ifndef TOCSIN_CORE_ACCESS_H
#define TOCSIN_CORE_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/vocabulary.h"
#include "proto/error.h"
#include "proto/message.h"

enum {
	ACCESS_ITEMS_MAX = 32,      /* of one part of a scope */
	ACCESS_ROLES_TEXT_MAX = 48, /* names of all roles, and a NUL */
};

/* A set of roles: bits 1 << enum message_role. */
#define ACCESS_ROLE(role) (1u << (role))
#define ACCESS_ALL_ROLES                                          \
	(ACCESS_ROLE(ROLE_SUBMIT) | ACCESS_ROLE(ROLE_SUBSCRIBE) | \
	    ACCESS_ROLE(ROLE_READ) | ACCESS_ROLE(ROLE_CURATE) |   \
	    ACCESS_ROLE(ROLE_ADMIN))

struct access_scope {
	const struct vocabulary *vocabulary; /* borrowed; of category */
	unsigned ncategories, ncountries, nproducts;
	int category[ACCESS_ITEMS_MAX];     /* indices in the vocabulary */
	uint16_t country[ACCESS_ITEMS_MAX]; /* 'F' << 8 | 'R' */
	uint32_t product[ACCESS_ITEMS_MAX]; /* ordinals */
};

/* What a session may do. */
struct grant {
	uint32_t token; /* its number; 0: no token */
	unsigned roles; /* ACCESS_ROLE bits */
	struct access_scope scope;
	int64_t expires_ms; /* it ends then; 0: never */
	bool is_revoked;
	bool may_read_text; /* others' free texts, where they agreed */
	bool is_public;     /* no token, where there are some: no small counts,
			   and only calls that have a public view */
};

/*
 * What a call tells of; borrowed.  A report: one category (-1: none that the
 * vocabulary knows), one country.  A filter: all it names.  A product: its
 * category, and as products any of the names it may be scoped by.
 */
struct access_subject {
	unsigned ncategories, ncountries, nproducts;
	const int *category;
	const uint16_t *country;
	const uint32_t *product;
	bool is_family; /* the products are one: any of them is enough */
};

enum access_answer {
	ACCESS_GRANTED,
	ACCESS_ENDED, /* revoked or expired */
	ACCESS_NO_ROLE,
	ACCESS_NO_SCOPE,
	ACCESS_NO_VIEW, /* the public has none of it */
};

/* Has the scope any part? */
bool access_is_scoped(const struct access_scope *scope);

/* Does the scope hold all of the subject?  NULL: nothing is known of it. */
bool access_holds(const struct access_scope *scope,
    const struct access_subject *subject);

/* Is the grant revoked, or expired by then? */
bool access_is_ended(const struct grant *grant, int64_t now_ms);

/* May it make calls of this message at all, at this time? */
enum access_answer access_check_role(const struct grant *grant,
    const struct message *message, int64_t now_ms);

/*
 * May it, at this time, make a call of this message about this subject (NULL:
 * nothing is known of it)?
 */
enum access_answer access_check(const struct grant *grant,
    const struct message *message, const struct access_subject *subject,
    int64_t now_ms);

/*
 * The refusal of such an answer: unauthorized without a token or with one
 * that ended, else forbidden, with the roles there are.  0 when granted.
 */
int access_refuse(enum access_answer answer, const struct grant *grant,
    const struct message *message, struct refusal *why);

/* "submit, read", or "none"; returns out. */
const char *access_roles_text(unsigned roles, char out[ACCESS_ROLES_TEXT_MAX]);

/* The bit of a role's name; 0 when it is none. */
unsigned access_role_find(struct text name);

#endif
