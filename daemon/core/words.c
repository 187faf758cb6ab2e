#include "daemon/core/words.h"

#include <stdlib.h>

#include "daemon/core/fold.h"

/* Bytes of a title that are read; twice that may come of folding. */
enum { TITLE_BYTES = 1024, FOLDED_BYTES = 2048 };

struct form {
	const char *written, *meant;
};

static const struct form forms[] = {
#define FORM(written, meant) { written, meant },
#include "daemon/core/words.def"
};

struct colour {
	const char *written;
	uint32_t set;
};

static const struct colour colours[] = {
#define COLOUR(written, class) { written, WORDS_##class },
#include "daemon/core/words.def"
};

/* Order of a text and the string a row begins with. */
static int
compare_rows(const void *key, const void *row)
{
	const struct text *word = key;
	const char *written = *(const char *const *)row;
	size_t len = strlen(written);
	int order =
	    memcmp(word->at, written, word->len < len ? word->len : len);
	return order ? order : (word->len > len) - (word->len < len);
}

uint32_t
words_colour(struct text word)
{
	const struct colour *row =
	    bsearch(&word, colours, sizeof(colours) / sizeof(colours[0]),
		sizeof(colours[0]), compare_rows);
	return row ? row->set : 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* 7.0 is 7 and 2.50 stays as it is. */
static struct text
without_zeros(struct text word)
{
	while (word.len > 2 && word.at[word.len - 1] == '0') {
		size_t zeros = 1;
		while (zeros < word.len && word.at[word.len - 1 - zeros] == '0')
			zeros++;
		if (zeros >= word.len - 1 ||
		    word.at[word.len - 1 - zeros] != '.')
			break;
		word.len -= zeros + 1;
	}
	return word;
}

static bool
is_number(struct text word)
{
	for (size_t i = 0; i < word.len; i++) {
		if (!is_digit(word.at[i]) && word.at[i] != '.')
			return false;
	}
	return word.len > 0;
}

/* The form a word means; empty: it means nothing. */
static struct text
meant_by(struct text word, bool is_before_number)
{
	if (text_is(word, "and") || text_is(word, "n") || text_is(word, "s") ||
	    (text_is(word, "v") && is_before_number))
		return (struct text){ 0 };
	if (word.len > 1 && word.at[0] == 'v' &&
	    is_number((struct text){ word.at + 1, word.len - 1 })) {
		word.at++;
		word.len--;
	}
	if (is_digit(word.at[0]))
		return without_zeros(word);
	const struct form *form = bsearch(&word, forms,
	    sizeof(forms) / sizeof(forms[0]), sizeof(forms[0]), compare_rows);
	return form ? text_of(form->meant) : word;
}

static void
add_word(struct words *words, struct text word)
{
	if (word.len > WORD_MAX)
		word.len = WORD_MAX;
	if (word.len == 0 || words->count == WORDS_MAX ||
	    (size_t)words->used + word.len > WORDS_BYTES)
		return;
	words->word[words->count].at = words->used;
	words->word[words->count].len = (uint8_t)word.len;
	words->count++;
	memcpy(words->bytes + words->used, word.at, word.len);
	words->used = (uint16_t)(words->used + word.len);
}

/* Fold, keeping the points between digits, which fold_prose takes away. */
static size_t
fold_title(struct text title, char out[FOLDED_BYTES])
{
	size_t len = 0;
	size_t from = 0;
	for (size_t i = 0; i <= title.len; i++) {
		bool is_end = i == title.len;
		bool is_point = !is_end && title.at[i] == '.' && i > 0 &&
		    is_digit(title.at[i - 1]) && i + 1 < title.len &&
		    is_digit(title.at[i + 1]);
		if (!is_end && !is_point)
			continue;
		len += fold_prose((struct text){ title.at + from, i - from },
		    out + len, FOLDED_BYTES - len);
		if (is_point && len < FOLDED_BYTES)
			out[len++] = '.';
		from = i + 1;
	}
	return len;
}

void
words_add(struct words *words, struct text title)
{
	char folded[FOLDED_BYTES];
	if (title.len > TITLE_BYTES)
		title.len = TITLE_BYTES;
	size_t len = fold_title(title, folded);
	size_t from = 0;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && folded[i] != ' ')
			continue;
		bool is_before_number = i + 1 < len && is_digit(folded[i + 1]);
		if (i > from)
			add_word(words,
			    meant_by((struct text){ folded + from, i - from },
				is_before_number));
		from = i + 1;
	}
}
