#include "daemon/intake/origin.h"

static const char *const names[ORIGIN_IDS_COUNT] = {
	[ORIGIN_STABLE] = "stable",
	[ORIGIN_EPOCH] = "epoch",
	[ORIGIN_SNAPSHOT] = "snapshot",
};

const char *
origin_ids_name(enum origin_ids ids)
{
	return names[ids];
}

int
origin_ids_find(struct text word)
{
	if (!word.len)
		return ORIGIN_STABLE;
	for (int i = 0; i < ORIGIN_IDS_COUNT; i++)
		if (text_is(word, names[i]))
			return i;
	return -1;
}

bool
origin_is_known(struct intake *intake, const struct origin_name *name)
{
	return intake_find_name(intake, NAME_ORGANISATION,
		   name->organisation_hash) &&
	    intake_find_name(intake, NAME_ORIGIN, name->origin_hash);
}

/* Look it up in the store; a source nobody declared is not found. */
static int
look_up(struct intake *intake, const struct origin_name *name,
    struct origin_row *row)
{
	uint32_t organisation = intake_find_name(intake, NAME_ORGANISATION,
	    name->organisation_hash);
	uint32_t origin =
	    intake_find_name(intake, NAME_ORIGIN, name->origin_hash);
	struct key key = key_origin(organisation, origin);
	struct text bytes;
	int result;

	*row = (struct origin_row){ 0 };
	if (intake->projection.result)
		return intake->projection.result;
	if (!organisation || !origin)
		return STORE_NOT_FOUND;
	result =
	    projection_get(&intake->projection, KEYSPACE_ORIGIN, &key, &bytes);
	if (result)
		return result;
	return origin_row_read(bytes, row) ? STORE_OK : STORE_CORRUPT;
}

int
origin_find(struct intake *intake, const struct origin_name *name,
    struct origin_row *row)
{
	struct origin_note *note = &intake->origin;
	int result;

	if (note->origin && note->origin == name->origin_hash &&
	    note->organisation == name->organisation_hash) {
		*row = note->row;
		return note->is_declared ? STORE_OK : STORE_NOT_FOUND;
	}
	result = look_up(intake, name, row);
	if (result == STORE_OK || result == STORE_NOT_FOUND)
		*note = (struct origin_note){ name->organisation_hash,
			name->origin_hash, *row, result == STORE_OK };
	return result;
}

bool
origin_has_epochs(struct intake *intake)
{
	return projection_counter(&intake->projection, COUNTER_EPOCHS) > 0;
}

bool
origin_ordinals(struct intake *intake, const struct origin_name *name,
    uint32_t *organisation, uint32_t *origin)
{
	*organisation = intake_name(intake, NAME_ORGANISATION,
	    name->organisation_hash, name->organisation);
	*origin =
	    intake_name(intake, NAME_ORIGIN, name->origin_hash, name->origin);
	return *organisation && *origin && !intake->projection.result;
}

/* What the row is to be; false when nothing changes. */
static bool
change_row(struct intake *intake, const struct origin_declaration *declaration,
    struct origin_answer *answer)
{
	struct origin_row *row = &answer->row;
	uint32_t label =
	    intake_find_name(intake, NAME_LABEL, declaration->label_hash);
	bool is_new = !answer->is_declared || answer->was != declaration->ids;

	row->ids = (uint8_t)declaration->ids;
	if (declaration->ids != ORIGIN_EPOCH)
		return is_new;
	answer->is_begun = is_new || !label || row->label != label;
	if (!answer->is_begun)
		return false;
	row->release++;
	row->label = label;
	return true;
}

static void
write_row(struct intake *intake, const struct origin_name *name,
    const struct origin_declaration *declaration, struct origin_answer *answer)
{
	struct record_origin record = { .ids = answer->row.ids,
		.was = (uint8_t)answer->was,
		.release = answer->row.release };

	intake_open_frame(intake);
	if (!origin_ordinals(intake, name, &record.organisation,
		&record.origin))
		return;
	if (declaration->label.len && record.ids == ORIGIN_EPOCH)
		record.label = intake_name(intake, NAME_LABEL,
		    declaration->label_hash, declaration->label);
	intake->origin = (struct origin_note){ 0 };
	answer->row.label = record.label;
	answer->row.since_ms = intake->received_ms;
	buf_clear(&intake->header);
	record_origin_write(&intake->header, &record);
	intake_add_event(intake, RECORD_ORIGIN, (struct text){ 0 });
	origin_apply(&intake->projection, &record, intake->received_ms);
	intake_close_frame(intake);
}

static enum origin_verdict
judge(const struct origin_answer *answer,
    const struct origin_declaration *declaration, bool is_adopted)
{
	if (declaration->is_open && answer->is_declared)
		return ORIGIN_DECLARED;
	if (answer->is_declared && answer->was != declaration->ids) {
		if (answer->was == ORIGIN_EPOCH)
			return ORIGIN_BOUND;
		if (!declaration->may_change)
			return ORIGIN_DIFFERS;
	}
	if (declaration->ids == ORIGIN_EPOCH && answer->was != ORIGIN_EPOCH &&
	    answer->is_held && !is_adopted && !declaration->dry_run)
		return ORIGIN_UNADOPTED;
	return ORIGIN_DECLARED;
}

int
origin_declare(struct intake *intake, const struct origin_name *name,
    const struct origin_declaration *declaration, bool is_adopted,
    struct origin_answer *answer)
{
	int result;

	*answer = (struct origin_answer){ 0 };
	answer->is_held = origin_is_known(intake, name);
	result = origin_find(intake, name, &answer->row);
	if (result && result != STORE_NOT_FOUND)
		return result;
	answer->is_declared = result == STORE_OK;
	answer->was = answer->row.ids;
	answer->verdict = judge(answer, declaration, is_adopted);
	if (answer->verdict != ORIGIN_DECLARED ||
	    (declaration->is_open && answer->is_declared))
		return STORE_OK;
	if (change_row(intake, declaration, answer) && !declaration->dry_run)
		write_row(intake, name, declaration, answer);
	return intake->projection.result;
}

void
origin_apply(struct projection *projection, const struct record_origin *record,
    int64_t received_ms)
{
	struct key key = key_origin(record->organisation, record->origin);
	struct origin_row row = { .ids = record->ids,
		.release = record->release,
		.label = record->label,
		.since_ms = received_ms };

	if (record->ids == ORIGIN_EPOCH && record->was != ORIGIN_EPOCH)
		projection_add_counter(projection, COUNTER_EPOCHS, 1);
	buf_clear(&projection->scratch);
	origin_row_write(&projection->scratch, &row);
	projection_put_scratch(projection, KEYSPACE_ORIGIN, &key);
}
