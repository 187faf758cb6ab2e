/*
 * organisations.h - what the operator says of the organisations that report:
 * how far each is trusted, which sites it has, who may see alerts before they
 * are published.  Never changed once there, so that any thread may look.
 */
#ifndef TOCSIN_CORE_ORGANISATIONS_H
#define TOCSIN_CORE_ORGANISATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/yaml.h"

enum {
	ORGANISATIONS_MAX = 1024,
	ORGANISATION_SITES_MAX = 20000, /* of all of them together */
};

struct organisation {
	struct text name;        /* as written */
	uint8_t trust;           /* twentieths, 0..20 */
	bool is_trusted;         /* may see what is watched and what is held */
	int32_t probation_until; /* day it is over; INT32_MIN: none */
	unsigned nsites;
};

struct organisations;

/* One as the store keeps it; borrowed. */
struct organisation_given {
	struct organisation known; /* its nsites counts sites */
	struct text sites;         /* lengths and texts: cut_string */
};

/* Of these, whose names differ.  NULL when out of memory. */
struct organisations *organisations_of(const struct organisation_given given[],
    unsigned count);

/* Is it a name as hello takes it: [a-z0-9.-], 1 to 64 bytes? */
bool organisations_is_name(struct text name);

/* A trust as people write it, 0 to 1, in twentieths; -1 when it is none. */
int organisations_trust(struct text text);

/* Nobody is named.  NULL when out of memory. */
struct organisations *organisations_none(void);

/*
 * Read a file to import (etc/organisations.yaml shows one).  NULL with every
 * complaint in errors (file:line:col, the field and the rule), or when memory
 * ran out.
 */
struct organisations *organisations_load(const char *path,
    struct yaml_errors *errors);

/* The same of a document, which it takes. */
struct organisations *organisations_read(struct yaml_doc *doc,
    struct yaml_errors *errors);

/* NULL is fine. */
void organisations_free(struct organisations *organisations);

/* How many are named, and one of them. */
unsigned organisations_count(const struct organisations *organisations);
const struct organisation *
organisations_at(const struct organisations *organisations, unsigned index);

/* The index of a name, as a peer gave it in hello; -1 when it is not named. */
int organisations_find(const struct organisations *organisations,
    struct text name);

/*
 * The number, from 1, of one of its sites (origin.group, compared folded); 0
 * when it has none of this name.
 */
uint32_t organisations_site(const struct organisations *organisations,
    unsigned index, struct text site);

/*
 * Of a file: tell of each of its sites, as it is written there.
 */
void organisations_each_site(const struct organisations *organisations,
    unsigned index, void (*tell)(void *who, struct text site), void *who);

/*
 * May it see what is not published?  Where nobody is named there is one
 * operator, who sees everything.
 */
bool organisations_is_trusted(const struct organisations *organisations,
    struct text name);

#endif
