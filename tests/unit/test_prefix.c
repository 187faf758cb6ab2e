/* Networks of peers, and how many connections each has. */
#include "daemon/net/prefix.h"

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
#include "daemon/net/census.h"

static struct prefix
of(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return prefix_of_address((struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return prefix_of_address((struct sockaddr *)&v6);
}

static void
prefixes_are_as_long_as_providers_give(void **state)
{
	static const struct {
		const char *address, *text;
	} rows[] = {
		{ "192.0.2.77", "192.0.2.0/24" },
		{ "192.0.2.255", "192.0.2.0/24" },
		{ "192.0.3.0", "192.0.3.0/24" },
		{ "::ffff:192.0.2.1", "192.0.2.0/24" },
		{ "2001:db8:5:6::1", "2001:db8:5::/48" },
		{ "2001:db8:5:ffff::2", "2001:db8:5::/48" },
		{ "2001:db8:6::1", "2001:db8:6::/48" },
		{ "127.0.0.1", "this machine" },
		{ "127.0.0.9", "this machine" },
		{ "::ffff:127.0.0.1", "this machine" },
		{ "::1", "this machine" },
		{ "127.3.2.1", "127.3.2.0/24" },
	};
	char text[PREFIX_TEXT_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prefix prefix = of(rows[i].address);
		assert_string_equal(prefix_text(&prefix, text), rows[i].text);
		assert_int_equal(prefix_is_local(&prefix),
		    rows[i].text[0] == 't');
	}
}

static void
unix_sockets_are_this_machine(void **state)
{
	int pair[2];
	struct prefix prefix;
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	prefix = prefix_of_socket(pair[0]);
	assert_true(prefix_is_local(&prefix));
	prefix = prefix_of_socket(-1);
	assert_true(prefix_is_local(&prefix));
}

static void
nets_of_both_kinds_differ(void **state)
{
	struct prefix v4 = of("32.1.13.7"), v6 = of("2001:d00::1");
	(void)state;
	assert_false(prefix_equal(&v4, &v6));
}

/* --- census -------------------------------------------------------------- */

enum { PEERS = 500, TURNS = 200000, NETS = 300 };

struct peer {
	uint16_t net;
	bool is_here, is_known;
};

static struct prefix
net(unsigned n)
{
	return (struct prefix){ { (uint8_t)(n >> 8), (uint8_t)n }, 4 };
}

static void
compare(const struct census *census, const struct peer *peers)
{
	uint32_t open[NETS] = { 0 }, strangers[NETS] = { 0 }, all = 0;
	for (unsigned i = 0; i < PEERS; i++) {
		open[peers[i].net] += peers[i].is_here;
		strangers[peers[i].net] +=
		    peers[i].is_here && !peers[i].is_known;
		all += peers[i].is_here && !peers[i].is_known;
	}
	assert_int_equal(census_strangers(census), all);
	for (unsigned i = 0; i < NETS; i++) {
		struct prefix prefix = net(i);
		const struct census_row *row = census_find(census, &prefix);
		assert_int_equal(row ? row->open : 0, open[i]);
		assert_int_equal(row ? row->strangers : 0, strangers[i]);
	}
}

/* Any coming and going, beside a plain count. */
static void
a_census_counts_right(void **state)
{
	struct census *census = census_new(PEERS);
	static struct peer peers[PEERS];
	uint64_t random = 11;
	(void)state;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		struct peer *peer;
		struct prefix prefix;
		random = random * 6364136223846793005u + 1442695040888963407u;
		peer = &peers[(random >> 33) % PEERS];
		if (!peer->is_here) {
			/* Few networks with many, and many with few. */
			uint16_t wide = (uint16_t)((random >> 20) % NETS);
			peer->net = random >> 60 & 1 ? wide : wide % 7;
		}
		prefix = net(peer->net);
		if (!peer->is_here) {
			census_come(census, &prefix);
			peer->is_known = false;
			peer->is_here = true;
		} else if (!peer->is_known && random >> 61 & 1) {
			census_know(census, &prefix);
			peer->is_known = true;
		} else {
			census_go(census, &prefix, !peer->is_known);
			peer->is_here = false;
		}
		if (turn % 500 == 0)
			compare(census, peers);
	}
	compare(census, peers);
	census_free(census);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_are_as_long_as_providers_give),
		cmocka_unit_test(unix_sockets_are_this_machine),
		cmocka_unit_test(nets_of_both_kinds_differ),
		cmocka_unit_test(a_census_counts_right),
	};
	if (digest_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
