#include "daemon/core/product.h"

#include <assert.h>

#include "base/digest.h"
#include "daemon/core/chatter.h"
#include "daemon/core/fold.h"
#include "daemon/core/gtin.h"

enum {
	/* The form of the bytes a key is hashed from.  It stays when the rules
	 * change: a name that is read as before is found where it was. */
	KEY_FORM = 1,
	SHOWN_SEPARATOR = 0x1f,
	QUOTED_MAX = 40, /* characters of a reporter's word in a problem */
	QUOTED_BYTES = 4 * QUOTED_MAX,
};

static const char unstated[] = "unstated";
static const char other[] = "other:";

uint32_t
product_version(const struct vocabulary *vocabulary)
{
	uint8_t key[DIGEST_SIP_KEY_BYTES] = { PRODUCT_RULES_VERSION };
	uint64_t words = vocabulary_digest(vocabulary);

	return (uint32_t)digest_sip64(key, &words, sizeof(words)) | 1;
}

const char *
product_level_name(enum product_level level)
{
	switch (level) {
	case LEVEL_CATEGORY:
		return "category";
	case LEVEL_BRAND:
		return "brand";
	case LEVEL_MODEL:
		return "model";
	}
	assert(0 && "a level");
	return "";
}

/* Note a problem that quotes what was written, made fit to be read. */
static void
note(struct problems *problems, const char *field, const char *code,
    const char *rule, struct text written)
{
	char quoted[QUOTED_BYTES];
	if (!problems)
		return;
	size_t len = fold_shown(written, QUOTED_MAX, quoted, sizeof(quoted));
	problem_add(problems, field, code, "%s: %.*s", rule, (int)len, quoted);
}

static uint8_t
put_slug(char out[PRODUCT_SLUG_MAX], struct text slug)
{
	size_t len =
	    slug.len < PRODUCT_SLUG_MAX ? slug.len : PRODUCT_SLUG_MAX - 1;
	memcpy(out, slug.at, len);
	return (uint8_t)len;
}

/* Prose in place of a slug.  The folding may leave a blank behind its end. */
static uint8_t
put_prose(char out[PRODUCT_SLUG_MAX], size_t at, struct text label)
{
	size_t len =
	    at + fold_prose(label, out + at, PRODUCT_SLUG_MAX - 1 - at);
	out[len] = 0;
	return (uint8_t)len;
}

/* A label that may come with a code's scheme, as a slug or "other:...". */
static void
identify_category(const struct vocabulary *vocabulary,
    const struct report *report, struct product_identity *identity,
    struct problems *problems)
{
	const size_t prefix = sizeof(other) - 1;
	struct text label = report->category;
	int index = vocabulary_find(vocabulary, WORDS_CATEGORY, label);
	char *out = identity->category;
	if (index >= 0) {
		identity->category_len = put_slug(out,
		    vocabulary_word(vocabulary, WORDS_CATEGORY, (unsigned)index)
			->slug);
		return;
	}
	if (label.len > 0)
		note(problems, "product.category", "unknown-category",
		    "no category of this name", label);
	if (vocabulary_is_unknown(vocabulary, label)) {
		identity->category_len = put_slug(out, text_of(unstated));
		return;
	}
	memcpy(out, other, prefix);
	identity->category_len = put_prose(out, prefix, label);
}

/* A folded name with its NUL; both have room for PRODUCT_KEY_MAX bytes. */
static uint8_t
put_key(char out[PRODUCT_KEY_MAX], const char *key, uint8_t len)
{
	memcpy(out, key, (size_t)len + 1);
	return len;
}

static void
identify_gtin(const struct report *report, struct product_identity *identity,
    struct problems *problems)
{
	static const char *const codes[] = {
		[GTIN_TEXT] = "gtin-no-product",
		[GTIN_BAD_DIGIT] = "gtin-check-digit",
		[GTIN_MALFORMED] = "gtin-malformed",
	};
	struct report_list list = report_list(&report->gtin);
	struct text item;
	while (report_list_next(&list, &item)) {
		struct gtin_reading reading;
		enum gtin_verdict verdict = gtin_read(item, &reading);
		if (verdict != GTIN_KEY)
			note(problems, "product.gtin", codes[verdict],
			    gtin_why(verdict), item);
		else if (identity->gtin == 0) {
			identity->gtin = reading.key;
			identity->gtin_other = reading.other;
		}
	}
}

/* Slug, folded text or "unstated"; the hazard a mode is in itself is set. */
static void
identify_mode(const struct vocabulary *vocabulary, const struct report *report,
    struct product_identity *identity)
{
	struct text label = report->mode;
	char *out = identity->mode;
	int index =
	    label.len > 0 ? vocabulary_find(vocabulary, WORDS_MODE, label) : -1;
	if (index >= 0) {
		const struct word *word =
		    vocabulary_word(vocabulary, WORDS_MODE, (unsigned)index);
		identity->mode_len = put_slug(out, word->slug);
		if (word->hazard >= 0)
			identity->hazards |= 1u << word->hazard;
	} else if (label.len == 0 || vocabulary_is_unknown(vocabulary, label)) {
		identity->mode_len = put_slug(out, text_of(unstated));
	} else {
		identity->mode_len = put_prose(out, 0, label);
	}
}

static void
identify_hazards(const struct vocabulary *vocabulary,
    const struct report *report, struct product_identity *identity,
    struct problems *problems)
{
	struct report_list list = report_list(&report->hazard);
	struct text item;
	while (report_list_next(&list, &item)) {
		int index = vocabulary_find(vocabulary, WORDS_HAZARD, item);
		if (index >= 0)
			identity->hazards |= 1u << index;
		else if (!vocabulary_is_unknown(vocabulary, item))
			note(problems, "failure.hazard", "unknown-hazard",
			    "no hazard of this name", item);
	}
	if (report->severity == SEVERITY_FATAL || report->deaths > 0) {
		int death =
		    vocabulary_find(vocabulary, WORDS_HAZARD, TEXT("death"));
		if (death >= 0)
			identity->hazards |= 1u << death;
	}
}

static bool
is_chatter(const char *shown, size_t len)
{
	unsigned words = len > 0;
	for (size_t i = 0; i < len; i++)
		words += shown[i] == ' ';
	return words > CHATTER_WORDS_MAX;
}

static size_t
count_chars(const char *shown, size_t len)
{
	size_t chars = 0;
	for (size_t i = 0; i < len; i++)
		chars += ((uint8_t)shown[i] & 0xc0) != 0x80;
	return chars;
}

/* Brand, separator, model, of those that are known. */
static void
identify_shown(struct text brand_shown, struct text model_shown,
    struct product_identity *identity)
{
	char *out = identity->shown;
	const size_t cap = sizeof(identity->shown);
	size_t brand = 0;
	size_t model = 0;
	if (identity->brand_len > 0)
		brand =
		    fold_shown(brand_shown, PRODUCT_SHOWN_MAX, out, cap - 1);
	out[brand] = SHOWN_SEPARATOR;
	char *second = out + brand + 1;
	if (identity->model_len > 0)
		model = fold_shown(model_shown,
		    PRODUCT_SHOWN_MAX - count_chars(out, brand), second,
		    cap - brand - 1);
	if (brand + model > 0 && !is_chatter(out, brand) &&
	    !is_chatter(second, model) &&
	    product_name_is_fit((struct text){ out, brand + 1 + model }))
		identity->shown_len = (uint16_t)(brand + 1 + model);
	else
		memset(out, 0, cap);
}

void
product_identify_names(const struct vocabulary *vocabulary,
    const struct report *report, struct product_identity *identity)
{
	struct brand_reading brand;
	struct product_model model;
	brand_read(vocabulary, report->brand, &brand);
	product_model_read(vocabulary, report, &brand, &model);
	identity->brand_len =
	    put_key(identity->brand, brand.key, brand.key_len);
	identity->model_len =
	    put_key(identity->model, model.key, model.key_len);
	identity->brand_how = brand.how;
	identity->model_how = model.how;
	identify_shown(brand.shown, model.shown, identity);
}

static enum product_level
level_of(const struct product_identity *identity)
{
	if (identity->gtin != 0 ||
	    (identity->brand_len > 0 && identity->model_len > 0))
		return LEVEL_MODEL;
	return identity->brand_len > 0 ? LEVEL_BRAND : LEVEL_CATEGORY;
}

void
product_identify(const struct vocabulary *vocabulary,
    const struct report *report, struct product_identity *identity,
    struct problems *problems)
{
	*identity = (struct product_identity){ 0 };
	identify_category(vocabulary, report, identity, problems);
	product_identify_names(vocabulary, report, identity);
	identify_gtin(report, identity, problems);
	identify_mode(vocabulary, report, identity);
	identify_hazards(vocabulary, report, identity, problems);
	identity->level = level_of(identity);
}

/* What a key is hashed from: form, kind, then parts with their lengths. */
struct key_text {
	uint8_t at[4 + 2 * (1 + PRODUCT_KEY_MAX)];
	size_t len;
};

static struct key_text
key_text(char kind)
{
	return (struct key_text){
		.at = { 't', 'p', KEY_FORM, (uint8_t)kind },
		.len = 4,
	};
}

static void
key_add(struct key_text *text, const void *bytes, uint8_t len)
{
	text->at[text->len++] = len;
	memcpy(text->at + text->len, bytes, len);
	text->len += len;
}

static struct product_key
key_hash(const struct key_text *text, bool is_gtin)
{
	struct product_key key = { .is_gtin = is_gtin };
	digest_blake2b(NULL, 0, text->at, text->len, key.hash,
	    sizeof(key.hash));
	return key;
}

static struct product_key
key_of_gtin(uint64_t gtin)
{
	struct key_text text = key_text('g');
	uint8_t bytes[8];
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(gtin >> (56 - 8 * i));
	key_add(&text, bytes, sizeof(bytes));
	return key_hash(&text, true);
}

/* kind: 'm' brand and model, 'b' brand and category, 'c' category. */
static struct product_key
key_of_names(char kind, struct text first, struct text second)
{
	struct key_text text = key_text(kind);
	key_add(&text, first.at, (uint8_t)first.len);
	key_add(&text, second.at, (uint8_t)second.len);
	return key_hash(&text, false);
}

unsigned
product_keys(const struct product_identity *identity,
    struct product_key keys[2])
{
	struct text category = { identity->category, identity->category_len };
	struct text brand = { identity->brand, identity->brand_len };
	struct text model = { identity->model, identity->model_len };
	unsigned count = 0;
	switch (identity->level) {
	case LEVEL_MODEL:
		if (identity->gtin != 0)
			keys[count++] = key_of_gtin(identity->gtin);
		if (brand.len > 0 && model.len > 0)
			keys[count++] = key_of_names('m', brand, model);
		break;
	case LEVEL_BRAND:
		keys[count++] = key_of_names('b', brand, category);
		break;
	case LEVEL_CATEGORY:
		keys[count++] = key_of_names('c', category, TEXT(""));
		break;
	}
	return count;
}
