#include "daemon/core/terms.h"

#include <string.h>

#include "base/digest.h"
#include "daemon/core/gtin.h"
#include "daemon/core/model.h"
#include "daemon/core/product.h"
#include "daemon/core/words.h"

/* Pieces of brands never meet words. */
enum { KIND_WORD = 1, KIND_RUN = 2, KIND_BEGIN = 3, KIND_GTIN = 4 };

/* Runs of a brand that are kept, their length, and that of its beginning. */
enum { RUNS = 6, RUN = 3, BEGIN = 5 };

/* Letters behind a number that may be a variant's. */
enum { SUFFIX_MAX = 4 };

static uint64_t
hash_of(uint8_t kind, struct text text)
{
	const uint8_t key[DIGEST_SIP_KEY_BYTES] = { kind };

	return digest_sip64(key, text.at, text.len);
}

uint64_t
terms_word(struct text word)
{
	return hash_of(KIND_WORD, word);
}

static void
add(struct terms *terms, uint64_t hash)
{
	for (unsigned i = 0; i < terms->count; i++)
		if (terms->hash[i] == hash)
			return;
	if (terms->count < TERMS_MAX)
		terms->hash[terms->count++] = hash;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void
add_stem(struct terms *terms, struct text number)
{
	size_t len = number.len;

	while (len > 0 && !is_digit(number.at[len - 1]))
		len--;
	if (len >= MODEL_PREFIX_MIN && len < number.len &&
	    number.len - len <= SUFFIX_MAX)
		add(terms, terms_word((struct text){ number.at, len }));
}

void
terms_add_key(struct terms *terms, struct text model)
{
	if (!model.len)
		return;
	add(terms, terms_word(model));
	add_stem(terms, model);
}

void
terms_add_shown(struct terms *terms, struct text model)
{
	struct model_token number[MODEL_TOKENS_MAX];
	unsigned numbers = model_tokens(model, number, MODEL_TOKENS_MAX);
	struct words words = { 0 };

	for (unsigned i = 0; i < numbers; i++)
		terms_add_key(terms,
		    (struct text){ number[i].at, number[i].len });
	words_add(&words, model);
	for (unsigned i = 0; i < words.count; i++)
		add(terms, terms_word(words_at(&words, i)));
}

uint64_t
terms_gtin(uint64_t gtin)
{
	return hash_of(KIND_GTIN,
	    (struct text){ (const char *)&gtin, sizeof(gtin) });
}

void
terms_add_gtin(struct terms *terms, uint64_t gtin)
{
	uint64_t second = gtin_second(gtin);

	if (second)
		add(terms, terms_gtin(second));
}

/* Keep the smallest RUNS hashes, in order, each once. */
static void
keep_least(uint64_t least[RUNS], unsigned *count, uint64_t hash)
{
	unsigned at = *count;

	while (at > 0 && least[at - 1] > hash)
		at--;
	if (at == RUNS || (at > 0 && least[at - 1] == hash))
		return;
	if (*count < RUNS)
		++*count;
	memmove(least + at + 1, least + at,
	    (*count - 1 - at) * sizeof(least[0]));
	least[at] = hash;
}

void
terms_add_brand(struct terms *terms, struct text brand, struct text category)
{
	char piece[PRODUCT_SLUG_MAX + 8];
	char marked[PRODUCT_KEY_MAX + 2];
	uint64_t least[RUNS];
	size_t len =
	    category.len < PRODUCT_SLUG_MAX ? category.len : PRODUCT_SLUG_MAX;
	unsigned count = 0;

	if (!brand.len)
		return;
	if (brand.len > PRODUCT_KEY_MAX)
		brand.len = PRODUCT_KEY_MAX;
	marked[0] = '^';
	memcpy(marked + 1, brand.at, brand.len);
	marked[brand.len + 1] = '$';
	memcpy(piece, category.at, len);
	for (size_t i = 0; i + RUN <= brand.len + 2; i++) {
		memcpy(piece + len, marked + i, RUN);
		keep_least(least, &count,
		    hash_of(KIND_RUN, (struct text){ piece, len + RUN }));
	}
	for (unsigned i = 0; i < count; i++)
		add(terms, least[i]);
	if (brand.len < BEGIN)
		return;
	memcpy(piece + len, brand.at, BEGIN);
	add(terms, hash_of(KIND_BEGIN, (struct text){ piece, len + BEGIN }));
}
