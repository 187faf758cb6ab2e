/* test_session.c - calls in flight, ends, subscriptions, draining. */
#include "tests/unit/session_rig.h"

/* A method as bin, the widest id, arguments. */

static void
answers_out_of_order(void **state)
{
	struct services *services = *state;
	call_stats(services, 3);
	assert_int_equal(services->tickets, 3);
	assert_false(sessions_idle(services->sessions));
	reply(services, 2);
	reply(services, 0);
	reply(services, 1);
	hear_result(services, 3, 2);
	hear_result(services, 1, 0);
	hear_result(services, 2, 1);
	assert_int_equal(session_floor(services->session), 102);
	assert_true(sessions_idle(services->sessions));
}

static void
pauses_at_the_cap(void **state)
{
	struct services *services = *state;
	call_stats(services, 10);
	assert_int_equal(services->tickets, IN_FLIGHT);
	for (unsigned i = 0; i < 10; i++) {
		unsigned due = i + IN_FLIGHT < 10 ? i + IN_FLIGHT : 10;
		assert_int_equal(services->tickets, due);
		reply(services, i);
		hear_result(services, i + 1, i);
	}
	/* Calls answered at once never fill it. */
	for (uint32_t id = 0; id < 3 * IN_FLIGHT; id++) {
		call(services, id, "alerts.list");
		hear_text(services, id, "alerts.list");
	}
}

/* The slot is used again; the old answers are nobody's. */

static void
drops_answers_of_the_dead(void **state)
{
	struct services *services = *state;
	struct refusal why = { 0 };
	call_stats(services, 2);
	shutdown(services->peer, SHUT_RD);
	reply(services, 0);
	assert_true(turn(services, has_ended, WAIT_MS));
	leave(services);
	assert_int_equal(sessions_count(services->sessions), 0);
	assert_true(sessions_idle(services->sessions));
	join(services);
	assert_int_equal(sessions_count(services->sessions), 1);
	assert_null(ticket_session(services->sessions, services->ticket[1]));
	reply(services, 1);
	refuse(&why, ERROR_INTERNAL, NULL, "late");
	ticket_refuse(services->sessions, services->ticket[1], &why);
	hear_nothing(services);
	call(services, 1, "server.stats");
	assert_ptr_equal(ticket_session(services->sessions,
			     services->ticket[2]),
	    services->session);
	assert_int_not_equal(services->ticket[2].session,
	    services->ticket[1].session);
	reply(services, 2);
	hear_result(services, 1, 2);
}

/* Calls in flight are still answered, then the connection ends. */

static void
answers_what_was_asked_before_the_end(void **state)
{
	struct services *services = *state;
	call_stats(services, 2);
	shutdown(services->peer, SHUT_WR);
	hear_nothing(services);
	reply(services, 1);
	reply(services, 0);
	hear_result(services, 2, 1);
	hear_result(services, 1, 0);
	hear_the_end(services);
	assert_true(turn(services, has_ended, WAIT_MS));
}

static void
drains(void **state)
{
	struct services *services = *state;
	call_stats(services, 2);
	sessions_drain(services->sessions);
	call(services, 9, "alerts.list");
	assert_int_equal(services->calls, 2);
	assert_false(sessions_idle(services->sessions));
	int late[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, late), 0);
	sessions_accept(services->sessions, transport_plain(late[0]));
	assert_int_equal(services->ends, 1);
	assert_int_equal(send(late[1], "", 1, MSG_NOSIGNAL), -1);
	close(late[1]);
	reply(services, 0);
	reply(services, 1);
	assert_false(sessions_idle(services->sessions));
	assert_true(turn(services, is_idle, WAIT_MS));
	hear_result(services, 1, 0);
	hear_result(services, 2, 1);
	hear_the_end(services);
	leave(services);
	turn(services, never, 20);
	assert_int_equal(services->ends, 2);
	assert_int_equal(sessions_count(services->sessions), 0);
}

/* Any distinct addresses will do for subscriptions. */

static struct subscription *
subscription(struct services *services, unsigned which)
{
	return (struct subscription *)(void *)&services->ticket[which];
}

static void
keeps_subscriptions(void **state)
{
	struct services *services = *state;
	struct refusal why = { 0 };
	struct subscription *one = subscription(services, 1);
	struct subscription *two = subscription(services, 2);
	struct subscription *three = subscription(services, 3);
	struct buf push = { 0 };
	struct buf bytes = { 0 };
	uint32_t id = 0;
	call(services, 1, "alerts.list");
	struct session *session = services->session;
	assert_int_equal(session_add_subscription(session, one, &id, &why), 0);
	assert_int_equal(id, 1);
	assert_int_equal(session_add_subscription(session, two, &id, &why), 0);
	assert_int_equal(session_add_subscription(session, three, &id, &why),
	    ERROR_TOO_LARGE);
	session_drop_subscription(session, one);
	session_drop_subscription(session, three);
	assert_int_equal(session_add_subscription(session, three, &id, &why),
	    0);
	assert_int_equal(id, 3);
	assert_null(session_find_subscription(session, 1));
	assert_ptr_equal(session_find_subscription(session, 2), two);
	assert_ptr_equal(session_find_subscription(session, 3), three);
	hear_text(services, 1, "alerts.list");
	services->hub.pokes = 0;
	struct sink sink = session_sink(session);
	pack_push_open(&push, TEXT("alerts"), 0);
	sink.push(sink.who, buf_text(&push), 1);
	assert_int_equal(sink.queued(sink.who), push.len);
	sink.told(sink.who, 500);
	sink.told(sink.who, 400);
	assert_int_equal(session_floor(session), 500);
	assert_int_equal(hear(services, &bytes).type, 2);
	/* What was sent makes room for what is due. */
	assert_int_equal(services->hub.pokes, 2);
	leave(services);
	assert_true(turn(services, has_ended, WAIT_MS));
	assert_int_equal(services->hub.unsubscribed, 2);
	buf_free(&push);
	buf_free(&bytes);
}

/* A peer that leaves with a call in flight keeps its subscription, roomless,
 * until the answer; then both end. */
static void
gives_a_draining_peer_no_room(void **state)
{
	struct services *services = *state;
	struct refusal why = { 0 };
	uint32_t id;
	call_stats(services, 1);
	struct session *session = services->session;
	struct sink sink = session_sink(session);
	assert_int_equal(session_add_subscription(session,
			     subscription(services, 1), &id, &why),
	    0);
	assert_int_equal(sink.queued(sink.who), 0);
	shutdown(services->peer, SHUT_WR);
	turn(services, never, 20);
	assert_true(sink.queued(sink.who) == SIZE_MAX);
	assert_int_equal(session_add_subscription(session,
			     subscription(services, 2), &id, &why),
	    ERROR_BUSY);
	services->hub.pokes = 0;
	assert_int_equal(services->hub.unsubscribed, 0);
	reply(services, 0);
	hear_result(services, 1, 0);
	hear_the_end(services);
	assert_true(turn(services, has_ended, WAIT_MS));
	assert_int_equal(services->hub.pokes, 0);
	assert_int_equal(services->hub.unsubscribed, 1);
}

/* The hub cannot go on: the peer is told why, then it is over. */
static void
tells_of_a_broken_subscription(void **state)
{
	struct services *services = *state;
	struct buf bytes = { 0 };
	struct value reason;
	struct refusal why;
	uint32_t id;
	call(services, 1, "alerts.list");
	hear_text(services, 1, "alerts.list");
	struct sink sink = session_sink(services->session);
	assert_int_equal(session_add_subscription(services->session,
			     subscription(services, 1), &id, &why),
	    0);
	assert_int_equal(refuse(&why, ERROR_INTERNAL, NULL, "no log"),
	    ERROR_INTERNAL);
	sink.broken(sink.who, &why);
	assert_int_equal(services->hub.unsubscribed, 0);
	struct rpc_frame frame = hear(services, &bytes);
	assert_int_equal(frame.type, 2);
	assert_true(text_is(frame.method, "alerts.ended"));
	struct value_walk walk = value_walk(&frame.params);
	assert_true(value_next(&walk, &reason));
	assert_true(
	    text_is(value_find_text(&reason, "reason"), "internal: no log"));
	hear_the_end(services);
	leave(services);
	assert_true(turn(services, has_ended, WAIT_MS));
	assert_int_equal(services->hub.unsubscribed, 1);
	buf_free(&bytes);
}

static void
count_ending(void *who)
{
	struct services *services = who;
	assert_null(ticket_session(services->sessions, services->ticket[0]));
	services->endings++;
}

static void
tells_of_its_end(void **state)
{
	struct services *services = *state;
	call_stats(services, 1);
	struct session *session = services->session;
	uint64_t first = session_on_end(session, count_ending, services);
	uint64_t second = session_on_end(session, count_ending, services);
	assert_true(first != 0 && second != 0 && first != second);
	assert_true(session_on_end(session, count_ending, services));
	session_on_end_cancel(session, second);
	session_on_end_cancel(session, second);
	session_on_end_cancel(session, 12345);
	assert_true(text_is(session_organisation(session), "local"));
	session_set_organisation(session, TEXT("ufc-rennes"));
	assert_true(text_is(session_organisation(session), "ufc-rennes"));
	leave(services);
	turn(services, never, 20);
	/* The call in flight is still owed an answer. */
	assert_int_equal(services->endings, 0);
	reply(services, 0);
	assert_true(turn(services, has_ended, WAIT_MS));
	assert_int_equal(services->endings, 2);
}

/* A client that calls and never reads: bounded, then ended. */

static void
ends_a_client_that_never_reads(void **state)
{
	struct services *services = *state;
	struct buf frames = { 0 };
	ssize_t sent = 0;
	size_t total = 0;
	for (uint32_t id = 0; id < 100; id++)
		pack_request_open(&frames, id, "alerts.list", 0);
	for (int quiet = 0; quiet < 20; quiet = sent < 0 ? quiet + 1 : 0) {
		size_t from = total % frames.len;
		sent = send(services->peer, frames.at + from, frames.len - from,
		    MSG_NOSIGNAL);
		total += sent > 0 ? (size_t)sent : 0;
		turn(services, never, 2);
		assert_true(total < 16 << 20);
	}
	struct sink sink = session_sink(services->session);
	assert_in_range(sink.queued(sink.who), 65536 / 2, 65536 + 100);
	leave(services);
	assert_true(turn(services, has_ended, WAIT_MS));
	buf_free(&frames);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(answers_out_of_order),
		RIGGED(pauses_at_the_cap),
		RIGGED(drops_answers_of_the_dead),
		RIGGED(answers_what_was_asked_before_the_end),
		RIGGED(drains),
		RIGGED(keeps_subscriptions),
		RIGGED(gives_a_draining_peer_no_room),
		RIGGED(tells_of_a_broken_subscription),
		RIGGED(tells_of_its_end),
		RIGGED(ends_a_client_that_never_reads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
