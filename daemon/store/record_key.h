/*
 * record_key.h - the header of RECORD_KEY_EPOCH, which says what becomes of
 * the reporters' keys (secret.h), and the row of one.  The body is a
 * MessagePack map: organisation, token, reason; empty when it was the daemon.
 */
#ifndef TOCSIN_STORE_RECORD_KEY_H
#define TOCSIN_STORE_RECORD_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/pseudonym.h"

enum key_act {
	KEY_BEGAN = 1, /* from now on it counts */
	KEY_ENDED = 2, /* it is destroyed */
	KEY_ACT_COUNT
};

struct record_key {
	uint8_t act;                     /* enum key_act */
	uint32_t epoch;                  /* of which key, from 1 */
	uint8_t id[KEY_ID_BYTES];        /* BEGAN: which key it is */
	uint8_t serial_id[KEY_ID_BYTES]; /* BEGAN: which one serials have */
};

/* Append the header bytes to out; read them: false when they are none. */
void record_key_write(struct buf *out, const struct record_key *record);
bool record_key_read(struct text header, struct record_key *record);

/* KEYSPACE_KEY_EPOCH; stored as it is. */
struct key_epoch_row {
	uint8_t id[KEY_ID_BYTES];
	uint8_t serial_id[KEY_ID_BYTES];
	uint64_t began_seq; /* events that say so */
	int64_t began_ms;
	uint64_t ended_seq; /* 0: it is kept */
	int64_t ended_ms;
	uint64_t parted_seq; /* 0: rows may hold pseudonyms under it */
};

#endif
