/* kill -9 at random moments, a full disk, a full map. */
#include "tests/unit/store_rig.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

/* --- kill -9 --- */

/* Write until killed, telling what is durable. */
static void
write_until_killed(const char *dir, _Atomic uint64_t *acked, unsigned seed)
{
	struct store_options options = small_options(dir);
	struct store *store;
	struct store_fault fault;

	options.overlay_events = 60;
	store = store_open(&options, &fault);
	if (!store || store_replay(store, replay_event, store) != 0) {
		(void)fprintf(stderr, "child: %s\n", fault.text);
		_exit(3);
	}
	for (;;) {
		uint64_t durable;

		seed = seed * 1103515245u + 12345u;
		gather(store, 1 + seed / 65536 % 9, 1 + seed / 4096 % 3);
		if (store_append(store) != STORE_OK)
			_exit(4);
		if (seed / 256 % 4 == 0)
			store_wait_durable(store);
		if (seed / 512 % 64 == 0)
			store_checkpoint(store);
		durable = store_durable(store);
		if (durable > *acked)
			*acked = durable;
	}
}

static void
kill_once(const char *dir, _Atomic uint64_t *acked, unsigned cycle,
    long microseconds)
{
	struct timespec pause = { 0, microseconds * 1000 };
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		write_until_killed(dir, acked, cycle + 1);
	(void)nanosleep(&pause, NULL);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status))
		fail_msg("cycle %u: the child gave up with %d", cycle,
		    WEXITSTATUS(status));
}

static void
test_kill(void **state)
{
	const char *dir = *state;
	const char *count = getenv("TOCSIN_KILL_CYCLES");
	unsigned ncycles = count ? (unsigned)atoi(count) : 200;
	uint64_t last = 0;
	unsigned seed = 42;
	_Atomic uint64_t *acked = mmap(NULL, sizeof(*acked),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(acked != MAP_FAILED);
	for (unsigned cycle = 0; cycle < ncycles; cycle++) {
		struct store *store;

		seed = seed * 1103515245u + 12345u;
		/* Several deaths in a row, most of them while recovering. */
		for (unsigned i = 0; i < seed / 4096 % 3; i++)
			kill_once(dir, acked, cycle,
			    (long)(seed / 65536 % 8000));
		kill_once(dir, acked, cycle,
		    2000 + (long)(seed / 65536 % 20000));
		if (cycle % 4 != 3)
			continue;
		store = open_small(dir);
		last = check_all(store);
		assert_true(last >= *acked);
		*acked = last;
		store_close(store);
	}
	print_message("%u cycles, %llu events\n", ncycles,
	    (unsigned long long)last);
	assert_true(last > ncycles);
	(void)munmap(acked, sizeof(*acked));
}

/* --- a full disk --- */

static void
test_disk_full(void **state)
{
	const char *dir = *state;
	char path[PATH_BYTES], filler[PATH_BYTES];
	struct store_options options = small_options(path);
	struct store_fault fault;
	struct store *store;
	uint64_t last;
	int result = STORE_OK;
	int fd;

	if (mount("tmpfs", dir, "tmpfs", 0, "size=2m,mode=0700") != 0) {
		print_message("skipped: mounting needs root\n");
		skip();
	}
	path_join(path, *state, "store");
	path_join(filler, *state, "filler");
	store = store_open(&options, &fault);
	assert_non_null(store);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	gather(store, 100, 1);
	assert_int_equal(store_append(store), STORE_OK);
	fd = open(filler, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	for (off_t at = 0; fallocate(fd, 0, at, 4096) == 0; at += 4096)
		;
	while (result == STORE_OK) {
		gather(store, 100, 1);
		last = store_seq(store);
		result = store_append(store);
	}
	assert_int_equal(result, STORE_FULL);
	assert_int_equal(store_seq(store), last);
	assert_int_equal(store_next_seq(store), last + 1);
	store_drop(store);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	assert_int_equal(check_all(store), last);
	/* Still full: the same again. */
	gather(store, 1000, 1);
	assert_int_equal(store_append(store), STORE_FULL);
	store_drop(store);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	assert_int_equal(check_all(store), last);
	/* Space again: it goes on, and survives being opened. */
	(void)close(fd);
	assert_int_equal(unlink(filler), 0);
	gather(store, 1000, 1);
	assert_int_equal(store_append(store), STORE_OK);
	assert_int_equal(check_all(store), last + 1000);
	store_close(store);
	store = store_open(&options, &fault);
	assert_non_null(store);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	assert_int_equal(check_all(store), last + 1000);
	store_close(store);
	assert_int_equal(umount(dir), 0);
}

/* LMDB's map is full while the log is not. */
static void
test_map_full(void **state)
{
	struct store_options options = small_options(*state);
	struct store_fault fault;
	struct store *store;
	uint64_t last;

	options.map_bytes = 160 * 1024;
	options.overlay_events = 50;
	store = store_open(&options, &fault);
	assert_non_null(store);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	for (uint32_t i = 1; !store_is_full(store); i++) {
		struct key key = key_alert(i);
		static const char row[1500] = "x";

		assert_true(i < 100000);
		gather(store, 10, 1);
		assert_int_equal(store_put(store, KEYSPACE_ALERT,
				     key_text(&key),
				     (struct text){ row, sizeof(row) }),
		    STORE_OK);
		if (store_append(store) == STORE_OK)
			continue;
		store_drop(store);
		assert_int_equal(store_replay(store, replay_event, store), 0);
	}
	for (int i = 0; i < 20; i++) {
		gather(store, 10, 1);
		if (store_append(store) != STORE_OK)
			break;
	}
	store_drop(store);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	last = check_all(store);
	store_close(store);
	options.map_bytes = UINT64_C(16) << 20;
	store = store_open(&options, &fault);
	assert_non_null(store);
	assert_int_equal(store_replay(store, replay_event, store), 0);
	assert_int_equal(check_all(store), last);
	assert_false(store_is_full(store));
	store_close(store);
}

struct ahead {
	struct store *store;
	uint64_t places, rows, visited; /* the last sequence of each */
};

static void
peek(void *who, const struct store_event *event, bool is_row)
{
	struct ahead *ahead = who;
	uint64_t *seen = is_row ? &ahead->rows : &ahead->places;

	assert_true(event->seq == *seen + 1);
	assert_true(event->seq > ahead->visited);
	assert_true(event_is_right(event));
	*seen = event->seq;
}

static int
visit_seen(void *who, const struct store_event *event)
{
	struct ahead *ahead = who;

	assert_true(event->seq == ahead->visited + 1);
	assert_true(event->seq <= ahead->rows);
	assert_true(ahead->rows <= ahead->places);
	ahead->visited = event->seq;
	return replay_event(ahead->store, event);
}

/* Frames of one event and of more than are looked at at once, made anew. */
static void
test_replay_ahead(void **state)
{
	struct store_options options = small_options(*state);
	struct store *store = open_small(*state);
	struct store_fault fault;
	struct ahead ahead = { .visited = 0 };

	for (unsigned i = 0; i < 40; i++) {
		gather(store, 10 + i, 1);
		gather(store, 1, 1 + 13 * i);
		assert_int_equal(store_append(store), STORE_OK);
	}
	store_close(store);
	options.rebuild = true;
	store = store_open(&options, &fault);
	assert_non_null(store);
	assert_true(store_was_rebuilt(store));
	ahead.store = store;
	assert_int_equal(store_replay_ahead(store, visit_seen, peek, &ahead),
	    STORE_OK);
	assert_true(ahead.visited > 10000);
	assert_int_equal(ahead.visited, store_seq(store));
	assert_int_equal(ahead.places, ahead.visited);
	assert_int_equal(check_all(store), ahead.visited);
	store_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_kill),
		IN_DIR(test_disk_full),
		IN_DIR(test_map_full),
		IN_DIR(test_replay_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
