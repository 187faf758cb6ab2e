/* The log as a whole: rotation, sealing, reading while writing. */
#include "tests/unit/store_rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "daemon/store/log/eventlog.h"
#include "daemon/store/log/sealer.h"
#include "daemon/store/log/syncer.h"

struct rig {
	char *path;
	int dir;
	struct eventlog *log;
	struct frame_maker maker;
	_Atomic uint64_t heard; /* by on_durable */
};

static const uint8_t instance[16] = "instance of test";

static void
on_durable(void *who, uint64_t seq)
{
	struct rig *rig = who;

	assert_true(seq > rig->heard);
	rig->heard = seq;
}

static void
rig_open(struct rig *rig)
{
	struct eventlog_options options = { .dir = rig->dir,
		.segment_bytes = 65536,
		.seed = 77,
		.instance = instance,
		.on_durable = on_durable,
		.who = rig };
	struct store_fault fault = { .text = "" };
	struct log_position end;

	rig->log = eventlog_open(&options, &fault);
	if (!rig->log)
		print_error("%s\n", fault.text);
	assert_non_null(rig->log);
	end = eventlog_position(rig->log);
	rig->maker.seed = 77;
	frame_reset(&rig->maker, end.seq, end.chain);
}

static void
rig_begin(struct rig *rig, char *path)
{
	*rig = (struct rig){ .path = path };
	rig->dir = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(rig->dir >= 0);
	rig_open(rig);
}

static void
rig_end(struct rig *rig)
{
	eventlog_close(rig->log);
	frame_maker_free(&rig->maker);
	(void)close(rig->dir);
}

static void
append(struct rig *rig, unsigned nframes)
{
	struct log_position end;

	for (unsigned i = 0; i < nframes; i++) {
		uint64_t seq = rig->maker.next_seq;
		uint8_t header[12];
		char body[BODY_MAX];
		size_t len = event_body(seq, body);

		event_header(seq, header);
		frame_begin(&rig->maker, 1764000000000);
		(void)frame_add(&rig->maker, (uint8_t)(seq % 5 + 1),
		    (struct text){ (const char *)header, 12 },
		    (struct text){ body, len });
		frame_end(&rig->maker, eventlog_durable(rig->log));
	}
	assert_int_equal(eventlog_append(rig->log, &rig->maker), STORE_OK);
	end = eventlog_position(rig->log);
	assert_int_equal(end.seq, rig->maker.next_seq - 1);
	assert_int_equal(end.chain, rig->maker.chain);
	frame_reset(&rig->maker, end.seq, end.chain);
}

static int
see(void *who, const struct store_event *event)
{
	uint64_t *next = who;

	return event->seq == (*next)++ && event_is_right(event) ? 0 : -1;
}

static void
walks(struct rig *rig, uint64_t from, uint64_t to)
{
	uint64_t next = from;

	assert_int_equal(walk_events(eventlog_shelf(rig->log), from, to, see,
			     &next),
	    0);
	assert_int_equal(next, to + 1);
}

static void
reads(struct rig *rig, uint64_t seq)
{
	struct buf scratch = { 0 };
	struct store_event event;

	assert_int_equal(walk_read(eventlog_shelf(rig->log), seq, &scratch,
			     &event),
	    STORE_OK);
	assert_int_equal(event.seq, seq);
	assert_true(event_is_right(&event));
	buf_free(&scratch);
}

static void
test_rotate_seal_reopen(void **state)
{
	struct eventlog_figures figures;
	struct log_position end, again;
	struct rig rig;
	uint64_t last;

	rig_begin(&rig, *state);
	for (int i = 0; i < 100; i++)
		append(&rig, 40);
	/* One batch larger than a segment gets a segment of its size. */
	append(&rig, 2000);
	append(&rig, 1);
	end = eventlog_position(rig.log);
	last = end.seq;
	assert_int_equal(last, 6001);
	assert_true(end.segment > 8);
	eventlog_wait(rig.log);
	assert_int_equal(eventlog_durable(rig.log), last);
	walks(&rig, 1, last);
	walks(&rig, 39, 41);
	walks(&rig, last, last);
	/* Nothing is sealed before it is applied. */
	eventlog_applied(rig.log, 700);
	eventlog_wait_sealed(rig.log);
	eventlog_figures(rig.log, &figures);
	assert_true(figures.sealed_events > 0);
	assert_true(figures.sealed_events <= 700);
	eventlog_applied(rig.log, last);
	eventlog_wait_sealed(rig.log);
	eventlog_figures(rig.log, &figures);
	assert_int_equal(figures.sealed_events, 6000);
	assert_true(figures.syncs > 0);
	walks(&rig, 1, last);
	walks(&rig, 777, 4321);
	for (uint64_t seq = 1; seq <= last; seq += 61)
		reads(&rig, seq);
	for (uint64_t seq = last; seq > 500; seq -= 499)
		reads(&rig, seq);
	eventlog_close(rig.log);
	assert_int_equal(rig.heard, last);
	rig_open(&rig);
	again = eventlog_position(rig.log);
	assert_int_equal(again.seq, last);
	assert_int_equal(again.chain, end.chain);
	walks(&rig, 1, last);
	append(&rig, 5);
	eventlog_wait(rig.log);
	walks(&rig, 1, last + 5);
	rig_end(&rig);
}

struct reading {
	struct rig *rig;
	atomic_bool stop;
	uint64_t nwalks;
};

static void *
keep_reading(void *arg)
{
	struct reading *reading = arg;

	while (!reading->stop) {
		uint64_t last = eventlog_durable(reading->rig->log);

		if (last == 0)
			continue;
		walks(reading->rig, 1, last);
		reads(reading->rig, last);
		reads(reading->rig, last / 2 + 1);
		reading->nwalks++;
	}
	return NULL;
}

/* Readers walk while the writer appends and the sealer swaps segments. */
static void
test_read_while_writing(void **state)
{
	struct reading reading[2];
	pthread_t thread[2];
	struct rig rig;

	rig_begin(&rig, *state);
	append(&rig, 3);
	for (int i = 0; i < 2; i++) {
		reading[i] = (struct reading){ .rig = &rig };
		assert_int_equal(pthread_create(&thread[i], NULL, keep_reading,
				     &reading[i]),
		    0);
	}
	for (int i = 0; i < 200; i++) {
		append(&rig, 20);
		eventlog_wait(rig.log);
		if (i % 10 == 0)
			eventlog_applied(rig.log, eventlog_durable(rig.log));
	}
	for (int i = 0; i < 2; i++) {
		reading[i].stop = true;
		(void)pthread_join(thread[i], NULL);
		assert_true(reading[i].nwalks > 0);
	}
	eventlog_wait_sealed(rig.log);
	walks(&rig, 1, 4003);
	rig_end(&rig);
}

/* Damage in an old segment is found when it is read, and named. */
static void
test_damage_in_old(void **state)
{
	struct store_fault fault;
	struct file_copy file;
	struct rig rig;
	uint64_t next = 1;

	rig_begin(&rig, *state);
	for (int i = 0; i < 40; i++)
		append(&rig, 40);
	assert_true(eventlog_position(rig.log).segment > 2);
	eventlog_close(rig.log);
	file = file_read(*state, "log/0000000001.seg");
	file.at[file.len / 2] ^= 2;
	file_write(*state, "log/0000000001.seg", file.at, file.len);
	free(file.at);
	rig_open(&rig);
	assert_int_equal(walk_events(eventlog_shelf(rig.log), 1, 1600, see,
			     &next),
	    STORE_CORRUPT);
	shelf_last_fault(eventlog_shelf(rig.log), &fault);
	assert_int_equal(fault.result, STORE_CORRUPT);
	assert_non_null(strstr(fault.text, "log"));
	rig_end(&rig);
}

/* The sealer died after naming the sealed file, before removing the plain. */
static void
test_both_files(void **state)
{
	struct file_copy plain;
	char path[PATH_BYTES];
	struct rig rig;

	rig_begin(&rig, *state);
	for (int i = 0; i < 40; i++)
		append(&rig, 40);
	plain = file_read(*state, "log/0000000001.seg");
	eventlog_wait(rig.log);
	eventlog_applied(rig.log, 1600);
	eventlog_wait_sealed(rig.log);
	eventlog_close(rig.log);
	file_write(*state, "log/0000000001.seg", plain.at, plain.len);
	file_write(*state, "log/0000000002.znew", plain.at, plain.len / 2);
	file_write(*state, "log/0000000009.new", plain.at, 17);
	free(plain.at);
	rig_open(&rig);
	path_join(path, *state, "log/0000000001.seg");
	assert_int_not_equal(access(path, F_OK), 0);
	path_join(path, *state, "log/0000000002.znew");
	assert_int_not_equal(access(path, F_OK), 0);
	path_join(path, *state, "log/0000000009.new");
	assert_int_not_equal(access(path, F_OK), 0);
	walks(&rig, 1, 1600);
	rig_end(&rig);
}

/*
 * While the log grows, closed segments wait; when they are many, or the log is
 * quiet, they do not.
 */
static void
test_sealing_waits(void **state)
{
	const struct timespec moment = { .tv_nsec = 50000000 };
	struct eventlog_figures figures = { .sealed_events = 0 };
	struct rig rig;

	rig_begin(&rig, *state);
	for (int i = 0; i < 40; i++) {
		append(&rig, 40);
		eventlog_wait(rig.log);
	}
	eventlog_applied(rig.log, 800);
	(void)nanosleep(&moment, NULL);
	eventlog_figures(rig.log, &figures);
	assert_int_equal(figures.sealed_events, 0);
	while (eventlog_position(rig.log).segment <= 2 * SEALER_HELD_MAX)
		append(&rig, 200);
	eventlog_wait(rig.log);
	for (int i = 0; i < 200 && figures.sealed_events == 0; i++) {
		append(&rig, 1);
		eventlog_wait(rig.log);
		eventlog_applied(rig.log, 800);
		(void)nanosleep(&moment, NULL);
		eventlog_figures(rig.log, &figures);
	}
	assert_true(figures.sealed_events > 0);
	eventlog_applied(rig.log, eventlog_durable(rig.log));
	for (int i = 0; i < 200 &&
	     figures.sealed_events < eventlog_durable(rig.log) - 1000;
	     i++) {
		(void)nanosleep(&moment, NULL);
		eventlog_figures(rig.log, &figures);
	}
	assert_true(figures.sealed_events >= eventlog_durable(rig.log) - 1000);
	/* The end does not wait for what is held back. */
	append(&rig, 400);
	eventlog_wait(rig.log);
	eventlog_applied(rig.log, eventlog_durable(rig.log));
	rig_end(&rig);
}

static void
never_durable(void *who, uint64_t seq)
{
	(void)who;
	(void)seq;
	_exit(1);
}

/* A sync that fails is not repeated: the process ends, nothing is durable. */
static void
test_failed_sync(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		struct syncer *syncer = syncer_start(0, never_durable, NULL);
		int null = open("/dev/null", O_WRONLY);

		(void)dup2(null, STDERR_FILENO);
		if (!syncer)
			_exit(2);
		syncer_ask(syncer, -1, 1);
		syncer_wait(syncer);
		_exit(3);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 74);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_rotate_seal_reopen),
		IN_DIR(test_read_while_writing),
		IN_DIR(test_damage_in_old),
		IN_DIR(test_both_files),
		IN_DIR(test_sealing_waits),
		cmocka_unit_test(test_failed_sync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
