/* match_read.c - a product as written -> what can be compared. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "daemon/core/gtin.h"
#include "daemon/core/match.h"
#include "daemon/core/match_part.h"

/* A colour tells variants apart; it is no reason to think two titles alike. */
static const float colour_share = 0.3F;

/* --- hashes -------------------------------------------------------------- */

/*
 * FNV-1a, which can be gone on with: words written as one hash alike.  Words
 * made to collide would bring about a proposal, never a merge.
 */
enum { BLANK = ' ' };

uint64_t
match_hash(uint64_t from, struct text word)
{
	uint64_t hash = from;
	for (size_t i = 0; i < word.len; i++)
		hash = (hash ^ (uint8_t)word.at[i]) * 0x100000001b3U;
	return hash;
}

static void
hash_words(struct match_record *record)
{
	const struct words *words = &record->words;
	for (unsigned i = 0; i < words->count; i++) {
		uint64_t hash = match_hash(MATCH_HASH_SEED, words_at(words, i));
		record->hash[i] = hash;
		if (i + 1 < words->count) {
			struct text next = words_at(words, i + 1);
			record->join2[i] = match_hash(hash, next);
			record->pair[i] =
			    match_hash(match_hash(hash, TEXT(" ")), next);
		}
		if (i + 2 < words->count)
			record->join3[i] = match_hash(record->join2[i],
			    words_at(words, i + 2));
	}
}

/* --- brand and model ----------------------------------------------------- */

/* Words of a firm's name that many firms have. */
static bool
is_brand_noise(struct text word)
{
	static const char *const noise[] = { "company", "corporation", "gmbh",
		"group", "incorporated", "limited", "llc", "ltd", "sa", "sas",
		"software", "technologies", "technology", "the" };
	for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++) {
		if (text_is(word, noise[i]))
			return true;
	}
	return false;
}

static void
read_brand(struct match_record *record, struct text brand)
{
	words_add(&record->brand_words, brand);
	for (unsigned i = 0; i < record->brand_words.count &&
	     record->brands < MATCH_BRAND_WORDS;
	     i++) {
		struct text word = words_at(&record->brand_words, i);
		if (!is_brand_noise(word))
			record->brand[record->brands++] =
			    match_hash(MATCH_HASH_SEED, word);
	}
	record->has_brand = record->brands > 0;
	if (!record->has_brand && record->words.count > 0)
		record->brand[record->brands++] = record->hash[0];
}

static bool
has_model(const struct match_record *record, const struct model_token *token)
{
	for (unsigned i = 0; i < record->models; i++) {
		if (record->model[i].len == token->len &&
		    !memcmp(record->model[i].at, token->at, token->len))
			return true;
	}
	return false;
}

/* A model's cell names the model, even where it does not look like one. */
static void
add_plain_model(struct match_record *record, struct text model)
{
	struct model_token token = { 0 };
	bool has_digit = false;
	for (size_t i = 0; i < model.len; i++) {
		char c = model.at[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		bool is_digit = c >= '0' && c <= '9';
		if (!is_digit && !(c >= 'a' && c <= 'z'))
			continue;
		if (token.len == MODEL_TOKEN_MAX)
			return;
		has_digit |= is_digit;
		token.at[token.len++] = c;
	}
	if (token.len < 3 || !has_digit || has_model(record, &token) ||
	    record->models == MODEL_TOKENS_MAX)
		return;
	record->model[record->models++] = token;
}

static void
read_models(struct match_record *record, const struct match_input *input)
{
	struct model_token more[MODEL_TOKENS_MAX];
	record->models = (uint8_t)model_tokens(input->model, record->model,
	    MODEL_TOKENS_MAX);
	if (record->models == 0)
		add_plain_model(record, input->model);
	unsigned count = model_tokens(input->title, more, MODEL_TOKENS_MAX);
	for (unsigned i = 0; i < count && record->models < MODEL_TOKENS_MAX;
	     i++) {
		if (!has_model(record, &more[i]))
			record->model[record->models++] = more[i];
	}
	for (unsigned i = 0; i < record->models; i++)
		record->model_hash[i] = match_hash(MATCH_HASH_SEED,
		    (struct text){ record->model[i].at, record->model[i].len });
}

/* Add the model's words that the title does not have. */
static void
add_model_words(struct match_record *record, struct text model)
{
	struct words extra = { 0 };
	words_add(&extra, model);
	for (unsigned i = 0; i < extra.count; i++) {
		struct text word = words_at(&extra, i);
		bool is_there = false;
		for (unsigned j = 0; j < record->words.count; j++)
			is_there |=
			    text_equal(word, words_at(&record->words, j));
		if (!is_there)
			words_add(&record->words, word);
	}
}

/* --- numbers and colours ------------------------------------------------- */

static size_t
digits_of(struct text word)
{
	size_t i = 0;
	while (i < word.len &&
	    ((word.at[i] >= '0' && word.at[i] <= '9') || word.at[i] == '.'))
		i++;
	return i;
}

static bool
is_year(struct text digits)
{
	return digits.len == 4 && !memchr(digits.at, '.', 4) &&
	    (!memcmp(digits.at, "19", 2) ||
		(!memcmp(digits.at, "20", 2) && digits.at[2] < '4'));
}

/* Does a number in front of this word count it? */
static bool
is_unit(struct text word)
{
	char size[WORD_MAX + 1] = "1";
	memcpy(size + 1, word.at, word.len);
	return digits_of(word) == 0 &&
	    model_is_size((struct text){ size, word.len + 1 });
}

/* Numbers of at most so many characters say how big or which version. */
enum { NUMBER_MAX = 4 };

static void
read_number(struct match_record *record, unsigned i)
{
	struct text word = words_at(&record->words, i);
	struct text digits = { word.at, digits_of(word) };
	struct text unit = { word.at + digits.len, word.len - digits.len };
	if (digits.len == 0 || record->numbers == MATCH_NUMBERS_MAX ||
	    (unit.len > 0 && !is_unit(unit)))
		return;
	if (unit.len == 0 && i + 1 < record->words.count &&
	    is_unit(words_at(&record->words, i + 1)))
		unit = words_at(&record->words, i + 1);
	struct match_number *number = &record->number[record->numbers];
	bool is_a_year = unit.len == 0 && is_year(digits);
	if (!is_a_year && digits.len > NUMBER_MAX &&
	    !memchr(digits.at, '.', digits.len))
		return;
	number->kind = is_a_year ? 0 : match_hash(MATCH_HASH_SEED, unit);
	number->value = match_hash(MATCH_HASH_SEED, digits);
	record->numbers++;
}

/* --- all of it ----------------------------------------------------------- */

static void
weigh_words(struct match_record *record, const struct match_corpus *corpus)
{
	double all = (double)corpus->records + 1;
	for (unsigned i = 0; i < record->words.count; i++) {
		struct text word = words_at(&record->words, i);
		double frequency = corpus->frequency(corpus->who, word);
		float weight = (float)log(all / (frequency + 0.5));
		if (weight < 0)
			weight = 0;
		record->weight[i] =
		    words_colour(word) ? weight * colour_share : weight;
	}
	/* Among three records everything is rare. */
	record->rare = (float)fmax(log(all / 2.5), 0.5);
}

void
match_read(const struct match_input *input, const struct match_corpus *corpus,
    struct match_record *record)
{
	struct gtin_reading code;

	memset(record, 0, sizeof(*record));
	words_add(&record->words, input->title);
	add_model_words(record, input->model);
	hash_words(record);
	read_brand(record, input->brand);
	read_models(record, input);
	for (unsigned i = 0; i < record->words.count; i++) {
		read_number(record, i);
		record->colours |= words_colour(words_at(&record->words, i));
	}
	if (gtin_read(input->gtin, &code) == GTIN_KEY)
		record->gtin = code.key;
	if (record->gtin)
		snprintf(record->gtin_token, sizeof(record->gtin_token),
		    "g%014" PRIu64, record->gtin);
	record->price = input->price > 0 ? input->price : 0;
	if (corpus)
		weigh_words(record, corpus);
}

static unsigned
add_token(struct text *token, unsigned count, struct text one)
{
	for (unsigned i = 0; i < count; i++) {
		if (text_equal(token[i], one))
			return count;
	}
	if (count < MATCH_TOKENS_MAX && one.len > 0)
		token[count++] = one;
	return count;
}

unsigned
match_tokens(const struct match_record *record,
    struct text token[MATCH_TOKENS_MAX])
{
	unsigned count = add_token(token, 0, text_of(record->gtin_token));
	for (unsigned i = 0; i < record->models; i++)
		count = add_token(token, count,
		    (struct text){ record->model[i].at, record->model[i].len });
	for (unsigned i = 0; i < record->words.count; i++)
		count = add_token(token, count, words_at(&record->words, i));
	for (unsigned i = 0; i < record->brand_words.count; i++)
		count =
		    add_token(token, count, words_at(&record->brand_words, i));
	return count;
}
