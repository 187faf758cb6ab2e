#include "daemon/store/db/lmdb_part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/db/cell.h"
#include "daemon/store/db/dbdir.h"

enum {
	LMDB_READERS = 126,
	LMDB_LARGE_ROWS = 4000, /* of a transaction worth trimming after */
	LMDB_PART_ROWS = 8192,  /* of a part of a transaction */
};

struct lmdb_view {
	struct lmdb *lmdb;
	MDB_txn *txn;
	MDB_cursor *cursor[KEYSPACE_COUNT]; /* made when first needed */
	uint8_t row[ROW_MAX];               /* the last one read, if packed */
};

struct lmdb_cursor {
	struct lmdb *lmdb;
	MDB_cursor *cursor;
	enum keyspace keyspace;
	MDB_val key, value;
	int rc;
	uint8_t row[ROW_MAX]; /* the last one read, if packed */
};

/*
 * A write in parts, each a transaction within the whole: LMDB keeps the pages
 * it dirtied in a sorted array, and to insert them one by one would cost the
 * square of their number; those of a part are merged in at its end.
 */
struct lmdb_write {
	struct lmdb *lmdb;
	MDB_txn *whole;
	MDB_txn *part;
	MDB_cursor *cursor; /* of keyspace, in part */
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

/* LMDB opens its file without O_CLOEXEC. */
static int
settle(struct lmdb *lmdb)
{
	int fd;

	if (mdb_env_get_fd(lmdb->env, &fd) != 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		return EIO;
	return dbdir_sync(lmdb->dir);
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
		lmdb->seed[i] = cell_seed((enum keyspace)i);
		rc = mdb_dbi_open(txn, keyspaces[i].name,
		    read_only ? 0 : MDB_CREATE, &lmdb->dbi[i]);
	}
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

int
lmdb_part_open(struct lmdb *lmdb)
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
		rc = settle(lmdb);
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
	lmdb_part_begin(lmdb);
	lmdb->map_bytes = map_bytes;
	lmdb->read_only = read_only;
	lmdb->dir = strdup(dir);
	if (!lmdb->dir)
		rc = ENOMEM;
	if (rc == 0 && !read_only)
		rc = dbdir_make(dir);
	if (rc == 0 && !read_only)
		rc = dbdir_clean(dir);
	if (rc == 0)
		rc = lmdb_part_open(lmdb);
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
	lmdb_part_end(lmdb);
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
		if (lmdb_part_open(lmdb) != 0)
			fault_exit("db: cannot be opened again", errno);
		lmdb->most_rows = 0;
	}
	pthread_mutex_unlock(&lmdb->lock);
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
	lmdb_part_pass(lmdb);
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
	int rc;

	mdb_txn_reset(view->txn);
	rc = mdb_txn_renew(view->txn);
	for (unsigned i = 0; i < KEYSPACE_COUNT && rc == 0; i++)
		if (view->cursor[i])
			rc = mdb_cursor_renew(view->txn, view->cursor[i]);
	return result_of(rc);
}

void
lmdb_view_close(struct lmdb_view *view)
{
	struct lmdb *lmdb;

	if (!view)
		return;
	lmdb = view->lmdb;
	pthread_mutex_lock(&lmdb->lock);
	for (unsigned i = 0; i < KEYSPACE_COUNT; i++)
		if (view->cursor[i])
			mdb_cursor_close(view->cursor[i]);
	mdb_txn_abort(view->txn);
	lmdb->nviews--;
	pthread_cond_broadcast(&lmdb->changed);
	pthread_mutex_unlock(&lmdb->lock);
	free(view);
}

static struct cell_place
place_of(const struct lmdb *lmdb, enum keyspace keyspace, struct text key)
{
	return (struct cell_place){ keyspace, lmdb->seed[keyspace], key };
}

static int
open_value(const struct cell_place *place, const MDB_val *value,
    uint8_t room[ROW_MAX], struct text *row)
{
	struct text cell = { value->mv_data, value->mv_size };

	return cell_read(place, cell, room, row);
}

/* LMDB's interface lacks const; it does not write through keys. */
static MDB_val
val_of(struct text text)
{
	MDB_val val = { .mv_size = text.len };

	memcpy(&val.mv_data, &text.at, sizeof(val.mv_data));
	return val;
}

/* A cursor that stands on the right page spares the way there. */
int
lmdb_view_get(struct lmdb_view *view, enum keyspace keyspace, struct text key,
    struct text *row)
{
	struct cell_place place = place_of(view->lmdb, keyspace, key);
	MDB_cursor **cursor = &view->cursor[keyspace];
	MDB_val name = val_of(key);
	MDB_val value;
	int rc = 0;

	if (!*cursor)
		rc = mdb_cursor_open(view->txn, view->lmdb->dbi[keyspace],
		    cursor);
	if (rc == 0)
		rc = mdb_cursor_get(*cursor, &name, &value, MDB_SET);
	if (rc != 0)
		return result_of(rc);
	return open_value(&place, &value, view->row, row);
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
	struct cell_place place;
	int result;

	if (cursor->rc != 0)
		return result_of(cursor->rc);
	*key = (struct text){ cursor->key.mv_data, cursor->key.mv_size };
	place = place_of(cursor->lmdb, cursor->keyspace, *key);
	result = open_value(&place, &cursor->value, cursor->row, row);
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
	rc = mdb_txn_begin(lmdb->env, NULL, 0, &(*write)->whole);
	if (rc != 0) {
		free(*write);
		*write = NULL;
	}
	return result_of(rc);
}

static void
close_cursor(struct lmdb_write *write)
{
	if (write->cursor)
		mdb_cursor_close(write->cursor);
	write->cursor = NULL;
}

static int
end_part(struct lmdb_write *write)
{
	MDB_txn *part = write->part;

	close_cursor(write);
	write->part = NULL;
	return part ? mdb_txn_commit(part) : 0;
}

/* Have a part that takes one more row. */
static int
part_for_row(struct lmdb_write *write)
{
	int rc;

	if (write->nrows++ % LMDB_PART_ROWS != 0)
		return 0;
	rc = end_part(write);
	return rc
	    ? rc
	    : mdb_txn_begin(write->lmdb->env, write->whole, 0, &write->part);
}

/* Rows come in key order: one cursor finds most of them on its page. */
static int
cursor_at(struct lmdb_write *write, enum keyspace keyspace)
{
	if (write->cursor && write->keyspace == keyspace)
		return 0;
	close_cursor(write);
	write->keyspace = keyspace;
	return mdb_cursor_open(write->part, write->lmdb->dbi[keyspace],
	    &write->cursor);
}

int
lmdb_write_put(struct lmdb_write *write, enum keyspace keyspace,
    struct text key, struct text row)
{
	struct cell_place place = place_of(write->lmdb, keyspace, key);
	uint8_t cell[CELL_MAX];
	MDB_val name = val_of(key);
	MDB_val value = { cell_write(&place, row, cell), cell };
	int rc = part_for_row(write);

	if (rc == 0)
		rc = cursor_at(write, keyspace);
	if (rc == 0)
		rc = mdb_cursor_put(write->cursor, &name, &value, 0);
	return result_of(rc);
}

int
lmdb_write_delete(struct lmdb_write *write, enum keyspace keyspace,
    struct text key)
{
	MDB_val name = val_of(key);
	int rc = part_for_row(write);

	if (rc == 0)
		rc = mdb_del(write->part, write->lmdb->dbi[keyspace], &name,
		    NULL);
	return rc == MDB_NOTFOUND ? STORE_OK : result_of(rc);
}

int
lmdb_write_commit(struct lmdb_write *write)
{
	struct lmdb *lmdb = write->lmdb;
	int rc = end_part(write);

	if (rc == 0) {
		rc = mdb_txn_commit(write->whole);
		write->whole = NULL;
	}
	if (write->nrows > lmdb->most_rows)
		lmdb->most_rows = write->nrows;
	lmdb_write_abort(write);
	/* LMDB calls a write that a full disk cut short an I/O error. */
	return rc == EIO && !dbdir_has_room(lmdb->dir) ? STORE_FULL
						       : result_of(rc);
}

void
lmdb_write_abort(struct lmdb_write *write)
{
	if (!write)
		return;
	close_cursor(write);
	mdb_txn_abort(write->part);
	mdb_txn_abort(write->whole);
	free(write);
}
