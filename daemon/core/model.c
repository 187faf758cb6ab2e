#include "daemon/core/model.h"

enum {
	MODEL_MIN = 4,    /* characters, with letter and digit */
	DIGITS_MIN = 5,   /* where there are digits only */
	WORD_LETTERS = 5, /* so many letters alone are a word, not a part */
	VERSION_DIGITS = 1
};

static const char *const units[] = {
#define UNIT(word) #word,
#include "daemon/core/model_words.def"
};

static const struct {
	const char *stem;
	unsigned digits;
} generics[] = {
#define GENERIC(stem, digits) { #stem, digits },
#include "daemon/core/model_words.def"
};

static const char *const suffixes[] = {
#define SUFFIX(word) #word,
#include "daemon/core/model_words.def"
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* The lower case of an ASCII letter or digit, else 0. */
static char
plain_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + ('a' - 'A'));
	return is_letter(c) || is_digit(c) ? c : 0;
}

static bool
is_listed(struct text word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text_is(word, list[i]))
			return true;
	}
	return false;
}

static size_t
digits_at(struct text word, size_t i)
{
	size_t from = i;
	while (i < word.len && is_digit(word.at[i]))
		i++;
	return i - from;
}

static size_t
letters_at(struct text word, size_t i)
{
	size_t from = i;
	while (i < word.len && is_letter(word.at[i]))
		i++;
	return i - from;
}

static struct text
rest_of(struct text word, size_t i)
{
	return (struct text){ word.at + i, word.len - i };
}

/* 24x36, 3in1, 1920x1080p: numbers with x or in between, perhaps a unit. */
bool
model_is_size(struct text word)
{
	size_t i = digits_at(word, 0);
	if (i == 0)
		return false;
	while (i < word.len) {
		struct text rest = rest_of(word, i);
		if (is_listed(rest, units, COUNT(units)))
			return true;
		size_t link = letters_at(word, i);
		struct text between = { word.at + i, link };
		if (!text_is(between, "x") && !text_is(between, "in"))
			return false;
		size_t digits = digits_at(word, i + link);
		if (digits == 0)
			return false;
		i += link + digits;
	}
	return i > 0 && letters_at(word, digits_at(word, 0)) > 0;
}

static bool
is_year(struct text word)
{
	return word.len == 4 && digits_at(word, 0) == 4 &&
	    ((word.at[0] == '1' && word.at[1] == '9') ||
		(word.at[0] == '2' && word.at[1] == '0' && word.at[2] < '4'));
}

/* A standard, a part type or a word with a number or a year behind it. */
static bool
is_generic(struct text word)
{
	size_t stem = letters_at(word, 0);
	size_t digits = digits_at(word, stem);
	size_t tail = word.len - stem - digits;
	bool is_80211 = stem == 0 && digits == 5 &&
	    !memcmp(word.at, "80211", 5) && tail <= 4;
	if (is_80211)
		return true;
	for (size_t i = 0; i < COUNT(generics); i++) {
		size_t len = strlen(generics[i].stem);
		size_t number = word.len > len ? digits_at(word, len) : 0;
		if (number > 0 && number <= generics[i].digits &&
		    word.len - len - number <= 1 &&
		    !memcmp(word.at, generics[i].stem, len))
			return true;
	}
	/* A word with its version or year behind: "studio8", "office2007". */
	return stem >= WORD_LETTERS && digits > 0 && tail == 0 &&
	    (digits <= VERSION_DIGITS || is_year(rest_of(word, stem)));
}

/* 10000, 250000: a number somebody counted to. */
static bool
is_round(struct text word)
{
	return word.len >= 3 && !memcmp(word.at + word.len - 3, "000", 3);
}

static bool
is_model(struct text word)
{
	size_t digits = 0;
	for (size_t i = 0; i < word.len; i++)
		digits += is_digit(word.at[i]);
	if (digits == 0 || word.len < MODEL_MIN)
		return false;
	if (digits == word.len)
		return digits >= DIGITS_MIN && !is_round(word);
	return !model_is_size(word) && !is_generic(word);
}

/* --- reading a name ------------------------------------------------------ */

enum { PARTS_MAX = 12 };

/* A run of letters and digits with single joints (- . _) between parts. */
struct run {
	char at[2 * MODEL_TOKEN_MAX];
	size_t end[PARTS_MAX]; /* of each part, in at */
	unsigned parts;
	size_t len;
	bool is_too_long;
	bool has_dot;
};

struct finder {
	struct model_token *tokens;
	unsigned max;
	unsigned count;
};

static void
add_token(struct finder *finder, struct text word)
{
	if (word.len > MODEL_TOKEN_MAX || !is_model(word) ||
	    finder->count == finder->max)
		return;
	for (unsigned i = 0; i < finder->count; i++) {
		const struct model_token *seen = &finder->tokens[i];
		if (text_equal(word, (struct text){ seen->at, seen->len }))
			return;
	}
	struct model_token *token = &finder->tokens[finder->count++];
	memset(token, 0, sizeof(*token));
	token->len = (uint8_t)word.len;
	memcpy(token->at, word.at, word.len);
}

static struct text
part_of(const struct run *run, unsigned i)
{
	size_t from = i > 0 ? run->end[i - 1] : 0;
	return (struct text){ run->at + from, run->end[i] - from };
}

/* 2007-2008, 2026-11-24, v10.5: years, dates, versions. */
static bool
is_date_or_version(const struct run *run, unsigned from, unsigned to)
{
	bool is_all_digits = true;
	for (unsigned i = from; i < to; i++) {
		struct text part = part_of(run, i);
		is_all_digits &= digits_at(part, 0) == part.len;
	}
	struct text first = part_of(run, from);
	if (is_all_digits && to - from >= 2)
		return run->has_dot || is_year(first) || to - from > 2;
	return run->has_dot && first.at[0] == 'v' &&
	    digits_at(first, 1) == first.len - 1;
}

static void
add_parts(struct finder *finder, const struct run *run, unsigned from,
    unsigned to)
{
	if (from == to || is_date_or_version(run, from, to))
		return;
	size_t begin = from > 0 ? run->end[from - 1] : 0;
	add_token(finder,
	    (struct text){ run->at + begin, run->end[to - 1] - begin });
}

/* Words of five letters stand for themselves; what is between is joined. */
static void
close_run(struct finder *finder, struct run *run)
{
	unsigned from = 0;
	if (run->parts > 0 && !run->is_too_long) {
		for (unsigned i = 0; i < run->parts; i++) {
			struct text part = part_of(run, i);
			if (part.len < WORD_LETTERS ||
			    letters_at(part, 0) < part.len)
				continue;
			add_parts(finder, run, from, i);
			from = i + 1;
		}
		add_parts(finder, run, from, run->parts);
	}
	*run = (struct run){ 0 };
}

static void
add_byte(struct run *run, char c, bool is_new_part)
{
	if (run->len == sizeof(run->at) ||
	    (is_new_part && run->parts == PARTS_MAX)) {
		run->is_too_long = true;
		return;
	}
	run->parts += is_new_part;
	run->at[run->len++] = c;
	run->end[run->parts - 1] = run->len;
}

/* Bytes of a joint at i: - . _ or one of U+2010 to U+2015; 0: none. */
static size_t
joint_at(struct text name, size_t i)
{
	if (name.at[i] == '-' || name.at[i] == '.' || name.at[i] == '_')
		return 1;
	if (name.len - i >= 3 && !memcmp(name.at + i, "\xe2\x80", 2) &&
	    (uint8_t)name.at[i + 2] >= 0x90 && (uint8_t)name.at[i + 2] <= 0x95)
		return 3;
	return 0;
}

unsigned
model_tokens(struct text name, struct model_token tokens[], unsigned max)
{
	struct finder finder = { .tokens = tokens, .max = max };
	struct run run = { 0 };
	size_t i = 0;
	bool is_new_part = true;
	while (i < name.len) {
		char c = plain_of(name.at[i]);
		size_t joint = c ? 0 : joint_at(name, i);
		bool joins = joint && run.parts > 0 && i + joint < name.len &&
		    plain_of(name.at[i + joint]);
		if (c) {
			add_byte(&run, c, is_new_part);
			is_new_part = false;
			i++;
			continue;
		}
		is_new_part = true;
		if (joins) {
			run.has_dot |= name.at[i] == '.';
			i += joint;
			continue;
		}
		close_run(&finder, &run);
		i += joint ? joint : 1;
	}
	close_run(&finder, &run);
	return finder.count;
}

/* --- comparing ----------------------------------------------------------- */

static bool
is_variant(struct text a, struct text b)
{
	if (a.len < MODEL_PREFIX_MIN || a.len >= b.len ||
	    memcmp(a.at, b.at, a.len) != 0)
		return false;
	return is_listed(rest_of(b, a.len), suffixes, COUNT(suffixes));
}

static bool
has_same_shape(struct text a, struct text b)
{
	for (size_t i = 0; i < a.len; i++) {
		if (is_digit(a.at[i]) != is_digit(b.at[i]))
			return false;
	}
	return true;
}

enum model_relation
model_compare(const struct model_token *a, const struct model_token *b)
{
	struct text x = { a->at, a->len };
	struct text y = { b->at, b->len };
	if (text_equal(x, y))
		return MODEL_SAME;
	if (is_variant(x, y) || is_variant(y, x))
		return MODEL_VARIANT;
	size_t stem = letters_at(x, 0);
	bool has_same_stem =
	    stem > 0 && stem == letters_at(y, 0) && !memcmp(x.at, y.at, stem);
	bool is_same_kind = x.len == y.len && has_same_shape(x, y);
	return has_same_stem || is_same_kind ? MODEL_CONFLICT : MODEL_UNRELATED;
}
