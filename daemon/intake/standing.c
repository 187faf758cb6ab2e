#include "daemon/intake/standing.h"

#include "daemon/core/product.h"

void
standing_read(struct projection *projection, struct record_regrouped *record)
{
	struct key key = key_counter(COUNTER_IDENTITY);
	struct text row;

	*record = (struct record_regrouped){ 0 };
	if (projection_get(projection, KEYSPACE_COUNTER, &key, &row) ==
		STORE_OK &&
	    !record_regrouped_read(row, record))
		projection->result = STORE_CORRUPT;
}

bool
standing_apply(struct projection *projection, struct text header)
{
	struct key key = key_counter(COUNTER_IDENTITY);
	struct record_regrouped record;

	if (!record_regrouped_read(header, &record))
		return false;
	projection_put(projection, KEYSPACE_COUNTER, &key, header);
	return true;
}

void
standing_write(struct intake *intake, const struct record_regrouped *record)
{
	intake_open_frame(intake);
	buf_clear(&intake->header);
	record_regrouped_write(&intake->header, record);
	intake_add_event(intake, RECORD_REGROUPED, (struct text){ 0 });
	standing_apply(&intake->projection, buf_text(&intake->header));
}

enum standing
standing_begin(struct intake *intake)
{
	uint32_t version = product_version(intake->vocabulary);
	struct record_regrouped record;

	standing_read(&intake->projection, &record);
	if (record.target == version)
		return STANDING_UNFINISHED;
	if (record.version == version && !record.is_mixed)
		return STANDING_SAME;
	if (!record.version &&
	    !projection_counter(&intake->projection, COUNTER_PRODUCTS)) {
		standing_write(intake,
		    &(struct record_regrouped){ .version = version });
		return STANDING_SAME;
	}
	if (!record.is_mixed || record.target)
		standing_write(intake,
		    &(struct record_regrouped){ .version = record.version,
			.is_mixed = true });
	return STANDING_CHANGED;
}
