#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

#include "daemon/intake/writer.h"
#include "tests/unit/intake_rig.h"

enum { RAISED_MAX = 8 };

/* A writer, and what came back from it. */
struct bench {
	struct rig rig; /* its store and intake are the writer's */
	struct writer *writer;
	uint64_t free_space;
	unsigned nalerts;
	enum alarm_change change[RAISED_MAX];
	uint64_t alert_seq[RAISED_MAX];
};

static void
on_nothing(void *who)
{
	(void)who;
}

static void
on_alert(void *who, const struct alert_notice *notice)
{
	struct bench *bench = who;

	assert_true(bench->nalerts < RAISED_MAX);
	bench->change[bench->nalerts] = (enum alarm_change)notice->change;
	bench->alert_seq[bench->nalerts++] = notice->event.seq;
}

static void
bench_start(struct bench *bench)
{
	struct store_fault fault = { 0 };
	struct writer_options options = {
		.store = rig_store_options(&bench->rig),
		.vocabulary = bench->rig.vocabulary,
		.criteria = &bench->rig.criteria,
		.clock = &bench->rig.clock,
		.free_space_bytes = bench->free_space,
		.on_done = on_nothing,
		.on_put = on_nothing,
		.on_alert = on_alert,
		.who = bench,
	};

	bench->writer = writer_start(&options, &fault);
	if (!bench->writer)
		fail_msg("%s", fault.text);
	bench->rig.store = writer_store(bench->writer);
}

static void
bench_stop(struct bench *bench)
{
	writer_stop(bench->writer);
	bench->writer = NULL;
	bench->rig.store = NULL;
}

static void
bench_init(struct bench *bench, const char *dir)
{
	*bench = (struct bench){ .nalerts = 0 };
	rig_init(&bench->rig, dir);
	rig_set_rule(&bench->rig);
}

static void
sleep_ms(long ms)
{
	const struct timespec span = { 0, ms * 1000000 };

	nanosleep(&span, NULL);
}

/* --- work --- */

/* Reports decided in one piece of work, on the writer's thread. */
struct task {
	struct work work; /* first */
	struct bench *bench;
	const struct spec *specs;
	unsigned count;
	bool is_done;
	uint64_t seq;     /* of the last */
	uint64_t barrier; /* durable when it was done */
	enum report_status status;
};

static void
task_run(struct work *work, struct intake *intake)
{
	struct task *task = (struct task *)work;
	struct rig *rig = &task->bench->rig;

	for (unsigned i = 0; i < task->count; i++) {
		struct decision decision;

		rig->intake.clock = intake->clock;
		rig_prepare(rig, &task->specs[i]);
		if (decide_report(intake, &rig->candidate, &rig->decide,
			&decision)) {
			work->failed = true;
			return;
		}
		task->seq = decision.seq;
		task->status = decision.status;
	}
}

static void
task_done(struct work *work)
{
	struct task *task = (struct task *)work;

	task->is_done = true;
	task->barrier = store_durable(task->bench->rig.store);
}

static struct task
task_of(struct bench *bench, const struct spec *specs, unsigned count)
{
	return (struct task){ .work = { .run = task_run, .done = task_done },
		.bench = bench,
		.specs = specs,
		.count = count };
}

/* Run it to its end; false when it failed. */
static bool
run(struct bench *bench, const struct spec *specs, unsigned count,
    enum report_status status)
{
	struct task task = task_of(bench, specs, count);

	writer_put(bench->writer, &task.work);
	writer_flush(bench->writer);
	while (!task.is_done) {
		sleep_ms(1);
		writer_collect(bench->writer);
	}
	if (task.work.failed)
		return false;
	assert_true(task.seq > 0 && task.seq <= task.barrier);
	assert_int_equal(task.status, status);
	return true;
}

static int64_t
newest_received(struct bench *bench)
{
	struct buf scratch = { 0 };
	struct store_event event;

	assert_int_equal(store_read(bench->rig.store,
			     store_seq(bench->rig.store), &scratch, &event),
	    STORE_OK);
	buf_free(&scratch);
	return event.received_ms;
}

/* --- tests --- */

static const struct spec pair[] = { { .id = 1, .brand = 1, .source = 1 },
	{ .id = 2, .brand = 1, .source = 2 } };

static void
test_acknowledged_is_durable(void **state)
{
	struct bench bench;

	bench_init(&bench, *state);
	bench_start(&bench);
	assert_true(run(&bench, pair, 2, STATUS_NEW));
	assert_int_equal(bench.nalerts, 1);
	assert_int_equal(bench.change[0], CHANGE_RAISED);
	assert_true(run(&bench, pair, 2, STATUS_KNOWN));
	bench_stop(&bench);
	bench_start(&bench);
	assert_true(run(&bench, pair, 2, STATUS_KNOWN));
	assert_int_equal(bench.nalerts, 1);
	bench_stop(&bench);
	rig_verify(&bench.rig);
	rig_fini(&bench.rig);
}

/* A clock set back while nothing ran does not set received time back. */
static void
test_received_time_is_monotonic(void **state)
{
	struct bench bench;
	int64_t before;

	bench_init(&bench, *state);
	bench_start(&bench);
	assert_true(run(&bench, &pair[0], 1, STATUS_NEW));
	before = newest_received(&bench);
	bench_stop(&bench);
	rig_set_day(&bench.rig, -3);
	bench_start(&bench);
	assert_true(run(&bench, &pair[1], 1, STATUS_NEW));
	assert_true(newest_received(&bench) >= before);
	bench_stop(&bench);
	rig_fini(&bench.rig);
}

/* After a long pause, the first report of the day finds the alert closed. */
static void
test_a_pause_closes_before_it_reopens(void **state)
{
	static const struct spec later[] = {
		{ .id = 3, .brand = 1, .source = 3 },
		{ .id = 4, .brand = 1, .source = 4 }
	};
	struct bench bench;
	struct task task;

	bench_init(&bench, *state);
	bench_start(&bench);
	assert_true(run(&bench, pair, 2, STATUS_NEW));
	bench_stop(&bench);
	rig_set_day(&bench.rig, ALARM_QUIET_DAYS + 4);
	bench_start(&bench);
	task = task_of(&bench, later, 2);
	writer_put(bench.writer, &task.work);
	bench_stop(&bench);
	assert_true(task.is_done && !task.work.failed);
	assert_int_equal(bench.nalerts, 3);
	assert_int_equal(bench.change[0], CHANGE_RAISED);
	assert_int_equal(bench.change[1], CHANGE_CLOSED);
	assert_int_equal(bench.change[2], CHANGE_RAISED);
	rig_verify(&bench.rig);
	rig_fini(&bench.rig);
}

static void
fresh_done(struct work *work)
{
	((struct task *)work)->is_done = true;
}

/* Who waits for LMDB when the writer stops is served by a last checkpoint. */
static void
test_stop_serves_who_waits(void **state)
{
	struct bench bench;
	struct task tasks[2], fresh;

	bench_init(&bench, *state);
	bench_start(&bench);
	for (unsigned i = 0; i < 2; i++) {
		tasks[i] = task_of(&bench, &pair[i], 1);
		writer_put(bench.writer, &tasks[i].work);
	}
	fresh = task_of(&bench, NULL, 0);
	fresh.work.run = writer_fresh_run;
	fresh.work.done = fresh_done;
	writer_put(bench.writer, &fresh.work);
	bench_stop(&bench);
	assert_true(tasks[0].is_done && tasks[1].is_done && fresh.is_done);
	assert_false(fresh.work.failed);
	rig_fini(&bench.rig);
}

/* --- a full disk --- */

enum { DISK_BYTES = 16 << 20, SMALL_SEGMENT = 1 << 20, FILLERS = 400 };

/* A small file system of our own over dir; false when that is not allowed. */
static bool
mount_small(const char *dir)
{
	char options[32];

	if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return false;
	snprintf(options, sizeof(options), "size=%d", DISK_BYTES);
	return !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	    !mount("tmpfs", dir, "tmpfs", 0, options);
}

/* Take all the space that is left. */
static void
fill_disk(const char *dir)
{
	static const char zeroes[4096];
	char path[PATH_BYTES];
	int fd;

	path_join(path, dir, "filler");
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	while (write(fd, zeroes, sizeof(zeroes)) > 0)
		continue;
	(void)close(fd);
}

static void
free_disk(const char *dir)
{
	char path[PATH_BYTES];

	path_join(path, dir, "filler");
	assert_int_equal(unlink(path), 0);
}

/*
 * A pair that rings, one of them amended, which puts the batch so far into
 * the log, and then more than a segment holds.
 */
static struct spec *
long_batch(void)
{
	struct spec *specs = calloc(FILLERS, sizeof(*specs));

	assert_non_null(specs);
	for (unsigned i = 0; i < FILLERS; i++)
		specs[i] = (struct spec){ .id = i,
			.brand = i + 1,
			.source = 1,
			.text = RIG_TEXT_MAX };
	memcpy(specs, pair, sizeof(pair));
	specs[2] = pair[1];
	specs[2].severity = 1;
	return specs;
}

static void
survive_a_full_disk(const char *dir)
{
	struct spec *specs = long_batch();
	struct bench bench;

	bench_init(&bench, dir);
	bench.rig.segment_bytes = SMALL_SEGMENT;
	bench_start(&bench);
	assert_true(run(&bench, &specs[3], 1, STATUS_NEW));
	fill_disk(dir);
	assert_false(run(&bench, specs, FILLERS, STATUS_NEW));
	assert_true(writer_is_read_only(bench.writer));
	/* What reached the log in the middle of it was published. */
	assert_int_equal(bench.nalerts, 1);
	assert_int_equal(bench.change[0], CHANGE_RAISED);
	assert_true(bench.alert_seq[0] <= store_durable(bench.rig.store));
	free_disk(dir);
	assert_true(run(&bench, &specs[10], FILLERS - 10, STATUS_NEW));
	assert_true(run(&bench, specs, 1, STATUS_KNOWN));
	assert_int_equal(bench.nalerts, 1);
	bench_stop(&bench);
	rig_verify(&bench.rig);
	rig_fini(&bench.rig);
	free(specs);
}

static void
test_full_disk(void **state)
{
	enum { CANNOT = 77 };
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (!mount_small(*state))
			_exit(CANNOT);
		survive_a_full_disk(*state);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT)
		skip();
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_acknowledged_is_durable),
		IN_DIR(test_received_time_is_monotonic),
		IN_DIR(test_a_pause_closes_before_it_reopens),
		IN_DIR(test_stop_serves_who_waits),
		IN_DIR(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
