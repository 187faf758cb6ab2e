#include "daemon/core/model_word.h"

#include <strings.h>

#include "daemon/core/fold.h"
#include "daemon/core/model.h"

enum {
	DIGITS_MIN = 3,
	LETTERS_MAX = 4, /* in a row; five are a word */
	FOLDED_MAX = 64,
};

/* Words between a part and what it fits. */
static const char *const links[] = { "for", "fits", "fit", "compatible", "pour",
	"fur", "f\xc3\xbcr", "voor", "til", "per", "para", "from",
	"replacement" };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	char small = (char)(c | 0x20);
	return small >= 'a' && small <= 'z';
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t
count_digits(struct text text)
{
	size_t digits = 0;
	for (size_t i = 0; i < text.len; i++)
		digits += is_digit(text.at[i]);
	return digits;
}

/* "ca.1987" */
static bool
ends_with_year(struct text word)
{
	const char *end = word.at + word.len;
	return word.len > 5 && end[-5] == '.' &&
	    (!memcmp(end - 4, "19", 2) || !memcmp(end - 4, "20", 2));
}

bool
model_word_is(struct text word)
{
	struct model_token token[2];
	size_t letters = 0;
	if (count_digits(word) < DIGITS_MIN ||
	    model_tokens(word, token, 2) != 1)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		letters = is_letter(word.at[i]) ? letters + 1 : 0;
		if (letters > LETTERS_MAX)
			return false;
	}
	return !ends_with_year(word) &&
	    count_digits((struct text){ token[0].at, token[0].len }) >=
	    DIGITS_MIN;
}

bool
model_word_is_size(struct text folded)
{
	if (folded.len < 2 || !is_digit(folded.at[0]))
		return false;
	char last = folded.at[folded.len - 1];
	bool is_lone = is_digit(folded.at[folded.len - 2]);
	if (is_letter(last) && is_lone && last != 'v' && last != 'w')
		return false;
	return model_is_size(folded);
}

/* The next word of a cell from *at on, as text in it; false at its end. */
static bool
next_word(struct text cell, size_t *at, struct text *word)
{
	size_t i = *at;
	while (i < cell.len && is_blank(cell.at[i]))
		i++;
	size_t from = i;
	while (i < cell.len && !is_blank(cell.at[i]))
		i++;
	*at = i;
	*word = (struct text){ cell.at + from, i - from };
	return i > from;
}

static bool
is_link(struct text word)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		bool is_first = (word.at[0] | 0x20) == links[i][0];
		if (is_first && strlen(links[i]) == word.len &&
		    !strncasecmp(word.at, links[i], word.len))
			return true;
	}
	return false;
}

/* Is this folded number a size, perhaps by the unit that follows at *at? */
static bool
is_size(struct text cell, size_t *at, char folded[FOLDED_MAX], size_t len)
{
	struct text unit;
	size_t after = *at;
	if (model_is_size((struct text){ folded, len }))
		return true;
	if (!is_digit(folded[len - 1]) || !next_word(cell, &after, &unit))
		return false;
	size_t more = fold_name(unit, folded + len, FOLDED_MAX - len);
	if (more == 0 || !model_is_size((struct text){ folded, len + more }))
		return false;
	*at = after;
	return true;
}

static struct text
trim_punctuation(struct text word)
{
	while (word.len > 0 && !is_digit(word.at[0]) && !is_letter(word.at[0]))
		word = (struct text){ word.at + 1, word.len - 1 };
	while (word.len > 0 && !is_digit(word.at[word.len - 1]) &&
	    !is_letter(word.at[word.len - 1]))
		word.len--;
	return word;
}

bool
model_word_find(struct text cell, struct text *found)
{
	struct text word;
	size_t at = 0;
	*found = (struct text){ 0 };
	while (next_word(cell, &at, &word)) {
		char folded[FOLDED_MAX];
		if (is_link(word))
			return false;
		if (count_digits(word) == 0)
			continue;
		size_t len = fold_name(word, folded, sizeof(folded));
		if (is_size(cell, &at, folded, len))
			continue;
		if (found->len > 0 || !model_word_is(word))
			return false;
		*found = trim_punctuation(word);
	}
	return found->len > 0;
}
