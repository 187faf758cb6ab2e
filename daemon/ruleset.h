/*
 * ruleset.h - the vocabularies and alert rules the configuration asks for, and
 * the organisations that are named.
 */
#ifndef TOCSIN_DAEMON_RULESET_H
#define TOCSIN_DAEMON_RULESET_H

#include "base/yaml.h"
#include "daemon/config.h"
#include "daemon/intake/criteria.h"
#include "daemon/intake/writer.h"

/* The vocabularies of its files; NULL with complaints in errors. */
struct vocabulary *ruleset_words(const struct config *config,
    struct yaml_errors *errors);

/*
 * Read the default rules and every file named; nobody is named yet.  NULL with
 * complaints in errors.
 */
struct criteria *ruleset_load(const struct config *config,
    const struct vocabulary *vocabulary, struct yaml_errors *errors);

/* Have these organisations, which it takes, instead; NULL: no change. */
void ruleset_name(struct criteria *criteria,
    struct organisations *organisations);

/*
 * What those may do who come without a token: access.anonymous as a set of
 * ACCESS_ROLE bits.  A word that is no role is told on stderr, and is none.
 */
unsigned ruleset_anonymous(const struct config *config);

/* NULL is fine. */
void ruleset_free(struct criteria *criteria);

/*
 * Loop thread: let the writer judge by these from now on, and put that into
 * the log, so that a replay knows what judged.  old (may be NULL) is freed
 * once the writer has let go of it.  0, or -1 when out of memory.
 */
int ruleset_use(struct writer *writer, const struct criteria *criteria,
    struct criteria *old);

#endif
