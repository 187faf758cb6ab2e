#include "daemon/store/erasure.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/pseudonym.h"
#include "daemon/store/db/keys.h"
#include "daemon/store/record.h"
#include "daemon/store/record_erase.h"
#include "daemon/store/record_judgement.h"

/* In a NAME header without its blind. */
enum { NAME_HASH = 8, BLIND = 4 };

void
erasure_fini(struct erasure *erasure)
{
	buf_free(&erasure->reports);
	buf_free(&erasure->notes);
	buf_free(&erasure->sources);
}

static void
add(struct buf *numbers, uint64_t number)
{
	buf_add(numbers, &number, sizeof(number));
}

/* The name of a source may stand before any report that is erased. */
static uint64_t
begin_of(const struct record_erase *record)
{
	if (record->kind == ERASE_REPORT)
		return record->first_seq;
	return record->kind == ERASE_NOTE ? record->seq : 1;
}

bool
erasure_add(struct erasure *erasure, const struct store_event *event)
{
	struct record_erase record;

	if (!record_erase_read(event->header, &record))
		return false;
	if (record.kind == ERASE_DONE)
		return true;
	if (record.kind == ERASE_REPORT)
		add(&erasure->reports, record.first_seq);
	else if (record.kind == ERASE_NOTE)
		add(&erasure->notes, record.seq);
	else if (record.kind == ERASE_EPOCH)
		erasure->epoch = record.epoch > erasure->epoch ? record.epoch
							       : erasure->epoch;
	else
		add(&erasure->sources, record.source);
	if (!erasure->from || begin_of(&record) < erasure->from)
		erasure->from = begin_of(&record);
	erasure->last = event->seq;
	erasure->is_sorted = false;
	return true;
}

bool
erasure_failed(const struct erasure *erasure)
{
	return erasure->reports.failed || erasure->notes.failed ||
	    erasure->sources.failed;
}

bool
erasure_is_empty(const struct erasure *erasure)
{
	return erasure->last == 0;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static void
sort(struct buf *numbers)
{
	if (numbers->len)
		qsort(numbers->at, numbers->len / sizeof(uint64_t),
		    sizeof(uint64_t), compare);
}

static bool
has(const struct buf *numbers, uint64_t number)
{
	return numbers->len &&
	    bsearch(&number, numbers->at, numbers->len / sizeof(number),
		sizeof(number), compare);
}

static void
settle(struct erasure *erasure)
{
	if (erasure->is_sorted)
		return;
	sort(&erasure->reports);
	sort(&erasure->notes);
	sort(&erasure->sources);
	erasure->is_sorted = true;
}

bool
erasure_has_report(struct erasure *erasure, uint64_t first_seq)
{
	settle(erasure);
	return has(&erasure->reports, first_seq);
}

/*
 * A copy of evidence as it is in memory.  Where there is no blind, the end of
 * its signature lends its place, which without shingles nobody reads.
 */
static void
edit_copy(const struct erasure *erasure, uint8_t *header, size_t at,
    struct frame_change *change)
{
	struct evidence evidence;

	memcpy(&evidence, header + at, sizeof(evidence));
	if (!has(&erasure->reports, evidence_seq(&evidence)))
		return;
	evidence_blank(&evidence);
	memcpy(header + at, &evidence, sizeof(evidence));
	change->edits_header = true;
	if (!change->free_at)
		change->free_at = at + sizeof(evidence) - BLIND;
}

static void
edit_report(const struct erasure *erasure, const struct store_event *event,
    uint8_t *header, struct frame_change *change)
{
	uint8_t *end = header + event->header.len;
	const struct record_secrets *secrets;
	struct record_report record;
	bool is_own;

	if (!record_report_read(event->header, (enum record_type)event->type,
		event->received_ms, &record))
		return;
	secrets = &record.secrets;
	is_own = has(&erasure->reports,
	    record.first_seq ? record.first_seq : event->seq);
	change->erases_body = is_own;
	if (secrets->blind)
		change->free_at = event->header.len - secrets->blind;
	else if (is_own && secrets->fingerprint)
		change->free_at = event->header.len - secrets->fingerprint + 4;
	if (is_own && secrets->fingerprint)
		memset(end - secrets->fingerprint, 0, sizeof(uint64_t));
	if (is_own && secrets->evidence)
		record_evidence_blank(end - secrets->evidence, end);
	if (is_own && secrets->old_evidence)
		record_evidence_blank(end - secrets->old_evidence, end);
	change->edits_header = is_own;
	if (secrets->founder)
		edit_copy(erasure, header, event->header.len - secrets->founder,
		    change);
}

/*
 * The name of a reporter under a key that is gone?  Where the name is taken out
 * already (bodies go first), the header is to follow.
 */
static bool
is_of_epoch(const struct erasure *erasure, const struct store_event *event)
{
	uint32_t epoch = pseudonym_name_epoch(event->body);

	return event->is_erased || (epoch && epoch <= erasure->epoch);
}

static void
edit_name(const struct erasure *erasure, const struct store_event *event,
    uint8_t *header, struct frame_change *change)
{
	struct record_name record;
	size_t blind, hash;

	if (!record_name_read(event->header, &record) ||
	    record.kind != NAME_SOURCE ||
	    (!has(&erasure->sources, record.ordinal) &&
		!is_of_epoch(erasure, event)))
		return;
	blind = record.blind ? event->header.len - BLIND : 0;
	hash = (blind ? blind : event->header.len) - NAME_HASH;
	memset(header + hash, 0, NAME_HASH);
	change->free_at = blind ? blind : hash + BLIND;
	change->edits_header = change->erases_body = true;
}

/* A person's act holds evidence of reports at the end of its header. */
static void
edit_judgement(const struct erasure *erasure, const struct store_event *event,
    uint8_t *header, struct frame_change *change)
{
	struct record_judgement record;
	size_t end;

	if (!record_judgement_read(event->header, &record))
		return;
	end = event->header.len - (record.blind ? BLIND : 0);
	change->free_at = record.blind ? end : 0;
	for (unsigned i = 2; i-- > 0;) {
		if (!evidence_seq(&record.evidence[i]))
			continue;
		end -= sizeof(record.evidence[i]);
		edit_copy(erasure, header, end, change);
	}
}

void
erasure_edit(void *who, const struct store_event *event, uint8_t *header,
    struct frame_change *change)
{
	struct erasure *erasure = who;

	settle(erasure);
	if (record_is_of_report(event->type))
		edit_report(erasure, event, header, change);
	else if (event->type == RECORD_NAME)
		edit_name(erasure, event, header, change);
	else if (event->type == RECORD_LINK || event->type == RECORD_UNLINK)
		edit_judgement(erasure, event, header, change);
	if (has(&erasure->notes, event->seq))
		change->erases_body = true;
}
