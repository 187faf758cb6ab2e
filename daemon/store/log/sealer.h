/*
 * sealer.h - the thread that seals closed segments, one at a time, at low
 * priority: while the log grows it holds back, until SEALER_HELD_MAX unsealed
 * segments have gathered.
 */
#ifndef TOCSIN_STORE_LOG_SEALER_H
#define TOCSIN_STORE_LOG_SEALER_H

#include <stdint.h>

#include "daemon/store/log/shelf.h"

struct sealer;

enum { SEALER_HELD_MAX = 16, SEALER_QUIET_MS = 500 };

/* Borrows shelf.  NULL when the thread cannot be made. */
struct sealer *sealer_start(struct shelf *shelf);

/* Give up what is under way, end the thread and free.  NULL is fine. */
void sealer_stop(struct sealer *sealer);

/* Everything up to seq is in LMDB: closed segments so old may be sealed. */
void sealer_poke(struct sealer *sealer, uint64_t applied);

/* Something was appended to the log just now; writer thread. */
void sealer_note_append(struct sealer *sealer);

/* Wait until there is nothing left to seal; nothing is held back meanwhile. */
void sealer_wait(struct sealer *sealer);

#endif
