/* test_chain.c - the chain as a reader checks it: what holds, what does not. */
#include "clients/cli/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"

enum { LINKS = 8, HEX = 65 };

/* Links 1 to LINKS, each an alert of its own. */
struct made {
	struct link {
		char prev[HEX], hash[HEX];
		uint8_t raw[32];
		struct tocsin_writer *alert;
	} link[LINKS + 1];
};

static void
make_alert(struct link *link, int reports)
{
	tocsin_writer_clear(link->alert);
	tocsin_put_map(link->alert, NULL);
	tocsin_put_string(link->alert, "prev", link->prev);
	tocsin_put_int(link->alert, "reports", reports);
	tocsin_put_end(link->alert);
}

static void
hash(struct link *link)
{
	struct tocsin_text alert = tocsin_writer_bytes(link->alert);
	uint8_t prev[32];

	assert_int_equal(digest_unhex((struct text){ link->prev, 64 }, prev,
			     sizeof(prev)),
	    0);
	digest_chain(prev, alert.at, alert.len, link->raw);
	digest_hex(link->raw, sizeof(link->raw), link->hash);
}

static int
begin(void **state)
{
	static struct made made;

	assert_int_equal(digest_init(), 0);
	memset(made.link[0].hash, '0', HEX - 1);
	for (int i = 1; i <= LINKS; i++) {
		strcpy(made.link[i].prev, made.link[i - 1].hash);
		made.link[i].alert = tocsin_writer_new();
		assert_non_null(made.link[i].alert);
		make_alert(&made.link[i], i);
		hash(&made.link[i]);
	}
	*state = &made;
	return 0;
}

static int
end(void **state)
{
	struct made *made = *state;

	for (int i = 1; i <= LINKS; i++)
		tocsin_writer_free(made->link[i].alert);
	return 0;
}

static struct chain_event
event_of(const struct link *link, uint64_t number)
{
	return (struct chain_event){ .seq = 100 + number,
		.link = number,
		.prev = tocsin_text_of(link->prev),
		.hash = tocsin_text_of(link->hash),
		.alert = tocsin_writer_bytes(link->alert) };
}

/* Take links in this order, ended by 0; which one breaks it, or 0. */
static int
walk(struct chain *chain, const struct made *made, const int *order)
{
	for (; *order; order++) {
		struct chain_event event =
		    event_of(&made->link[*order], (uint64_t)*order);

		if (chain_take(chain, &event))
			return *order;
	}
	return 0;
}

#define ORDER(...) ((const int[]){ __VA_ARGS__, 0 })

static void
orders_hold_or_not(void **state)
{
	const struct {
		const char *name;
		bool has_gaps, from_beginning;
		const int *order;
		int breaks;
		uint64_t checked, anchors, skipped;
	} cases[] = {
		{ "all", false, true, ORDER(1, 2, 3, 4), 0, 4, 0, 0 },
		{ "not the first", false, true, ORDER(2, 3), 2, 0, 0, 0 },
		{ "from the middle", false, false, ORDER(3, 4, 5), 0, 2, 1, 0 },
		{ "one is missing", false, true, ORDER(1, 2, 4), 4, 2, 0, 0 },
		{ "filtered", true, false, ORDER(2, 3, 6, 8), 0, 1, 3, 3 },
		{ "filtered, all", true, true, ORDER(3, 4), 0, 1, 1, 2 },
		{ "again", false, true, ORDER(1, 2, 3, 3, 4), 0, 4, 0, 0 },
		{ "back", false, true, ORDER(1, 2, 3, 4, 2, 3, 4, 5), 0, 5, 0,
		    0 },
		{ "back, then on", false, true, ORDER(1, 2, 3, 4, 2, 5), 0, 5,
		    0, 0 },
		{ "back, then far on", false, true, ORDER(1, 2, 3, 4, 2, 6), 6,
		    4, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct chain chain;
		const struct chain_end beginning = { 0 };
		int breaks;

		chain_init(&chain, cases[i].has_gaps);
		if (cases[i].from_beginning)
			chain_resume(&chain, &beginning);
		breaks = walk(&chain, *state, cases[i].order);
		if (breaks != cases[i].breaks ||
		    chain.checked != cases[i].checked ||
		    chain.anchors != cases[i].anchors ||
		    chain.skipped != cases[i].skipped)
			fail_msg("%s: breaks at %d (%s), %d checked, %d "
				 "anchors, %d skipped",
			    cases[i].name, breaks, chain.why,
			    (int)chain.checked, (int)chain.anchors,
			    (int)chain.skipped);
	}
}

/* Every byte of an alert, with the hash it bears and without its own. */
static void
every_byte_counts(void **state)
{
	const struct made *made = *state;
	const struct link *link = &made->link[3];
	struct tocsin_text alert = tocsin_writer_bytes(link->alert);
	char altered[256];

	assert_true(alert.len < sizeof(altered));
	for (size_t i = 0; i < alert.len; i++) {
		struct chain chain;
		struct chain_event event = event_of(link, 3);

		memcpy(altered, alert.at, alert.len);
		altered[i] ^= 1;
		event.alert = (struct tocsin_text){ altered, alert.len };
		chain_init(&chain, false);
		assert_int_equal(walk(&chain, made, ORDER(1, 2)), 0);
		assert_int_equal(chain_take(&chain, &event), -1);
		assert_non_null(strstr(chain.why, "sequence 103"));
	}
}

/* Hashed again after it was altered: the next link finds it. */
static void
a_forged_hash_shows_at_the_next(void **state)
{
	const struct made *made = *state;
	struct link forged = made->link[3];
	struct chain_event event;
	struct chain chain;

	forged.alert = tocsin_writer_new();
	make_alert(&forged, 300);
	hash(&forged);
	event = event_of(&forged, 3);
	chain_init(&chain, false);
	assert_int_equal(walk(&chain, made, ORDER(1, 2)), 0);
	assert_int_equal(chain_take(&chain, &event), 0);
	assert_int_equal(walk(&chain, made, ORDER(4)), 4);
	assert_non_null(strstr(chain.why, "sequence 104"));
	/* And at once, where the true one was seen. */
	chain_init(&chain, true);
	assert_int_equal(walk(&chain, made, ORDER(1, 2, 3)), 0);
	assert_int_equal(chain_take(&chain, &event), -1);
	tocsin_writer_free(forged.alert);
}

static void
what_it_must_bear(void **state)
{
	const struct made *made = *state;
	const struct chain_event whole = event_of(&made->link[1], 1);
	struct chain_event event;
	struct chain chain;

	for (int i = 0; i < 6; i++) {
		event = whole;
		if (i == 0)
			event.hash.len = 0;
		else if (i == 1)
			event.hash.len--;
		else if (i == 2)
			event.prev.len = 0;
		else if (i == 3)
			event.alert.len = 0;
		else if (i == 4)
			event.alert.len--;
		else
			event.alert = (struct tocsin_text){ "\xc0", 1 };
		chain_init(&chain, false);
		assert_int_equal(chain_take(&chain, &event), -1);
	}
	chain_init(&chain, false);
	assert_int_equal(chain_take(&chain, &whole), 0);
}

static void
what_is_no_link_follows_all_the_same(void **state)
{
	const struct made *made = *state;
	struct chain_event aside = event_of(&made->link[4], 0);
	struct chain chain;

	aside.hash.len = 0;
	chain_init(&chain, false);
	assert_int_equal(walk(&chain, made, ORDER(1, 2, 3)), 0);
	assert_int_equal(chain_take(&chain, &aside), 0);
	assert_int_equal(walk(&chain, made, ORDER(4)), 0);
	assert_int_equal(chain.outside, 1);
	assert_int_equal(chain_take(&chain, &aside), -1);
	chain_init(&chain, true);
	assert_int_equal(walk(&chain, made, ORDER(1)), 0);
	assert_int_equal(chain_take(&chain, &aside), 0);
}

static void
a_snapshot_has_gaps_and_then_none(void **state)
{
	const struct made *made = *state;
	struct chain_event event;
	struct chain chain;

	chain_init(&chain, false);
	for (uint64_t i = 1; i <= 3; i += 2) {
		event = event_of(&made->link[i], i);
		event.is_snapshot = true;
		assert_int_equal(chain_take(&chain, &event), 0);
	}
	assert_int_equal(walk(&chain, made, ORDER(5, 6)), 0);
	assert_int_equal(walk(&chain, made, ORDER(8)), 8);
}

static void
it_goes_on_where_it_was(void **state)
{
	const struct made *made = *state;
	struct chain chain;
	struct chain_end kept;

	chain_init(&chain, false);
	assert_int_equal(walk(&chain, made, ORDER(1, 2, 3)), 0);
	kept = chain.top;
	chain_init(&chain, false);
	chain_resume(&chain, &kept);
	assert_int_equal(walk(&chain, made, ORDER(4, 5)), 0);
	assert_int_equal(chain.anchors, 0);
	kept.hash[0] ^= 1;
	chain_init(&chain, false);
	chain_resume(&chain, &kept);
	assert_int_equal(walk(&chain, made, ORDER(4)), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_hold_or_not),
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(a_forged_hash_shows_at_the_next),
		cmocka_unit_test(what_it_must_bear),
		cmocka_unit_test(what_is_no_link_follows_all_the_same),
		cmocka_unit_test(a_snapshot_has_gaps_and_then_none),
		cmocka_unit_test(it_goes_on_where_it_was),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
