#include "daemon/intake/kinship.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/intake/naming.h"

static int
get_row(void *who, enum keyspace keyspace, const struct key *key,
    struct text *row)
{
	return projection_get(who, keyspace, key, row);
}

struct row_source
kinship_rows(struct projection *projection)
{
	return (struct row_source){ get_row, projection };
}

static void
read_kin(struct projection *projection, uint32_t product,
    struct family_row *kin)
{
	struct key key = key_family(product);
	struct text bytes;

	*kin = (struct family_row){ .root = product };
	if (projection_get(projection, KEYSPACE_FAMILY, &key, &bytes) ==
		STORE_OK &&
	    bytes.len <= sizeof(*kin))
		memcpy(kin, bytes.at, bytes.len);
}

/* Its aggregate says whom it is read through, so that counting need not ask. */
static void
mark_root(struct projection *projection, uint32_t product, uint32_t root)
{
	struct key key = key_group(product, 0, PART_AGGREGATE, 0);
	struct aggregate *counts;
	size_t len;

	if (projection->result)
		return;
	counts = store_edit(projection->store, KEYSPACE_GROUP, key_text(&key),
	    0, &len, &projection->result);
	if (counts && len >= sizeof(*counts))
		counts->root = root;
}

static void
write_kin(struct projection *projection, uint32_t product,
    const struct family_row *kin)
{
	struct key key = key_family(product);
	size_t len = family_row_bytes(kin->count);
	bool is_alone = !kin->parent && !kin->count;

	if (is_alone && !projection->result)
		projection->result = store_delete(projection->store,
		    KEYSPACE_FAMILY, key_text(&key));
	else
		projection_put(projection, KEYSPACE_FAMILY, &key,
		    (struct text){ (const char *)kin, len });
	mark_root(projection, product, is_alone ? 0 : kin->root);
}

static int
order_products(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

/* A product and all below it: what moves with it. */
struct branch {
	unsigned count;
	uint32_t product[FAMILY_MAX + 1];
};

static void
read_branch(struct projection *projection, uint32_t product,
    struct branch *branch)
{
	struct family_row kin;

	read_kin(projection, product, &kin);
	branch->product[0] = product;
	memcpy(branch->product + 1, kin.member,
	    kin.count * sizeof(kin.member[0]));
	branch->count = kin.count + 1;
}

static bool
is_in_branch(const struct branch *branch, uint32_t product)
{
	for (unsigned i = 0; i < branch->count; i++)
		if (branch->product[i] == product)
			return true;
	return false;
}

/* Hang the branch below a product, or take it from there. */
static bool
change_members(struct family_row *kin, const struct branch *branch,
    bool is_added)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < kin->count; i++)
		if (!is_in_branch(branch, kin->member[i]))
			kin->member[kept++] = kin->member[i];
	if (is_added && kept + branch->count > FAMILY_MAX)
		return false;
	for (unsigned i = 0; is_added && i < branch->count; i++)
		kin->member[kept++] = branch->product[i];
	qsort(kin->member, kept, sizeof(kin->member[0]), order_products);
	kin->count = kept;
	return true;
}

/* The same for a product and everything above it. */
static bool
change_line(struct projection *projection, uint32_t product,
    const struct branch *branch, bool is_added)
{
	for (unsigned depth = 0; product; depth++) {
		struct family_row kin;

		read_kin(projection, product, &kin);
		if (depth > FAMILY_MAX ||
		    !change_members(&kin, branch, is_added))
			return false;
		write_kin(projection, product, &kin);
		product = kin.parent;
	}
	return true;
}

static void
change_root(struct projection *projection, const struct branch *branch,
    uint32_t root, uint32_t parent)
{
	for (unsigned i = 0; i < branch->count; i++) {
		struct family_row kin;

		read_kin(projection, branch->product[i], &kin);
		kin.root = root;
		if (i == 0)
			kin.parent = parent;
		write_kin(projection, branch->product[i], &kin);
	}
}

static bool
apply_tree(struct projection *projection, const struct record_curation *record)
{
	bool is_added = record->kind == CURATION_MERGE;
	struct branch branch;
	struct family_row parent;

	read_branch(projection, record->product, &branch);
	if (!change_line(projection, record->other, &branch, is_added))
		return false;
	read_kin(projection, record->other, &parent);
	change_root(projection, &branch,
	    is_added ? parent.root : record->product,
	    is_added ? record->other : 0);
	return true;
}

static void
set_overlap(struct projection *projection, uint32_t root, uint16_t mode,
    uint32_t sources)
{
	struct key key = key_group(root, mode, PART_OVERLAP, 0);

	if (sources)
		projection_put(projection, KEYSPACE_GROUP, &key,
		    (struct text){ (const char *)&sources, sizeof(sources) });
	else if (!projection->result)
		projection->result = store_delete(projection->store,
		    KEYSPACE_GROUP, key_text(&key));
}

static uint32_t
get_overlap(struct projection *projection, uint32_t root, uint16_t mode)
{
	struct key key = key_group(root, mode, PART_OVERLAP, 0);
	struct text row;
	uint32_t sources = 0;

	if (projection_get(projection, KEYSPACE_GROUP, &key, &row) ==
		STORE_OK &&
	    row.len == sizeof(sources))
		memcpy(&sources, row.at, sizeof(sources));
	return sources;
}

static void
put_distinct(struct projection *projection,
    const struct record_curation *record, uint64_t seq)
{
	struct key key = key_distinct(record->product, record->other);

	if (record->kind == CURATION_DISTINCT)
		projection_put(projection, KEYSPACE_DISTINCT, &key,
		    (struct text){ (const char *)&seq, sizeof(seq) });
	else if (!projection->result)
		projection->result = store_delete(projection->store,
		    KEYSPACE_DISTINCT, key_text(&key));
}

/* An act stands with each product it touches, as does what undid it. */
static void
put_act(struct projection *projection, const struct record_curation *record,
    uint64_t seq, uint32_t product)
{
	struct key key = key_act(product, seq);
	struct act_row *row =
	    projection_edit(projection, KEYSPACE_ACT, &key, sizeof(*row));

	if (row)
		*row = (struct act_row){ .kind = record->kind,
			.other = product == record->product ? record->other
							    : record->product };
	if (!record->undoes)
		return;
	key = key_act(product, record->undoes);
	row = projection_edit(projection, KEYSPACE_ACT, &key, sizeof(*row));
	if (row)
		row->undone_by = seq;
}

bool
kinship_apply(struct projection *projection, struct record_curation *record,
    uint64_t seq)
{
	struct record_overlap overlap;

	switch (record->kind) {
	case CURATION_MERGE:
	case CURATION_SPLIT:
		if (!apply_tree(projection, record))
			return false;
		while (record_overlap_next(record, &overlap))
			set_overlap(projection, overlap.root, overlap.mode,
			    overlap.sources);
		break;
	case CURATION_ALIAS:
	case CURATION_UNALIAS:
		naming_set_alias(projection, record);
		break;
	case CURATION_RENAME:
		naming_give(projection, record->product, record->given);
		break;
	case CURATION_DISTINCT:
	case CURATION_INDISTINCT:
		put_distinct(projection, record, seq);
		break;
	default:
		return false;
	}
	put_act(projection, record, seq, record->product);
	if (record->other)
		put_act(projection, record, seq, record->other);
	return true;
}

static bool
has_source(struct projection *projection, uint32_t product, uint32_t source,
    uint16_t mode)
{
	struct key key = key_group(product, 0, PART_SOURCE, source);
	const struct member_row *row;
	struct text bytes;

	if (projection_get(projection, KEYSPACE_GROUP, &key, &bytes) ||
	    bytes.len < sizeof(*row))
		return false;
	row = (const void *)bytes.at;
	for (unsigned i = 0; mode && i < row->nmodes; i++)
		if (row->mode[i].mode == mode)
			return true;
	return !mode && row->reports > 0;
}

unsigned
kinship_others(struct projection *projection, const struct family *family,
    uint32_t product, uint32_t source, uint16_t mode)
{
	unsigned count = 0;

	for (unsigned i = 0; i < family->count; i++)
		if (family->member[i] != product)
			count += has_source(projection, family->member[i],
			    source, mode);
	return count;
}

void
kinship_move(struct projection *projection, const struct kinship_edge *edge)
{
	struct row_source rows = kinship_rows(projection);
	struct family family;
	uint32_t overlap;

	if (family_read(&rows, edge->root, &family)) {
		if (!projection->result)
			projection->result = STORE_CORRUPT;
		return;
	}
	if (!kinship_others(projection, &family, edge->product, edge->source,
		edge->mode))
		return;
	overlap = get_overlap(projection, edge->root, edge->mode);
	assert(edge->is_added || overlap > 0 || projection->result);
	set_overlap(projection, edge->root, edge->mode,
	    edge->is_added ? overlap + 1 : overlap - 1);
}
