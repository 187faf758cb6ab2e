/* test_act.c - which events are acts, and how they are told. */
#include "daemon/feed/act.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/store/record.h"
#include "daemon/store/record_access.h"
#include "daemon/store/record_audit.h"
#include "daemon/store/record_curation.h"
#include "daemon/store/record_erase.h"
#include "daemon/store/record_judgement.h"
#include "daemon/store/record_remedy.h"
#include "daemon/store/record_rules.h"
#include "tests/unit/notation.h"

/* Events that are acts, each with what is told of it. */
struct sample {
	uint8_t type;
	const char *body;
	const char *what, *kind, *subject;
	uint32_t product, other, alert, ordinal;
};

static const struct sample samples[] = {
	{ RECORD_CURATION, "{'author': 'Ada', 'reason': 'r', 'token': 't1'}",
	    "curation", "merge", "", 7, 9, 0, 3 },
	{ RECORD_LINK, "{'author': 'Ada', 'reason': 'r', 'token': 't1'}",
	    "duplicates", "link", "@20 @30", 7, 0, 0, 3 },
	{ RECORD_ALERT, "{'by': 'Ada', 'text': 'r', 'token': 't1'}", "alerts",
	    "commented", "", 7, 0, 12, 0 },
	{ RECORD_REMEDY,
	    "{'by': 'Ada', 'reason': 'r', 'token': 't1', 'reference': 'n'}",
	    "remedies", "recall", "n", 7, 0, 0, 0 },
	{ RECORD_ERASE, "{'author': 'Ada', 'reason': 'r', 'token': 't1'}",
	    "erasure", "report", "@40", 0, 0, 0, 3 },
	{ RECORD_ORGANISATION, "{'by': 'Ada', 'reason': 'r', 'token': 't1'}",
	    "organisations", "set", "desk", 0, 0, 0, 0 },
	{ RECORD_TOKEN, "{'by': 'Ada', 'reason': 'r', 'token': 't1'}", "tokens",
	    "revoked", "t5", 0, 0, 0, 0 },
	{ RECORD_AUDIT,
	    "{'by': 'Ada', 'reason': 'r', 'token': 't1', 'text': 'x.y'}",
	    "configuration", "reload", "x.y", 0, 0, 0, 0 },
};
enum { SAMPLES = sizeof(samples) / sizeof(*samples) };

static void
write_curation(struct buf *out)
{
	record_curation_write(out,
	    &(struct record_curation){ .kind = CURATION_MERGE,
		.product = 7,
		.other = 9,
		.organisation = 3 },
	    NULL);
}

static void
write_judgement(struct buf *out)
{
	struct record_judgement record = { .kind = JUDGEMENT_LINK,
		.product = 7,
		.organisation = 3,
		.whole = 20,
		.side = { { .count = 1, .seq = { 20 } },
		    { .count = 1, .seq = { 30 } } } };

	record_judgement_write(out, &record);
}

static void
write_alert(struct buf *out)
{
	struct record_alert record = { .alarm = { .id = 12, .product = 7 },
		.change = CHANGE_COMMENTED,
		.alert = TEXT("\x80") };

	record_alert_write(out, &record);
}

static void
write_header(uint8_t type, struct buf *out)
{
	if (type == RECORD_CURATION)
		write_curation(out);
	else if (type == RECORD_LINK)
		write_judgement(out);
	else if (type == RECORD_ALERT)
		write_alert(out);
	else if (type == RECORD_REMEDY)
		record_remedy_write(out,
		    &(struct record_remedy){ .product = 7,
			.kind = REMEDY_RECALL });
	else if (type == RECORD_ERASE)
		record_erase_write(out,
		    &(struct record_erase){ .kind = ERASE_REPORT,
			.organisation = 3,
			.first_seq = 40,
			.latest_seq = 41 });
	else if (type == RECORD_ORGANISATION)
		record_organisation_write(out,
		    &(struct record_organisation){ .organisation = 1,
			.name = TEXT("desk") });
	else if (type == RECORD_TOKEN)
		record_token_write(out,
		    &(struct record_token){ .act = TOKEN_REVOKED, .token = 5 });
	else
		record_audit_write(out,
		    &(struct record_audit){ .kind = AUDIT_RELOAD });
}

static void
each_is_told(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SAMPLES; i++) {
		const struct sample *sample = &samples[i];
		struct buf header = { 0 }, body = { 0 };
		struct store_event event = { .seq = 50, .type = sample->type };
		struct act act;

		write_header(sample->type, &header);
		notation(&body, sample->body);
		event.header = buf_text(&header);
		event.body = buf_text(&body);
		assert_true(act_read(&event, &act));
		assert_string_equal(act.what, sample->what);
		assert_string_equal(act.kind, sample->kind);
		assert_string_equal(act.subject, sample->subject);
		assert_int_equal(act.product, sample->product);
		assert_int_equal(act.other, sample->other);
		assert_int_equal(act.alert, sample->alert);
		assert_int_equal(act.ordinal, sample->ordinal);
		assert_true(text_is(act.by, "Ada") &&
		    text_is(act.reason, "r") && text_is(act.token, "t1"));
		/* What it is does not depend on its body. */
		event.body.len = 0;
		event.is_erased = true;
		assert_true(act_read(&event, &act));
		assert_true(act.is_erased && !act.by.len && !act.reason.len);
		assert_string_equal(act.kind, sample->kind);
		buf_free(&header);
		buf_free(&body);
	}
}

/* A log that is damaged in spite of its checksums. */
static void
no_header_that_is_cut_is_read(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SAMPLES; i++) {
		struct buf header = { 0 };
		struct store_event event = { .type = samples[i].type,
			.body = TEXT("\x80") };
		struct act act;

		write_header(samples[i].type, &header);
		for (size_t len = 0; len < header.len; len++) {
			/* At its end, so that a sanitizer sees what is read. */
			char *cut = malloc(len ? len : 1);

			memcpy(cut, header.at, len);
			event.header = (struct text){ cut, len };
			(void)act_read(&event, &act);
			free(cut);
		}
		event.header = (struct text){ "", 0 };
		assert_false(act_read(&event, &act));
		buf_free(&header);
	}
}

static void
what_goes_on_by_itself_is_none(void **state)
{
	struct buf header = { 0 };
	struct store_event event = { .type = RECORD_ALERT };
	struct act act;

	(void)state;
	write_alert(&header);
	event.header = buf_text(&header);
	assert_false(act_read(&event, &act));
	buf_clear(&header);
	record_token_write(&header,
	    &(struct record_token){ .act = TOKEN_USED, .token = 5 });
	event = (struct store_event){ .type = RECORD_TOKEN,
		.header = buf_text(&header) };
	assert_false(act_read(&event, &act));
	buf_clear(&header);
	record_erase_write(&header,
	    &(struct record_erase){ .kind = ERASE_DONE, .seq = 3 });
	event = (struct store_event){ .type = RECORD_ERASE,
		.header = buf_text(&header) };
	assert_false(act_read(&event, &act));
	buf_free(&header);
	for (uint8_t type = 0; type < 64; type++) {
		event =
		    (struct store_event){ .type = type, .body = TEXT("\x80") };
		if (type <= RECORD_WITHDRAW || type == RECORD_DURABLE ||
		    type == RECORD_REGROUP || type == RECORD_PRIOR)
			assert_false(record_is_act(&event));
		/* Whatever is one can be told. */
		if (record_is_act(&event))
			(void)act_read(&event, &act);
	}
}

static void
a_long_subject_ends_between_characters(void **state)
{
	struct buf header = { 0 }, body = { 0 };
	struct store_event event = { .type = RECORD_AUDIT };
	char words[2 * ACT_SUBJECT_MAX];
	struct act act;

	(void)state;
	for (size_t i = 0; i < sizeof(words); i += 2)
		memcpy(words + i, "\xc3\xa9", 2);
	write_header(RECORD_AUDIT, &header);
	pack_map(&body, 1);
	pack_field_text(&body, "text", (struct text){ words, sizeof(words) });
	event.header = buf_text(&header);
	event.body = buf_text(&body);
	assert_true(act_read(&event, &act));
	assert_int_equal(strlen(act.subject), ACT_SUBJECT_MAX - 2);
	buf_free(&header);
	buf_free(&body);
}

static void
wishes_are_kept(void **state)
{
	const struct act act = { .at_ms = 1000,
		.what = "curation",
		.kind = "merge",
		.organisation = TEXT("desk"),
		.token = TEXT("t3"),
		.by = TEXT("Ada"),
		.product = 7,
		.other = 9 };
	static const struct {
		struct act_wanted wanted;
		bool is;
	} cases[] = {
		{ { .since = 0 }, true },
		{ { .since = 1000, .until = 1001 }, true },
		{ { .since = 1001 }, false },
		{ { .until = 1000 }, false },
		{ { .who = { "desk", 4 } }, true },
		{ { .who = { "t3", 2 } }, true },
		{ { .who = { "Ada", 3 } }, true },
		{ { .who = { "Ad", 2 } }, false },
		{ { .what = { "merge", 5 } }, true },
		{ { .what = { "curation", 8 } }, true },
		{ { .what = { "tokens", 6 } }, false },
		{ { .product = 7 }, true },
		{ { .product = 9 }, true },
		{ { .product = 8 }, false },
		{ { .who = { "Ada", 3 }, .product = 8 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(act_is_wanted(&act, &cases[i].wanted),
		    cases[i].is);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_told),
		cmocka_unit_test(no_header_that_is_cut_is_read),
		cmocka_unit_test(what_goes_on_by_itself_is_none),
		cmocka_unit_test(a_long_subject_ends_between_characters),
		cmocka_unit_test(wishes_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
