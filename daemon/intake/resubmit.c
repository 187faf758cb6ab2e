#include "daemon/intake/resubmit.h"

#include <string.h>

#include "daemon/core/duplicate.h"
#include "daemon/intake/origin.h"

/* One report being decided. */
struct resubmission {
	struct intake *intake;
	const struct candidate *candidate;
	const struct decide_options *options;
	struct record_resubmit record; /* to be written, but for held */
};

static struct origin_name
name_of(const struct candidate *candidate, const struct decide_options *options)
{
	struct text source = candidate->report.source;
	struct text organisation = options->prepare->organisation;

	return (struct origin_name){ organisation,
		source.len ? source : organisation, options->organisation_hash,
		candidate->origin_hash };
}

/* What the newest release to use an id means by it. */
static int
find_release(struct intake *intake, const uint8_t named[16],
    struct release_row *row)
{
	struct key key = key_release_id(named);
	struct text bytes;
	int result = projection_get(&intake->projection, KEYSPACE_RELEASE_ID,
	    &key, &bytes);

	if (result)
		return result;
	return release_row_read(bytes, row) ? STORE_OK : STORE_CORRUPT;
}

int
resubmit_resolve(struct intake *intake, uint8_t key[16])
{
	struct release_row row;
	int result;

	if (!origin_has_epochs(intake))
		return intake->projection.result;
	result = find_release(intake, key, &row);
	if (result == STORE_OK)
		memcpy(key, row.key, sizeof(row.key));
	return result == STORE_NOT_FOUND ? STORE_OK : result;
}

/* --- equals -------------------------------------------------------------- */

enum { RANK_NONE = -1, RANK_BEST = 3 };

/* One report among those equal to another. */
struct equal {
	int rank; /* RANK_NONE: there is none */
	uint32_t position;
	uint8_t held[16];
	uint32_t end; /* where one more would stand, or MATCH_NOWHERE */
};

/* Category and branch as before, the category, the branch, neither. */
static int
likeness(uint32_t a, uint32_t b)
{
	uint32_t differs = a ^ b;

	return (differs >> 16 == 0) * 2 + ((differs & 0xffff) == 0);
}

static int
rank_of(const struct match_entry *entry, const struct record_resubmit *record,
    const uint8_t *key)
{
	if (key)
		return memcmp(entry->key, key, sizeof(entry->key)) == 0
		    ? RANK_BEST
		    : RANK_NONE;
	return entry->release == record->release
	    ? RANK_NONE
	    : likeness(entry->tag, record->tag);
}

static void
look_through(const struct match_entry *entry, uint32_t count,
    const struct record_resubmit *record, const uint8_t *key,
    struct equal *equal)
{
	for (uint32_t i = 0; i < count && equal->rank < RANK_BEST; i++) {
		int rank = rank_of(&entry[i], record, key);

		if (rank <= equal->rank)
			continue;
		equal->rank = rank;
		equal->position = equal->end + i;
		memcpy(equal->held, entry[i].key, sizeof(equal->held));
	}
	equal->end += count;
}

/*
 * Find the report of this key among the equals of the record; without a key
 * the one most like it that its release has not named yet.
 */
static int
find_equal(struct intake *intake, const struct record_resubmit *record,
    const uint8_t *key, struct equal *equal)
{
	*equal = (struct equal){ .rank = RANK_NONE };
	for (uint32_t page = 0; page < MATCH_PAGES && equal->rank < RANK_BEST;
	     page++) {
		struct key place = key_match(record->organisation,
		    record->origin, record->match, page);
		struct text row;
		int result = projection_get(&intake->projection, KEYSPACE_MATCH,
		    &place, &row);
		const void *at = row.at;

		if (result == STORE_NOT_FOUND)
			return STORE_OK;
		if (result)
			return result;
		look_through(at,
		    (uint32_t)(row.len / sizeof(struct match_entry)), record,
		    key, equal);
	}
	if (equal->end >= MATCH_PAGES * MATCH_ENTRIES)
		equal->end = MATCH_NOWHERE;
	return STORE_OK;
}

void
resubmit_apply(struct projection *projection,
    const struct record_resubmit *record)
{
	struct release_row named = { .release = record->release };
	uint32_t nth = record->position % MATCH_ENTRIES;
	size_t len = (nth + 1) * sizeof(struct match_entry), present;
	struct key id = key_release_id(record->named);
	struct key page = key_match(record->organisation, record->origin,
	    record->match, record->position / MATCH_ENTRIES);
	struct match_entry *entry;

	memcpy(named.key, record->held, sizeof(named.key));
	buf_clear(&projection->scratch);
	release_row_write(&projection->scratch, &named);
	projection_put_scratch(projection, KEYSPACE_RELEASE_ID, &id);
	if (record->position == MATCH_NOWHERE || projection->result)
		return;
	entry = store_edit(projection->store, KEYSPACE_MATCH, key_text(&page),
	    len, &present, &projection->result);
	if (!entry)
		return;
	if (present < len)
		store_edit_len(projection->store, len);
	memcpy(entry[nth].key, record->held, sizeof(entry[nth].key));
	entry[nth].release = record->release;
	entry[nth].tag = record->tag;
}

static void
write_record(struct intake *intake, const struct record_resubmit *record)
{
	intake_open_frame(intake);
	buf_clear(&intake->header);
	record_resubmit_write(&intake->header, record);
	intake_add_event(intake, RECORD_RESUBMIT, (struct text){ 0 });
	resubmit_apply(&intake->projection, record);
}

/* --- deciding ------------------------------------------------------------ */

static void
reject(struct decision *decision, enum decision_reason reason)
{
	decision->status = STATUS_REJECTED;
	decision->reason = reason;
}

/* Decide a report that is held under that key; status says as what. */
static int
decide_again(const struct resubmission *this, const uint8_t key[16],
    enum report_status status, struct decision *decision)
{
	struct report_row row;
	struct decide_place place = { key, &row };
	int result = decide_find(this->intake, key, &row);

	if (result == STORE_OK)
		result = decide_held(this->intake, this->candidate,
		    this->options, &row, decision);
	if (result)
		return result == STORE_NOT_FOUND ? STORE_CORRUPT : result;
	if (decision->status == STATUS_REJECTED)
		return STORE_OK;
	if (decision->status == STATUS_KNOWN || this->options->dry_run)
		result = decide_look(this->intake, this->candidate, decision);
	else
		result = decide_take(this->intake, this->candidate,
		    this->options, &place, decision);
	if (!decision->was_withdrawn && status == STATUS_RESUBMITTED)
		decision->status = STATUS_RESUBMITTED;
	return result;
}

/* The release has named a report by this id before. */
static int
decide_named(const struct resubmission *this, const struct release_row *named,
    struct decision *decision)
{
	struct report_row row;
	struct equal equal;
	int result = decide_find(this->intake, named->key, &row);

	if (!result)
		result =
		    find_equal(this->intake, &this->record, named->key, &equal);
	if (result)
		return result == STORE_NOT_FOUND ? STORE_CORRUPT : result;
	if (equal.rank == RANK_NONE && !this->options->is_amendment &&
	    !row.is_erased &&
	    !prepare_is_same(this->candidate, row.fingerprint)) {
		reject(decision, REASON_ID_TAKEN);
		return STORE_OK;
	}
	return decide_again(this, named->key, STATUS_AMENDED, decision);
}

static int
decide_new(struct resubmission *this, struct decision *decision)
{
	const struct decide_options *options = this->options;
	struct origin_name name = name_of(this->candidate, options);
	const struct duplicate_name named = { name.organisation, name.origin,
		this->candidate->report.id };
	struct decide_place place = { .key = this->record.held };

	decision->status = STATUS_NEW;
	if (options->dry_run)
		return decide_look(this->intake, this->candidate, decision);
	duplicate_release_key(options->prepare->hash_key, &named,
	    this->record.release, this->record.held);
	write_record(this->intake, &this->record);
	return decide_take(this->intake, this->candidate, options, &place,
	    decision);
}

/* The release names this id for the first time. */
static int
decide_first(struct resubmission *this, struct decision *decision)
{
	struct equal equal;
	int result = find_equal(this->intake, &this->record, NULL, &equal);

	if (result)
		return result;
	if (equal.rank == RANK_NONE) {
		this->record.position = equal.end;
		return decide_new(this, decision);
	}
	this->record.position = equal.position;
	memcpy(this->record.held, equal.held, sizeof(equal.held));
	if (!this->options->dry_run)
		write_record(this->intake, &this->record);
	result = decide_again(this, equal.held, STATUS_RESUBMITTED, decision);
	intake_close_long_frame(this->intake);
	return result;
}

/* The release this report is of; 0 when it cannot be one. */
static uint32_t
release_of(const struct resubmission *this, const struct origin_row *origin)
{
	uint32_t label = intake_find_name(this->intake, NAME_LABEL,
	    this->options->label_hash);
	bool is_current = origin->ids == ORIGIN_EPOCH &&
	    this->options->label.len && origin->label == label && label;

	if (is_current)
		return origin->release;
	return this->options->dry_run ? origin->release + 1 : 0;
}

static void
fill_record(struct resubmission *this, const struct origin_name *name)
{
	struct record_resubmit *record = &this->record;

	record->organisation = intake_find_name(this->intake, NAME_ORGANISATION,
	    name->organisation_hash);
	record->origin =
	    intake_find_name(this->intake, NAME_ORIGIN, name->origin_hash);
	record->match = this->candidate->match.hash;
	record->tag = this->candidate->match.tag;
	memcpy(record->named, this->candidate->key, sizeof(record->named));
}

static int
decide_release(struct resubmission *this, const struct origin_row *origin,
    struct decision *decision)
{
	struct release_row named;
	int result;

	this->record.release = release_of(this, origin);
	if (!this->record.release) {
		reject(decision, REASON_NOT_BEGUN);
		return STORE_OK;
	}
	result = find_release(this->intake, this->record.named, &named);
	if (result == STORE_OK && named.release == this->record.release)
		return decide_named(this, &named, decision);
	if (result && result != STORE_NOT_FOUND)
		return result;
	return decide_first(this, decision);
}

/* An amendment by call is of what the newest release calls so. */
static int
decide_amendment(struct resubmission *this, struct decision *decision,
    bool *is_done)
{
	struct release_row named;
	int result = find_release(this->intake, this->record.named, &named);

	*is_done = result == STORE_OK;
	if (result)
		return result == STORE_NOT_FOUND ? STORE_OK : result;
	return decide_again(this, named.key, STATUS_AMENDED, decision);
}

int
resubmit_report(struct intake *intake, const struct candidate *candidate,
    const struct decide_options *options, struct decision *decision,
    bool *is_done)
{
	struct resubmission this = { .intake = intake,
		.candidate = candidate,
		.options = options };
	struct origin_name name = name_of(candidate, options);
	struct origin_row origin;
	int result = origin_find(intake, &name, &origin);

	*is_done = false;
	if (result && result != STORE_NOT_FOUND)
		return result;
	fill_record(&this, &name);
	if (options->is_amendment)
		return origin.ids == ORIGIN_EPOCH
		    ? decide_amendment(&this, decision, is_done)
		    : STORE_OK;
	if (options->ids != ORIGIN_EPOCH && origin.ids != ORIGIN_EPOCH)
		return STORE_OK;
	*is_done = true;
	if (options->ids != ORIGIN_EPOCH) {
		reject(decision, REASON_NEEDS_RELEASE);
		return STORE_OK;
	}
	return decide_release(&this, &origin, decision);
}

int
resubmit_adopt(struct intake *intake, const struct origin_name *name,
    const struct resubmit_held *held)
{
	struct record_resubmit record = { .match = held->match,
		.tag = held->tag };
	struct release_row named;
	struct equal equal;
	int result = find_release(intake, held->key, &named);

	if (result != STORE_NOT_FOUND)
		return result;
	if (!origin_ordinals(intake, name, &record.organisation,
		&record.origin))
		return intake->projection.result;
	memcpy(record.named, held->key, sizeof(record.named));
	memcpy(record.held, held->key, sizeof(record.held));
	result = find_equal(intake, &record, held->key, &equal);
	if (result)
		return result;
	record.position = equal.end;
	write_record(intake, &record);
	intake_close_long_frame(intake);
	return intake->projection.result;
}
