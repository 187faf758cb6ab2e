/* withdraw.h - many reports withdrawn in turn, for whoever names them. */
#ifndef TOCSIN_CALLS_WITHDRAW_H
#define TOCSIN_CALLS_WITHDRAW_H

#include <stdint.h>

#include "base/bytes.h"
#include "daemon/calls/services.h"

/* What the answer to import.finish says beside. */
struct withdraw_finish {
	uint64_t live, missing;
};

/*
 * Loop thread: withdraw the reports under these keys, 16 bytes each, and
 * answer the ticket of an import.finish.  Takes the bytes of keys.  0, or -1
 * when out of memory; then nothing was begun and keys are the caller's.
 */
int withdraw_missing(struct services *services, struct ticket ticket,
    struct buf *keys, struct text reason, const struct withdraw_finish *finish);

/* Pack that answer: live, missing, withdrawn, held_back, seq. */
void withdraw_pack_finish(struct buf *out, const struct withdraw_finish *finish,
    uint64_t withdrawn, uint64_t seq, bool is_held_back);

#endif
