/*
 * replay.h - the log applied again: recovery after a crash, --rebuild and
 * --verify.
 */
#ifndef TOCSIN_INTAKE_REPLAY_H
#define TOCSIN_INTAKE_REPLAY_H

#include <stdint.h>
#include <stdio.h>

#include "daemon/intake/projection.h"

/*
 * Apply every event LMDB lacks.  STORE_OK, or the fault with the place in
 * fault.  *events counts them; *last_ms is the newest received time.
 */
int replay_store(struct store *store, uint64_t *events, int64_t *last_ms,
    struct store_fault *fault);

/*
 * Wait until LMDB holds everything; STORE_FULL with fault when the disk or the
 * map has no room for it.
 */
int replay_settle(struct store *store, struct store_fault *fault);

/* Remove what a --verify of dir that was killed has left: copies of the log. */
void replay_verify_clean(const char *dir);

/*
 * Rebuild the projections of dir from its log in a temporary directory beside
 * it, compare them with what is stored, and print what differs and where the
 * chain of alert events breaks.  Returns the number of differences (0: clean)
 * with how often the chain breaks in *broken, or -1 with fault filled.
 */
int64_t replay_verify(const struct store_options *options, FILE *out,
    int64_t *broken, struct store_fault *fault);

/*
 * After it: what the intake remembers besides rows, open alerts and the newest
 * reports.  STORE_OK or a fault.
 */
struct intake;
int replay_learn(struct intake *intake);

#endif
