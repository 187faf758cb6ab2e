/*
 * lmdb_part.h - an open LMDB, as the two files that see it share it.  Nobody
 * else includes it.
 */
#ifndef TOCSIN_STORE_DB_LMDB_PART_H
#define TOCSIN_STORE_DB_LMDB_PART_H

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "daemon/store/db/lmdb.h"

struct lmdb {
	char *dir; /* owned */
	uint64_t map_bytes;
	bool read_only;
	pthread_mutex_t lock; /* nviews, and env against lmdb_trim */
	unsigned nviews;
	bool is_changing;           /* its file: no view begins */
	pthread_cond_t changed;     /* nviews and is_changing */
	_Atomic uint64_t most_rows; /* of a transaction since the last trim */
	MDB_env *env;
	MDB_dbi dbi[KEYSPACE_COUNT];
	uint32_t seed[KEYSPACE_COUNT]; /* cell_seed */
};

/* Open the files and every key space; 0 or LMDB's code. */
int lmdb_part_open(struct lmdb *lmdb);

/* What lmdb_compact needs; for lmdb_open and lmdb_close. */
void lmdb_part_begin(struct lmdb *lmdb);
void lmdb_part_end(struct lmdb *lmdb);

/* With the lock held: wait until the file is not being changed. */
void lmdb_part_pass(struct lmdb *lmdb);

#endif
