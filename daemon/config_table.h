/* config_table.h - the rows of knobs.def.  Only config's files see it. */
#ifndef TOCSIN_DAEMON_CONFIG_TABLE_H
#define TOCSIN_DAEMON_CONFIG_TABLE_H

#include "daemon/config.h"
#include "daemon/knob.h"

extern const struct knob config_knobs[CONFIG_KNOBS];

/* The place of a knob's value. */
static inline void *
config_value(struct config *config, enum config_knob id)
{
	return (char *)config + config_knobs[id].offset;
}

static inline const void *
config_value_const(const struct config *config, enum config_knob id)
{
	return (const char *)config + config_knobs[id].offset;
}

#endif
