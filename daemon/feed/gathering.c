#include "daemon/feed/gathering.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "daemon/core/suppress.h"
#include "daemon/store/store.h"

int
gathering_add(struct gathering *gathering, uint16_t mode, struct text row,
    const struct alarm *alarm)
{
	struct gathered *item;

	if (gathering->count == gathering->cap) {
		size_t cap = gathering->cap ? 2 * gathering->cap : 16;
		struct gathered *grown =
		    realloc(gathering->item, cap * sizeof(*grown));

		if (grown == NULL)
			return STORE_MEMORY;
		gathering->item = grown;
		gathering->cap = cap;
	}
	item = &gathering->item[gathering->count++];
	*item = (struct gathered){ .mode = mode,
		.at = gathering->bytes.len,
		.len = row.len };
	if (alarm != NULL)
		item->alarm = *alarm;
	buf_add(&gathering->bytes, row.at, row.len);
	return gathering->bytes.failed ? STORE_MEMORY : 0;
}

struct text
gathering_row(const struct gathering *gathering, size_t i)
{
	const struct gathered *item = &gathering->item[i];

	return (struct text){ (const char *)gathering->bytes.at + item->at,
		item->len };
}

static struct suppress_part
part_of(const struct gathering *gathering, size_t i, uint64_t rank)
{
	struct aggregate counts;

	memcpy(&counts, gathering_row(gathering, i).at, sizeof(counts));
	return (struct suppress_part){ .sources = counts.sources,
		.reports = counts.reports,
		.rank = rank };
}

int
gathering_judge(struct gathering *gathering, uint32_t product,
    const uint8_t hash_key[16])
{
	struct suppress_part *part =
	    calloc(gathering->count + 1, sizeof(*part));
	struct suppress_part total = { 0 };
	size_t first = 0;

	if (part == NULL)
		return STORE_MEMORY;
	if (gathering->count > 0 && gathering->item[0].mode == 0) {
		total = part_of(gathering, 0, 0);
		first = 1;
	}
	for (size_t i = first; i < gathering->count; i++) {
		uint32_t named[2] = { product, gathering->item[i].mode };

		part[i] = part_of(gathering, i,
		    digest_sip64(hash_key, named, sizeof(named)));
	}
	suppress(&total, part + first, gathering->count - first, SUPPRESS_K);
	if (first)
		part[0] = total;
	for (size_t i = 0; i < gathering->count; i++)
		gathering->item[i].is_withheld = part[i].is_withheld;
	free(part);
	return 0;
}

bool
gathering_tells_harm(const struct aggregate *counts)
{
	if (counts->sources < SUPPRESS_K_HARM)
		return false;
	for (int i = 0; i < SEVERITY_COUNT; i++)
		if (counts->severity[i] > 0 &&
		    counts->severity[i] < SUPPRESS_K_HARM)
			return false;
	return true;
}

void
gathering_clear(struct gathering *gathering)
{
	gathering->count = 0;
	buf_clear(&gathering->bytes);
}

void
gathering_fini(struct gathering *gathering)
{
	free(gathering->item);
	buf_free(&gathering->bytes);
	*gathering = (struct gathering){ 0 };
}
