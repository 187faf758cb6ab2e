#include "daemon/intake/remedies.h"

#include <string.h>

#include "daemon/store/family.h"

/* Copied out, since other rows are looked at next. */
struct remedy_list {
	unsigned count;
	struct remedy_entry at[REMEDIES_MAX];
};

static void
read_list(struct projection *projection, uint32_t product, uint16_t mode,
    struct remedy_list *list)
{
	struct key key = key_remedy(product, mode);
	struct text row;

	list->count = 0;
	if (projection_get(projection, KEYSPACE_REMEDY, &key, &row) ||
	    row.len > sizeof(list->at))
		return;
	memcpy(list->at, row.at, row.len);
	list->count = (unsigned)(row.len / sizeof(list->at[0]));
}

static void
write_list(struct projection *projection, uint32_t product, uint16_t mode,
    const struct remedy_list *list)
{
	struct key key = key_remedy(product, mode);

	projection_put(projection, KEYSPACE_REMEDY, &key,
	    (struct text){ (const char *)list->at,
		list->count * sizeof(list->at[0]) });
}

static struct remedy_entry *
find(struct remedy_list *list, uint64_t seq)
{
	for (unsigned i = 0; i < list->count; i++)
		if (list->at[i].seq == seq)
			return &list->at[i];
	return NULL;
}

bool
remedies_apply(struct projection *projection, struct text header, uint64_t seq)
{
	struct record_remedy record;
	struct remedy_entry *entry;
	struct remedy_list list;

	if (!record_remedy_read(header, &record))
		return false;
	read_list(projection, record.product, record.mode, &list);
	if (record.undoes) {
		entry = find(&list, record.undoes);
		if (!entry)
			return false;
		entry->undone_by = seq;
	} else {
		if (list.count == REMEDIES_MAX)
			return false;
		list.at[list.count++] = (struct remedy_entry){ .seq = seq,
			.date = record.date,
			.kind = record.kind };
		projection_add_counter(projection, COUNTER_REMEDIES, 1);
	}
	write_list(projection, record.product, record.mode, &list);
	return true;
}

static int32_t
newest_of(struct projection *projection, uint32_t product, uint16_t mode)
{
	struct remedy_list list;
	int32_t newest = 0;

	read_list(projection, product, mode, &list);
	for (unsigned i = 0; i < list.count; i++)
		if (!list.at[i].undone_by && list.at[i].date > newest)
			newest = list.at[i].date;
	return newest;
}

int32_t
remedies_newest(struct projection *projection, const struct family *family,
    uint16_t mode)
{
	int32_t newest = 0;

	if (!projection_counter(projection, COUNTER_REMEDIES))
		return 0;
	for (unsigned i = 0; i < family->count; i++) {
		int32_t all = newest_of(projection, family->member[i], 0);
		int32_t own =
		    mode ? newest_of(projection, family->member[i], mode) : 0;

		newest = all > newest ? all : newest;
		newest = own > newest ? own : newest;
	}
	return newest;
}

bool
remedies_has_room(struct projection *projection, uint32_t product,
    uint16_t mode)
{
	struct remedy_list list;

	read_list(projection, product, mode, &list);
	return list.count < REMEDIES_MAX;
}

bool
remedies_find(struct projection *projection, uint32_t product, uint16_t mode,
    uint64_t seq, struct remedy_entry *entry)
{
	struct remedy_list list;
	const struct remedy_entry *found;

	read_list(projection, product, mode, &list);
	found = find(&list, seq);
	if (found)
		*entry = *found;
	return found != NULL;
}
