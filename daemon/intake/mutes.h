/*
 * mutes.h - which alerts are muted and why, in memory: what is published of
 * one says so, and its reason stands in the body of an event.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_MUTES_H
#define TOCSIN_INTAKE_MUTES_H

#include "base/text.h"
#include "daemon/core/alarm.h"
#include "daemon/store/store.h"

enum { MUTE_REASON_MAX = 500 };

struct mutes {
	struct mute *at; /* owned */
	unsigned count, cap;
};

/* Zeroed is empty.  Forget them all. */
void mutes_fini(struct mutes *mutes);

/* Remember (a new reason replaces) or forget one; 0, or -1 without memory. */
int mutes_put(struct mutes *mutes, uint32_t alert, struct text reason);
void mutes_drop(struct mutes *mutes, uint32_t alert);

/* Read the reason of a muted alarm from its durable event; 0 or a fault. */
int mutes_load(struct mutes *mutes, struct store *store,
    const struct alarm *alarm);

/* Why it is muted, borrowed until one is put; empty when it was erased. */
struct text mutes_reason(const struct mutes *mutes, uint32_t alert);

/* The alert of the nth, from 0, below count. */
uint32_t mutes_alert(const struct mutes *mutes, unsigned nth);

#endif
