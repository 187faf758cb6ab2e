/*
 * test_access.c - every method, every role, in and out of scope.  What must
 * come out is told here once more, from the words of messages.def: a row
 * whose words have no rule here does not compile.
 */
#include "daemon/core/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a token without a scope, in it, out of it, and one that says nothing
 * of its subject is told. */
struct expected {
	bool free, in, out, silent;
};
static const struct expected expect_NOTHING = { true, true, true, true };
static const struct expected expect_OWN = { true, true, true, true };
static const struct expected expect_REPORT = { true, true, false, false };
static const struct expected expect_FILTER = { true, true, false, false };
static const struct expected expect_PRODUCT = { true, true, false, false };
static const struct expected expect_ALERT = { true, true, false, false };
static const struct expected expect_WHOLE = { true, false, false, false };

enum {
	needs_NONE = 0,
	needs_SUBMIT = 1,
	needs_SUBSCRIBE = 2,
	needs_READ = 3,
	needs_CURATE = 4,
	needs_ADMIN = 5,
};

/* clang-format off */
static const struct rule_row {
	const char *wire;
	unsigned role; /* 1..5; 0 none */
	const struct expected *expected;
} rows[] = {
#define METHOD(NAME, name, wire, flags, role, scope, summary) \
	{ wire, needs_##role, &expect_##scope },
#define ARG(name, kind, field, need, min, max, fallback, meaning)
#define REPLY(name, kind, field, meaning)
#define END(NAME, name)
#include "proto/messages.def"
#undef METHOD
#undef ARG
#undef REPLY
#undef END
};
/* clang-format on */

static struct vocabulary *vocabulary;

static int
category(const char *slug)
{
	int index = vocabulary_find(vocabulary, WORDS_CATEGORY, text_of(slug));

	assert_true(index >= 0);
	return index;
}

static enum access_answer
ask(unsigned row, unsigned roles, const struct access_scope *scope,
    const struct access_subject *subject)
{
	struct grant grant = { .token = 7, .roles = roles };
	const struct message *message = message_row((enum message_id)row);

	assert_string_equal(message->wire, rows[row].wire);
	if (scope)
		grant.scope = *scope;
	return access_check(&grant, message, subject, 1000);
}

static void
says(unsigned row, unsigned role, enum access_answer answer, bool in_scope)
{
	enum access_answer wanted = ACCESS_GRANTED;

	if (rows[row].role && rows[row].role != role)
		wanted = ACCESS_NO_ROLE;
	else if (rows[row].role && !in_scope)
		wanted = ACCESS_NO_SCOPE;
	if (answer != wanted)
		fail_msg("%s, role %u: %d, not %d", rows[row].wire, role,
		    (int)answer, (int)wanted);
}

static void
every_method_every_role(void **state)
{
	const uint16_t france = 'F' << 8 | 'R', spain = 'E' << 8 | 'S';
	const int kettle = category("kettle"), toaster = category("toaster");
	const uint32_t seven = 7, eight = 8;
	const struct access_scope scopes[] = {
		{ .vocabulary = vocabulary,
		    .ncategories = 1,
		    .category = { kettle } },
		{ .ncountries = 1, .country = { france } },
		{ .nproducts = 1, .product = { seven } },
	};
	const struct access_subject in = { 1, 1, 1, &kettle, &france, &seven,
		false };
	const struct access_subject out = { 1, 1, 1, &toaster, &spain, &eight,
		false };
	const struct access_subject silent = { 0 };

	(void)state;
	assert_int_equal(COUNT(rows), MESSAGE_COUNT);
	for (unsigned row = 0; row < MESSAGE_COUNT; row++)
		for (unsigned role = 1; role <= 5; role++) {
			const struct expected *wanted = rows[row].expected;
			unsigned bit = 1u << role;

			says(row, role, ask(row, bit, NULL, NULL),
			    wanted->free);
			for (size_t i = 0; i < COUNT(scopes); i++) {
				says(row, role, ask(row, bit, &scopes[i], &in),
				    wanted->in);
				says(row, role, ask(row, bit, &scopes[i], &out),
				    wanted->out);
				says(row, role,
				    ask(row, bit, &scopes[i], &silent),
				    wanted->silent);
				says(row, role, ask(row, bit, &scopes[i], NULL),
				    wanted->silent);
			}
		}
}

/* Told here once more, so that no flag is set by mistake. */
static bool
is_for_the_public(const char *wire)
{
	static const char *const names[] = { "hello", "vocabulary.get",
		"report.submit", "report.submit_batch", "products.search",
		"products.get", "groups.list", "groups.get", "alerts.subscribe",
		"alerts.unsubscribe", "alerts.fetch", "alerts.ack",
		"alerts.list", "alerts.get", "alerts.history", "export.open",
		"export.next", "export.close", "rules.get" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (!strcmp(names[i], wire))
			return true;
	return false;
}

static void
the_public_has_its_view(void **state)
{
	(void)state;
	for (unsigned row = 0; row < MESSAGE_COUNT; row++)
		for (unsigned role = 0; role <= 5; role++) {
			struct grant grant = { .roles = 1u << role,
				.is_public = true };
			struct grant token = grant;
			enum access_answer wanted = ACCESS_GRANTED, answer;
			struct refusal why = { 0 };

			if (rows[row].role && rows[row].role != role)
				wanted = ACCESS_NO_ROLE;
			else if (!is_for_the_public(rows[row].wire))
				wanted = ACCESS_NO_VIEW;
			answer = access_check(&grant,
			    message_row((enum message_id)row), NULL, 0);
			if (answer != wanted)
				fail_msg("%s, role %u: %d, not %d",
				    rows[row].wire, role, (int)answer,
				    (int)wanted);
			assert_int_equal(access_refuse(answer, &grant,
					     message_row((enum message_id)row),
					     &why),
			    answer ? ERROR_UNAUTHORIZED : 0);
			token.is_public = false;
			if (answer == ACCESS_NO_VIEW)
				assert_int_equal(access_check(&token,
						     message_row(
							 (enum message_id)row),
						     NULL, 0),
				    ACCESS_GRANTED);
		}
}

static void
ended_tokens_may_nothing(void **state)
{
	struct grant grant = { .token = 7,
		.roles = ACCESS_ALL_ROLES,
		.expires_ms = 1000 };

	(void)state;
	for (unsigned row = 0; row < MESSAGE_COUNT; row++) {
		const struct message *message =
		    message_row((enum message_id)row);
		enum access_answer ended =
		    rows[row].role ? ACCESS_ENDED : ACCESS_GRANTED;

		grant.is_revoked = false;
		assert_int_equal(access_check(&grant, message, NULL, 999),
		    ACCESS_GRANTED);
		assert_int_equal(access_check(&grant, message, NULL, 1000),
		    ended);
		grant.is_revoked = true;
		assert_int_equal(access_check(&grant, message, NULL, 999),
		    ended);
	}
}

static void
scopes_hold_what_is_below(void **state)
{
	int kettle = category("kettle"), parent;
	struct access_scope scope = { .vocabulary = vocabulary,
		.ncategories = 1 };
	struct access_subject subject = { .ncategories = 1,
		.category = &kettle };
	const int both[] = { kettle, -1 };

	(void)state;
	parent = vocabulary_word(vocabulary, WORDS_CATEGORY, (unsigned)kettle)
		     ->parent;
	assert_true(parent >= 0);
	scope.category[0] = parent;
	assert_true(access_holds(&scope, &subject));
	scope.category[0] = kettle;
	subject.category = &parent;
	assert_false(access_holds(&scope, &subject));
	/* All that is named, and a category nobody knows is nowhere. */
	subject.category = both;
	subject.ncategories = 2;
	assert_false(access_holds(&scope, &subject));
	subject.ncategories = 1;
	assert_true(access_holds(&scope, &subject));
	/* Every part must hold. */
	scope.ncountries = 1;
	assert_false(access_holds(&scope, &subject));
}

static void
products_hold_their_family(void **state)
{
	struct access_scope scope = { .nproducts = 1, .product = { 7 } };
	const uint32_t members[] = { 9, 7 };
	struct access_subject subject = { .nproducts = 2, .product = members };

	(void)state;
	assert_false(access_holds(&scope, &subject));
	subject.is_family = true;
	assert_true(access_holds(&scope, &subject));
	subject.nproducts = 1;
	assert_false(access_holds(&scope, &subject));
}

static void
refusals_say_what_is_needed(void **state)
{
	const struct message *merge = message_row(MESSAGE_PRODUCTS_MERGE);
	struct grant grant = { .token = 7,
		.roles = ACCESS_ROLE(ROLE_SUBMIT) | ACCESS_ROLE(ROLE_READ) };
	struct refusal why = { 0 };

	(void)state;
	assert_int_equal(access_refuse(ACCESS_NO_ROLE, &grant, merge, &why),
	    ERROR_FORBIDDEN);
	assert_string_equal(why.text,
	    "needs role curate; your token has submit, read");
	grant.token = 0;
	assert_int_equal(access_refuse(ACCESS_NO_ROLE, &grant, merge, &why),
	    ERROR_UNAUTHORIZED);
	assert_int_equal(access_refuse(ACCESS_ENDED, &grant, merge, &why),
	    ERROR_UNAUTHORIZED);
	assert_int_equal(access_refuse(ACCESS_NO_SCOPE, &grant, merge, &why),
	    ERROR_FORBIDDEN);
	assert_int_equal(access_refuse(ACCESS_GRANTED, &grant, merge, &why), 0);
}

static void
roles_have_names(void **state)
{
	char text[ACCESS_ROLES_TEXT_MAX];

	(void)state;
	assert_string_equal(access_roles_text(0, text), "none");
	assert_string_equal(access_roles_text(ACCESS_ALL_ROLES, text),
	    "submit, subscribe, read, curate, admin");
	assert_int_equal(access_role_find(TEXT("curate")),
	    ACCESS_ROLE(ROLE_CURATE));
	assert_int_equal(access_role_find(TEXT("none")), 0);
	assert_int_equal(access_role_find(TEXT("")), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_method_every_role),
		cmocka_unit_test(the_public_has_its_view),
		cmocka_unit_test(ended_tokens_may_nothing),
		cmocka_unit_test(scopes_hold_what_is_below),
		cmocka_unit_test(products_hold_their_family),
		cmocka_unit_test(refusals_say_what_is_needed),
		cmocka_unit_test(roles_have_names),
	};
	struct yaml_errors errors = { 0 };
	int failed;

	vocabulary = vocabulary_new(NULL, &errors);
	if (!vocabulary)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	vocabulary_free(vocabulary);
	return failed;
}
