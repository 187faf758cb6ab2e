/* test_listener.c - addresses, caps, and a machine without descriptors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/net/listener.h"

enum { PEERS_MAX = 256 };

struct rig {
	struct loop *loop;
	struct listener *listener;
	int accepted[PEERS_MAX];
	unsigned count;
};

static void
on_accept(void *who, int fd)
{
	struct rig *rig = who;
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	rig->accepted[rig->count++] = fd;
}

static void
stop(void *who)
{
	struct rig *rig = who;
	loop_stop(rig->loop);
}

static void
turn(struct rig *rig, int64_t ms)
{
	struct loop_timer *timer = loop_timer_new(rig->loop, ms, stop, rig);
	loop_run(rig->loop);
	loop_timer_free(timer);
}

/* Open, or return why not in a static-sized text of the caller's. */
static void
open_on(struct rig *rig, const char *address, unsigned most, char why[160])
{
	struct listener_options options = {
		.address = address,
		.max_connections = most,
		.on_accept = on_accept,
		.who = rig,
	};
	rig->listener = listener_open(rig->loop, &options, why, 160);
}

static void
close_accepted(struct rig *rig)
{
	while (rig->count > 0)
		close(rig->accepted[--rig->count]);
}

/* Connect without waiting for accept. */
static int
connect_to(const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	const char *colon = strrchr(address, ':');
	to.sin_port = htons((uint16_t)atoi(colon + 1));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to,
			     (socklen_t)sizeof(to)),
	    0);
	return fd;
}

static void
knows_addresses(void **state)
{
	static const struct {
		const char *address;
		int local;
	} rows[] = {
		{ "127.0.0.1:7171", 1 },
		{ "127.255.0.9:0", 1 },
		{ "localhost:7171", 1 },
		{ "[::1]:65535", 1 },
		{ "[::ffff:127.0.0.1]:1", 1 },
		{ "unix:/run/tocsin.sock", 1 },
		{ "0.0.0.0:7171", 0 },
		{ "128.0.0.1:1", 0 },
		{ "126.255.255.255:1", 0 },
		{ "[::]:7171", 0 },
		{ "[::2]:7171", 0 },
		{ "[::ffff:128.0.0.1]:1", 0 },
		{ "", -1 },
		{ "7171", -1 },
		{ ":7171", -1 },
		{ "127.0.0.1", -1 },
		{ "127.0.0.1:", -1 },
		{ "127.0.0.1:65536", -1 },
		{ "127.0.0.1:-1", -1 },
		{ "127.0.0.1:+1", -1 },
		{ "127.0.0.1: 1", -1 },
		{ "127.0.0.1:7171x", -1 },
		{ "127.0.0.1:000001", -1 },
		{ "256.0.0.1:1", -1 },
		{ "example.org:7171", -1 },
		{ "localhost6:7171", -1 },
		{ "::1:7171", -1 },
		{ "[::1]", -1 },
		{ "[::1]7171", -1 },
		{ "[::1:7171", -1 },
		{ "[127.0.0.1]:1", -1 },
		{ "unix:", -1 },
	};
	char path[200] = "unix:/";
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (listener_is_local(rows[i].address) != rows[i].local)
			fail_msg("%s", rows[i].address);
	memset(path + 6, 'x', 106);
	assert_int_equal(listener_is_local(path), 1);
	path[5 + 107] = 'x';
	assert_int_equal(listener_is_local(path), -1);
}

static void
opens_a_free_port_and_says_which(void **state)
{
	struct rig *rig = *state;
	struct rig other = { .loop = rig->loop };
	char why[160] = "";
	char expected[160];
	open_on(rig, "localhost:0", 4, why);
	assert_non_null(rig->listener);
	const char *bound = listener_address(rig->listener);
	assert_true(!strncmp(bound, "127.0.0.1:", 10) && atoi(bound + 10) > 0);
	open_on(&other, bound, 4, why);
	assert_null(other.listener);
	snprintf(expected, sizeof(expected), "%s is in use by another process",
	    bound);
	assert_string_equal(why, expected);
	open_on(&other, "127.0.0.1:70000", 4, why);
	assert_null(other.listener);
	assert_non_null(strstr(why, "127.0.0.1:70000 is no address"));
	open_on(&other, "192.0.2.1:1", 4, why);
	assert_null(other.listener);
	assert_non_null(strstr(why, "cannot listen on 192.0.2.1:1: "));
}

static void
stops_at_the_cap(void **state)
{
	struct rig *rig = *state;
	int peers[5];
	char why[160];
	open_on(rig, "127.0.0.1:0", 3, why);
	for (unsigned i = 0; i < 5; i++)
		peers[i] = connect_to(listener_address(rig->listener));
	turn(rig, 20);
	assert_int_equal(rig->count, 3);
	turn(rig, 20);
	assert_int_equal(rig->count, 3);
	listener_release(rig->listener);
	turn(rig, 20);
	assert_int_equal(rig->count, 4);
	listener_release(rig->listener);
	listener_release(rig->listener);
	turn(rig, 20);
	assert_int_equal(rig->count, 5);
	for (unsigned i = 0; i < 5; i++)
		close(peers[i]);
}

static unsigned
all_open(void *who)
{
	struct rig *rig = who;
	return rig->count;
}

/* Several listeners under one cap: what others took counts too. */
static void
shares_a_cap(void **state)
{
	struct rig *rig = *state;
	char why[160];
	struct listener_options options = {
		.address = "127.0.0.1:0",
		.max_connections = 2,
		.open = all_open,
		.on_accept = on_accept,
		.who = rig,
	};
	rig->listener = listener_open(rig->loop, &options, why, sizeof(why));
	assert_non_null(rig->listener);
	rig->accepted[rig->count++] = dup(0);
	int one = connect_to(listener_address(rig->listener));
	int two = connect_to(listener_address(rig->listener));
	turn(rig, 20);
	assert_int_equal(rig->count, 2);
	listener_release(rig->listener);
	turn(rig, 20);
	assert_int_equal(rig->count, 2);
	close(rig->accepted[--rig->count]);
	listener_release(rig->listener);
	listener_release(rig->listener);
	turn(rig, 20);
	assert_int_equal(rig->count, 2);
	close(one);
	close(two);
}

/* Out of descriptors the loop rests instead of spinning, then goes on. */
static void
rests_without_descriptors(void **state)
{
	struct rig *rig = *state;
	struct rlimit was;
	char why[160];
	open_on(rig, "127.0.0.1:0", 100, why);
	int peer = connect_to(listener_address(rig->listener));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	struct rlimit none = { (rlim_t)peer + 1, was.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	clock_t cpu = clock();
	turn(rig, 350);
	cpu = clock() - cpu;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_int_equal(rig->count, 0);
	assert_in_range(listener_rests(rig->listener), 3, 5);
	assert_true(cpu < CLOCKS_PER_SEC / 10);
	turn(rig, 150);
	assert_int_equal(rig->count, 1);
	close(peer);
}

static int
connect_unix(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	if (connect(fd, (struct sockaddr *)&to, (socklen_t)sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Leave the socket file of a process that died. */
static void
leave_stale(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at,
			     (socklen_t)sizeof(at)),
	    0);
	close(fd);
}

static void
replaces_a_stale_socket_only(void **state)
{
	struct rig *rig = *state;
	struct rig other = { .loop = rig->loop };
	char dir[] = "/tmp/tocsin-listener-XXXXXX";
	char address[80];
	char why[160];
	assert_non_null(mkdtemp(dir));
	snprintf(address, sizeof(address), "unix:%s/s", dir);
	const char *path = address + 5;
	leave_stale(path);
	open_on(rig, address, 4, why);
	assert_non_null(rig->listener);
	assert_string_equal(listener_address(rig->listener), address);
	int peer = connect_unix(path);
	assert_true(peer >= 0);
	open_on(&other, address, 4, why);
	assert_null(other.listener);
	assert_non_null(strstr(why, "in use by another process"));
	turn(rig, 20);
	assert_in_range(rig->count, 1, 2);
	listener_close(rig->listener);
	rig->listener = NULL;
	assert_int_equal(access(path, F_OK), -1);
	close(peer);
	/* A file that is no socket is not ours to remove. */
	int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	close(file);
	open_on(&other, address, 4, why);
	assert_null(other.listener);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	rmdir(dir);
}

static int
set_up(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	assert_non_null(rig);
	rig->loop = loop_new();
	*state = rig;
	return 0;
}

static int
tear_down(void **state)
{
	struct rig *rig = *state;
	close_accepted(rig);
	listener_close(rig->listener);
	loop_free(rig->loop);
	free(rig);
	return 0;
}

#define RIGGED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_addresses),
		RIGGED(opens_a_free_port_and_says_which),
		RIGGED(stops_at_the_cap),
		RIGGED(shares_a_cap),
		RIGGED(rests_without_descriptors),
		RIGGED(replaces_a_stale_socket_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
