#include "daemon/core/product_model.h"

#include "daemon/core/chatter.h"
#include "daemon/core/fold.h"
#include "daemon/core/model_word.h"

static void
set_key(struct product_model *model, struct text written)
{
	model->shown = written;
	model->key_len =
	    (uint8_t)fold_name(written, model->key, sizeof(model->key) - 1);
	model->key[model->key_len] = 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
has_blank(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (is_blank(text.at[i]))
			return true;
	}
	return false;
}

/* What is behind the brand, when the model begins with it; else all of it. */
static struct text
skip_brand(struct text written, const struct brand_reading *brand)
{
	char folded[BRAND_KEY_MAX];
	size_t len = 0;
	for (size_t i = 0; i < written.len && len < brand->key_len;) {
		size_t from = i;
		while (i < written.len && !is_blank(written.at[i]))
			i++;
		struct text word = { written.at + from, i - from };
		len += fold_name(word, folded + len, sizeof(folded) - len);
		while (i < written.len && is_blank(written.at[i]))
			i++;
		if (i < written.len && len == brand->key_len &&
		    !memcmp(folded, brand->key, len))
			return (struct text){ written.at + i, written.len - i };
	}
	return written;
}

/* Rules 2 to 4 of a cell with several words. */
static void
read_words(struct product_model *model, const struct brand_reading *brand,
    struct text written)
{
	struct text behind =
	    brand->key_len > 0 ? skip_brand(written, brand) : written;
	struct text word;
	if (behind.len < written.len) {
		set_key(model, behind);
		if (model->key_len > 0)
			model->how = MODEL_WORD;
		else
			set_key(model, written);
	}
	if (has_blank(behind) && chatter_words(behind) <= CHATTER_WORDS_MAX &&
	    model_word_find(behind, &word)) {
		set_key(model, word);
		model->how = MODEL_WORD;
	}
}

/* What the model's own cell says. */
static void
read_cell(const struct vocabulary *vocabulary, struct product_model *model,
    const struct brand_reading *brand, struct text written)
{
	const struct brand_list *list = vocabulary_brands(vocabulary);
	set_key(model, written);
	struct text folded = { model->key, model->key_len };
	if (vocabulary_is_unknown_folded(vocabulary, folded))
		model->key_len = 0;
	else if (model_word_is_size(folded))
		model->how = MODEL_SIZE;
	else if (chatter_is(list, written))
		model->how = MODEL_CHATTER;
	else if (has_blank(written))
		read_words(model, brand, written);
	if (model->how & (MODEL_SIZE | MODEL_CHATTER))
		model->key_len = 0;
	model->key[model->key_len] = 0;
}

/* The only model word of another cell. */
static bool
find_in(struct product_model *model, struct text cell, unsigned how)
{
	struct text word;
	if (cell.len == 0 || !model_word_find(cell, &word))
		return false;
	set_key(model, word);
	model->how |= (uint8_t)how;
	return true;
}

void
product_model_read(const struct vocabulary *vocabulary,
    const struct report *report, const struct brand_reading *brand,
    struct product_model *model)
{
	model->key_len = 0;
	model->key[0] = 0;
	model->how = 0;
	model->shown = (struct text){ 0 };
	if (report->model.len > 0)
		read_cell(vocabulary, model, brand, report->model);
	if (model->key_len > 0 || brand->key_len == 0)
		return;
	if (!find_in(model, brand->rest, MODEL_FROM_BRAND))
		find_in(model, report->name, MODEL_FROM_NAME);
}
