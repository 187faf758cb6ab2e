/*
 * links.h - the chain of alert events in a log, followed from its beginning.
 * Any thread.
 */
#ifndef TOCSIN_INTAKE_LINKS_H
#define TOCSIN_INTAKE_LINKS_H

#include <stdint.h>
#include <stdio.h>

#include "daemon/store/store.h"

/*
 * Look at every alert event of the log: is its prev that of the link before
 * it, and does the alert say the same?  Prints those that do not, at most
 * limit, and returns how many there are; -1: the log cannot be read.
 */
int64_t links_check(struct store *store, FILE *out, unsigned limit);

#endif
