/* test_formula.c - what a spreadsheet would run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/formula.h"

static void
formulas_are_known(void **state)
{
	const struct {
		struct text text;
		bool is_formula;
	} row[] = {
		{ TEXT(""), false }, { TEXT("   "), false },
		{ TEXT("kettle"), false }, { TEXT("1-2"), false },
		{ TEXT("a=b"), false }, { TEXT("'=1"), false },
		{ TEXT("\xc3\x89lectro"), false }, { TEXT("\xff=1"), false },
		{ TEXT("=1"), true }, { TEXT("+1"), true },
		{ TEXT("-1"), true }, { TEXT("@SUM(A1)"), true },
		{ TEXT("=cmd|' /C calc'!A0"), true }, { TEXT("\t=1"), true },
		{ TEXT("\rx"), true }, { TEXT("\nx"), true },
		{ TEXT("\0=1"), true }, { TEXT("\x1b=1"), true },
		{ TEXT("\xc2\x9b=1"), true },       /* C1 */
		{ TEXT("  =1"), true },             /* blanks */
		{ TEXT("\xc2\xa0=1"), true },       /* no-break */
		{ TEXT("\xe2\x80\x83-1"), true },   /* em space */
		{ TEXT("\xe2\x80\xae=1"), true },   /* override */
		{ TEXT("\xe2\x81\xa6@x"), true },   /* isolate */
		{ TEXT("\xef\xbb\xbf=1"), true },   /* byte order mark */
		{ TEXT("\xe3\x80\x80+1"), true },   /* ideographic */
		{ TEXT("\xef\xbc\x9d\x31"), true }, /* full-width = */
		{ TEXT("\xef\xbc\x8b\x31"), true }, /* + */
		{ TEXT("\xef\xbc\x8d\x31"), true }, /* - */
		{ TEXT("\xef\xbc\xa0\x61"), true }, /* @ */
		{ TEXT("\xef\xb9\xa6\x31"), true }, /* small = */
		{ TEXT("\xe2\x88\x92\x31"), true }, /* minus */
		{ TEXT("\xe2\x80\x93 1"), false },  /* a dash is none */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		if (formula_is(row[i].text) != row[i].is_formula)
			fail_msg("row %zu", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formulas_are_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
