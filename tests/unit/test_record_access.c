/* test_record_access.c - organisations and tokens as events and rows. */
#include "daemon/store/record_access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct record_token token = { .act = 0, /* TOKEN_MADE */
	.token = 300,
	.organisation = 7,
	.roles = 0x3e,
	.expires_ms = INT64_C(1800000000000),
	.hash = { 1, 2, 3, [31] = 255 },
	.scope = { "\x81\xa1x\x01", 4 },
	.note = { "till", 4 },
	.may_read_text = true };

static void
is_same(const struct record_token *read)
{
	assert_int_equal(read->token, token.token);
	assert_int_equal(read->organisation, token.organisation);
	assert_int_equal(read->roles, token.roles);
	assert_int_equal(read->expires_ms, token.expires_ms);
	assert_memory_equal(read->hash, token.hash, sizeof(token.hash));
	assert_true(text_equal(read->scope, token.scope));
	assert_true(text_equal(read->note, token.note));
	assert_int_equal(read->may_read_text, token.may_read_text);
}

/* Cut short anywhere it is no header, but for what was appended later. */
static void
tokens_come_back(void **state)
{
	struct buf out = { 0 };
	struct record_token read;

	(void)state;
	record_token_write(&out, &token);
	assert_true(record_token_read(buf_text(&out), &read));
	is_same(&read);
	assert_true(record_token_read((struct text){ (const char *)out.at,
					  out.len - 1 },
	    &read));
	assert_false(read.may_read_text);
	for (size_t len = 0; len < out.len - 1; len++)
		assert_false(
		    record_token_read((struct text){ (const char *)out.at,
					  len },
			&read));
	buf_free(&out);
}

static void
acts_are_short(void **state)
{
	struct record_token act = { .act = TOKEN_REVOKED, .token = 300 }, read;
	struct buf out = { 0 };

	(void)state;
	record_token_write(&out, &act);
	assert_int_equal(out.len, 3);
	assert_true(record_token_read(buf_text(&out), &read));
	assert_int_equal(read.act, TOKEN_REVOKED);
	assert_int_equal(read.token, 300);
	out.at[0] = TOKEN_ACT_COUNT;
	assert_false(record_token_read(buf_text(&out), &read));
	buf_free(&out);
}

static void
rows_come_back(void **state)
{
	struct access_row row = { 1, 2, 3, token }, read;
	struct buf out = { 0 };

	(void)state;
	access_row_write(&out, &row);
	assert_true(access_row_read(buf_text(&out), &read));
	assert_int_equal(read.made_ms, 1);
	assert_int_equal(read.revoked_ms, 2);
	assert_int_equal(read.used_ms, 3);
	is_same(&read.made);
	for (size_t len = 0; len < out.len - 1; len++)
		assert_false(
		    access_row_read((struct text){ (const char *)out.at, len },
			&read));
	buf_free(&out);
}

static void
organisations_come_back(void **state)
{
	struct record_organisation said = { .organisation = 3,
		.is_trusted = true,
		.trust = 7,
		.probation_until = INT32_MIN,
		.nsites = 2,
		.name = TEXT("testers"),
		.note = TEXT("n"),
		.sites = { "\x01"
			   "a\x02"
			   "bc",
		    5 } };
	struct record_organisation read;
	struct buf out = { 0 };

	(void)state;
	record_organisation_write(&out, &said);
	assert_true(record_organisation_read(buf_text(&out), &read));
	assert_int_equal(read.organisation, 3);
	assert_true(read.is_trusted);
	assert_false(read.is_removed);
	assert_int_equal(read.trust, 7);
	assert_int_equal(read.probation_until, INT32_MIN);
	assert_int_equal(read.nsites, 2);
	assert_true(text_equal(read.name, said.name));
	assert_true(text_equal(read.sites, said.sites));
	for (size_t len = 0; len < out.len; len++)
		assert_false(
		    record_organisation_read((struct text){ (const char *)
								out.at,
						 len },
			&read));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_come_back),
		cmocka_unit_test(acts_are_short),
		cmocka_unit_test(rows_come_back),
		cmocka_unit_test(organisations_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
