/*
 * identity.h - the data directory as one store: its lock and its instance
 * file.  DIR/lock is held by flock and names the holder's process.
 * DIR/instance, 64 bytes, little-endian: magic "TOCSTORE", version u32, epoch
 * u32, instance 16, hash key 16, frame seed u32, reserved 8, crc32c u32 over
 * the 60 bytes before it.  It holds secrets; its mode is 0600.
 */
#ifndef TOCSIN_STORE_LOG_IDENTITY_H
#define TOCSIN_STORE_LOG_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/log/fault.h"

struct identity {
	int dir;              /* descriptor of the data directory; -1 closed */
	int lock;             /* descriptor that holds the lock; -1 none */
	uint32_t epoch;       /* from 1; raised by a restore */
	uint32_t seed;        /* frames' crcs start from it */
	uint8_t instance[16]; /* random */
	uint8_t hash_key[16]; /* random */
};

/*
 * Open, lock and read the directory; made with a new identity when absent,
 * unless must_exist.  On failure nothing is held and fault is filled.
 */
int identity_open(struct identity *identity, const char *dir, bool must_exist,
    struct store_fault *fault);

/* Unlock and close. */
void identity_close(struct identity *identity);

#endif
