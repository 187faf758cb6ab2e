/*
 * test_client_stream.c - batches of reports and subscriptions of libtocsin.
 */
#include "tests/unit/client_rig.h"

/* --- submitting ---------------------------------------------------------- */

static void
pack_items(struct buf *out, uint32_t id, uint32_t count, uint64_t seq)
{
	pack_reply_open(out, id);
	pack_map(out, 1);
	pack_string(out, "items");
	pack_list(out, count);
	for (uint32_t i = 0; i < count; i++) {
		bool is_bad = seq + i == 104;
		pack_map(out, 3);
		pack_field_uint(out, "i", i);
		pack_field_string(out, "status", is_bad ? "rejected" : "new");
		if (is_bad)
			pack_field_string(out, "error",
			    "invalid: country: two letters");
		else
			pack_field_uint(out, "seq", seq + i);
	}
}

/* Ten reports in batches of three; the second batch is answered first. */
static void
script_batches(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	struct value reports, label;
	struct buf out[4] = { { 0 } };
	static const uint32_t sizes[] = { 3, 3, 3, 1 };
	for (unsigned i = 0; i < 4; i++) {
		peer_expect(&peer, &frame, "report.submit_batch");
		reports = peer_argument(&frame, "reports");
		label = peer_argument(&frame, "import");
		PEER_CHECK(text_is(label.as.text, "box"));
		PEER_CHECK(reports.kind == VALUE_LIST);
		PEER_CHECK(reports.count == sizes[i]);
		pack_items(&out[i], frame.id, sizes[i], 100 + 3 * i);
		if (i == 1) {
			peer_send(&peer, &out[1]);
			peer_send(&peer, &out[0]);
		} else if (i > 1) {
			peer_send(&peer, &out[i]);
		}
	}
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

struct told {
	uint64_t next; /* index that must come next */
	unsigned rejected;
	unsigned failed;
	uint64_t rejected_at;
};

static void
on_item(void *who, uint64_t index, const struct tocsin_value *item,
    const struct tocsin_error *error)
{
	struct told *told = who;
	assert_int_equal(index, told->next);
	told->next++;
	if (!item) {
		assert_non_null(error);
		told->failed++;
	} else if (error) {
		assert_int_equal(error->code, TOCSIN_INVALID);
		assert_string_equal(error->field, "country");
		told->rejected++;
		told->rejected_at = index;
	} else {
		assert_int_equal(tocsin_get_int(item, "seq", 0),
		    100 + (int64_t)index);
	}
}

static void
put_report(struct tocsin_writer *writer, unsigned number)
{
	char id[16];
	snprintf(id, sizeof(id), "r%u", number);
	tocsin_writer_clear(writer);
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "id", id);
	tocsin_put_end(writer);
}

static void
test_submitter_tells_in_order(void **state)
{
	const struct tocsin_submit_options options = { .batch = 500,
		.window = 2,
		.import = "box" };
	struct tocsin_writer *writer = tocsin_writer_new();
	struct told told = { 0 };
	struct tocsin_error error;
	struct tocsin_submitter *submitter;
	struct fake fake;
	struct tocsin *tocsin;
	(void)state;
	fake_start(&fake, script_batches);
	tocsin = connect_to(&fake, 5000);
	assert_int_equal(tocsin_connect(tocsin, false, &error), 0);
	submitter = tocsin_submitter_new(tocsin, &options, on_item, &told);
	for (unsigned i = 0; i < 10; i++) {
		put_report(writer, i);
		assert_int_equal(tocsin_submitter_add(submitter,
				     tocsin_writer_bytes(writer), &error),
		    0);
	}
	assert_int_equal(tocsin_submitter_finish(submitter, &error), 0);
	assert_int_equal(told.next, 10);
	assert_int_equal(told.rejected, 1);
	assert_int_equal(told.rejected_at, 4);
	assert_int_equal(tocsin_submitter_add(submitter, tocsin_text_of("\x01"),
			     &error),
	    TOCSIN_MISUSE);
	tocsin_submitter_free(submitter);
	tocsin_writer_free(writer);
	tocsin_free(tocsin);
	fake_end(&fake);
}

static void
script_batch_refused(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	peer_expect(&peer, &frame, "report.submit_batch");
	peer_refuse(&peer, frame.id, "forbidden: not your box");
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

static void
test_submitter_ends_with_a_failed_batch(void **state)
{
	const struct tocsin_submit_options options = { .window = 1 };
	struct tocsin_writer *writer = tocsin_writer_new();
	struct told told = { 0 };
	struct tocsin_error error;
	struct tocsin_submitter *submitter;
	struct fake fake;
	struct tocsin *tocsin;
	int code = 0;
	(void)state;
	fake_start(&fake, script_batch_refused);
	tocsin = connect_to(&fake, 5000);
	assert_int_equal(tocsin_connect(tocsin, false, &error), 0);
	submitter = tocsin_submitter_new(tocsin, &options, on_item, &told);
	for (unsigned i = 0; i < 4 && !code; i++) {
		put_report(writer, i);
		code = tocsin_submitter_add(submitter,
		    tocsin_writer_bytes(writer), &error);
	}
	assert_int_equal(code, TOCSIN_FORBIDDEN);
	assert_string_equal(error.text, "not your box");
	assert_int_equal(told.failed, 3);
	tocsin_submitter_free(submitter);
	tocsin_writer_free(writer);
	tocsin_free(tocsin);
	fake_end(&fake);
}

static void
script_one_batch_unanswered(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	struct buf out = { 0 };
	peer_expect(&peer, &frame, "report.submit_batch");
	pack_items(&out, frame.id, 1, 100);
	usleep(50000);
	peer_send(&peer, &out);
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

/* Freed with a batch in flight: its answer has nowhere to go, and is taken. */
static void
test_submitter_freed_early(void **state)
{
	const struct tocsin_submit_options options = { .window = 1 };
	struct tocsin_writer *writer = tocsin_writer_new();
	struct told told = { 0 };
	struct tocsin_error error;
	struct tocsin_submitter *submitter;
	struct fake fake;
	struct tocsin *tocsin;
	(void)state;
	fake_start(&fake, script_one_batch_unanswered);
	tocsin = connect_to(&fake, 5000);
	submitter = tocsin_submitter_new(tocsin, &options, on_item, &told);
	put_report(writer, 0);
	assert_int_equal(tocsin_submitter_add(submitter,
			     tocsin_writer_bytes(writer), &error),
	    0);
	assert_int_equal(tocsin_submitter_flush(submitter, &error), 0);
	tocsin_submitter_free(submitter);
	assert_int_equal(tocsin_wait(tocsin, 0), 0);
	assert_int_equal(told.next, 0);
	tocsin_writer_free(writer);
	tocsin_free(tocsin);
	fake_end(&fake);
}

/* --- subscribing --------------------------------------------------------- */

static void
peer_push(struct peer *peer, uint32_t number, unsigned first, unsigned count)
{
	struct buf out = { 0 };
	pack_push_open(&out, TEXT("alerts"), 2);
	pack_uint(&out, number);
	pack_list(&out, count);
	for (unsigned i = 0; i < count; i++) {
		char cursor[16];
		snprintf(cursor, sizeof(cursor), "c%u", first + i);
		pack_map(&out, 2);
		pack_field_string(&out, "cursor", cursor);
		pack_field_uint(&out, "seq", first + i);
	}
	peer_send(peer, &out);
}

static void
peer_subscribed(struct peer *peer, const struct rpc_frame *frame)
{
	struct buf out = { 0 };
	pack_reply_open(&out, frame->id);
	pack_map(&out, 2);
	pack_field_uint(&out, "subscription", 5);
	pack_field_string(&out, "cursor", "c0");
	peer_send(peer, &out);
}

/* The number that leads the arguments of pushes. */
static uint32_t
peer_number(const struct rpc_frame *frame)
{
	struct value notify = peer_argument(frame, "notify");
	struct value args, number;
	struct value_walk walk;
	PEER_CHECK(value_find(&notify, "args", &args));
	walk = value_walk(&args);
	PEER_CHECK(value_next(&walk, &number));
	return (uint32_t)number.as.uint;
}

static void
script_subscription(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	uint32_t number;
	peer_expect(&peer, &frame, "alerts.subscribe");
	PEER_CHECK(text_is(peer_argument(&frame, "from").as.text, "all"));
	PEER_CHECK(text_is(peer_argument(&frame, "durable").as.text, "desk"));
	PEER_CHECK(peer_argument(&frame, "take_over").as.yes);
	PEER_CHECK(peer_argument(&frame, "filter").kind == VALUE_MAP);
	number = peer_number(&frame);
	peer_subscribed(&peer, &frame);
	peer_push(&peer, number, 1, 2);
	peer_push(&peer, number + 1, 50, 1);
	peer_push(&peer, number, 3, 1);
	peer_close(&peer);

	peer = peer_greet(listener);
	peer_expect(&peer, &frame, "alerts.subscribe");
	PEER_CHECK(text_is(peer_argument(&frame, "from").as.text, "c3"));
	PEER_CHECK(peer_argument(&frame, "take_over").kind == VALUE_NIL);
	peer_subscribed(&peer, &frame);
	peer_push(&peer, peer_number(&frame), 4, 1);
	peer_expect(&peer, &frame, "alerts.unsubscribe");
	PEER_CHECK(peer_argument(&frame, "subscription").as.uint == 5);
	peer_answer(&peer, frame.id, "subscription", 5);
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

struct heard {
	int64_t next; /* seq that must come next */
	unsigned begun;
	enum tocsin_code ended;
};

static void
on_event(void *who, const struct tocsin_value *event)
{
	struct heard *heard = who;
	assert_int_equal(tocsin_get_int(event, "seq", 0), heard->next);
	heard->next++;
}

static void
on_subscription(void *who, const struct tocsin_value *result,
    const struct tocsin_error *error)
{
	struct heard *heard = who;
	if (error)
		heard->ended = error->code;
	else
		heard->begun++;
	assert_true((result != NULL) != (error != NULL));
}

static void
test_subscription_resumes_after_the_last_event(void **state)
{
	const struct tocsin_value empty = { TOCSIN_MAP, 0, { "\x80", 1 } };
	const struct tocsin_subscribe_options options = { .filter = &empty,
		.durable = "desk",
		.from = "all",
		.take_over = true };
	struct heard heard = { .next = 1 };
	struct tocsin_subscription *subscription;
	struct fake fake;
	struct tocsin *tocsin;
	int64_t until = now_ms() + 5000;
	(void)state;
	fake_start(&fake, script_subscription);
	tocsin = connect_to(&fake, 5000);
	subscription = tocsin_subscribe(tocsin, &options, on_event,
	    on_subscription, &heard);
	assert_non_null(subscription);
	assert_string_equal(tocsin_subscription_cursor(subscription), "");
	while (heard.next < 5 && now_ms() < until)
		assert_int_equal(tocsin_step(tocsin, 100), 0);
	assert_int_equal(heard.next, 5);
	assert_int_equal(heard.begun, 2);
	assert_int_equal(heard.ended, TOCSIN_OK);
	assert_string_equal(tocsin_subscription_cursor(subscription), "c4");
	tocsin_unsubscribe(subscription);
	assert_int_equal(tocsin_wait(tocsin, 0), 0);
	tocsin_free(tocsin);
	fake_end(&fake);
}

/* Told so while connected; another subscription's end is not ours. */
static void
script_ended(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	static const uint64_t numbers[] = { 6, 5 };
	peer_expect(&peer, &frame, "alerts.subscribe");
	peer_subscribed(&peer, &frame);
	for (unsigned i = 0; i < 2; i++) {
		struct buf out = { 0 };
		pack_push_open(&out, TEXT("alerts.ended"), 1);
		pack_map(&out, 2);
		pack_field_uint(&out, "subscription", numbers[i]);
		pack_field_string(&out, "reason", "taken over");
		peer_send(&peer, &out);
		if (!i)
			peer_push(&peer, peer_number(&frame), 1, 1);
	}
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

/* Read a durable subscription until it ends with a conflict. */
static struct heard
read_to_conflict(void (*script)(int listener))
{
	const struct tocsin_subscribe_options options = { .durable = "desk" };
	struct heard heard = { .next = 1 };
	struct fake fake;
	struct tocsin *tocsin;
	int64_t until = now_ms() + 5000;
	fake_start(&fake, script);
	tocsin = connect_to(&fake, 5000);
	assert_non_null(tocsin_subscribe(tocsin, &options, on_event,
	    on_subscription, &heard));
	while (!heard.ended && now_ms() < until)
		assert_int_equal(tocsin_step(tocsin, 100), 0);
	assert_int_equal(heard.ended, TOCSIN_CONFLICT);
	tocsin_free(tocsin);
	fake_end(&fake);
	return heard;
}

static void
test_subscription_ended_by_the_daemon(void **state)
{
	struct heard heard = read_to_conflict(script_ended);
	(void)state;
	assert_int_equal(heard.next, 2);
}

/* Taken over while away: the subscription ends and does not come back. */
static void
script_taken_over(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	peer_expect(&peer, &frame, "alerts.subscribe");
	peer_subscribed(&peer, &frame);
	peer_close(&peer);
	peer = peer_greet(listener);
	peer_expect(&peer, &frame, "alerts.subscribe");
	peer_refuse(&peer, frame.id, "conflict: desk is read by another");
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

static void
test_subscription_taken_over_ends(void **state)
{
	struct heard heard = read_to_conflict(script_taken_over);
	(void)state;
	assert_int_equal(heard.begun, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_submitter_tells_in_order),
		cmocka_unit_test(test_submitter_ends_with_a_failed_batch),
		cmocka_unit_test(test_submitter_freed_early),
		cmocka_unit_test(
		    test_subscription_resumes_after_the_last_event),
		cmocka_unit_test(test_subscription_ended_by_the_daemon),
		cmocka_unit_test(test_subscription_taken_over_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
