#include "daemon/core/brand.h"

#include "daemon/core/brand_list.h"
#include "daemon/core/chatter.h"
#include "daemon/core/fold.h"
#include "daemon/core/model_word.h"

enum {
	CELL_WORDS_MAX = 12,
	CELL_FOLDED_MAX = 256,
	BRAND_WORDS_MAX = 4,    /* of a known brand at the start of a cell */
	CATEGORY_WORDS_MAX = 3, /* of a category behind it */
};

/* What parts a word from the one before. */
enum gap { GAP_BLANK, GAP_SLASH, GAP_WIDE_SLASH };

/* A cell as words; those that fold to nothing are left out. */
struct cell {
	struct text written;
	struct text word[CELL_WORDS_MAX];
	enum gap gap[CELL_WORDS_MAX]; /* before that word */
	size_t end[CELL_WORDS_MAX];   /* of each word, in folded */
	char folded[CELL_FOLDED_MAX];
	unsigned count;
};

/* Words behind a brand that say nothing, folded. */
static const char *const fillers[] = { "series", "serie", "model", "modell",
	"modele", "modello", "modelo", "type", "typ", "tipo", "no", "nr",
	"number", "numero", "nummer" };

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Characters between words, and whether a slash is among them. */
static size_t
read_gap(struct text written, size_t i, enum gap *gap)
{
	*gap = GAP_BLANK;
	for (; i < written.len; i++) {
		char c = written.at[i];
		bool is_wide = c == '/' && i > 0 && is_blank(written.at[i - 1]);
		if (c == '/')
			*gap = is_wide ? GAP_WIDE_SLASH : GAP_SLASH;
		else if (!is_blank(c) && c != ',' && c != ';' && c != ':')
			break;
	}
	return i;
}

static size_t
read_word(struct text written, size_t i)
{
	while (i < written.len && !is_blank(written.at[i]) &&
	    !memchr("/,;:", written.at[i], 4))
		i++;
	return i;
}

/* False when there are too many words to look at. */
static bool
cell_read(struct cell *cell, struct text written)
{
	size_t len = 0;
	enum gap gap;
	cell->written = written;
	cell->count = 0;
	size_t i = read_gap(written, 0, &gap);
	while (i < written.len) {
		size_t end = read_word(written, i);
		struct text word = { written.at + i, end - i };
		size_t more = fold_name(word, cell->folded + len,
		    sizeof(cell->folded) - len);
		if (more > 0 && cell->count == CELL_WORDS_MAX)
			return false;
		if (more > 0) {
			len += more;
			cell->word[cell->count] = word;
			cell->gap[cell->count] = gap;
			cell->end[cell->count++] = len;
		}
		i = read_gap(written, end, &gap);
	}
	return len < sizeof(cell->folded);
}

/* Words from (included) to (excluded), folded into one. */
static struct text
cell_folded(const struct cell *cell, unsigned from, unsigned to)
{
	size_t begin = from > 0 ? cell->end[from - 1] : 0;
	return (struct text){ cell->folded + begin, cell->end[to - 1] - begin };
}

/* The same as written. */
static struct text
cell_written(const struct cell *cell, unsigned from, unsigned to)
{
	const char *begin = cell->word[from].at;
	struct text last = cell->word[to - 1];
	return (struct text){ begin, (size_t)(last.at + last.len - begin) };
}

static bool
has_digit(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] >= '0' && text.at[i] <= '9')
			return true;
	}
	return false;
}

static bool
is_filler(struct text folded)
{
	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		if (text_is(folded, fillers[i]))
			return true;
	}
	return false;
}

/* How many words from i on say no more than what the product is; 0: none. */
static unsigned
count_explained(const struct vocabulary *vocabulary, const struct cell *cell,
    unsigned i, int brand)
{
	unsigned most = cell->count - i;
	struct text first = cell_folded(cell, i, i + 1);
	if (has_digit(first) || is_filler(first))
		return 1;
	if (most > CATEGORY_WORDS_MAX)
		most = CATEGORY_WORDS_MAX;
	for (unsigned n = most; n > 0; n--) {
		struct text words = cell_folded(cell, i, i + n);
		if (brand_list_has_line(vocabulary_brands(vocabulary),
			(unsigned)brand, words) ||
		    vocabulary_find(vocabulary, WORDS_CATEGORY, words) >= 0)
			return n;
	}
	return 0;
}

static bool
is_explained(const struct vocabulary *vocabulary, const struct cell *cell,
    unsigned from, int brand)
{
	for (unsigned i = from; i < cell->count;) {
		unsigned n = count_explained(vocabulary, cell, i, brand);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

/* Is a known brand other than this one named from a word on? */
static bool
names_another(const struct vocabulary *vocabulary, const struct cell *cell,
    unsigned from, int brand)
{
	for (unsigned i = from; i < cell->count; i++) {
		for (unsigned n = 1;
		     n <= BRAND_WORDS_MAX && i + n <= cell->count; n++) {
			int found =
			    brand_list_find(vocabulary_brands(vocabulary),
				cell_folded(cell, i, i + n));
			if (found >= 0 && found != brand)
				return true;
		}
	}
	return false;
}

/* The known brand that most words at the start make; -1 when none do. */
static int
find_head(const struct vocabulary *vocabulary, const struct cell *cell,
    unsigned *words)
{
	unsigned most = cell->count < BRAND_WORDS_MAX + 1 ? cell->count - 1
							  : BRAND_WORDS_MAX;
	for (unsigned n = most; n > 0; n--) {
		int found = brand_list_find(vocabulary_brands(vocabulary),
		    cell_folded(cell, 0, n));
		*words = n;
		if (found >= 0)
			return found;
	}
	return -1;
}

/* One slash, words without digits before it and a model word behind it. */
static bool
is_name_and_model(const struct cell *cell)
{
	unsigned last = cell->count - 1;
	for (unsigned i = 0; i < last; i++) {
		if (has_digit(cell->word[i]) ||
		    (i > 0 && cell->gap[i] != GAP_BLANK))
			return false;
	}
	return last > 0 && cell->gap[last] != GAP_BLANK &&
	    model_word_is(cell->word[last]);
}

static void
set_key(struct brand_reading *reading, struct text written)
{
	reading->shown = written;
	reading->key_len =
	    (uint8_t)fold_name(written, reading->key, sizeof(reading->key) - 1);
	reading->key[reading->key_len] = 0;
}

static void
set_none(struct brand_reading *reading, unsigned how)
{
	reading->key_len = 0;
	reading->key[0] = 0;
	reading->how |= (uint8_t)how;
	reading->shown = (struct text){ 0 };
}

/* A known brand, spelled so in folded; its own spelling is shown. */
static void
set_known(const struct vocabulary *vocabulary, struct brand_reading *reading,
    int brand, struct text folded)
{
	set_key(reading, vocabulary_brands(vocabulary)->names[brand]);
	if (!text_equal((struct text){ reading->key, reading->key_len },
		folded))
		reading->how |= BRAND_ALIAS;
}

/* Rules 5 and 6: a brand and something behind it. */
static bool
split_cell(const struct vocabulary *vocabulary, const struct cell *cell,
    struct brand_reading *reading)
{
	unsigned words = 0;
	int brand = cell->count > 1 ? find_head(vocabulary, cell, &words) : -1;
	if (brand < 0 && cell->count > 1 && is_name_and_model(cell)) {
		words = cell->count - 1;
		set_key(reading, cell_written(cell, 0, words));
		struct text head = cell_folded(cell, 0, words);
		if (vocabulary_is_unknown_folded(vocabulary, head))
			set_none(reading, 0);
	} else if (brand >= 0 &&
	    (is_explained(vocabulary, cell, words, brand) ||
		(cell->gap[words] == GAP_WIDE_SLASH &&
		    !names_another(vocabulary, cell, words, brand)))) {
		set_known(vocabulary, reading, brand,
		    cell_folded(cell, 0, words));
	} else {
		return false;
	}
	reading->how |= BRAND_PART;
	reading->rest = cell_written(cell, words, cell->count);
	return true;
}

/* Is there a remark in brackets at the end?  *head is what is before it. */
static bool
cut_remark(struct text written, struct text *head)
{
	const char *open = memchr(written.at, '(', written.len);
	if (!open || open == written.at || written.at[written.len - 1] != ')')
		return false;
	*head = (struct text){ written.at, (size_t)(open - written.at) };
	written = (struct text){ open + 1, written.len - head->len - 1 };
	return !memchr(written.at, '(', written.len);
}

/* Rules 1 and 2 of a whole cell or what is left of it. */
static bool
read_whole(const struct vocabulary *vocabulary, struct text written,
    struct brand_reading *reading)
{
	char folded[LABEL_MAX + 1];
	struct text text = { folded,
		fold_name(written, folded, sizeof(folded)) };
	int brand;
	if (vocabulary_is_unknown_folded(vocabulary, text)) {
		set_none(reading, 0);
		return true;
	}
	brand = brand_list_find(vocabulary_brands(vocabulary), text);
	if (brand >= 0) {
		set_known(vocabulary, reading, brand, text);
		return true;
	}
	if (text.len >= sizeof(reading->key)) {
		set_key(reading, written);
		return false;
	}
	memcpy(reading->key, folded, text.len);
	reading->key[text.len] = 0;
	reading->key_len = (uint8_t)text.len;
	reading->shown = written;
	return false;
}

/* May the cell be more than one word? */
static bool
is_compound(struct text written)
{
	for (size_t i = 0; i < written.len; i++) {
		char c = written.at[i];
		if (is_blank(c) || c == '/' || c == '(' || c == '?' || c == ',')
			return true;
	}
	return false;
}

void
brand_read(const struct vocabulary *vocabulary, struct text written,
    struct brand_reading *reading)
{
	const struct brand_list *list = vocabulary_brands(vocabulary);
	struct text head = written;
	struct cell cell;
	reading->how = 0;
	reading->rest = (struct text){ 0 };
	if (read_whole(vocabulary, written, reading) || !is_compound(written))
		return;
	if (chatter_is(list, written)) {
		set_none(reading, BRAND_CHATTER);
		return;
	}
	if (cut_remark(written, &head)) {
		reading->how = BRAND_PART;
		if (read_whole(vocabulary, head, reading))
			return;
	}
	if (cell_read(&cell, head) && split_cell(vocabulary, &cell, reading))
		return;
	if (chatter_words(written) > CHATTER_WORDS_MAX)
		set_none(reading, BRAND_CHATTER);
}
