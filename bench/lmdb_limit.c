/*
 * lmdb_limit.c - how many reports a second LMDB alone can make durable on
 * this disk when each costs what a straightforward store would put: the
 * report, a time-ordered key to know it again by, and its group's row.
 * Everything stands in one write transaction a batch, synced at its commit.
 * Prints one JSON object.
 *
 *   lmdb_limit DIRECTORY ROWS BATCH SECONDS
 *
 * ROWS reports are there before the clock starts.  DIRECTORY must exist; the
 * store in it is begun anew.
 */
#include <endian.h>
#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/measure.h"

enum {
	REPORT_BYTES = 400, /* the stream's average, with a small header */
	GROUPS = 20000,
	BUCKET_BITS = 12, /* reports that share the time part of their key */
	WARM_BATCH = 10000,
	PATH_BYTES = 4096,
};

#define MAP_BYTES ((size_t)32 << 30)

/* Sizes as in a real store: counts, days seen, a week of counts. */
struct group_row {
	uint64_t reports;
	uint64_t first;
	uint64_t last;
	uint64_t injured;
	uint32_t week[8];
};

struct limit {
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi reports;
	MDB_dbi known;
	MDB_dbi groups;
	uint64_t next;
};

static void
check(int code, const char *what)
{
	if (code)
		die("%s: %s", what, mdb_strerror(code));
}

static void
begin(struct limit *limit)
{
	check(mdb_txn_begin(limit->env, NULL, 0, &limit->txn), "begin");
}

static void
open_store(struct limit *limit, const char *directory)
{
	static const char *const files[] = { "data.mdb", "lock.mdb" };
	char path[PATH_BYTES];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, files[i]);
		unlink(path);
	}
	check(mdb_env_create(&limit->env), "create");
	check(mdb_env_set_maxdbs(limit->env, 4), "maxdbs");
	check(mdb_env_set_mapsize(limit->env, MAP_BYTES), "mapsize");
	check(mdb_env_open(limit->env, directory, 0, 0600), directory);
	begin(limit);
	check(mdb_dbi_open(limit->txn, "reports", MDB_CREATE, &limit->reports),
	    "reports");
	check(mdb_dbi_open(limit->txn, "known", MDB_CREATE, &limit->known),
	    "known");
	check(mdb_dbi_open(limit->txn, "groups", MDB_CREATE, &limit->groups),
	    "groups");
	check(mdb_txn_commit(limit->txn), "commit");
}

static uint64_t
hash(uint64_t number)
{
	return dice(&number);
}

static void
put_known(struct limit *limit, uint64_t order)
{
	uint64_t bytes[2] = { htobe64(limit->next >> BUCKET_BITS),
		hash(~limit->next) };
	MDB_val key = { sizeof(bytes), bytes };
	MDB_val value = { sizeof(order), &order };

	check(mdb_put(limit->txn, limit->known, &key, &value, MDB_NOOVERWRITE),
	    "known");
}

static void
put_report(struct limit *limit, uint64_t order)
{
	MDB_val key = { sizeof(order), &order };
	MDB_val value = { REPORT_BYTES, NULL };

	check(mdb_put(limit->txn, limit->reports, &key, &value,
		  MDB_APPEND | MDB_RESERVE),
	    "reports");
	memset(value.mv_data, 'r', REPORT_BYTES);
	memcpy(value.mv_data, &limit->next, sizeof(limit->next));
}

static void
put_group(struct limit *limit)
{
	uint64_t id = hash(hash(limit->next) % GROUPS);
	MDB_val key = { sizeof(id), &id };
	struct group_row row = { .first = limit->next };
	MDB_val value;
	int code = mdb_get(limit->txn, limit->groups, &key, &value);

	if (code == 0)
		memcpy(&row, value.mv_data, sizeof(row));
	else if (code != MDB_NOTFOUND)
		check(code, "groups");
	row.reports++;
	row.last = limit->next;
	row.week[limit->next % 7]++;
	value = (MDB_val){ sizeof(row), &row };
	check(mdb_put(limit->txn, limit->groups, &key, &value, 0), "groups");
}

static void
commit_batch(struct limit *limit, uint64_t count)
{
	begin(limit);
	for (uint64_t i = 0; i < count; i++, limit->next++) {
		uint64_t order = htobe64(limit->next);

		put_known(limit, order);
		put_report(limit, order);
		put_group(limit);
	}
	check(mdb_txn_commit(limit->txn), "commit");
}

static void
measure(struct limit *limit, uint64_t batch, double seconds)
{
	struct samples commits = { 0 };
	uint64_t first = limit->next;
	uint64_t start = now_ns();
	double cpu = cpu_seconds();
	double spent;

	do {
		uint64_t before = now_ns();

		commit_batch(limit, batch);
		samples_add(&commits, now_ns() - before);
		spent = (double)(now_ns() - start) * 1e-9;
	} while (spent < seconds);
	samples_sort(&commits);
	printf("{\"per_s\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
	       "\"cpu_share\": %.3f, \"rows\": %" PRIu64 "}\n",
	    (double)(limit->next - first) / spent,
	    (double)samples_at(&commits, 0.5) * 1e-3,
	    (double)samples_at(&commits, 0.99) * 1e-3,
	    (cpu_seconds() - cpu) / spent, limit->next);
	samples_free(&commits);
}

int
main(int argc, char **argv)
{
	struct limit limit = { 0 };
	uint64_t rows, batch;

	if (argc != 5)
		die("use: lmdb_limit DIRECTORY ROWS BATCH SECONDS");
	rows = number_of("rows", argv[2], 0, UINT32_MAX);
	batch = number_of("batch", argv[3], 1, 100000);
	open_store(&limit, argv[1]);
	while (limit.next < rows)
		commit_batch(&limit, WARM_BATCH);
	measure(&limit, batch, (double)number_of("seconds", argv[4], 1, 600));
	mdb_env_close(limit.env);
	return 0;
}
