/* test_passkey.c - what a token looks like and what is kept of it. */
#include "daemon/core/passkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"

static void
writes_base32(void **state)
{
	uint8_t secret[PASSKEY_SECRET_BYTES];
	char text[PASSKEY_TEXT_MAX];

	(void)state;
	memset(secret, 0, sizeof(secret));
	passkey_write(secret, text);
	assert_string_equal(text,
	    "tocsin_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	/* "foobar" is mzxw6ytboi in RFC 4648, section 10. */
	memcpy(secret, "foobar", 6);
	passkey_write(secret, text);
	assert_memory_equal(text, "tocsin_mzxw6ytboi", 16);
	memset(secret, 255, sizeof(secret));
	passkey_write(secret, text);
	assert_int_equal(strlen(text), 59);
	assert_int_equal(strspn(text + 7, "7"), 51);
	/* The last digit holds one bit. */
	assert_int_equal(text[58], 'q');
}

static void
knows_its_form(void **state)
{
	uint8_t secret[PASSKEY_SECRET_BYTES];
	char text[PASSKEY_TEXT_MAX];

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		digest_random(secret, sizeof(secret));
		passkey_write(secret, text);
		assert_true(passkey_is_one(text_of(text)));
	}
	text[30] = '1';
	assert_false(passkey_is_one(text_of(text)));
	text[30] = 'a';
	assert_true(passkey_is_one(text_of(text)));
	text[58] = '\0';
	assert_false(passkey_is_one(text_of(text)));
	assert_false(passkey_is_one(TEXT("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_base32),
		cmocka_unit_test(knows_its_form),
	};

	return digest_init() || cmocka_run_group_tests(tests, NULL, NULL);
}
