/* Model numbers: what is one, what only looks like it, which are one. */
#include "daemon/core/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* The tokens of a name, with blanks between. */
static const struct {
	const char *name, *tokens;
} names[] = {
	{ "Sony Turntable - PSLX350H", "pslx350h" },
	{ "Bose Acoustimass 5 Series III Speaker System - AM53BK", "am53bk" },
	{ "Linksys EtherFast EZXS88W Ethernet Switch - EZXS88W", "ezxs88w" },
	{ "Bouilloire Moulinex BY-612", "by612" },
	{ "canon pixma ip4500 printer", "ip4500" },
	{ "KDL-46XBR4/B", "kdl46xbr4" },
	{ "Philips HD7459/20", "hd7459" },
	{ "olympus fe-360 pink 226540", "fe360 226540" },
	{ "Logitech 910-000255", "910000255" },
	{ "coolpix-s220", "s220" },
	{ "UE40D8000 40D8000X", "ue40d8000 40d8000x" },
	{ "Bosch SMS 40.E32_EU", "40e32eu" },
	{ "KD\xe2\x80\x91"
	  "55X85J\xc2\xa0T\xc3\xa9l\xc3\xa9",
	    "kd55x85j" },
	/* sizes, counts, speeds */
	{ "2400w 128gb 40in 1080p 220v 2x 7.2mp 50-60hz 100-240v", "" },
	{ "24x36 8.5x11in 1920x1080 3in1 12in1 4x4gb 5.1ch", "" },
	{ "10000mah 12000 btu 100000 250000", "" },
	{ "8-port 40-inch 100-foot 30-day 100th", "" },
	/* standards, part types, dates, versions */
	{ "802.11g mp3 mpeg4 usb2.0 cat5e rs232 cr2032 h264", "" },
	{ "2007-2008 2026-11-24 v10.5 1.2.3.4", "" },
	{ "windows2000 office2007 studio8", "" },
	/* too short, no digit, no letter */
	{ "XR 500 abc d40 1234 macbook", "" },
	{ "", "" },
	{ "---", "" },
	/* longer than any model number */
	{ "a1234567890123456789012345678901234567890", "" },
	{ "a12345678901234567890123456789012345678901234567890123456789012345",
	    "" },
	/* each once; no more than eight */
	{ "a100 a101 a100 a102 a103 a104 a105 a106 a107 a108",
	    "a100 a101 a102 a103 a104 a105 a106 a107" },
};

static void
finds_models_in_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct model_token tokens[MODEL_TOKENS_MAX];
		char seen[MODEL_TOKENS_MAX * (MODEL_TOKEN_MAX + 1) + 1] = "";
		size_t len = 0;
		unsigned count = model_tokens(text_of(names[i].name), tokens,
		    MODEL_TOKENS_MAX);
		for (unsigned j = 0; j < count; j++)
			len += (size_t)snprintf(seen + len, sizeof(seen) - len,
			    "%s%.*s", j > 0 ? " " : "", (int)tokens[j].len,
			    tokens[j].at);
		if (strcmp(seen, names[i].tokens) != 0)
			print_error("of: %s\n", names[i].name);
		assert_string_equal(seen, names[i].tokens);
	}
}

static void
gives_no_more_than_asked(void **state)
{
	(void)state;
	struct model_token tokens[2];
	assert_int_equal(model_tokens(TEXT("a100 b200 c300"), tokens, 2), 2);
	assert_memory_equal(tokens[1].at, "b200", 4);
	assert_int_equal(model_tokens(TEXT("a100"), NULL, 0), 0);
}

static const struct {
	const char *a, *b;
	enum model_relation relation;
} pairs[] = {
	{ "pslx350h", "pslx350h", MODEL_SAME },
	{ "am53bk", "am53bk", MODEL_SAME },
	{ "lds4821", "lds4821ww", MODEL_VARIANT },
	{ "dscw120", "dscw120p", MODEL_VARIANT },
	{ "ue40d8000", "ue40d8000uk", MODEL_VARIANT },
	/* too short to be sure */
	{ "s220", "s220b", MODEL_CONFLICT },
	/* a longer number is another one */
	{ "kdl46v", "kdl46v3000", MODEL_CONFLICT },
	{ "kdl40v3000", "kdl46v3000", MODEL_CONFLICT },
	{ "by612", "by613", MODEL_CONFLICT },
	{ "226540", "226545", MODEL_CONFLICT },
	{ "a1b2", "c3d4", MODEL_CONFLICT },
	/* an article number and a model */
	{ "fe360", "226540", MODEL_UNRELATED },
	{ "dvd2930ci", "ax77", MODEL_UNRELATED },
};

static struct model_token
token_of(const char *word)
{
	struct model_token token = { .len = (uint8_t)strlen(word) };
	memcpy(token.at, word, token.len);
	return token;
}

static void
compares_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct model_token a = token_of(pairs[i].a);
		struct model_token b = token_of(pairs[i].b);
		if (model_compare(&a, &b) != pairs[i].relation)
			print_error("%s, %s\n", pairs[i].a, pairs[i].b);
		assert_int_equal(model_compare(&a, &b), pairs[i].relation);
		assert_int_equal(model_compare(&b, &a), pairs[i].relation);
	}
}

static void
knows_sizes(void **state)
{
	(void)state;
	assert_true(model_is_size(TEXT("40in")));
	assert_true(model_is_size(TEXT("2x")));
	assert_true(model_is_size(TEXT("1920x1080")));
	assert_false(model_is_size(TEXT("40")));
	assert_false(model_is_size(TEXT("by612")));
	assert_false(model_is_size(TEXT("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_models_in_names),
		cmocka_unit_test(gives_no_more_than_asked),
		cmocka_unit_test(compares_both_ways),
		cmocka_unit_test(knows_sizes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
