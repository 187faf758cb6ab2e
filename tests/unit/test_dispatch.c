/* test_dispatch.c - frames to handlers, and what is no call at all. */
#include "tests/unit/session_rig.h"

static void
answers_every_method(void **state)
{
	struct services *services = *state;
	for (unsigned i = 0; i < MESSAGE_COUNT; i++) {
		const struct message *row = message_row((enum message_id)i);
		bool needs = false;
		for (const struct message_arg *arg = row->args; arg->name;
		     arg++)
			needs |= arg->need != NEED_OPTIONAL;
		if (i == MESSAGE_SERVER_STATS)
			continue;
		call(services, i, row->wire);
		if (needs)
			hear_error(services, i, "invalid: ");
		else
			hear_text(services, i, row->wire);
	}
}

static void
takes_generic_clients(void **state)
{
	struct services *services = *state;
	struct buf frame = { 0 };
	pack_list(&frame, 4);
	pack_uint(&frame, 0);
	pack_uint(&frame, UINT32_MAX);
	pack_bin(&frame, TEXT("hello"));
	pack_list(&frame, 1);
	pack_map(&frame, 1);
	pack_field_real(&frame, "protocol", 1.0);
	say(services, &frame);
	hear_text(services, UINT32_MAX, "hello");
}

static void
refuses_unknown_methods_and_lives(void **state)
{
	struct services *services = *state;
	char name[1200];
	call(services, 1, "report.sumbit");
	hear_error(services, 1,
	    "unsupported: unknown method \"report.sumbit\"; "
	    "did you mean \"report.submit\"?");
	call(services, 2, "nvim_get_api_info");
	hear_error(services, 2,
	    "unsupported: unknown method \"nvim_get_api_info\"");
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	call(services, 3, name);
	hear_error(services, 3, "unsupported: unknown method \"xxxx");
	call(services, 4, "");
	hear_error(services, 4, "unsupported: unknown method");
	assert_int_equal(services->calls, 0);
	call(services, 5, "alerts.list");
	hear_text(services, 5, "alerts.list");
}

static void
ignores_notifications_and_replies(void **state)
{
	struct services *services = *state;
	struct buf frames = { 0 };
	pack_push_open(&frames, TEXT("nvim_set_client_info"), 0);
	pack_push_open(&frames, TEXT("server.stats"), 0);
	pack_reply_open(&frames, 7);
	pack_nil(&frames);
	say(services, &frames);
	hear_nothing(services);
	assert_int_equal(services->calls, 0);
	call(services, 5, "alerts.list");
	hear_text(services, 5, "alerts.list");
}

static void
answers_a_bad_frame_and_closes(void **state)
{
	struct services *services = *state;
	static const char huge[] = "\x94\x00\xcd\x01\x02\xdb\x7f\xff\xff\xff";
	call_stats(services, 2);
	assert_int_equal(send(services->peer, huge, sizeof(huge) - 1,
			     MSG_NOSIGNAL),
	    sizeof(huge) - 1);
	hear_error(services, 258, "bad-frame: ");
	hear_nothing(services);
	reply(services, 1);
	hear_result(services, 2, 1);
	hear_nothing(services);
	reply(services, 0);
	hear_result(services, 1, 0);
	hear_the_end(services);
	leave(services);
	assert_true(turn(services, has_ended, WAIT_MS));
	assert_int_equal(services->ends, 1);
}

static void
answers_each_kind_of_bad_frame(void **state)
{
	struct services *services = *state;
	static const struct {
		const char *bytes;
		size_t len;
		uint32_t id;
	} rows[] = {
		{ "GET /", 5, 0 },
		{ "\x16\x03\x01", 3, 0 },
		{ "\xc1", 1, 0 },
		{ "\x94\x05\x07\xa1m\x90", 6, 0 }, /* type 5 */
		{ "\x94\x00\x07\x01\x90", 5, 7 },  /* method 1 */
		{ "\x94\x00\x07\xa1m\x01", 6, 7 }, /* params 1 */
		{ "\x94\x00\xff\xa1m\x90", 6, 0 }, /* id -1 */
		{ "\x94\x00\x09\xdd\xff\xff\xff\xff", 8, 9 },
		{ "\x93\x00\x09\xa1m", 5, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ssize_t sent = send(services->peer, rows[i].bytes, rows[i].len,
		    MSG_NOSIGNAL);
		assert_int_equal(sent, rows[i].len);
		hear_error(services, rows[i].id, "bad-frame: ");
		hear_the_end(services);
		leave(services);
		join(services);
	}
	assert_true(turn(services, has_ended, WAIT_MS));
	assert_int_equal(services->calls, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(answers_every_method),
		RIGGED(takes_generic_clients),
		RIGGED(refuses_unknown_methods_and_lives),
		RIGGED(ignores_notifications_and_replies),
		RIGGED(answers_a_bad_frame_and_closes),
		RIGGED(answers_each_kind_of_bad_frame),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
