#include "daemon/core/gtin.h"

#include <assert.h>
#include <stddef.h>

enum { DIGITS_MAX = 14 };

/* GS1 mod 10: weights 3, 1 from the right, the check digit itself apart. */
static unsigned
check_digit(uint64_t without_check)
{
	unsigned sum = 0;
	unsigned weight = 3;
	for (; without_check > 0; without_check /= 10) {
		sum += (unsigned)(without_check % 10) * weight;
		weight = 4 - weight;
	}
	return (10 - sum % 10) % 10;
}

static bool
is_checked(uint64_t number)
{
	return check_digit(number / 10) == number % 10;
}

/* The digits as a number; their count, or 0 when it is no code at all. */
static unsigned
read_digits(struct text code, uint64_t *number)
{
	unsigned count = 0;
	*number = 0;
	for (size_t i = 0; i < code.len; i++) {
		char c = code.at[i];
		if (c == ' ' || c == '-' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (c < '0' || c > '9' || count == DIGITS_MAX)
			return 0;
		*number = *number * 10 + (unsigned)(c - '0');
		count++;
	}
	return count;
}

/*
 * The GTIN-12 a UPC-E symbol stands for.  digits is N ABCDE X C: number
 * system, six squeezed digits, of which X says where the zeros were, check.
 */
static uint64_t
expand_upce(uint64_t digits)
{
	uint64_t check = digits % 10;
	uint64_t how = digits / 10 % 10;
	uint64_t squeezed = digits / 100 % 100000; /* ABCDE */
	uint64_t system = digits / 10000000;
	uint64_t whole; /* manufacturer and item, ten digits */
	if (how <= 2)
		whole =
		    (squeezed / 1000 * 10 + how) * 10000000 + squeezed % 1000;
	else if (how == 3)
		whole = squeezed / 100 * 10000000 + squeezed % 100;
	else if (how == 4)
		whole = squeezed / 10 * 1000000 + squeezed % 10;
	else
		whole = squeezed * 100000 + how;
	return (system * 10000000000 + whole) * 10 + check;
}

/*
 * Does this GTIN of up to 13 digits name one product, wherever it is sold?
 * Shops number inside their walls in 02, 04, 2 and in GTIN-8 starting with 0
 * or 2; 05, 981-984 and 99 are coupons; 977-979 serials and books.
 */
static bool
is_product(uint64_t number)
{
	if (number < 100000000)
		return number >= 10000000 && number / 10000000 != 2;
	unsigned prefix = (unsigned)(number / 10000000000);
	unsigned tens = prefix / 10;
	return tens != 2 && tens != 4 && tens != 5 && tens / 10 != 2 &&
	    tens != 99 && !(prefix >= 977 && prefix <= 979) &&
	    !(prefix >= 981 && prefix <= 984);
}

/* Eight digits that begin with 0 or 1. */
static enum gtin_verdict
judge_eight(uint64_t number, struct gtin_reading *reading)
{
	uint64_t expanded = expand_upce(number);
	bool is_upce = is_checked(expanded);
	bool is_gtin = is_checked(number);
	if (is_gtin && is_product(number))
		reading->key = number;
	if (is_upce && is_product(expanded)) {
		if (reading->key)
			reading->other = expanded;
		else
			reading->key = expanded;
	}
	if (reading->key)
		return GTIN_KEY;
	return is_upce || is_gtin ? GTIN_TEXT : GTIN_BAD_DIGIT;
}

enum gtin_verdict
gtin_read(struct text code, struct gtin_reading *reading)
{
	const uint64_t indicator_unit = 10000000000000;
	uint64_t number;
	unsigned count = read_digits(code, &number);
	*reading = (struct gtin_reading){ 0 };
	if (count != 8 && count != 12 && count != 13 && count != 14)
		return GTIN_MALFORMED;
	if (count == 8 && number < 20000000)
		return judge_eight(number, reading);
	if (!is_checked(number))
		return GTIN_BAD_DIGIT;
	unsigned indicator = (unsigned)(number / indicator_unit);
	uint64_t base = number % indicator_unit;
	if (!is_product(base))
		return GTIN_TEXT;
	/* 1 to 8 count packages of the base item, 9 is sold by measure and
	 * names an item of its own. */
	if (indicator >= 1 && indicator <= 8)
		reading->key = base / 10 * 10 + check_digit(base / 10);
	else
		reading->key = number;
	return GTIN_KEY;
}

uint64_t
gtin_second(uint64_t key)
{
	struct gtin_reading reading = { 0 };
	if (key < 10000000 || key >= 20000000)
		return 0;
	judge_eight(key, &reading);
	return reading.key == key ? reading.other : 0;
}

const char *
gtin_why(enum gtin_verdict verdict)
{
	switch (verdict) {
	case GTIN_KEY:
		return "the code names a product";
	case GTIN_TEXT:
		return "a shop's own code, a coupon or a publication names no "
		       "product";
	case GTIN_BAD_DIGIT:
		return "the check digit does not match: a digit is wrong or "
		       "two are swapped";
	case GTIN_MALFORMED:
		return "a code has 8, 12, 13 or 14 digits and nothing else";
	}
	assert(0 && "a verdict");
	return "";
}
