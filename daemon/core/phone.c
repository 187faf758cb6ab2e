#include "daemon/core/phone.h"

#include "daemon/core/gtin.h"
#include "daemon/core/redact_part.h"

enum {
	DIGITS_MAX = 16, /* of a run; what has more is no number */
	GROUPS_MAX = 8,
	SEPARATOR_MAX = 3, /* bytes between two groups */
	BACK_MAX = 40,     /* bytes looked back for a word */
	WORDS_BACK = 4,
	WORD_MAX = 12,
};

/* What the words in front of a number say of it. */
enum context { CONTEXT_NONE, CONTEXT_PHONE, CONTEXT_ID };

/* Groups of digits with little between them, from a place in a text. */
struct run {
	char digit[DIGITS_MAX + 1];
	unsigned ndigits, ngroups;
	unsigned upto[GROUPS_MAX]; /* digits up to this group's end */
	size_t end[GROUPS_MAX];    /* in the text */
	char after[GROUPS_MAX];    /* separator behind it, its first byte */
	bool has_plus, has_bracket;
};

static bool
is_separator(char c)
{
	return c && memchr(" .-/()", c, 6) != NULL;
}

/* Bytes of separators at i before the next digit; 0 when none follows. */
static size_t
separators(struct text text, size_t i)
{
	size_t len = 0;

	while (i + len < text.len && len <= SEPARATOR_MAX &&
	    is_separator(text.at[i + len]))
		len++;
	return len <= SEPARATOR_MAX && i + len < text.len &&
		redact_is_digit(text.at[i + len])
	    ? len
	    : 0;
}

static void
read_run(struct text text, size_t i, struct run *run)
{
	*run = (struct run){ 0 };
	for (size_t most = i + 2; i < most && i < text.len; i++) {
		if (text.at[i] != '+' && text.at[i] != '(')
			break;
		run->has_plus |= text.at[i] == '+';
		run->has_bracket |= text.at[i] == '(';
	}
	while (i < text.len && redact_is_digit(text.at[i]) &&
	    run->ngroups < GROUPS_MAX) {
		size_t len;

		for (; i < text.len && redact_is_digit(text.at[i]); i++) {
			if (run->ndigits == DIGITS_MAX)
				return;
			run->digit[run->ndigits++] = text.at[i];
		}
		run->upto[run->ngroups] = run->ndigits;
		run->end[run->ngroups] = i;
		len = separators(text, i);
		run->after[run->ngroups++] = len ? text.at[i] : 0;
		if (!len)
			return;
		run->has_bracket |= memchr(text.at + i, ')', len) != NULL;
		i += len;
	}
}

static unsigned
group_len(const struct run *run, unsigned group)
{
	return run->upto[group] - (group ? run->upto[group - 1] : 0);
}

/* --- what stands around --------------------------------------------------- */

static const char *const phone_words[] = { "tel", "telephone", "telefon",
	"telefono", "tlf", "tél", "téléphone", "phone", "phoned", "call",
	"called", "calling", "mobile", "mobil", "cell", "handy", "fax",
	"whatsapp", "ring", "rang", "appeler", "appelez", "joindre", "gsm",
	"reach", "reachable", "contact", "hotline" };
static const char *const id_words[] = { "model", "mod", "modell", "modele",
	"modèle", "type", "part", "parts", "pn", "sn", "serial", "sku", "ref",
	"reference", "référence", "art", "article", "artikel", "item", "code",
	"ean", "gtin", "upc", "barcode", "isbn", "asin", "lot", "batch",
	"charge", "order", "claim", "case", "ticket", "odi", "recall",
	"campaign", "product", "version", "firmware", "imei", "invoice",
	"catalog", "catalogue", "fccid", "id", "nhtsa", "série", "serie",
	"seriennummer", "seriennr", "artikelnummer", "teilenummer" };
/* Of themselves they announce a thing's number, not a person's. */
static const char *const weak_words[] = { "no", "nr", "n°", "n0", "nº" };
static const char *const fillers[] = { "num", "number", "numbers", "nummer",
	"numero", "numéro", "is", "at", "on", "me", "us", "my", "our", "the",
	"to", "under", "unter", "au", "auf", "le", "n", "was", "them", "her",
	"him", "please", "mich", "moi", "nous" };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool
is_among(const char *const *words, size_t count, struct text word)
{
	for (size_t i = 0; i < count; i++)
		if (text_is(word, words[i]))
			return true;
	return false;
}

static enum context
judge_word(struct text word, bool *is_weak, bool *is_filler)
{
	bool is_number = is_among(weak_words, COUNT_OF(weak_words), word);

	*is_weak |= is_number;
	*is_filler = is_number || is_among(fillers, COUNT_OF(fillers), word);
	if (is_among(phone_words, COUNT_OF(phone_words), word))
		return CONTEXT_PHONE;
	return is_among(id_words, COUNT_OF(id_words), word) ? CONTEXT_ID
							    : CONTEXT_NONE;
}

/* The nearest word in front that is no filler, and a # or = before anything. */
static enum context
read_context(struct text text, size_t start)
{
	size_t i = start, least = start > BACK_MAX ? start - BACK_MAX : 0;
	bool is_weak = false;

	for (unsigned n = 0; n < WORDS_BACK; n++) {
		char low[WORD_MAX];
		struct text word = { low, 0 };
		size_t end;
		enum context found;
		bool is_filler;

		for (; i > least && !redact_is_word(text.at[i - 1]); i--)
			if (text.at[i - 1] == '#' || text.at[i - 1] == '=')
				return CONTEXT_ID;
		for (end = i; i > least && redact_is_word(text.at[i - 1]);)
			i--;
		if (end == i || end - i > WORD_MAX)
			break;
		for (size_t k = i; k < end; k++)
			low[word.len++] = redact_lower(text.at[k]);
		if (text_is(word, "n") && i > 0 && text.at[i - 1] == '/')
			return CONTEXT_ID; /* S/N, P/N */
		found = judge_word(word, &is_weak, &is_filler);
		if (found != CONTEXT_NONE)
			return found;
		if (!is_filler)
			break;
	}
	return is_weak ? CONTEXT_ID : CONTEXT_NONE;
}

/* May a number begin at start, for what stands right in front of it? */
static bool
may_start(struct text text, size_t start)
{
	char c, before;

	if (start == 0)
		return true;
	c = text.at[start - 1];
	before = start > 1 ? text.at[start - 2] : ' ';
	if (c == '$' || c == '_' || c == '*' || c == '^')
		return false;
	if (redact_is_word(c)) /* the bytes of a euro or pound sign, too */
		return false;
	return !(memchr("-./,:", c, 5) && redact_is_word(before));
}

static const char *const units[] = { "mm", "cm", "m", "km", "miles", "mi", "kg",
	"g", "lb", "lbs", "v", "volt", "volts", "w", "watt", "watts", "kw",
	"hz", "khz", "mhz", "ghz", "mah", "ma", "rpm", "psi", "euro", "euros",
	"eur", "usd", "dollars", "gb", "mb", "ml", "l", "hours" };

/* Does a number that ends here go on as something else, or have a unit? */
static bool
may_end(struct text text, size_t end)
{
	char low[WORD_MAX], c = end < text.len ? text.at[end] : ' ';
	char next = end + 1 < text.len ? text.at[end + 1] : ' ';
	struct text word = { low, 0 };

	if (redact_is_word(c) || c == '@' || c == '%' || c == '_' || c == '$')
		return false;
	if (memchr("-./,:'\"", c, 7) && redact_is_word(next))
		return false;
	if (c != ' ')
		return c != '"' && c != '\'';
	for (size_t i = end + 1;
	     i < text.len && redact_is_word(text.at[i]) && word.len < WORD_MAX;
	     i++)
		low[word.len++] = redact_lower(text.at[i]);
	return !is_among(units, COUNT_OF(units), word);
}

/* --- shapes: how many groups are a number, or 0 --------------------------- */

static unsigned
two_digits(const struct run *run, unsigned at)
{
	return (unsigned)(run->digit[at] - '0') * 10 +
	    (unsigned)(run->digit[at + 1] - '0');
}

/* 01.02.2023, 2023-02-01, 1/2/23, 20230201 and 04.2019 - 05.2020. */
static bool
is_date(const struct run *run)
{
	unsigned year = two_digits(run, 0);
	unsigned second = run->upto[0] == 2 ? two_digits(run, 2) : 0;

	if (run->ngroups >= 2 && group_len(run, 1) == 4 && year <= 12 &&
	    (second == 19 || second == 20))
		return true;

	if (run->ngroups >= 3 && run->after[0] == run->after[1] &&
	    run->after[0] != ' ')
		return (group_len(run, 0) <= 2 && group_len(run, 1) <= 2 &&
			   (group_len(run, 2) == 4 ||
			       (group_len(run, 2) == 2 && run->ngroups < 5))) ||
		    (group_len(run, 0) == 4 && (year == 19 || year == 20) &&
			group_len(run, 1) <= 2 && group_len(run, 2) <= 2);
	return group_len(run, 0) == 8 && (year == 19 || year == 20) &&
	    two_digits(run, 4) - 1 < 12 && two_digits(run, 6) - 1 < 31;
}

/*
 * The most groups that hold least to most digits and end where a number may:
 * at the end of the run, or before a blank.
 */
static unsigned
fit(const struct run *run, unsigned least, unsigned most)
{
	for (unsigned n = run->ngroups; n > 0; n--)
		if (run->upto[n - 1] >= least && run->upto[n - 1] <= most &&
		    (n == run->ngroups || run->after[n - 1] == ' '))
			return n;
	return 0;
}

/* Digits with the country's code, where it is fixed; ITU-T E.164 lists. */
static unsigned
international_max(const char *digits)
{
	static const struct {
		char code[4];
		unsigned most;
	} plans[] = { { "1", 11 }, { "7", 11 }, { "31", 11 }, { "32", 11 },
		{ "33", 11 }, { "34", 11 }, { "41", 11 }, { "44", 12 },
		{ "45", 10 }, { "46", 11 }, { "47", 10 }, { "48", 11 },
		{ "351", 12 } };

	for (size_t i = 0; i < COUNT_OF(plans); i++)
		if (!strncmp(digits, plans[i].code, strlen(plans[i].code)))
			return plans[i].most;
	return 13;
}

/* "+49 (0)170 1234567", "0049 170 1234567". */
static unsigned
international(const struct run *run, enum context context)
{
	unsigned prefix = run->has_plus ? 0 : 2;
	unsigned most, least = run->ngroups > 1 ? 8 : 9;
	struct gtin_reading reading;
	struct text digits = { run->digit, run->ndigits };

	if (!run->has_plus &&
	    (run->digit[0] != '0' || run->digit[1] != '0' ||
		(run->upto[0] == 2 && run->after[0] != ' ')))
		return 0;
	if (run->ndigits <= prefix || run->digit[prefix] == '0')
		return 0;
	if (prefix && run->ngroups == 1 &&
	    (context == CONTEXT_ID ||
		(context == CONTEXT_NONE &&
		    gtin_read(digits, &reading) == GTIN_KEY)))
		return 0;
	most = international_max(run->digit + prefix) + run->has_bracket;
	return fit(run, least + prefix, most + prefix);
}

/* 010-10723-00 is an article's, 01-23-45-67-89 is not. */
static bool
ends_as_article(const struct run *run, unsigned n)
{
	unsigned pairs = 0;

	for (unsigned i = 1; i < n; i++)
		pairs += group_len(run, i) == 2;
	return n > 2 && group_len(run, n - 1) == 2 &&
	    run->after[n - 2] == '-' && pairs < n - 1;
}

/* "0170 1234567", "01 23 45 67 89", "(020) 7946 0958". */
static unsigned
national(const struct run *run, enum context context)
{
	unsigned n;

	if (run->digit[0] != '0' || run->digit[1] == '0' ||
	    context == CONTEXT_ID)
		return 0;
	if (run->upto[0] >= 9) /* in one piece */
		return run->upto[0] <= 11 &&
			(run->upto[0] >= 10 || context == CONTEXT_PHONE) &&
			(run->ngroups == 1 || run->after[0] == ' ')
		    ? 1
		    : 0;
	if (run->upto[0] < 2 || run->upto[0] > 6)
		return 0;
	n = fit(run, 9, 11);
	if (!n)
		n = fit(run, 12, 12);
	if (run->ngroups >= 5 && run->upto[4] == 10 && group_len(run, 1) == 2 &&
	    group_len(run, 2) == 2 && run->after[4] != '-')
		n = 5;
	for (unsigned i = 0; i < n; i++)
		if (group_len(run, i) < 2)
			return 0;
	return n >= 2 && !ends_as_article(run, n) ? n : 0;
}

/* "555-123-4567", "(555) 123-4567", "1-800-555-1234". */
static unsigned
american(const struct run *run, enum context context)
{
	unsigned first = run->upto[0] == 1 && run->digit[0] == '1';
	const char *area = run->digit + first;
	bool is_marked = run->has_bracket || context == CONTEXT_PHONE || first;

	if (context == CONTEXT_ID || run->ngroups < first + 3 ||
	    group_len(run, first) != 3 || group_len(run, first + 1) != 3 ||
	    group_len(run, first + 2) != 4 || area[0] < '2' || area[3] < '2')
		return 0;
	is_marked |= run->after[0] != ' ' && run->after[1] != ' ';
	return is_marked ? first + 3 : 0;
}

/* Behind "call" or "tel". */
static unsigned
announced(const struct run *run, enum context context)
{
	unsigned n;

	if (context != CONTEXT_PHONE)
		return 0;
	n = fit(run, 7, 12);
	for (unsigned i = 1; i < n; i++)
		if (group_len(run, i) < 2)
			return 0;
	return n;
}

size_t
phone_at(struct text text, size_t at, bool is_name)
{
	struct run run;
	enum context context;
	unsigned n;

	if (!may_start(text, at))
		return 0;
	read_run(text, at, &run);
	if (!run.ngroups || run.ndigits < 7 || is_date(&run))
		return 0;
	context = read_context(text, at);
	n = international(&run, context);
	if (!n && !run.has_plus && (!is_name || context == CONTEXT_PHONE))
		n = national(&run, context);
	if (!n && !run.has_plus)
		n = american(&run, context);
	if (!n && !run.has_plus)
		n = announced(&run, context);
	if (!n || !may_end(text, run.end[n - 1]))
		return 0;
	return run.end[n - 1] - at;
}
