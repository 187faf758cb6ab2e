#include "daemon/intake/curate.h"

#include <string.h>

#include "daemon/intake/detecting.h"
#include "daemon/intake/kinship.h"
#include "daemon/intake/reunion.h"
#include "daemon/store/rows.h"

static int
refuse_fault(struct refusal *why)
{
	return refuse(why, ERROR_INTERNAL, NULL,
	    "the store failed; nothing was changed");
}

static int
read_product(struct intake *intake, const char *field, uint32_t product,
    struct product_row *row, struct refusal *why)
{
	struct key key = key_product(product);
	struct text bytes;

	if (product &&
	    projection_get(&intake->projection, KEYSPACE_PRODUCT, &key,
		&bytes) == STORE_OK &&
	    product_row_read(bytes, row))
		return 0;
	return refuse(why, ERROR_NOT_FOUND, field, "no such product is known");
}

/* The product's place among merged ones; alone it is its own root. */
static int
read_kin(struct intake *intake, uint32_t product, struct family_row *kin,
    struct refusal *why)
{
	struct key key = key_family(product);
	struct text row;
	int result =
	    projection_get(&intake->projection, KEYSPACE_FAMILY, &key, &row);

	*kin = (struct family_row){ .root = product };
	if (result == STORE_NOT_FOUND)
		return 0;
	if (result || row.len > sizeof(*kin))
		return refuse_fault(why);
	memcpy(kin, row.at, row.len);
	return 0;
}

/* The act that says that two products are not the same; 0 none. */
static uint64_t
find_distinct(struct intake *intake, uint32_t one, uint32_t other)
{
	struct key key = key_distinct(one, other);
	struct text row;
	uint64_t seq = 0;

	if (projection_get(&intake->projection, KEYSPACE_DISTINCT, &key,
		&row) == STORE_OK &&
	    row.len == sizeof(seq))
		memcpy(&seq, row.at, sizeof(seq));
	return seq;
}

static void
fill_family(struct family *family, uint32_t root, const struct family_row *kin)
{
	family->root = family->member[0] = root;
	memcpy(family->member + 1, kin->member,
	    kin->count * sizeof(kin->member[0]));
	family->count = kin->count + 1;
}

/* Whoever joins a family must not be said to differ from anyone in it. */
static int
check_distinct(struct intake *intake, const struct curation *curation,
    struct refusal *why)
{
	const struct family *family = &curation->family;
	const struct family *branch = &curation->branch;

	for (unsigned i = 0; i < branch->count; i++)
		for (unsigned j = 0; j < family->count; j++) {
			uint64_t act = find_distinct(intake, branch->member[i],
			    family->member[j]);

			if (act)
				return refuse(why, ERROR_CONFLICT, "into",
				    "act %llu says that p%u and p%u are not "
				    "the same; take it back first",
				    (unsigned long long)act, branch->member[i],
				    family->member[j]);
		}
	return 0;
}

static int
check_merge(struct intake *intake, struct curation *curation,
    struct refusal *why)
{
	struct product_row row, other;
	struct family_row kin, line, root;

	if (read_product(intake, "id", curation->product, &row, why))
		return (int)why->code;
	if (row.level == LEVEL_CATEGORY)
		return refuse(why, ERROR_INVALID, "id",
		    "p%u is a category, and a category is no product",
		    curation->product);
	if (read_product(intake, "into", curation->other, &other, why))
		return (int)why->code;
	if (other.level == LEVEL_CATEGORY)
		return refuse(why, ERROR_INVALID, "into",
		    "p%u is a category, and a category is no product",
		    curation->other);
	if (read_kin(intake, curation->product, &kin, why) ||
	    read_kin(intake, curation->other, &line, why) ||
	    read_kin(intake, line.root, &root, why))
		return (int)why->code;
	if (curation->product == curation->other ||
	    line.root == curation->product)
		return refuse(why, ERROR_CONFLICT, "into",
		    "p%u is read through p%u: the merge would make a cycle",
		    curation->other, curation->product);
	if (kin.parent)
		return refuse(why, ERROR_CONFLICT, "id",
		    "p%u is merged into p%u already; split it first",
		    curation->product, kin.parent);
	if (root.count + kin.count + 1 > FAMILY_MAX)
		return refuse(why, ERROR_TOO_LARGE, "into",
		    "at most %d products can be merged into one", FAMILY_MAX);
	fill_family(&curation->family, line.root, &root);
	fill_family(&curation->branch, curation->product, &kin);
	return check_distinct(intake, curation, why);
}

static int
check_split(struct intake *intake, struct curation *curation,
    struct refusal *why)
{
	struct product_row row;
	struct family_row kin, root;

	if (read_product(intake, "id", curation->product, &row, why) ||
	    read_kin(intake, curation->product, &kin, why))
		return (int)why->code;
	if (!kin.parent)
		return refuse(why, ERROR_CONFLICT, "id",
		    "p%u is not merged into any other product",
		    curation->product);
	if (read_kin(intake, kin.root, &root, why))
		return (int)why->code;
	curation->other = kin.parent;
	fill_family(&curation->branch, curation->product, &kin);
	fill_family(&curation->family, kin.root, &root);
	return 0;
}

/* The product that a name or code leads to now; 0 none. */
static uint32_t
find_key(struct intake *intake, const uint8_t hash[PRODUCT_HASH],
    struct product_key_row *held)
{
	struct key key = key_product_key(hash);
	struct text row;

	*held = (struct product_key_row){ 0 };
	if (projection_get(&intake->projection, KEYSPACE_PRODUCT_KEY, &key,
		&row) == STORE_OK &&
	    !product_key_row_read(row, held))
		intake->projection.result = STORE_CORRUPT;
	return held->product;
}

static int
check_alias(struct intake *intake, struct curation *curation,
    struct refusal *why)
{
	struct product_row row;
	struct product_key_row held;
	uint32_t holder;

	if (read_product(intake, "id", curation->product, &row, why))
		return (int)why->code;
	holder = find_key(intake, curation->key, &held);
	if (curation->kind == CURATION_UNALIAS) {
		if (holder == curation->product && held.is_alias)
			return 0;
		return refuse(why, ERROR_CONFLICT, "act",
		    "the alias is not p%u's any more", curation->product);
	}
	if (holder == curation->product)
		return refuse(why, ERROR_CONFLICT, NULL,
		    "p%u is known by this already", holder);
	if (holder)
		return refuse(why, ERROR_CONFLICT, NULL,
		    "this is taken: it is p%u's; merge the two, or take back "
		    "what gave it to it",
		    holder);
	return 0;
}

static struct text
given_of(const struct curation *curation)
{
	return (struct text){ curation->given, curation->given_len };
}

static int
check_rename(struct intake *intake, struct curation *curation,
    struct refusal *why)
{
	struct product_row row;

	if (read_product(intake, "id", curation->product, &row, why))
		return (int)why->code;
	if (text_equal(row.given, given_of(curation)))
		return refuse(why, ERROR_CONFLICT, NULL,
		    "p%u is called so already", curation->product);
	return 0;
}

static int
check_distinction(struct intake *intake, struct curation *curation,
    struct refusal *why)
{
	struct product_row row;
	struct family_row one, other;
	uint64_t act;

	if (read_product(intake, "id", curation->product, &row, why) ||
	    read_product(intake, "from", curation->other, &row, why) ||
	    read_kin(intake, curation->product, &one, why) ||
	    read_kin(intake, curation->other, &other, why))
		return (int)why->code;
	act = find_distinct(intake, curation->product, curation->other);
	if (curation->kind == CURATION_INDISTINCT)
		return act ? 0
			   : refuse(why, ERROR_CONFLICT, "act",
				 "nothing says that they differ any more");
	if (act)
		return refuse(why, ERROR_CONFLICT, "from",
		    "act %llu says so already", (unsigned long long)act);
	if (one.root == other.root)
		return refuse(why, ERROR_CONFLICT, "from",
		    "p%u and p%u are merged; split them first",
		    curation->product, curation->other);
	return 0;
}

/* Fill in what taking back an act means; lawful or not is checked after. */
static void
invert(const struct record_curation *record, struct curation *curation)
{
	curation->kind = curation_inverse((enum curation_kind)record->kind);
	curation->product = record->product;
	curation->other = record->other;
	curation->gtin = record->gtin;
	memcpy(curation->key, record->key, sizeof(curation->key));
	curation->given_len = (uint16_t)record->previous.len;
	if (record->previous.len)
		memcpy(curation->given, record->previous.at,
		    record->previous.len);
}

/* Is the act still in force?  A name given since stands in the way. */
static int
check_in_force(struct intake *intake, const struct record_curation *record,
    uint64_t act, struct refusal *why)
{
	struct key key = key_act(record->product, act);
	struct act_row row = { 0 };
	struct product_row product;
	struct text bytes;

	if (projection_get(&intake->projection, KEYSPACE_ACT, &key, &bytes) ==
		STORE_OK &&
	    bytes.len == sizeof(row))
		memcpy(&row, bytes.at, sizeof(row));
	if (row.undone_by)
		return refuse(why, ERROR_CONFLICT, "act",
		    "act %llu was taken back by act %llu",
		    (unsigned long long)act, (unsigned long long)row.undone_by);
	if (record->kind != CURATION_RENAME)
		return 0;
	if (read_product(intake, "act", record->product, &product, why))
		return (int)why->code;
	if (!text_equal(product.given, record->given))
		return refuse(why, ERROR_CONFLICT, "act",
		    "p%u was named again since; take that back first",
		    record->product);
	return 0;
}

static int
read_undone(struct intake *intake, struct curation *curation,
    struct refusal *why)
{
	struct buf scratch = { 0 };
	struct record_curation record;
	struct store_event event;
	int code;

	if (curation->undoes > store_durable(intake->store) ||
	    store_read(intake->store, curation->undoes, &scratch, &event) ||
	    event.type != RECORD_CURATION ||
	    !record_curation_read(event.header, &record) ||
	    record.given.len > sizeof(curation->given) ||
	    record.previous.len > sizeof(curation->given)) {
		code = refuse(why, ERROR_NOT_FOUND, "act",
		    "no act has this number");
	} else {
		code = check_in_force(intake, &record, curation->undoes, why);
		invert(&record, curation);
	}
	buf_free(&scratch);
	return code;
}

static int
check_split_parent(const struct curation *curation, uint32_t parent,
    struct refusal *why)
{
	if (!curation->undoes || curation->other == parent)
		return 0;
	return refuse(why, ERROR_CONFLICT, "act", "p%u is merged into p%u now",
	    curation->product, curation->other);
}

static int
check_kind(struct intake *intake, struct curation *curation,
    struct refusal *why)
{
	uint32_t parent = curation->other;

	switch (curation->kind) {
	case CURATION_MERGE:
		return check_merge(intake, curation, why);
	case CURATION_SPLIT:
		return check_split(intake, curation, why)
		    ? (int)why->code
		    : check_split_parent(curation, parent, why);
	case CURATION_ALIAS:
	case CURATION_UNALIAS:
		return check_alias(intake, curation, why);
	case CURATION_RENAME:
		return check_rename(intake, curation, why);
	case CURATION_DISTINCT:
	case CURATION_INDISTINCT:
		return check_distinction(intake, curation, why);
	case CURATION_KIND_COUNT:
		break;
	}
	return refuse_fault(why);
}

int
curate_check(struct intake *intake, struct curation *curation,
    struct refusal *why)
{
	/* An act is read back from the log. */
	intake_settle(intake);
	if (intake->projection.result)
		return refuse_fault(why);
	if (curation->undoes && read_undone(intake, curation, why))
		return (int)why->code;
	if (check_kind(intake, curation, why))
		return (int)why->code;
	return intake->projection.result ? refuse_fault(why) : 0;
}

/* The alerts of a merge or a split, mode by mode as the overlaps know them. */
static void
tell_alerts(struct intake *intake, const struct curation *curation,
    const struct buf *overlaps)
{
	const struct record_overlap *row = (const void *)overlaps->at;
	size_t count = overlaps->len / sizeof(*row);
	uint16_t mode[REUNION_MODES_MAX];
	struct reunion reunion = { .product = curation->product,
		.root = curation->family.root,
		.mode = mode };

	for (size_t i = 0; i < count && reunion.nmodes < REUNION_MODES_MAX;
	     i++) {
		bool is_own = row[i].root ==
		    (curation->kind == CURATION_MERGE ? reunion.root
						      : reunion.product);

		if (is_own && row[i].mode)
			mode[reunion.nmodes++] = row[i].mode;
	}
	if (curation->kind == CURATION_MERGE)
		reunion_merged(intake, &reunion);
	else
		reunion_split(intake, &reunion);
}

/* What was given before, kept by the event for its being taken back. */
static void
read_previous(struct intake *intake, uint32_t product,
    struct record_curation *record, char previous[PRODUCT_SHOWN_BYTES])
{
	struct product_row row;
	struct refusal why = { 0 };

	if (record->kind != CURATION_RENAME ||
	    read_product(intake, "id", product, &row, &why) ||
	    row.given.len > PRODUCT_SHOWN_BYTES)
		return;
	if (row.given.len)
		memcpy(previous, row.given.at, row.given.len);
	record->previous = (struct text){ previous, row.given.len };
}

uint64_t
curate_take(struct intake *intake, const struct curation *curation,
    const struct overlap overlaps[], unsigned noverlaps)
{
	struct buf rows = { 0 };
	char previous[PRODUCT_SHOWN_BYTES];
	struct record_curation record = { .kind = (uint8_t)curation->kind,
		.product = curation->product,
		.other = curation->other,
		.undoes = curation->undoes,
		.gtin = curation->gtin,
		.given = given_of(curation) };
	struct text header;
	uint64_t seq;

	for (unsigned i = 0; i < noverlaps; i++)
		record.noverlaps += overlap_list(&overlaps[i], &rows);
	if (rows.failed)
		intake->projection.result = STORE_MEMORY;
	memcpy(record.key, curation->key, sizeof(record.key));
	read_previous(intake, curation->product, &record, previous);
	intake_open_frame(intake);
	record.organisation = intake_name(intake, NAME_ORGANISATION,
	    curation->organisation_hash, curation->organisation);
	buf_clear(&intake->header);
	record_curation_write(&intake->header, &record, (void *)rows.at);
	header = buf_text(&intake->header);
	seq = intake_add_event(intake, RECORD_CURATION, curation->body);
	if (!intake->projection.result &&
	    !record_curation_read(header, &record))
		intake->projection.result = STORE_CORRUPT;
	if (!intake->projection.result) {
		detecting_curate(&intake->projection, &record,
		    intake->received_ms);
		if (!kinship_apply(&intake->projection, &record, seq))
			intake->projection.result = STORE_CORRUPT;
	}
	intake_forget_products(intake);
	if (noverlaps)
		tell_alerts(intake, curation, &rows);
	intake_close_frame(intake);
	buf_free(&rows);
	return seq;
}
