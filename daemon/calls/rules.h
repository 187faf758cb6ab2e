/*
 * rules.h - the rules a peer wants to try, read for a replay.  Loop thread.
 */
#ifndef TOCSIN_CALLS_RULES_H
#define TOCSIN_CALLS_RULES_H

#include "daemon/calls/services.h"
#include "daemon/feed/export.h"
#include "proto/message.h"

/* What a replay holds on to while it runs. */
struct tried_rules {
	struct rules tried, running;
	struct export_progress progress;
};

/*
 * Take the arguments of export.open that are a replay's into options; without
 * rules nothing is taken.  *held is freed with free() behind the options.  0,
 * or a code with the first complaint in why: NAME:line:column: text.
 */
int tried_rules_read(const struct services *services,
    const struct call_export_open *args, struct export_options *options,
    struct tried_rules **held, struct refusal *why);

#endif
