#include "daemon/calls/identity.h"

#include "proto/codec.h"

/* Words for the bits of a set, in order. */
static void
pack_how(struct buf *out, const char *key, unsigned how,
    const char *const words[])
{
	size_t token;
	uint32_t count = 0;

	pack_string(out, key);
	token = pack_open_list(out);
	for (unsigned i = 0; words[i]; i++)
		if (how & 1u << i) {
			pack_string(out, words[i]);
			count++;
		}
	if (!how) {
		pack_string(out, "as written");
		count++;
	}
	pack_close_list(out, token, count);
}

const char *
identity_key_name(const struct product_identity *identity,
    const struct product_key *key)
{
	if (key->is_gtin)
		return "gtin";
	if (identity->level == LEVEL_MODEL)
		return "brand and model";
	return identity->level == LEVEL_BRAND ? "brand and category"
					      : "category";
}

void
identity_pack(struct buf *out, const struct product_identity *identity)
{
	static const char *const brands[] = { "alias", "part of its cell",
		"chatter", NULL };
	static const char *const models[] = { "one word of its cell",
		"from the brand's cell", "from the name", "a size is no model",
		"chatter", NULL };

	pack_field_string(out, "level", product_level_name(identity->level));
	pack_field_text(out, "category",
	    (struct text){ identity->category, identity->category_len });
	pack_field_text(out, "brand",
	    (struct text){ identity->brand, identity->brand_len });
	pack_field_text(out, "model",
	    (struct text){ identity->model, identity->model_len });
	pack_how(out, "brand_how", identity->brand_how, brands);
	pack_how(out, "model_how", identity->model_how, models);
}
