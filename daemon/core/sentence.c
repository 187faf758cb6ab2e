#include "daemon/core/sentence.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <strings.h>

/*
 * The longest texts that go in whole.  80 characters, the most a product is
 * shown with, take 240 bytes in any living script; what stands around them
 * takes less than 300.
 */
enum { PRODUCT_BYTES = 240, MODE_BYTES = 80, COUNTRIES_LISTED = 6 };

/* From here on a number is rounded to 1. */
static const double one_at_least = .5;

struct line {
	char *out;
	size_t len;
};

/* Where text may be cut, at most at `most`: never inside a character. */
static size_t
boundary(struct text text, size_t most)
{
	size_t len = text.len;

	if (len <= most)
		return len;
	len = most;
	while (len > 0 && ((uint8_t)text.at[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void add(struct line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct line *line, const char *format, ...)
{
	const size_t room = SENTENCE_MAX - line->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line->out + line->len, room, format, args);
	va_end(args);
	if (len < 0)
		return;
	line->len += (size_t)len < room ? (size_t)len : room - 1;
}

static void
add_text(struct line *line, struct text text, size_t most)
{
	size_t len = boundary(text, most);

	add(line, "%.*s%s", (int)len, len > 0 ? text.at : "",
	    len < text.len ? "\u2026" : "");
}

/* "; BE, FR", "; 9 countries", or nothing.  The separator is the language's. */
static void
add_countries(struct line *line, const struct rule_counts *counts,
    const char *separator, const char *noun)
{
	if (counts->ncountries == 0)
		return;
	add(line, "%s", separator);
	if (counts->ncountries > COUNTRIES_LISTED) {
		add(line, " %u %s", counts->ncountries, noun);
		return;
	}
	for (unsigned i = 0; i < counts->ncountries; i++)
		add(line, "%s %c%c", i == 0 ? "" : ",", counts->country[i] >> 8,
		    counts->country[i] & 0xff);
}

/*
 * A label as it stands within a sentence: its first letter small, unless a
 * second capital says that it is an acronym.
 */
static void
add_mode(struct line *line, struct text mode)
{
	const size_t at = line->len;
	uint8_t *first = (uint8_t *)line->out + at;

	add_text(line, mode, MODE_BYTES);
	if (line->len - at < 2)
		return;
	if (first[0] >= 'A' && first[0] <= 'Z' &&
	    !(first[1] >= 'A' && first[1] <= 'Z'))
		first[0] |= 0x20;
	/* U+00C0 to U+00DE but the multiplication sign, U+0152. */
	else if (first[0] == 0xc3 && first[1] >= 0x80 && first[1] <= 0x9e &&
	    first[1] != 0x97)
		first[1] |= 0x20;
	else if (first[0] == 0xc5 && first[1] == 0x92)
		first[1] = 0x93;
}

static void
add_product(struct line *line, struct text product, const char *unnamed)
{
	if (product.len == 0)
		add(line, "%s", unnamed);
	else
		add_text(line, product, PRODUCT_BYTES);
}

static void
add_day_en(struct line *line, int32_t day, bool has_year)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	int year, month, mday;

	date_split(day, &year, &month, &mday);
	add(line, "%d %s", mday, months[month - 1]);
	if (has_year)
		add(line, " %d", year);
}

static void
add_day_fr(struct line *line, int32_t day, bool has_year)
{
	static const char *const months[] = { "janvier", "février", "mars",
		"avril", "mai", "juin", "juillet", "août", "septembre",
		"octobre", "novembre", "décembre" };
	int year, month, mday;

	date_split(day, &year, &month, &mday);
	add(line, "%d%s %s", mday, mday == 1 ? "er" : "", months[month - 1]);
	if (has_year)
		add(line, " %d", year);
}

/* How a language says on which days. */
struct span_words {
	const char *on, *between, *and;
	void (*add_day)(struct line *line, int32_t day, bool has_year);
};

static void
add_span(struct line *line, const struct rule_counts *counts,
    const struct span_words *words)
{
	int from_year, to_year, month, mday;

	if (counts->from == counts->to) {
		add(line, "%s ", words->on);
	} else {
		date_split(counts->from, &from_year, &month, &mday);
		date_split(counts->to, &to_year, &month, &mday);
		add(line, "%s ", words->between);
		words->add_day(line, counts->from, from_year != to_year);
		add(line, " %s ", words->and);
	}
	words->add_day(line, counts->to, true);
	add(line, " (UTC), ");
}

size_t
sentence_en(const struct sentence_facts *facts, char out[SENTENCE_MAX])
{
	static const struct span_words span = { "On", "Between", "and",
		add_day_en };
	const struct rule_counts *counts = facts->counts;
	const char *least = counts->is_at_least ? "at least " : "";
	struct line line = { out, 0 };

	add_span(&line, counts, &span);
	add(&line, "%s%u organisation%s received %s%u report%s ", least,
	    counts->organisations, counts->organisations == 1 ? "" : "s", least,
	    counts->reports, counts->reports == 1 ? "" : "s");
	add(&line, "(%s%u case%s, %u source%s", least, counts->cases,
	    counts->cases == 1 ? "" : "s", counts->sources,
	    counts->sources == 1 ? "" : "s");
	add_countries(&line, counts, ";", "countries");
	if (facts->mode_en.len > 0) {
		add(&line, ") of ");
		add_mode(&line, facts->mode_en);
		add(&line, " for ");
	} else {
		add(&line, ") about ");
	}
	add_product(&line, facts->product, "a product without a name");
	if (facts->expected >= one_at_least)
		add(&line, "; about %.0f %s to be expected", facts->expected,
		    facts->expected < 1.5 ? "was" : "were");
	else if (facts->expected > 0)
		add(&line, "; fewer than 1 was to be expected");
	add(&line, ". Consumers' statements, not verified.");
	return line.len;
}

static bool
begins_with(struct text word, const char *const *starts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(starts[i]);

		if (word.len >= len &&
		    strncasecmp(word.at, starts[i], len) == 0)
			return true;
	}
	return false;
}

/* Does "de" lose its e before this word? */
static bool
is_elided(struct text word)
{
	/* strncasecmp knows ASCII only, so accented capitals stand here. */
	static const char *const vowels[] = { "a", "e", "i", "o", "u", "h", "à",
		"â", "é", "è", "ê", "ë", "î", "ï", "ô", "û", "œ", "À", "Â", "É",
		"È", "Ê", "Ë", "Î", "Ï", "Ô", "Û", "Œ" };
	/* The h's that stand for a consonant, of words a fault may have. */
	static const char *const aspirated[] = { "hach", "handicap", "harc",
		"hauss", "haut", "heurt", "hors", "houle", "huit", "hurl" };

	return begins_with(word, vowels, sizeof(vowels) / sizeof(*vowels)) &&
	    !begins_with(word, aspirated,
		sizeof(aspirated) / sizeof(*aspirated));
}

size_t
sentence_fr(const struct sentence_facts *facts, char out[SENTENCE_MAX])
{
	static const struct span_words span = { "Le", "Entre le", "et le",
		add_day_fr };
	const struct rule_counts *counts = facts->counts;
	const char *least = counts->is_at_least ? "au moins " : "";
	struct line line = { out, 0 };

	add_span(&line, counts, &span);
	add(&line, "%s%u organisation%s reçu %s%u signalement%s ", least,
	    counts->organisations, counts->organisations < 2 ? " a" : "s ont",
	    least, counts->reports, counts->reports < 2 ? "" : "s");
	add(&line, "(%s%u cas, %u source%s", least, counts->cases,
	    counts->sources, counts->sources < 2 ? "" : "s");
	add_countries(&line, counts, " ;", "pays");
	add(&line, ") ");
	if (facts->mode_fr.len > 0) {
		add(&line, "%s", is_elided(facts->mode_fr) ? "d'" : "de ");
		add_mode(&line, facts->mode_fr);
		add(&line, " ");
	}
	add(&line, "concernant ");
	add_product(&line, facts->product, "un produit sans nom");
	if (facts->expected >= one_at_least)
		add(&line, " ; on en attendait environ %.0f", facts->expected);
	else if (facts->expected > 0)
		add(&line, " ; on en attendait moins de 1");
	add(&line, ". Déclarations de consommateurs, non vérifiées.");
	return line.len;
}
