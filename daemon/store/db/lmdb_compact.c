#include <errno.h>
#include <time.h>

#include "daemon/store/db/dbdir.h"
#include "daemon/store/db/lmdb_part.h"

void
lmdb_part_begin(struct lmdb *lmdb)
{
	pthread_condattr_t clock;

	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&lmdb->changed, &clock);
	pthread_condattr_destroy(&clock);
}

void
lmdb_part_end(struct lmdb *lmdb)
{
	pthread_cond_destroy(&lmdb->changed);
}

void
lmdb_part_pass(struct lmdb *lmdb)
{
	while (lmdb->is_changing)
		pthread_cond_wait(&lmdb->changed, &lmdb->lock);
}

/* With the lock held: let no view begin, and wait for those there are. */
static bool
drain(struct lmdb *lmdb, int64_t wait_ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += wait_ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	lmdb->is_changing = true;
	while (lmdb->nviews > 0)
		if (pthread_cond_timedwait(&lmdb->changed, &lmdb->lock,
			&until) == ETIMEDOUT)
			break;
	return lmdb->nviews == 0;
}

static void
let_in(struct lmdb *lmdb)
{
	lmdb->is_changing = false;
	pthread_cond_broadcast(&lmdb->changed);
}

int
lmdb_compact(struct lmdb *lmdb, int64_t wait_ms)
{
	struct dbdir_copy copy;
	int result = STORE_REFUSED;
	int rc = dbdir_copy_begin(lmdb->dir, &copy);

	if (rc == 0)
		rc = mdb_env_copyfd2(lmdb->env, copy.fd, MDB_CP_COMPACT);
	if (rc == 0)
		rc = dbdir_copy_sync(&copy);
	if (rc != 0) {
		dbdir_copy_drop(lmdb->dir, &copy);
		return rc == ENOMEM ? STORE_MEMORY : STORE_FULL;
	}
	pthread_mutex_lock(&lmdb->lock);
	if (drain(lmdb, wait_ms)) {
		mdb_env_close(lmdb->env);
		lmdb->env = NULL;
		rc = dbdir_copy_take(lmdb->dir, &copy);
		if (rc == 0)
			rc = lmdb_part_open(lmdb);
		if (rc != 0)
			fault_exit("db: cannot be opened again", rc);
		lmdb->most_rows = 0;
		result = STORE_OK;
	}
	let_in(lmdb);
	pthread_mutex_unlock(&lmdb->lock);
	if (result == STORE_OK)
		dbdir_copy_scrub(&copy);
	else
		dbdir_copy_drop(lmdb->dir, &copy);
	return result;
}
