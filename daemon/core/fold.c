#include "daemon/core/fold.h"

#include <stdint.h>
#include <utf8proc.h>

/*
 * One character may unfold to this many (the longest, U+FDFA, needs 18); one
 * that would need more counts as a blank.
 */
enum { UNFOLDED_MAX = 32 };

/* What fold_shown looks at, in characters and in bytes. */
enum { SHOWN_POINTS = 512, SHOWN_UTF8 = 4 * SHOWN_POINTS };

/*
 * ASCII folded: letters in lower case, digits, and a blank for everything
 * that parts words.  0 from 0x80 up: the long way.
 */
static const char plain[256] = {
	/* clang-format off */
	"                                "
	"                0123456789      "
	" abcdefghijklmnopqrstuvwxyz     "
	" abcdefghijklmnopqrstuvwxyz     "
	/* clang-format on */
};

/* Where folded text goes. */
struct folder {
	char *out;
	size_t cap;
	size_t len;
	bool keeps_words; /* one blank between words */
	bool is_gap;      /* something parted the next word from the last */
	bool is_full;
	int32_t pending; /* last letter beyond ASCII, may compose; 0 none */
};

static void
put_point(struct folder *folder, int32_t point)
{
	uint8_t bytes[4];
	size_t len = (size_t)utf8proc_encode_char(point, bytes);
	bool has_gap = folder->is_gap && folder->keeps_words && folder->len > 0;
	if (folder->is_full ||
	    folder->cap - folder->len < len + (has_gap ? 1 : 0)) {
		folder->is_full = true;
		return;
	}
	if (has_gap)
		folder->out[folder->len++] = ' ';
	folder->is_gap = false;
	memcpy(folder->out + folder->len, bytes, len);
	folder->len += len;
}

static void
flush_pending(struct folder *folder)
{
	if (folder->pending)
		put_point(folder, folder->pending);
	folder->pending = 0;
}

/*
 * Accents, points and vowel signs that a spelling may leave out are dropped.
 * The signs without which a word of an Indic, South-East Asian or Japanese
 * script is another word stay: combining class 0 (vowels), 7 to 9 (nukta,
 * voicing, virama) and 84 to 132.
 */
static bool
is_kept_mark(const utf8proc_property_t *property)
{
	int class = property->combining_class;
	if (property->category == UTF8PROC_CATEGORY_ME)
		return false;
	return class == 0 || (class >= 7 && class <= 9) ||
	    (class >= 84 && class <= 132);
}

static bool
is_mark(int category)
{
	return category >= UTF8PROC_CATEGORY_MN &&
	    category <= UTF8PROC_CATEGORY_ME;
}

/* Letters of any kind and numbers of any kind stand first and after marks. */
static bool
is_letter_or_digit(int category)
{
	return (category >= UTF8PROC_CATEGORY_LU &&
		   category <= UTF8PROC_CATEGORY_LO) ||
	    (category >= UTF8PROC_CATEGORY_ND &&
		category <= UTF8PROC_CATEGORY_NO);
}

/*
 * Hangul and signed letters come apart in NFKD; bring them together again.
 * can_join: a kept mark, or a Hangul vowel or final consonant.
 */
static bool
compose_pending(struct folder *folder, int32_t point, bool can_join)
{
	int32_t pair[2] = { folder->pending, point };
	if (!can_join || !folder->pending ||
	    utf8proc_normalize_utf32(pair, 2, UTF8PROC_COMPOSE) != 1)
		return false;
	folder->pending = pair[0];
	return true;
}

static void
fold_point(struct folder *folder, int32_t point)
{
	const utf8proc_property_t *property = utf8proc_get_property(point);
	bool is_letter = is_letter_or_digit(property->category);
	bool can_join = point >= 0x1161 && point <= 0x11c2;
	if (is_mark(property->category)) {
		/* A sign with no letter before it belongs to no word. */
		if (!is_kept_mark(property) || !folder->pending)
			return;
		is_letter = true;
		can_join = true;
	}
	if (compose_pending(folder, point, can_join))
		return;
	flush_pending(folder);
	if (is_letter)
		folder->pending = point;
	else
		folder->is_gap = true;
}

/* Fold one character beyond ASCII, or one broken byte; returns its bytes. */
static size_t
fold_long_way(struct folder *folder, const uint8_t *at, size_t left)
{
	const utf8proc_option_t options = UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
	    UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
	int32_t point;
	int32_t unfolded[UNFOLDED_MAX];
	int boundary = 0;
	utf8proc_ssize_t used =
	    utf8proc_iterate(at, (utf8proc_ssize_t)left, &point);
	if (used <= 0) {
		flush_pending(folder);
		folder->is_gap = true;
		return 1;
	}
	/* A trade mark sign is no part of a name, though NFKC spells it. */
	utf8proc_ssize_t count = point == 0x2122 || point == 0x2120
	    ? UNFOLDED_MAX + 1
	    : utf8proc_decompose_char(point, unfolded, UNFOLDED_MAX, options,
		  &boundary);
	if (count < 0 || count > UNFOLDED_MAX) {
		flush_pending(folder);
		folder->is_gap = true;
		count = 0;
	}
	for (utf8proc_ssize_t i = 0; i < count; i++)
		fold_point(folder, unfolded[i]);
	return (size_t)used;
}

/*
 * Fold a run of ASCII, without a branch on its letters; returns its bytes.
 * out[len - 1] is a blank when a gap is open.
 */
static size_t
fold_plain_words(struct folder *folder, const uint8_t *at, size_t left)
{
	char *out = folder->out;
	size_t len = folder->len;
	size_t used = 0;
	char last = len > 0 && !folder->is_gap ? 'x' : ' ';
	if (len > 0 && folder->is_gap && len < folder->cap)
		out[len++] = ' ';
	for (; used < left && len < folder->cap; used++) {
		char letter = plain[at[used]];
		if (!letter)
			break;
		out[len] = letter;
		len += (letter != ' ') | (last != ' ');
		last = letter;
	}
	bool is_blank_last = len > 0 && out[len - 1] == ' ';
	folder->len = is_blank_last ? len - 1 : len;
	folder->is_gap = is_blank_last;
	return used;
}

static size_t
fold_plain_name(struct folder *folder, const uint8_t *at, size_t left)
{
	char *out = folder->out;
	size_t len = folder->len;
	size_t used = 0;
	for (; used < left && len < folder->cap; used++) {
		char letter = plain[at[used]];
		if (!letter)
			break;
		out[len] = letter;
		len += letter != ' ';
	}
	folder->len = len;
	return used;
}

static size_t
fold(struct text text, char *out, size_t cap, bool keeps_words)
{
	struct folder folder = { .out = out,
		.cap = cap,
		.keeps_words = keeps_words };
	const uint8_t *at = (const uint8_t *)text.at;
	size_t left = text.len;
	while (left > 0 && !folder.is_full && folder.len < cap) {
		size_t used;
		if (*at >= 0x80) {
			used = fold_long_way(&folder, at, left);
		} else {
			flush_pending(&folder);
			if (folder.is_full)
				break;
			used = keeps_words ? fold_plain_words(&folder, at, left)
					   : fold_plain_name(&folder, at, left);
			folder.is_full |= used == 0;
		}
		at += used;
		left -= used;
	}
	flush_pending(&folder);
	return folder.len;
}

size_t
fold_name(struct text text, char *out, size_t cap)
{
	return fold(text, out, cap, false);
}

size_t
fold_prose(struct text text, char *out, size_t cap)
{
	return fold(text, out, cap, true);
}

static bool
is_blank(int32_t point, int category)
{
	return point == '\t' || point == '\n' || point == '\r' ||
	    point == '\v' || point == '\f' || point == 0x85 ||
	    (category >= UTF8PROC_CATEGORY_ZS &&
		category <= UTF8PROC_CATEGORY_ZP);
}

/*
 * May this point be seen?  Controls, bidi and zero-width marks, private,
 * unassigned and ignorable characters may not.
 */
static bool
is_visible(int32_t point, const utf8proc_property_t *property)
{
	return property->category != UTF8PROC_CATEGORY_CN &&
	    property->category < UTF8PROC_CATEGORY_CC && !property->ignorable &&
	    point != 0xfffd;
}

/* Copy what may be seen, runs of blanks as one, trimmed. */
static size_t
copy_visible(struct text text, uint8_t out[SHOWN_UTF8])
{
	const uint8_t *at = (const uint8_t *)text.at;
	size_t left = text.len;
	size_t len = 0;
	size_t points = 0;
	bool is_gap = false;
	while (left > 0 && points + 2 <= SHOWN_POINTS) {
		int32_t point;
		utf8proc_ssize_t used =
		    utf8proc_iterate(at, (utf8proc_ssize_t)left, &point);
		size_t step = used > 0 ? (size_t)used : 1;
		at += step;
		left -= step;
		if (used <= 0)
			continue;
		const utf8proc_property_t *property =
		    utf8proc_get_property(point);
		if (is_blank(point, property->category)) {
			is_gap = len > 0;
			continue;
		}
		if (!is_visible(point, property))
			continue;
		points += is_gap ? 2 : 1;
		if (is_gap)
			out[len++] = ' ';
		is_gap = false;
		len += (size_t)utf8proc_encode_char(point, out + len);
	}
	return len;
}

static bool
is_plain_ascii(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((uint8_t)text.at[i] >= 0x80)
			return false;
	}
	return true;
}

/* The short way of fold_shown: each byte is a character. */
static size_t
shown_ascii(struct text text, char *out, size_t cap)
{
	size_t len = 0;
	bool is_gap = false;
	for (size_t i = 0; i < text.len && len < cap; i++) {
		char byte = text.at[i];
		if (byte == ' ' || (byte >= '\t' && byte <= '\r')) {
			is_gap = len > 0;
			continue;
		}
		if (byte < ' ' || byte == 0x7f)
			continue;
		/* A word that only its blank would fit is no word. */
		if (is_gap && len + 1 == cap)
			break;
		if (is_gap)
			out[len++] = ' ';
		is_gap = false;
		out[len++] = byte;
	}
	return len;
}

/* Apart from fold_shown, which most often needs none of this stack. */
static __attribute__((noinline)) size_t
shown_long_way(struct text text, size_t max_chars, char *out, size_t cap)
{
	/* Canonically, a character comes apart into at most four. */
	int32_t points[4 * SHOWN_POINTS];
	uint8_t clean[SHOWN_UTF8];
	const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
	size_t bytes = copy_visible(text, clean);
	utf8proc_ssize_t count = utf8proc_decompose(clean,
	    (utf8proc_ssize_t)bytes, points, 4 * SHOWN_POINTS, options);
	if (count < 0 || count > 4 * SHOWN_POINTS)
		return 0;
	count = utf8proc_normalize_utf32(points, count, options);
	size_t len = 0;
	for (utf8proc_ssize_t i = 0; i < count && (size_t)i < max_chars; i++) {
		uint8_t encoded[4];
		size_t step = (size_t)utf8proc_encode_char(points[i], encoded);
		if (cap - len < step)
			break;
		memcpy(out + len, encoded, step);
		len += step;
	}
	while (len > 0 && out[len - 1] == ' ')
		len--;
	return len;
}

size_t
fold_shown(struct text text, size_t max_chars, char *out, size_t cap)
{
	if (!is_plain_ascii(text))
		return shown_long_way(text, max_chars, out, cap);
	return shown_ascii(text, out, cap < max_chars ? cap : max_chars);
}
