#include "daemon/store/lmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/crc32c.h"

enum {
	LMDB_READERS = 126,
	LMDB_PATH_MAX = 4096,
	LMDB_LARGE_ROWS = 4000,   /* of a transaction worth trimming after */
	NO_ROOM_BYTES = 16 << 20, /* free disk that explains a short write */
};

struct lmdb {
	char *dir; /* owned */
	uint64_t map_bytes;
	bool read_only;
	pthread_mutex_t lock; /* nviews, and env against lmdb_trim */
	unsigned nviews;
	_Atomic uint64_t most_rows; /* of a transaction since the last trim */
	MDB_env *env;
	MDB_dbi dbi[KEYSPACE_COUNT];
	uint32_t seed[KEYSPACE_COUNT]; /* crc of the key space's name */
};

struct lmdb_view {
	struct lmdb *lmdb;
	MDB_txn *txn;
};

struct lmdb_cursor {
	struct lmdb *lmdb;
	MDB_cursor *cursor;
	enum keyspace keyspace;
	MDB_val key, value;
	int rc;
};

struct lmdb_write {
	struct lmdb *lmdb;
	MDB_txn *txn;
	MDB_cursor *cursor; /* of keyspace */
	enum keyspace keyspace;
	uint64_t nrows;
};

static int
result_of(int rc)
{
	switch (rc) {
	case MDB_SUCCESS:
		return STORE_OK;
	case MDB_NOTFOUND:
		return STORE_NOT_FOUND;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
	case ENOSPC:
	case EDQUOT:
		return STORE_FULL;
	case MDB_PAGE_NOTFOUND:
	case MDB_CORRUPTED:
	case MDB_INVALID:
	case MDB_PANIC:
		return STORE_CORRUPT;
	case MDB_VERSION_MISMATCH:
		return STORE_REFUSED;
	case ENOMEM:
	case MDB_READERS_FULL:
		return STORE_MEMORY;
	default:
		return STORE_IO;
	}
}

static int
fail(struct store_fault *fault, int rc, const char *dir)
{
	return fault_set(fault, (enum store_result)result_of(rc), "%s: %s", dir,
	    mdb_strerror(rc));
}

/* LMDB found its own pages impossible. */
static void
on_assert(MDB_env *env, const char *message)
{
	(void)env;
	fault_exit(message, EIO);
}

/* LMDB opens its file without O_CLOEXEC and never syncs directories. */
static int
settle(struct lmdb *lmdb, const char *dir)
{
	char parent[LMDB_PATH_MAX];
	const char *path[2] = { dir, parent };
	int fd;

	if (mdb_env_get_fd(lmdb->env, &fd) != 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		return EIO;
	if (snprintf(parent, sizeof(parent), "%s/..", dir) >=
	    (int)sizeof(parent))
		return ENAMETOOLONG;
	for (int i = 0; i < 2; i++) {
		int rc = 0;

		fd = open(path[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return errno;
		if (fsync(fd) != 0)
			rc = errno;
		(void)close(fd);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
open_keyspaces(struct lmdb *lmdb, bool read_only)
{
	MDB_txn *txn;
	int rc =
	    mdb_txn_begin(lmdb->env, NULL, read_only ? MDB_RDONLY : 0, &txn);

	if (rc != 0)
		return rc;
	for (unsigned i = 0; i < KEYSPACE_COUNT && rc == 0; i++) {
		const char *name = keyspaces[i].name;

		lmdb->seed[i] = crc32c(0, name, strlen(name));
		rc = mdb_dbi_open(txn, name, read_only ? 0 : MDB_CREATE,
		    &lmdb->dbi[i]);
	}
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

static int
open_env(struct lmdb *lmdb)
{
	bool read_only = lmdb->read_only;
	int dead;
	int rc = mdb_env_create(&lmdb->env);

	if (rc == 0)
		rc = mdb_env_set_maxdbs(lmdb->env, KEYSPACE_COUNT);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(lmdb->env, LMDB_READERS);
	if (rc == 0 && lmdb->map_bytes)
		rc = mdb_env_set_mapsize(lmdb->env, lmdb->map_bytes);
	if (rc == 0)
		rc = mdb_env_set_assert(lmdb->env, on_assert);
	if (rc == 0)
		rc = mdb_env_open(lmdb->env, lmdb->dir,
		    MDB_NOTLS | (read_only ? MDB_RDONLY : 0), 0600);
	if (rc == 0)
		rc = mdb_reader_check(lmdb->env, &dead);
	if (rc == 0)
		rc = open_keyspaces(lmdb, read_only);
	if (rc == 0 && !read_only)
		rc = settle(lmdb, lmdb->dir);
	return rc;
}

struct lmdb *
lmdb_open(const char *dir, uint64_t map_bytes, bool read_only,
    struct store_fault *fault)
{
	struct lmdb *lmdb = calloc(1, sizeof(*lmdb));
	int rc = 0;

	if (!lmdb) {
		(void)fail(fault, ENOMEM, dir);
		return NULL;
	}
	pthread_mutex_init(&lmdb->lock, NULL);
	lmdb->map_bytes = map_bytes;
	lmdb->read_only = read_only;
	lmdb->dir = strdup(dir);
	if (!lmdb->dir)
		rc = ENOMEM;
	if (rc == 0 && !read_only && mkdir(dir, 0700) != 0 && errno != EEXIST)
		rc = errno;
	if (rc == 0)
		rc = open_env(lmdb);
	if (rc == 0)
		return lmdb;
	(void)fail(fault, rc, dir);
	lmdb_close(lmdb);
	return NULL;
}

void
lmdb_close(struct lmdb *lmdb)
{
	if (!lmdb)
		return;
	if (lmdb->env)
		mdb_env_close(lmdb->env);
	pthread_mutex_destroy(&lmdb->lock);
	free(lmdb->dir);
	free(lmdb);
}

void
lmdb_trim(struct lmdb *lmdb)
{
	if (lmdb->most_rows < LMDB_LARGE_ROWS)
		return;
	pthread_mutex_lock(&lmdb->lock);
	if (lmdb->nviews == 0) {
		mdb_env_close(lmdb->env);
		lmdb->env = NULL;
		if (open_env(lmdb) != 0)
			fault_exit("db: cannot be opened again", errno);
		lmdb->most_rows = 0;
	}
	pthread_mutex_unlock(&lmdb->lock);
}

int
lmdb_remove(const char *dir, struct store_fault *fault)
{
	static const char *const name[] = { "data.mdb", "lock.mdb" };
	char path[LMDB_PATH_MAX];

	for (int i = 0; i < 2; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", dir, name[i]) >=
		    (int)sizeof(path))
			return fault_set(fault, STORE_REFUSED, "%s: too long",
			    dir);
		if (unlink(path) != 0 && errno != ENOENT)
			return fault_system(fault, errno, "%s", path);
	}
	return STORE_OK;
}

uint64_t
lmdb_used(struct lmdb *lmdb)
{
	MDB_envinfo info = { .me_last_pgno = 0 };
	MDB_stat stat = { .ms_psize = 0 };

	pthread_mutex_lock(&lmdb->lock);
	(void)mdb_env_info(lmdb->env, &info);
	(void)mdb_env_stat(lmdb->env, &stat);
	pthread_mutex_unlock(&lmdb->lock);
	return ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

/* --- reading --- */

struct lmdb_view *
lmdb_view_open(struct lmdb *lmdb)
{
	struct lmdb_view *view = calloc(1, sizeof(*view));
	int rc;

	if (!view)
		return NULL;
	view->lmdb = lmdb;
	pthread_mutex_lock(&lmdb->lock);
	rc = mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &view->txn);
	if (rc == 0)
		lmdb->nviews++;
	pthread_mutex_unlock(&lmdb->lock);
	if (rc == 0)
		return view;
	free(view);
	return NULL;
}

int
lmdb_view_renew(struct lmdb_view *view)
{
	mdb_txn_reset(view->txn);
	return result_of(mdb_txn_renew(view->txn));
}

void
lmdb_view_close(struct lmdb_view *view)
{
	struct lmdb *lmdb;

	if (!view)
		return;
	lmdb = view->lmdb;
	pthread_mutex_lock(&lmdb->lock);
	mdb_txn_abort(view->txn);
	lmdb->nviews--;
	pthread_mutex_unlock(&lmdb->lock);
	free(view);
}

static uint32_t
row_crc(const struct lmdb *lmdb, enum keyspace keyspace, struct text key,
    struct text row)
{
	uint32_t crc = crc32c(lmdb->seed[keyspace], key.at, key.len);

	return crc32c(crc, row.at, row.len);
}

/* Check a value's prefix and cut it off. */
static int
open_value(const struct lmdb *lmdb, enum keyspace keyspace, struct text key,
    const MDB_val *value, struct text *row)
{
	const char *at = value->mv_data;
	uint32_t crc;

	if (value->mv_size < LMDB_PREFIX ||
	    (uint8_t)at[0] != keyspaces[keyspace].version)
		return STORE_CORRUPT;
	memcpy(&crc, at + 1, 4);
	*row = (struct text){ at + LMDB_PREFIX, value->mv_size - LMDB_PREFIX };
	return row_crc(lmdb, keyspace, key, *row) == crc ? STORE_OK
							 : STORE_CORRUPT;
}

/* LMDB's interface lacks const; it does not write through keys. */
static MDB_val
val_of(struct text text)
{
	MDB_val val = { .mv_size = text.len };

	memcpy(&val.mv_data, &text.at, sizeof(val.mv_data));
	return val;
}

int
lmdb_view_get(struct lmdb_view *view, enum keyspace keyspace, struct text key,
    struct text *row)
{
	MDB_val name = val_of(key);
	MDB_val value;
	int rc = mdb_get(view->txn, view->lmdb->dbi[keyspace], &name, &value);

	if (rc != 0)
		return result_of(rc);
	return open_value(view->lmdb, keyspace, key, &value, row);
}

struct lmdb_cursor *
lmdb_cursor_open(struct lmdb_view *view, enum keyspace keyspace,
    struct text from)
{
	struct lmdb_cursor *cursor = calloc(1, sizeof(*cursor));

	if (!cursor)
		return NULL;
	cursor->lmdb = view->lmdb;
	cursor->keyspace = keyspace;
	if (mdb_cursor_open(view->txn, view->lmdb->dbi[keyspace],
		&cursor->cursor) != 0) {
		free(cursor);
		return NULL;
	}
	cursor->key = val_of(from);
	cursor->rc = mdb_cursor_get(cursor->cursor, &cursor->key,
	    &cursor->value, from.len ? MDB_SET_RANGE : MDB_FIRST);
	return cursor;
}

int
lmdb_cursor_next(struct lmdb_cursor *cursor, struct text *key, struct text *row)
{
	int result;

	if (cursor->rc != 0)
		return result_of(cursor->rc);
	*key = (struct text){ cursor->key.mv_data, cursor->key.mv_size };
	result = open_value(cursor->lmdb, cursor->keyspace, *key,
	    &cursor->value, row);
	cursor->rc = mdb_cursor_get(cursor->cursor, &cursor->key,
	    &cursor->value, MDB_NEXT);
	return result;
}

void
lmdb_cursor_close(struct lmdb_cursor *cursor)
{
	if (!cursor)
		return;
	mdb_cursor_close(cursor->cursor);
	free(cursor);
}

/* --- writing --- */

int
lmdb_write_begin(struct lmdb *lmdb, struct lmdb_write **write)
{
	int rc;

	*write = calloc(1, sizeof(**write));
	if (!*write)
		return STORE_MEMORY;
	(*write)->lmdb = lmdb;
	(*write)->keyspace = KEYSPACE_COUNT;
	rc = mdb_txn_begin(lmdb->env, NULL, 0, &(*write)->txn);
	if (rc == 0)
		return STORE_OK;
	free(*write);
	*write = NULL;
	return result_of(rc);
}

/* Rows come in key order: one cursor finds most of them on its page. */
static int
cursor_at(struct lmdb_write *write, enum keyspace keyspace)
{
	if (write->cursor && write->keyspace == keyspace)
		return 0;
	if (write->cursor)
		mdb_cursor_close(write->cursor);
	write->cursor = NULL;
	write->keyspace = keyspace;
	return mdb_cursor_open(write->txn, write->lmdb->dbi[keyspace],
	    &write->cursor);
}

int
lmdb_write_put(struct lmdb_write *write, enum keyspace keyspace,
    struct text key, struct text row)
{
	uint32_t crc = row_crc(write->lmdb, keyspace, key, row);
	MDB_val name = val_of(key);
	MDB_val value = { .mv_size = LMDB_PREFIX + row.len };
	char *at;
	int rc = cursor_at(write, keyspace);

	if (rc == 0)
		rc = mdb_cursor_put(write->cursor, &name, &value, MDB_RESERVE);
	if (rc != 0)
		return result_of(rc);
	write->nrows++;
	at = value.mv_data;
	at[0] = (char)keyspaces[keyspace].version;
	memcpy(at + 1, &crc, 4);
	if (row.len)
		memcpy(at + LMDB_PREFIX, row.at, row.len);
	return STORE_OK;
}

int
lmdb_write_delete(struct lmdb_write *write, enum keyspace keyspace,
    struct text key)
{
	MDB_val name = val_of(key);
	int rc = mdb_del(write->txn, write->lmdb->dbi[keyspace], &name, NULL);

	return rc == MDB_NOTFOUND ? STORE_OK : result_of(rc);
}

/*
 * LMDB calls a write that a full disk cut short an I/O error.  Such a commit
 * was never published (its meta page is written last), so it may be tried
 * again once there is room.
 */
static bool
is_disk_full(const struct lmdb *lmdb)
{
	struct statvfs disk;
	int fd;

	return mdb_env_get_fd(lmdb->env, &fd) == 0 && !fstatvfs(fd, &disk) &&
	    (uint64_t)disk.f_bavail * disk.f_frsize < NO_ROOM_BYTES;
}

int
lmdb_write_commit(struct lmdb_write *write)
{
	const struct lmdb *lmdb = write->lmdb;
	int rc;

	if (write->cursor)
		mdb_cursor_close(write->cursor);
	rc = mdb_txn_commit(write->txn);
	if (write->nrows > write->lmdb->most_rows)
		write->lmdb->most_rows = write->nrows;
	free(write);
	return rc == EIO && is_disk_full(lmdb) ? STORE_FULL : result_of(rc);
}

void
lmdb_write_abort(struct lmdb_write *write)
{
	if (!write)
		return;
	if (write->cursor)
		mdb_cursor_close(write->cursor);
	mdb_txn_abort(write->txn);
	free(write);
}
