#include "daemon/intake/sampling.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/core/aggregate.h"
#include "daemon/intake/detecting.h"
#include "daemon/intake/estimate.h"
#include "daemon/store/volume_rows.h"

enum {
	PLACES = 4 * SAMPLING_MAX,
	PRODUCTS_A_SNAPSHOT = 4096,
	AT_MODE = 4,
	AT_PART = 6,
};

static int64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- categories ----------------------------------------------------------- */

static uint16_t *
place_of(const struct sampling *sampling, uint64_t hash)
{
	unsigned place = (unsigned)(hash >> 7) & (PLACES - 1);

	while (sampling->place[place] &&
	    sampling->at[sampling->place[place] - 1].hash != hash)
		place = (place + 1) & (PLACES - 1);
	return &sampling->place[place];
}

static struct sampled *
find(const struct sampling *sampling, uint64_t hash)
{
	uint16_t place = *place_of(sampling, hash);

	return place ? &sampling->at[place - 1] : NULL;
}

/* NULL when there are too many. */
static struct sampled *
add(struct sampling *sampling, uint64_t hash, struct text slug)
{
	struct sampled *one = &sampling->at[sampling->count];

	if (sampling->count == SAMPLING_MAX || slug.len > sizeof(one->slug))
		return NULL;
	*one = (struct sampled){ .hash = hash, .slug_len = (uint16_t)slug.len };
	if (slug.len)
		memcpy(one->slug, slug.at, slug.len);
	*place_of(sampling, hash) = (uint16_t)++sampling->count;
	return one;
}

static int
load(void *who, struct volume *volume)
{
	struct sampling *sampling = who;
	struct row_source rows = row_source_of(sampling->snapshot);

	return volume_rows_load(&rows, &sampling->blocks, volume) ? -1 : 0;
}

static int
add_category(struct sampling *sampling, struct text slug, uint64_t family,
    struct sampled **added)
{
	uint64_t hash = volume_of_category(slug);
	struct volume *volume = volumes_find(sampling->volumes, hash);

	*added = NULL;
	if (!volume)
		return STORE_MEMORY;
	if (!volume->exposure.count)
		return STORE_OK;
	*added = add(sampling, hash, slug);
	if (!*added)
		return STORE_OK;
	(*added)->exposure = &volume->exposure;
	(*added)->has_yardstick = volume->has_yardstick;
	(*added)->family = family;
	return STORE_OK;
}

/* What a category reported is its family's, too. */
static int
add_to_family(struct sampling *sampling, const struct sampled *one,
    struct text slug)
{
	struct volume *volume = volumes_find(sampling->families, one->family);
	struct sampled *family = find(sampling, one->family);
	const struct exposure *exposure = one->exposure;

	if (!volume)
		return STORE_MEMORY;
	if (!family)
		family = add(sampling, one->family, slug);
	if (!family)
		return STORE_OK;
	family->is_family = true;
	family->exposure = &volume->exposure;
	for (unsigned i = 0; i < exposure->count; i++)
		if (exposure->weight[i] &&
		    volumes_add(sampling->families, one->family,
			(uint16_t)(exposure->first + i),
			(int32_t)exposure->weight[i]))
			return STORE_MEMORY;
	return STORE_OK;
}

/* A word with others below it is a family, and belongs to it. */
static const struct word *
family_word(const struct vocabulary *vocabulary, unsigned index)
{
	const struct word *word =
	    vocabulary_word(vocabulary, WORDS_CATEGORY, index);
	unsigned count = vocabulary_count(vocabulary, WORDS_CATEGORY);

	if (word->parent >= 0)
		return vocabulary_word(vocabulary, WORDS_CATEGORY,
		    (unsigned)word->parent);
	for (unsigned i = 0; i < count; i++)
		if (vocabulary_word(vocabulary, WORDS_CATEGORY, i)->parent ==
		    (int)index)
			return word;
	return NULL;
}

static int
add_vocabulary(struct sampling *sampling)
{
	const struct vocabulary *vocabulary = sampling->estimate->vocabulary;
	unsigned count = vocabulary_count(vocabulary, WORDS_CATEGORY);
	int result = STORE_OK;

	for (unsigned i = 0; i < count && !result; i++) {
		const struct word *word =
		    vocabulary_word(vocabulary, WORDS_CATEGORY, i);
		const struct word *above = family_word(vocabulary, i);
		struct sampled *one;

		result = add_category(sampling, word->slug,
		    above ? volume_of_family(above->slug) : 0, &one);
		if (!result && one && above)
			result = add_to_family(sampling, one, above->slug);
	}
	return result;
}

/* --- streams -------------------------------------------------------------- */

/* A product whose streams are being added up. */
struct subject_product {
	struct sampling *sampling;
	struct pulse pulse;
	struct sampled *category, *family; /* NULL: too many to tell apart */
};

static void
add_stream(struct subject_product *product, const struct stream *stream)
{
	struct sampling *sampling = product->sampling;
	struct volume *all = volumes_find(sampling->volumes, VOLUME_ALL);
	struct exposure_view view;

	if (!stream->week || !all)
		return;
	view = (struct exposure_view){ .category = &all->exposure,
		.all = &all->exposure,
		.own = &product->pulse };
	prior_add(&sampling->sums, stream, &view, sampling->now);
	sampling->sampled++;
	if (product->category) {
		view.category = product->category->exposure;
		prior_add(&product->category->sums, stream, &view,
		    sampling->now);
	}
	if (product->family) {
		view.category = product->family->exposure;
		prior_add(&product->family->sums, stream, &view, sampling->now);
	}
}

static int
visit_row(void *who, struct text key, struct text row)
{
	struct stream stream;

	if (key.at[AT_PART] == PART_AGGREGATE && key_u16(key, AT_MODE) &&
	    row.len >= sizeof(struct aggregate))
		memcpy(&stream, row.at + offsetof(struct aggregate, stream),
		    sizeof(stream));
	else if (key.at[AT_PART] == PART_STREAM && row.len == sizeof(stream))
		memcpy(&stream, row.at, sizeof(stream));
	else
		return 0;
	add_stream(who, &stream);
	return 0;
}

/* Categories in a reporter's own words are met here for the first time. */
static int
find_category(struct subject_product *product, uint32_t id)
{
	struct sampling *sampling = product->sampling;
	struct key key = key_product(id);
	struct product_row row;
	struct text bytes;
	int result;

	product->category = find(sampling, product->pulse.category);
	if (!product->category) {
		result = snapshot_get(sampling->snapshot, KEYSPACE_PRODUCT,
		    key_text(&key), &bytes);
		if (result || !product_row_read(bytes, &row))
			return result == STORE_NOT_FOUND ? STORE_OK
			    : result                     ? result
							 : STORE_CORRUPT;
		result =
		    add_category(sampling, row.category, 0, &product->category);
		if (result)
			return result;
	}
	product->family = product->category && product->category->family
	    ? find(sampling, product->category->family)
	    : NULL;
	return STORE_OK;
}

static int
visit_product(struct sampling *sampling, uint32_t id)
{
	struct subject_product product = { .sampling = sampling };
	struct key key = key_group(id, 0, PART_AGGREGATE, 0);
	struct text bytes = { 0 };
	int result = snapshot_get(sampling->snapshot, KEYSPACE_GROUP,
	    key_text(&key), &bytes);
	const struct aggregate *row = (const void *)bytes.at;

	if (result)
		return result == STORE_NOT_FOUND ? STORE_OK : result;
	/* Streams are kept by roots. */
	if (bytes.len < sizeof(*row) || (row->root && row->root != id) ||
	    !row->pulse.has_streams)
		return STORE_OK;
	product.pulse = row->pulse;
	result = find_category(&product, id);
	/* Not the rows of its sources, which may be many. */
	key = key_group(id, 0, PART_STREAM, 0);
	if (!result)
		result = snapshot_walk(sampling->snapshot, KEYSPACE_GROUP,
		    (struct text){ (const char *)key.at, AT_PART + 1 },
		    (struct text){ 0 }, visit_row, &product);
	key = key_group(id, 1, PART_AGGREGATE, 0);
	if (!result)
		result = snapshot_walk(sampling->snapshot, KEYSPACE_GROUP,
		    (struct text){ (const char *)key.at, AT_MODE },
		    key_text(&key), visit_row, &product);
	return result;
}

int
sampling_walk(struct sampling *sampling)
{
	const struct estimate *estimate = sampling->estimate;
	uint32_t step = (uint32_t)(estimate->streams / ESTIMATE_STREAMS) + 1;
	int64_t end = monotonic_ms() + ESTIMATE_MS;
	unsigned looked = 0;
	int result = STORE_OK;

	for (uint64_t id = 1 + estimate->now % step; id <= estimate->products &&
	     !result && !atomic_load(&estimate->is_stopping);
	     id += step) {
		if (++looked % PRODUCTS_A_SNAPSHOT == 0) {
			snapshot_close(sampling->snapshot);
			sampling->snapshot = snapshot_open(estimate->store);
			if (!sampling->snapshot)
				return STORE_MEMORY;
			if (monotonic_ms() > end)
				break;
		}
		result = visit_product(sampling, (uint32_t)id);
	}
	return result;
}

const struct sampled *
sampling_family(const struct sampling *sampling, const struct sampled *one)
{
	return one->family ? find(sampling, one->family) : NULL;
}

const struct exposure *
sampling_all(const struct sampling *sampling)
{
	return &volumes_find(sampling->volumes, VOLUME_ALL)->exposure;
}

int
sampling_init(struct sampling *sampling, struct estimate *estimate)
{
	struct key key = key_counter(COUNTER_BLOCKS);
	struct text bytes;

	*sampling =
	    (struct sampling){ .estimate = estimate, .now = estimate->now };
	sampling->snapshot = snapshot_open(estimate->store);
	sampling->volumes = volumes_new(load, sampling);
	sampling->families = volumes_new(NULL, NULL);
	sampling->at = calloc(SAMPLING_MAX, sizeof(*sampling->at));
	sampling->place = calloc(PLACES, sizeof(*sampling->place));
	if (!sampling->snapshot || !sampling->volumes || !sampling->families ||
	    !sampling->at || !sampling->place)
		return STORE_MEMORY;
	if (!snapshot_get(sampling->snapshot, KEYSPACE_COUNTER, key_text(&key),
		&bytes) &&
	    bytes.len == sizeof(sampling->blocks))
		memcpy(&sampling->blocks, bytes.at, bytes.len);
	if (!volumes_find(sampling->volumes, VOLUME_ALL))
		return STORE_MEMORY;
	return add_vocabulary(sampling);
}

void
sampling_fini(struct sampling *sampling)
{
	snapshot_close(sampling->snapshot);
	volumes_free(sampling->volumes);
	volumes_free(sampling->families);
	free(sampling->at);
	free(sampling->place);
}
