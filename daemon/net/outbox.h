/*
 * outbox.h - bytes queued for a peer and not yet taken by the kernel.  An
 * empty one holds next to no memory.  Loop thread.
 */
#ifndef TOCSIN_NET_OUTBOX_H
#define TOCSIN_NET_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/text.h"
#include "daemon/net/transport.h"

/* Zeroed is empty and valid. */
struct outbox {
	struct buf bytes; /* owned */
	size_t sent;      /* of bytes, from the first */
};

/* Queue bytes.  Out of memory sticks in outbox->bytes.failed. */
void outbox_add(struct outbox *outbox, struct text bytes);

/*
 * Send a large text past an empty queue, without copying it first; bytes is
 * cut to what is left to be queued.  A small one is left whole: many of them
 * go out together at the end of the turn.  True when nothing is left.
 */
bool outbox_pass(const struct outbox *outbox, struct transport *transport,
    struct text *bytes);

/* Bytes queued. */
size_t outbox_queued(const struct outbox *outbox);

/* One transport_send. */
ssize_t outbox_send(struct outbox *outbox, struct transport *transport);

/* Forget everything, release the memory. */
void outbox_free(struct outbox *outbox);

#endif
