/*
 * exports.h - exports that are open: made by a worker into an unlinked file,
 * read in pages, forgotten when idle.  They outlive a connection.  Loop
 * thread.
 */
#ifndef TOCSIN_CALLS_EXPORTS_H
#define TOCSIN_CALLS_EXPORTS_H

#include "daemon/calls/services.h"

struct exports;

/* NULL when out of memory.  free accepts NULL. */
struct exports *exports_new(void);
void exports_free(struct exports *exports);

/* Forget those idle for longer than keep_ms. */
void exports_sweep(struct exports *exports, int64_t keep_ms);

/*
 * Forget those that hold rows of reports, which may say what was erased since;
 * those being made end with "busy".
 */
void exports_forget_reports(struct exports *exports);

#endif
