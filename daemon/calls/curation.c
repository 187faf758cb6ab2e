/* curation.c - products.merge, split, alias, rename, distinct, undo. */
#include <string.h>

#include "daemon/calls/curating.h"
#include "daemon/core/fold.h"
#include "daemon/core/gtin.h"
#include "daemon/net/dispatch.h"

static uint32_t
take_id(struct curating *curating, const char *field, struct text id)
{
	uint32_t product = product_id_parse(id);

	if (!product && !curating->why.code)
		refuse(&curating->why, ERROR_INVALID, field,
		    "use an id such as p12");
	return product;
}

void
handle_products_merge(struct call *call)
{
	const struct call_products_merge *args = call->args;
	const struct telling telling = { args->reason, args->author, { 0 },
		args->dry_run };
	struct curating *curating =
	    curating_new(call, CURATION_MERGE, &telling);

	if (!curating)
		return;
	curating->curation.product = take_id(curating, "id", args->id);
	curating->curation.other = take_id(curating, "into", args->into);
	curating_start(curating);
}

void
handle_products_split(struct call *call)
{
	const struct call_products_split *args = call->args;
	const struct telling telling = { args->reason, args->author, { 0 },
		args->dry_run };
	struct curating *curating =
	    curating_new(call, CURATION_SPLIT, &telling);

	if (!curating)
		return;
	curating->curation.product = take_id(curating, "id", args->id);
	curating_start(curating);
}

/* The key that a report with this name or code would have. */
static void
take_name(struct curating *curating, const struct call_products_alias *args)
{
	struct curation *curation = &curating->curation;
	struct report report = { .brand = args->brand, .model = args->model };
	struct product_identity identity = { .level = LEVEL_MODEL };
	struct product_key keys[2];
	unsigned nkeys;

	if (!args->gtin.len == (!args->brand.len || !args->model.len)) {
		refuse(&curating->why, ERROR_INVALID, "gtin",
		    "give either gtin, or brand and model");
		return;
	}
	product_identify_names(curating->services->vocabulary, &report,
	    &identity);
	if (args->gtin.len) {
		struct gtin_reading reading;
		enum gtin_verdict verdict = gtin_read(args->gtin, &reading);

		if (verdict != GTIN_KEY) {
			refuse(&curating->why, ERROR_INVALID, "gtin", "%s",
			    gtin_why(verdict));
			return;
		}
		identity.gtin = curation->gtin = reading.key;
	}
	nkeys = product_keys(&identity, keys);
	if (!nkeys) {
		refuse(&curating->why, ERROR_INVALID, "model",
		    "brand and model together name no product");
		return;
	}
	memcpy(curation->key, keys[0].hash, sizeof(curation->key));
}

void
handle_products_alias(struct call *call)
{
	const struct call_products_alias *args = call->args;
	char name[2 * 200 + 2];
	struct telling telling = { args->reason, args->author, { name, 0 },
		args->dry_run };
	struct curating *curating;

	if (args->gtin.len)
		telling.text = args->gtin;
	else
		telling.text.len = (size_t)snprintf(name, sizeof(name),
		    "%.*s %.*s", TEXT_ARG(args->brand), TEXT_ARG(args->model));
	curating = curating_new(call, CURATION_ALIAS, &telling);
	if (!curating)
		return;
	curating->curation.product = take_id(curating, "id", args->id);
	if (!curating->why.code)
		take_name(curating, args);
	curating_start(curating);
}

/* A given name obeys the rules of every shown one. */
static void
take_given(struct curating *curating, const struct call_products_rename *args)
{
	struct curation *curation = &curating->curation;
	char *out = curation->given;
	const size_t cap = sizeof(curation->given);
	size_t brand = fold_shown(args->brand, PRODUCT_SHOWN_MAX, out, cap / 2);
	size_t model;

	out[brand] = 0x1f;
	model = fold_shown(args->model, PRODUCT_SHOWN_MAX, out + brand + 1,
	    cap - brand - 1);
	curation->given_len = (uint16_t)(brand + 1 + model);
	if (!brand)
		refuse(&curating->why, ERROR_INVALID, "brand",
		    "nothing of it can be shown");
	else if (!product_name_is_fit(
		     (struct text){ out, curation->given_len }))
		refuse(&curating->why, ERROR_INVALID, "brand",
		    "a name holds no address and no telephone number");
}

void
handle_products_rename(struct call *call)
{
	const struct call_products_rename *args = call->args;
	const struct telling telling = { args->reason, args->author, { 0 },
		args->dry_run };
	struct curating *curating =
	    curating_new(call, CURATION_RENAME, &telling);

	if (!curating)
		return;
	curating->curation.product = take_id(curating, "id", args->id);
	if (!curating->why.code)
		take_given(curating, args);
	curating_start(curating);
}

void
handle_products_distinct(struct call *call)
{
	const struct call_products_distinct *args = call->args;
	const struct telling telling = { args->reason, args->author, { 0 },
		args->dry_run };
	struct curating *curating =
	    curating_new(call, CURATION_DISTINCT, &telling);

	if (!curating)
		return;
	curating->curation.product = take_id(curating, "id", args->id);
	curating->curation.other = take_id(curating, "from", args->from);
	if (!curating->why.code &&
	    curating->curation.product == curating->curation.other)
		refuse(&curating->why, ERROR_INVALID, "from",
		    "a product is the same as itself");
	curating_start(curating);
}

void
handle_products_undo(struct call *call)
{
	const struct call_products_undo *args = call->args;
	const struct telling telling = { args->reason, args->author, { 0 },
		args->dry_run };
	struct curating *curating =
	    curating_new(call, CURATION_SPLIT, &telling);

	if (!curating)
		return;
	curating->curation.undoes = args->act;
	curating_start(curating);
}
