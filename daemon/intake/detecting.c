#include "daemon/intake/detecting.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/detect/week.h"
#include "daemon/core/product.h"
#include "daemon/intake/kinship.h"
#include "daemon/intake/prepare.h"
#include "daemon/intake/senders.h"
#include "daemon/store/rows.h"
#include "daemon/store/rows_detection.h"
#include "daemon/store/volume_rows.h"

enum { VOLUMES_HELD = 4096, HAZARDS = 32 };

static_assert(VOLUME_CASES >= (UINT16_MAX + 1) / VOLUME_WEEKS,
    "blocks of weeks stand before those of cases");

struct detecting {
	struct projection *projection;
	struct detection detection;
	struct blocks_row blocks; /* as their row */
	bool has_words;
	uint32_t grave;
	struct pulse spare; /* of a product that never counted anything */
};

/* --- categories ----------------------------------------------------------- */

/* What a product's pulse has to know of it. */
static void
fill_pulse(struct projection *projection, uint32_t product, struct pulse *pulse)
{
	struct key key = key_product(product);
	struct product_row row;
	struct text bytes;

	if (projection_get(projection, KEYSPACE_PRODUCT, &key, &bytes) ||
	    !product_row_read(bytes, &row)) {
		if (!projection->result)
			projection->result = STORE_CORRUPT;
		return;
	}
	pulse->category = volume_of_category(row.category);
	pulse->has_streams = row.level != LEVEL_CATEGORY;
}

static struct aggregate *
edit_counts(struct projection *projection, uint32_t product, uint16_t mode)
{
	struct key key = key_group(product, mode, PART_AGGREGATE, 0);
	struct aggregate *row;
	size_t len;

	if (projection->result)
		return NULL;
	row = store_edit(projection->store, KEYSPACE_GROUP, key_text(&key), 0,
	    &len, &projection->result);
	return row && len >= sizeof(*row) ? row : NULL;
}

static struct pulse *
edit_pulse(void *who, uint32_t product)
{
	struct detecting *detecting = who;
	struct projection *projection = detecting->projection;
	struct aggregate *row = edit_counts(projection, product, 0);
	struct pulse fresh = { 0 };

	if (row && row->pulse.category)
		return &row->pulse;
	fill_pulse(projection, product, &fresh);
	row = edit_counts(projection, product, 0);
	if (projection->result)
		return NULL;
	if (!row) {
		detecting->spare = fresh;
		return &detecting->spare;
	}
	row->pulse.category = fresh.category;
	row->pulse.has_streams = fresh.has_streams;
	return &row->pulse;
}

/* --- streams -------------------------------------------------------------- */

static struct stream *
edit_apart(struct projection *projection, const struct key *key, bool is_made)
{
	struct text row;

	if (!is_made &&
	    projection_get(projection, KEYSPACE_GROUP, key, &row) != STORE_OK)
		return NULL;
	return projection_edit(projection, KEYSPACE_GROUP, key,
	    sizeof(struct stream));
}

/*
 * A mode that a root itself never counted has no row of counts to keep its
 * stream in; once it has, the stream moves there.
 */
static struct stream *
edit_mode(struct projection *projection, uint32_t root, uint16_t mode,
    bool is_made)
{
	struct key key = key_group(root, mode, PART_STREAM, 0);
	struct aggregate *row = edit_counts(projection, root, mode);
	struct stream moved;
	struct text bytes;

	if (!row)
		return edit_apart(projection, &key, is_made);
	if (row->stream.week ||
	    projection_get(projection, KEYSPACE_GROUP, &key, &bytes) ||
	    bytes.len != sizeof(moved)) {
		row = edit_counts(projection, root, mode);
		return row && (is_made || row->stream.week) ? &row->stream
							    : NULL;
	}
	memcpy(&moved, bytes.at, sizeof(moved));
	projection->result =
	    store_delete(projection->store, KEYSPACE_GROUP, key_text(&key));
	row = edit_counts(projection, root, mode);
	if (!row)
		return NULL;
	row->stream = moved;
	return &row->stream;
}

static struct stream *
edit_stream(void *who, uint32_t root, struct subject subject, bool is_made)
{
	struct detecting *detecting = who;
	struct projection *projection = detecting->projection;
	struct key key = key_group(root, 0, PART_STREAM, 1u + subject.hazard);

	return subject.mode ? edit_mode(projection, root, subject.mode, is_made)
			    : edit_apart(projection, &key, is_made);
}

static void
count_streams(void *who, bool is_severe, int change)
{
	struct detecting *detecting = who;

	projection_add_counter(detecting->projection,
	    is_severe ? COUNTER_STREAMS_SEVERE : COUNTER_STREAMS, change);
}

/* --- volumes -------------------------------------------------------------- */

static void
note_block(struct detecting *detecting, uint16_t block)
{
	struct key key = key_counter(COUNTER_BLOCKS);
	struct blocks_row *blocks = &detecting->blocks;

	if (blocks->end && block >= blocks->first && block < blocks->end)
		return;
	if (!blocks->end)
		*blocks = (struct blocks_row){ block, block };
	if (block < blocks->first)
		blocks->first = block;
	if (block >= blocks->end)
		blocks->end = (uint16_t)(block + 1);
	projection_put(detecting->projection, KEYSPACE_COUNTER, &key,
	    (struct text){ (const char *)blocks, sizeof(*blocks) });
}

static void
add_to(uint32_t *number, int64_t change)
{
	int64_t sum = *number + change;

	*number = sum < 0 ? 0 : sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

static void
edit_volume(void *who, uint64_t hash, uint16_t week, int32_t weight)
{
	struct detecting *detecting = who;
	uint16_t block = week / VOLUME_WEEKS;
	struct key key = key_volume(hash, block);
	struct volume_row *row;

	note_block(detecting, block);
	row = projection_edit(detecting->projection, KEYSPACE_VOLUME, &key,
	    sizeof(*row));
	if (row)
		add_to(&row->of[week % VOLUME_WEEKS], weight);
}

static int
load_volume(void *who, struct volume *volume)
{
	struct detecting *detecting = who;
	struct row_source rows = kinship_rows(detecting->projection);
	int result = volume_rows_load(&rows, &detecting->blocks, volume);

	if (result && !detecting->projection->result)
		detecting->projection->result = result;
	return result ? -1 : 0;
}

/* --- all of it ------------------------------------------------------------ */

void
detecting_free(struct detecting *detecting)
{
	if (detecting)
		volumes_free(detecting->detection.volumes);
	free(detecting);
}

void
detecting_forget(struct projection *projection)
{
	detecting_free(projection->detecting);
	projection->detecting = NULL;
}

static struct detecting *
make(struct projection *projection)
{
	struct detecting *detecting = calloc(1, sizeof(*detecting));
	struct key key = key_counter(COUNTER_BLOCKS);
	struct text row;

	if (!detecting)
		return NULL;
	detecting->projection = projection;
	detecting->detection.wants_news = projection->is_serving;
	detecting->grave =
	    (uint32_t)projection_counter(projection, COUNTER_GRAVE);
	if (projection_get(projection, KEYSPACE_COUNTER, &key, &row) ==
		STORE_OK &&
	    row.len == sizeof(detecting->blocks))
		memcpy(&detecting->blocks, row.at, row.len);
	detecting->detection.volumes = volumes_new(load_volume, detecting);
	detecting->detection.rows = (struct detection_rows){ .who = detecting,
		.pulse = edit_pulse,
		.stream = edit_stream,
		.volume = edit_volume,
		.count = count_streams };
	if (detecting->detection.volumes)
		return detecting;
	detecting_free(detecting);
	return NULL;
}

/* The ordinal of "unstated" never changes once it is known. */
static void
read_words(struct detecting *detecting)
{
	struct projection *projection = detecting->projection;
	struct text unstated = TEXT("unstated");
	struct key key;
	struct text row;
	uint32_t ordinal;

	detecting->detection.words.grave = detecting->grave;
	detecting->detection.is_alone = senders_are_alone(projection);
	if (detecting->detection.words.unstated)
		return;
	key = key_name_hash(NAME_MODE,
	    prepare_name_hash(store_hash_key(projection->store), NAME_MODE,
		unstated));
	if (projection_get(projection, KEYSPACE_NAME, &key, &row) ||
	    row.len != sizeof(ordinal))
		return;
	memcpy(&ordinal, row.at, sizeof(ordinal));
	detecting->detection.words.unstated = (uint16_t)ordinal;
}

struct detection *
detecting_of(struct projection *projection)
{
	if (projection->result)
		return NULL;
	if (!projection->detecting)
		projection->detecting = make(projection);
	if (!projection->detecting) {
		projection->result = STORE_MEMORY;
		return NULL;
	}
	volumes_trim(projection->detecting->detection.volumes, VOLUMES_HELD);
	read_words(projection->detecting);
	return projection->result ? NULL : &projection->detecting->detection;
}

static void
settle(struct projection *projection, int result)
{
	if (result < 0 && !projection->result)
		projection->result = STORE_MEMORY;
}

/* Cases of the category and of the mode in it, mostly in one row. */
static void
count_cases(struct projection *projection, uint64_t category,
    const struct facts *facts, int change)
{
	unsigned block = VOLUME_CASES + facts->mode / VOLUME_WEEKS;
	struct key key = key_volume(category, (uint16_t)block);
	struct volume_row *row;
	bool is_case = !(facts->marks & FACT_NO_CASE);

	row = projection_edit(projection, KEYSPACE_VOLUME, &key, sizeof(*row));
	if (!row)
		return;
	if (!(facts->marks & FACT_NO_CASE_MODE))
		add_to(&row->of[facts->mode % VOLUME_WEEKS], change);
	if (block == VOLUME_CASES && is_case)
		add_to(&row->of[0], change);
	if (block == VOLUME_CASES || !is_case)
		return;
	key = key_volume(category, VOLUME_CASES);
	row = projection_edit(projection, KEYSPACE_VOLUME, &key, sizeof(*row));
	if (row)
		add_to(&row->of[0], change);
}

void
detecting_move(struct projection *projection, const struct detecting_move *move)
{
	const struct facts *facts = move->facts;
	struct detection *detection = detecting_of(projection);
	const struct detection_move moved = { .facts = facts,
		.root = move->root ? move->root : facts->product,
		.received = move->week,
		.now = week_of_ms(move->received_ms),
		.is_added = move->is_added };

	if (!detection)
		return;
	settle(projection, detection_move(detection, &moved));
	if (!projection->result)
		count_cases(projection, detection->category, facts,
		    move->is_added ? 1 : -1);
}

void
detecting_mark(struct projection *projection, uint32_t product, uint16_t mode,
    int cases)
{
	struct detection *detection = detecting_of(projection);
	const struct pulse *pulse =
	    detection ? edit_pulse(projection->detecting, product) : NULL;
	struct volume_row *row;
	struct key key;

	if (!pulse)
		return;
	key = key_volume(pulse->category,
	    (uint16_t)(VOLUME_CASES + mode / VOLUME_WEEKS));
	row = projection_edit(projection, KEYSPACE_VOLUME, &key, sizeof(*row));
	if (row)
		add_to(&row->of[mode % VOLUME_WEEKS], cases);
}

const struct detection_news *
detecting_news(const struct projection *projection)
{
	const struct detecting *detecting = projection->detecting;

	return detecting && detecting->detection.news.is_set
	    ? &detecting->detection.news
	    : NULL;
}

uint64_t
detecting_cases(struct projection *projection, uint64_t category, uint16_t mode)
{
	struct key key = key_volume(category,
	    (uint16_t)(VOLUME_CASES + mode / VOLUME_WEEKS));
	struct volume_row row;
	struct text bytes;

	if (projection_get(projection, KEYSPACE_VOLUME, &key, &bytes) ||
	    bytes.len != sizeof(row))
		return 0;
	memcpy(&row, bytes.at, sizeof(row));
	return row.of[mode % VOLUME_WEEKS];
}

void
detecting_curate(struct projection *projection,
    const struct record_curation *record, int64_t received_ms)
{
	struct row_source rows = kinship_rows(projection);
	bool is_merge = record->kind == CURATION_MERGE;
	struct record_curation copy = *record;
	struct detection_union both = { .product = record->product,
		.now = week_of_ms(received_ms),
		.sign = is_merge ? 1 : -1 };
	struct record_overlap overlap;
	struct detection *detection;

	if (!is_merge && record->kind != CURATION_SPLIT)
		return;
	detection = detecting_of(projection);
	if (!detection ||
	    family_root(&rows, is_merge ? record->other : record->product,
		&both.root) ||
	    both.root == both.product)
		return;
	while (record_overlap_next(&copy, &overlap) && !projection->result)
		if (overlap.mode &&
		    overlap.root == (is_merge ? both.root : both.product))
			settle(projection,
			    detection_unite(detection, &both,
				(struct subject){ .mode = overlap.mode }));
	for (uint8_t i = 0; i < HAZARDS && !projection->result; i++)
		settle(projection,
		    detection_unite(detection, &both,
			(struct subject){ .hazard = i }));
	if (!projection->result)
		settle(projection, detection_unite_pulses(detection, &both));
}

void
detecting_ring(struct projection *projection, const struct record_alert *record)
{
	const struct alarm *alarm = &record->alarm;
	bool is_fired = record->change == CHANGE_RAISED ||
	    record->change == CHANGE_REGRESSED || record->change == CHANGE_HELD;
	struct detection *detection;
	struct subject subject;

	if (!subject_of_rule(alarm->rule, alarm->mode, &subject))
		return;
	detection = detecting_of(projection);
	if (detection)
		settle(projection,
		    detection_ring(detection, alarm->product, subject,
			is_fired));
}

/* How the budget was kept in the weeks since the last estimate. */
static void
keep_budget(struct projection *projection, const struct record_prior *record)
{
	struct key key = key_counter(COUNTER_BUDGET);
	struct budget_row *row =
	    projection_edit(projection, KEYSPACE_COUNTER, &key, sizeof(*row));

	if (!row)
		return;
	if (row->scale > 0) {
		double weeks = record->yardstick.week - row->week;

		row->weeks += weeks;
		row->weeks_at_scale_1 += weeks / row->scale;
	}
	row->scale = record->scale > 0 ? record->scale : 1;
	row->since = record->yardstick.since;
	row->week = record->yardstick.week;
	row->reports = record->reports;
}

void
detecting_measure(struct projection *projection,
    const struct record_prior *record)
{
	struct detection *detection = detecting_of(projection);
	struct key key = key_prior(record->category);

	if (!detection)
		return;
	settle(projection,
	    detection_measure(detection, record->category, &record->yardstick));
	projection_put(projection, KEYSPACE_PRIOR, &key,
	    (struct text){ (const char *)&record->yardstick,
		sizeof(record->yardstick) });
	if (record->category == VOLUME_ALL)
		keep_budget(projection, record);
}

void
detecting_set_grave(struct projection *projection, uint32_t grave)
{
	projection_set_counter(projection, COUNTER_GRAVE, grave);
	if (projection->detecting)
		projection->detecting->grave = grave;
}
