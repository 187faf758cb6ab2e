#include "daemon/intake/erase.h"

#include <string.h>

#include "daemon/intake/blocks.h"
#include "daemon/intake/casebook.h"
#include "daemon/intake/decide.h"
#include "daemon/intake/prepare.h"
#include "daemon/intake/senders.h"
#include "daemon/store/rows.h"

/* Sequences: of the first erasure not finished, and of the newest. */
#define COUNTER_ERASE_FROM "erase-from"
#define COUNTER_ERASE_LAST "erase-last"

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
	struct record_report record;
	struct buf scratch = { 0 };
	struct store_event event;
	int result;

	intake_settle(intake);
	if (intake->projection.result)
		return intake->projection.result;
	result = store_read(intake->store, row->latest_seq, &scratch, &event);
	if (!result &&
	    (!record_is_of_report(event.type) ||
		!record_report_read(event.header, (enum record_type)event.type,
		    event.received_ms, &record)))
		result = STORE_CORRUPT;
	if (!result && record.evidence.product) {
		evidence_set_seq(&record.evidence, row->first_seq);
		blocks_remove(intake->blocks, &record.evidence);
	}
	buf_free(&scratch);
	return result;
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

void
erase_note(struct intake *intake, uint64_t seq, const struct erase_order *order)
{
	struct record_erase record = { .kind = ERASE_NOTE, .seq = seq };

	write_record(intake, &record, order);
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
	return true;
}
