/* Places and deadlines of peers of other machines. */
#include "daemon/net/guests.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/digest.h"
#include "daemon/metrics.h"

enum { GUESTS = 12, FIRST_MS = 120, IDLE_MS = 400 };

struct rig {
	struct loop *loop;
	struct guests *guests;
	struct guest guest[GUESTS];
	unsigned displaced[GUESTS], late[GUESTS];
};

static struct rig rig;

static unsigned
number_of(const struct guest *guest)
{
	return (unsigned)(guest - rig.guest);
}

static void
on_displaced(struct guest *guest)
{
	rig.displaced[number_of(guest)]++;
}

static void
on_late(struct guest *guest)
{
	rig.late[number_of(guest)]++;
}

static const struct guests_events events = { on_displaced, on_late };

static struct prefix
from(const char *address)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	assert_int_equal(inet_pton(AF_INET, address, &v4.sin_addr), 1);
	return prefix_of_address((struct sockaddr *)&v4);
}

static void
begin(struct guests_limits limits)
{
	limits.connections = GUESTS;
	rig = (struct rig){ .loop = loop_new() };
	rig.guests = guests_new(rig.loop, &limits, &events);
	assert_non_null(rig.guests);
	metrics_clear();
}

static void
end(void)
{
	for (unsigned i = 0; i < GUESTS; i++)
		guests_go(rig.guests, &rig.guest[i]);
	assert_int_equal(metrics_get(METRIC_strangers_open), 0);
	guests_free(rig.guests);
	loop_free(rig.loop);
}

static enum guests_answer
ask(const char *address)
{
	struct prefix prefix = from(address);
	return guests_ask(rig.guests, &prefix);
}

static void
come(unsigned number, const char *address)
{
	struct prefix prefix = from(address);
	assert_int_equal(guests_ask(rig.guests, &prefix), GUESTS_WELCOME);
	guests_come(rig.guests, &rig.guest[number], &prefix);
}

static void
stop(void *who)
{
	loop_stop(who);
}

static void
turn(int64_t ms)
{
	struct loop_timer *timer = loop_timer_new(rig.loop, ms, stop, rig.loop);
	loop_run(rig.loop);
	loop_timer_free(timer);
}

static void
networks_and_strangers_are_capped(void **state)
{
	(void)state;
	begin((struct guests_limits){ .per_network = 3,
	    .strangers_per_network = 2 });
	come(0, "192.0.2.1");
	come(1, "192.0.2.2");
	assert_int_equal(ask("192.0.2.9"), GUESTS_NETWORK_STRANGERS_FULL);
	assert_int_equal(ask("192.0.3.9"), GUESTS_WELCOME);
	guests_know(rig.guests, &rig.guest[0]);
	guests_know(rig.guests, &rig.guest[0]);
	come(2, "192.0.2.3");
	assert_int_equal(ask("192.0.2.9"), GUESTS_NETWORK_FULL);
	guests_go(rig.guests, &rig.guest[0]);
	guests_go(rig.guests, &rig.guest[0]);
	assert_int_equal(ask("192.0.2.9"), GUESTS_NETWORK_STRANGERS_FULL);
	assert_int_equal(metrics_get(METRIC_strangers_open), 2);
	end();
}

static void
this_machine_is_never_counted(void **state)
{
	(void)state;
	begin((struct guests_limits){ .per_network = 1,
	    .strangers = 1,
	    .strangers_per_network = 1,
	    .first_frame_ms = 1,
	    .idle_ms = 1 });
	for (unsigned i = 0; i < 5; i++)
		come(i, "127.0.0.1");
	turn(60);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(rig.late[i], 0);
	assert_int_equal(metrics_get(METRIC_strangers_open), 0);
	end();
}

/* In the order of coming, those who have spoken never. */
static void
the_longest_silent_give_way(void **state)
{
	(void)state;
	begin((struct guests_limits){ .strangers = 4 });
	come(0, "192.0.2.1");
	come(1, "192.0.3.1");
	come(2, "192.0.4.1");
	come(3, "192.0.5.1");
	guests_spoke(rig.guests, &rig.guest[0]);
	come(4, "192.0.6.1");
	assert_int_equal(rig.displaced[1], 1);
	come(5, "192.0.7.1");
	assert_int_equal(rig.displaced[2], 1);
	guests_know(rig.guests, &rig.guest[3]);
	come(6, "192.0.8.1");
	assert_int_equal(rig.displaced[3], 0);
	for (unsigned i = 4; i <= 6; i++)
		guests_spoke(rig.guests, &rig.guest[i]);
	assert_int_equal(ask("192.0.9.1"), GUESTS_STRANGERS_FULL);
	assert_int_equal(rig.displaced[0], 0);
	guests_go(rig.guests, &rig.guest[0]);
	assert_int_equal(ask("192.0.9.1"), GUESTS_WELCOME);
	end();
}

static void
deadlines_are_told_and_put_off(void **state)
{
	int64_t begun;
	(void)state;
	begin((struct guests_limits){ .first_frame_ms = FIRST_MS,
	    .idle_ms = IDLE_MS });
	begun = loop_now_ms();
	come(0, "192.0.2.1");
	come(1, "192.0.2.1");
	come(2, "192.0.2.1");
	guests_spoke(rig.guests, &rig.guest[1]);
	guests_know(rig.guests, &rig.guest[2]);
	turn(FIRST_MS / 2);
	if (loop_now_ms() - begun < FIRST_MS)
		assert_int_equal(rig.late[0], 0);
	turn(FIRST_MS);
	assert_int_equal(rig.late[0], 1);
	assert_int_equal(rig.late[1], 0);
	turn(2 * IDLE_MS);
	assert_true(rig.late[1] >= 1);
	assert_int_equal(rig.late[2], 0);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_and_strangers_are_capped),
		cmocka_unit_test(this_machine_is_never_counted),
		cmocka_unit_test(the_longest_silent_give_way),
		cmocka_unit_test(deadlines_are_told_and_put_off),
	};
	if (digest_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
