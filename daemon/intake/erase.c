#include "daemon/intake/erase.h"

#include <string.h>

#include "daemon/intake/casebook.h"
#include "daemon/intake/decide.h"
#include "daemon/intake/keychain.h"
#include "daemon/intake/liken.h"
#include "daemon/intake/naming.h"
#include "daemon/intake/prepare.h"
#include "daemon/intake/senders.h"
#include "daemon/store/erased.h"
#include "daemon/store/rows.h"

/* Sequences: of the first erasure not finished, and of the newest. */
#define COUNTER_ERASE_FROM "erase-from"
#define COUNTER_ERASE_LAST "erase-last"

enum { PIECE = 2000 }; /* sources whose names go with one event */

/* --- deciding ------------------------------------------------------------ */

static void
write_record(struct intake *intake, struct record_erase *record,
    const struct erase_order *order)
{
	uint64_t seq;

	intake_open_frame(intake);
	if (order)
		record->organisation = intake_name(intake, NAME_ORGANISATION,
		    order->organisation_hash, order->organisation);
	buf_clear(&intake->header);
	record_erase_write(&intake->header, record);
	seq = intake_add_event(intake, RECORD_ERASE,
	    order ? order->body : (struct text){ 0 });
	if (!intake->projection.result &&
	    !erase_apply(&intake->projection, buf_text(&intake->header), seq))
		intake->projection.result = STORE_CORRUPT;
	intake_forget_names(intake);
	intake_close_long_frame(intake);
}

/* Nothing that comes from now on is compared with it. */
static int
forget(struct intake *intake, const struct report_row *row)
{
	intake_settle(intake);
	if (intake->projection.result)
		return intake->projection.result;
	return liken_forget(intake, row->first_seq, row->latest_seq);
}

int
erase_report(struct intake *intake, const uint8_t key[16],
    const struct erase_order *order)
{
	struct record_erase record = { .kind = ERASE_REPORT };
	struct report_row row = { 0 };
	int result = decide_find(intake, key, &row);

	if (result)
		return result;
	if (row.is_erased)
		return STORE_REFUSED;
	result = forget(intake, &row);
	if (result)
		return result;
	memcpy(record.key, key, sizeof(record.key));
	record.first_seq = row.first_seq;
	record.latest_seq = row.latest_seq;
	write_record(intake, &record, order);
	return intake->projection.result;
}

void
erase_source(struct intake *intake, uint32_t source,
    const struct erase_order *order)
{
	struct record_erase record = { .kind = ERASE_SOURCE, .source = source };

	if (intake_name_text(intake, NAME_SOURCE, source).len)
		write_record(intake, &record, order);
}

bool
erase_epoch(struct intake *intake, uint32_t epoch, uint32_t *last,
    const struct erase_order *order)
{
	uint64_t sources = projection_counter(&intake->projection,
	    counter_of_names(NAME_SOURCE));
	struct record_erase record = { .kind = ERASE_EPOCH,
		.epoch = epoch,
		.first = *last + 1 };

	record.is_whole = sources <= (uint64_t)*last + PIECE;
	record.last = record.is_whole ? (uint32_t)sources : *last + PIECE;
	*last = record.last;
	write_record(intake, &record, order);
	return record.is_whole;
}

void
erase_note(struct intake *intake, uint64_t seq, const struct erase_order *order)
{
	struct record_erase record = { .kind = ERASE_NOTE, .seq = seq };

	write_record(intake, &record, order);
}

int
erase_again(struct intake *intake, struct text lines)
{
	struct erased erased;
	int result = STORE_OK;

	while (!result && erased_next(&lines, &erased)) {
		const struct record_erase *record = &erased.record;

		if (record->kind == ERASE_REPORT)
			result = erase_report(intake, record->key, NULL);
		else if (record->kind == ERASE_SOURCE)
			erase_source(intake, record->source, NULL);
		else
			erase_note(intake, record->seq, NULL);
		if (result == STORE_NOT_FOUND || result == STORE_REFUSED)
			result = STORE_OK;
		if (!result)
			result = intake->projection.result;
	}
	return result;
}

void
erase_finish(struct intake *intake, uint64_t last)
{
	struct record_erase record = { .kind = ERASE_DONE, .seq = last };

	write_record(intake, &record, NULL);
}

uint64_t
erase_unfinished(struct intake *intake)
{
	return projection_counter(&intake->projection, COUNTER_ERASE_FROM);
}

uint64_t
erase_unfinished_at(struct snapshot *snapshot)
{
	struct key key = key_counter(COUNTER_ERASE_FROM);
	uint64_t from = 0;
	struct text row;

	if (snapshot_get(snapshot, KEYSPACE_COUNTER, key_text(&key), &row) ==
		STORE_OK &&
	    row.len == sizeof(from))
		memcpy(&from, row.at, sizeof(from));
	return from;
}

/* --- rows ---------------------------------------------------------------- */

static bool
read_row(struct projection *projection, const uint8_t id[16],
    struct report_row *row)
{
	struct key key = key_report(id);
	struct text bytes;

	return projection_get(projection, KEYSPACE_REPORT, &key, &bytes) ==
	    STORE_OK &&
	    report_row_read(bytes, row);
}

bool
erase_has(struct projection *projection, const uint8_t key[16])
{
	struct report_row row;

	return read_row(projection, key, &row) && row.is_erased;
}

static void
blank_case(struct projection *projection, uint64_t first_seq)
{
	struct casebook book;

	casebook_find(projection, first_seq, &book);
	for (unsigned i = 0; i < book.count; i++)
		if (evidence_seq(&book.member[i]) == first_seq)
			evidence_blank(&book.member[i]);
	if (book.id && !projection->result)
		casebook_put(projection, &book);
}

static void
apply_report_erased(struct projection *projection,
    const struct record_erase *record)
{
	struct key key = key_report(record->key);
	struct report_row row;

	if (!read_row(projection, record->key, &row)) {
		if (!projection->result)
			projection->result = STORE_CORRUPT;
		return;
	}
	senders_hold(projection, row.organisation, -(int64_t)row.bytes);
	row.fingerprint = 0;
	row.is_erased = true;
	row.bytes = 0;
	buf_clear(&projection->scratch);
	report_row_write(&projection->scratch, &row);
	projection_put_scratch(projection, KEYSPACE_REPORT, &key);
	blank_case(projection, record->first_seq);
}

static void
delete_name(struct projection *projection, const struct key *key)
{
	if (!projection->result)
		projection->result = store_delete(projection->store,
		    KEYSPACE_NAME, key_text(key));
}

/* In a replay the name may be erased already; then it has no hash. */
static void
apply_source_erased(struct projection *projection, uint32_t source)
{
	struct key ordinal = key_name_ordinal(NAME_SOURCE, source);
	struct key hash;
	struct text name;

	if (projection_get(projection, KEYSPACE_NAME, &ordinal, &name))
		return;
	hash = key_name_hash(NAME_SOURCE,
	    prepare_name_hash(store_hash_key(projection->store), NAME_SOURCE,
		name));
	if (name.len)
		delete_name(projection, &hash);
	delete_name(projection, &ordinal);
}

/* Names that an erased event gave are empty in a replay. */
static void
apply_epoch_erased(struct projection *projection,
    const struct record_erase *record, uint64_t seq)
{
	for (uint64_t i = record->first; i <= record->last; i++) {
		struct key key = key_name_ordinal(NAME_SOURCE, (uint32_t)i);
		struct text name;
		uint32_t epoch;

		if (projection_get(projection, KEYSPACE_NAME, &key, &name))
			continue;
		epoch = pseudonym_name_epoch(name);
		if (!name.len || (epoch && epoch <= record->epoch))
			apply_source_erased(projection, (uint32_t)i);
	}
	if (record->is_whole)
		keychain_part(projection, record->epoch, seq);
}

bool
erase_apply(struct projection *projection, struct text header, uint64_t seq)
{
	struct record_erase record;
	uint64_t last;

	if (!record_erase_read(header, &record))
		return false;
	last = projection_counter(projection, COUNTER_ERASE_LAST);
	if (record.kind == ERASE_DONE) {
		projection_set_counter(projection, COUNTER_ERASE_FROM,
		    record.seq < last ? record.seq + 1 : 0);
		return true;
	}
	if (!projection_counter(projection, COUNTER_ERASE_FROM))
		projection_set_counter(projection, COUNTER_ERASE_FROM, seq);
	projection_set_counter(projection, COUNTER_ERASE_LAST, seq);
	if (record.kind == ERASE_REPORT)
		apply_report_erased(projection, &record);
	else if (record.kind == ERASE_SOURCE)
		apply_source_erased(projection, record.source);
	else if (record.kind == ERASE_EPOCH)
		apply_epoch_erased(projection, &record, seq);
	return true;
}
