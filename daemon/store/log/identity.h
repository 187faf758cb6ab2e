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

/* Where a restore gathers what it copies; one that is there was cut short. */
#define IDENTITY_RESTORING "restore.tmp"

struct identity {
	int dir;              /* descriptor of the data directory; -1 closed */
	int lock;             /* descriptor that holds the lock; -1 none */
	uint32_t epoch;       /* 1; a restore makes it a later one */
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

/* The same without reading: the directory, made when absent, and its lock. */
int identity_lock(struct identity *identity, const char *dir, bool must_exist,
    struct store_fault *fault);

/*
 * Read the instance file of identity->dir, which dir names for people; lock
 * and descriptor stay as they are.  STORE_NOT_FOUND: there is none.
 */
int identity_read(struct identity *identity, const char *dir,
    struct store_fault *fault);

/* Make identity->dir's instance file, whole and synced or not at all. */
int identity_write(const struct identity *identity, const char *dir,
    struct store_fault *fault);

/* Unlock and close. */
void identity_close(struct identity *identity);

#endif
