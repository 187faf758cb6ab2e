#include "daemon/core/product.h"

/* Endings that tell an address from an abbreviation such as "Dr.Oetker". */
static const char *const endings[] = { "at", "be", "biz", "ch", "cn", "co",
	"com", "cz", "de", "dk", "es", "eu", "fi", "fr", "ie", "info", "io",
	"it", "lu", "net", "nl", "no", "org", "pl", "pt", "ro", "ru", "se",
	"shop", "sk", "uk", "us" };

/* Digits a telephone number has: shorter ones are models. */
enum { PHONE_DIGITS_MIN = 9, PHONE_DIGITS_MAX = 15, PHONE_GAPS_MIN = 2 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool
is_name_byte(char c)
{
	char small = lower(c);
	return is_digit(c) || (small >= 'a' && small <= 'z') ||
	    (uint8_t)c >= 0x80;
}

/* Does text hold this lower-case word at i, in either case? */
static bool
has_at(struct text text, size_t i, const char *word)
{
	for (; *word; word++, i++) {
		if (i >= text.len || lower(text.at[i]) != *word)
			return false;
	}
	return true;
}

/* Is what follows a dot the last part of a host's name? */
static bool
is_ending_at(struct text text, size_t start)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t end = start + strlen(endings[i]);
		if (has_at(text, start, endings[i]) &&
		    (end == text.len || !is_name_byte(text.at[end])))
			return true;
	}
	return false;
}

static bool
is_address_at(struct text text, size_t i)
{
	char c = text.at[i];
	bool is_inner = i > 0 && i + 1 < text.len &&
	    is_name_byte(text.at[i - 1]) && is_name_byte(text.at[i + 1]);
	if (c == '@')
		return is_inner;
	if (c == ':')
		return has_at(text, i, "://");
	if (c == '.')
		return is_inner &&
		    (is_ending_at(text, i + 1) ||
			(i >= 3 && has_at(text, i - 3, "www")));
	return false;
}

static bool
is_phone_byte(char c)
{
	return is_digit(c) || memchr(" .-/()+", c, 7) != NULL;
}

/*
 * Does a telephone number start at i?  *end is then, or otherwise, where the
 * run of its characters ends.  It begins as numbers are dialled (0, + or a
 * bracket) or is written in groups; a long article number is neither.
 */
static bool
is_phone_at(struct text text, size_t i, size_t *end)
{
	unsigned digits = 0;
	unsigned gaps = 0;
	bool was_digit = false;
	char first = text.at[i];
	for (; i < text.len && is_phone_byte(text.at[i]); i++) {
		bool is = is_digit(text.at[i]);
		digits += is;
		gaps += is && !was_digit && digits > 1;
		was_digit = is;
	}
	*end = i;
	bool is_dialled = first == '0' || first == '+' || first == '(';
	return digits >= PHONE_DIGITS_MIN && digits <= PHONE_DIGITS_MAX &&
	    (is_dialled || gaps >= PHONE_GAPS_MIN);
}

static bool
may_start_phone(struct text text, size_t i)
{
	char c = text.at[i];
	return (is_digit(c) || c == '+' || c == '(') &&
	    (i == 0 || !is_name_byte(text.at[i - 1]));
}

bool
product_name_is_fit(struct text shown)
{
	size_t phone_end = 0;
	for (size_t i = 0; i < shown.len; i++) {
		if (is_address_at(shown, i))
			return false;
		if (i >= phone_end && may_start_phone(shown, i) &&
		    is_phone_at(shown, i, &phone_end))
			return false;
	}
	return true;
}
