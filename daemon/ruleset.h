/* ruleset.h - the alert rules that the configuration asks for. */
#ifndef TOCSIN_DAEMON_RULESET_H
#define TOCSIN_DAEMON_RULESET_H

#include "base/yaml.h"
#include "daemon/config.h"
#include "daemon/core/rule.h"

/*
 * Read the default rules and every file named; NULL with complaints in
 * errors.  Freed with free().
 */
struct rules *ruleset_load(const struct config *config,
    const struct vocabulary *vocabulary, struct yaml_errors *errors);

#endif
