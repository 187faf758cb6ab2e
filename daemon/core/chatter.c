#include "daemon/core/chatter.h"

#include "daemon/core/fold.h"

enum {
	DOUBT_WORDS_MAX = 4,  /* of a beginning that tells of doubt */
	SENTENCE_LETTERS = 3, /* "Dr." and "St." end no sentence */
	SENTENCE_WORDS = 4,   /* in a cell with two; "Int. Receiver Co." */
	FOLDED_MAX = 64,
};

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_word_byte(char c)
{
	char small = (char)(c | 0x20);
	return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
	    (unsigned char)c >= 0x80;
}

/* Where the word that starts at i ends. */
static size_t
word_end(struct text written, size_t i)
{
	while (i < written.len && !is_blank(written.at[i]))
		i++;
	return i;
}

static size_t
skip_blanks(struct text written, size_t i)
{
	while (i < written.len && is_blank(written.at[i]))
		i++;
	return i;
}

size_t
chatter_words(struct text written)
{
	size_t words = 0;
	size_t i = skip_blanks(written, 0);
	for (; i < written.len; words++)
		i = skip_blanks(written, word_end(written, i));
	return words;
}

/* Is the word before end one that a sentence can end with? */
static bool
ends_sentence(struct text written, size_t end)
{
	size_t letters = 0;
	char last = written.at[end - 1];
	if (last != '.' && last != '!' && last != '?')
		return false;
	while (letters + 1 < end && is_word_byte(written.at[end - 2 - letters]))
		letters++;
	return letters >= SENTENCE_LETTERS;
}

/* Does a sentence end before the last word? */
static bool
has_two_sentences(struct text written)
{
	size_t words = 0;
	bool has_end = false;
	size_t i = skip_blanks(written, 0);
	while (i < written.len) {
		size_t end = word_end(written, i);
		size_t next = skip_blanks(written, end);
		has_end |= next < written.len && ends_sentence(written, end);
		words++;
		i = next;
	}
	return has_end && words >= SENTENCE_WORDS;
}

static bool
begins_with_doubt(const struct brand_list *list, struct text written)
{
	char folded[FOLDED_MAX];
	size_t len = 0;
	size_t i = skip_blanks(written, 0);
	for (unsigned n = 0; n < DOUBT_WORDS_MAX && i < written.len; n++) {
		size_t end = word_end(written, i);
		struct text word = { written.at + i, end - i };
		len += fold_name(word, folded + len, sizeof(folded) - len);
		struct text beginning = { folded, len };
		if (labels_find_folded(&list->doubt, beginning) != LABEL_NONE)
			return true;
		i = skip_blanks(written, end);
	}
	return false;
}

/* A question mark, dots before it or not, and then something. */
static bool
begins_with_question(struct text written)
{
	for (size_t i = 0; i < written.len && !is_word_byte(written.at[i]);
	     i++) {
		if (written.at[i] == '?')
			return true;
	}
	return false;
}

bool
chatter_is(const struct brand_list *list, struct text written)
{
	return begins_with_question(written) ||
	    (chatter_words(written) > 1 &&
		(has_two_sentences(written) ||
		    begins_with_doubt(list, written)));
}
