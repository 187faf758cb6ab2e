/* test_loop.c - rounds, timers, signals, wake-ups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "daemon/net/loop.h"

struct log {
	struct loop *loop;
	struct loop_wake *wake;
	struct loop_timer *timer;
	char said[32];
	unsigned calls;
};

static void
say(struct log *log, const char *word)
{
	strncat(log->said, word, sizeof(log->said) - strlen(log->said) - 1);
}

static void
say_b(void *who)
{
	say(who, "b");
}

static void
say_c_and_stop(void *who)
{
	struct log *log = who;
	say(log, "c");
	loop_stop(log->loop);
}

static void
say_a(void *who)
{
	struct log *log = who;
	say(log, "a");
	assert_true(loop_soon(log->loop, say_c_and_stop, log));
}

static void
soon_is_in_order_and_once(void **state)
{
	struct log log = { .loop = loop_new() };
	(void)state;
	assert_true(loop_soon(log.loop, say_a, &log));
	assert_true(loop_soon(log.loop, say_b, &log));
	loop_run(log.loop);
	assert_string_equal(log.said, "abc");
	/* Nothing is left, so the loop has no reason to wait. */
	loop_run(log.loop);
	assert_string_equal(log.said, "abc");
	loop_free(log.loop);
}

static void
ask_again(void *who)
{
	struct log *log = who;
	log->calls++;
	assert_true(loop_soon(log->loop, ask_again, log));
}

static void
stop(void *who)
{
	struct log *log = who;
	loop_stop(log->loop);
}

/* What asks again and again leaves room for the others. */
static void
soon_starves_nobody(void **state)
{
	struct log log = { .loop = loop_new() };
	(void)state;
	assert_true(loop_soon(log.loop, ask_again, &log));
	log.timer = loop_timer_new(log.loop, 20, stop, &log);
	loop_run(log.loop);
	assert_true(log.calls > 10);
	loop_timer_free(log.timer);
	loop_free(log.loop);
}

static void
count_to_five(void *who)
{
	struct log *log = who;
	if (++log->calls < 5)
		return;
	loop_timer_free(log->timer);
	log->timer = NULL;
	loop_stop(log->loop);
}

static void
a_timer_repeats(void **state)
{
	struct log log = { .loop = loop_new() };
	(void)state;
	int64_t start = loop_now_ms();
	log.timer = loop_timer_new(log.loop, 10, count_to_five, &log);
	loop_run(log.loop);
	assert_int_equal(log.calls, 5);
	assert_in_range(loop_now_ms() - start, 45, 2000);
	loop_free(log.loop);
}

static void
a_signal_is_told(void **state)
{
	struct log log = { .loop = loop_new() };
	(void)state;
	assert_true(loop_on_signal(log.loop, SIGUSR1, say_c_and_stop, &log));
	raise(SIGUSR1);
	loop_run(log.loop);
	assert_string_equal(log.said, "c");
	loop_free(log.loop);
}

static void *
wake_often(void *who)
{
	struct log *log = who;
	for (unsigned i = 0; i < 10000; i++)
		loop_wake_now(log->wake);
	return NULL;
}

/* Other threads' wake-ups are merged, and the last is never lost. */
static void
a_wake_up_arrives(void **state)
{
	struct log log = { .loop = loop_new() };
	pthread_t thread;
	(void)state;
	log.wake = loop_wake_new(log.loop, stop, &log);
	assert_int_equal(pthread_create(&thread, NULL, wake_often, &log), 0);
	loop_run(log.loop);
	pthread_join(thread, NULL);
	loop_wake_now(log.wake);
	loop_run(log.loop);
	loop_wake_free(log.wake);
	loop_free(log.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(soon_is_in_order_and_once),
		cmocka_unit_test(soon_starves_nobody),
		cmocka_unit_test(a_timer_repeats),
		cmocka_unit_test(a_signal_is_told),
		cmocka_unit_test(a_wake_up_arrives),
	};
	loop_free(NULL);
	loop_timer_free(NULL);
	loop_wake_free(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
