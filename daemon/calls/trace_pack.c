/* trace_pack.c - a report's comparisons, its case, and who changed what. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/calls/trace_part.h"
#include "daemon/core/curation.h"
#include "daemon/core/judgement.h"
#include "daemon/store/record_curation.h"
#include "daemon/store/rows_judgement.h"
#include "proto/codec.h"

/* Rounded, so that a text form of it is short. */
static void
pack_rounded(struct buf *out, const char *key, double value, double parts)
{
	pack_field_real(out, key, round(value * parts) / parts);
}

/* Of 1, and why it is less; returns how many pairs. */
static uint32_t
pack_weight(struct buf *out, const struct facts *facts)
{
	uint32_t count = 0;
	size_t token;

	pack_field_real(out, "weight",
	    (WEIGHT_CASE - facts->discount) / (double)WEIGHT_CASE);
	pack_string(out, "doubts");
	token = pack_open_list(out);
	for (unsigned i = 0; i < DOUBT_COUNT; i++) {
		if (!(facts->doubts >> i & 1))
			continue;
		pack_string(out, doubt_word(i));
		count++;
	}
	pack_close_list(out, token, count);
	return 2;
}

void
trace_pack_decided(struct trace *trace)
{
	const struct record_case *found = &trace->record.found;
	struct buf *out = &trace->out;
	size_t token;
	uint32_t pairs = 1;

	pack_string(out, "decided");
	token = pack_open_map(out);
	pack_field_string(out, "decision",
	    linkage_decision_name((enum linkage_decision)found->decision));
	if (found->decision) {
		pack_field_string(out, "rule",
		    linkage_rule_name((enum linkage_rule)found->rule));
		pack_field_uint(out, "version", found->version);
		mention_pack(&trace->mention, out, "other", found->match);
		pack_rounded(out, "probability", found->permille / 1000., 1000);
		pack_rounded(out, "bits", (double)found->bits, 100);
		pairs += 5;
	}
	if (found->decision && found->similarity >= 0) {
		pack_rounded(out, "similarity", (double)found->similarity, 100);
		pairs++;
	}
	pairs += mention_pack_number(out, "joined", found->joins);
	pairs += pack_weight(out, &trace->facts);
	pack_close_map(out, token, pairs);
}

static void
pack_fields(struct buf *out, const struct linkage *linkage)
{
	size_t token;
	uint32_t count = 0;

	pack_string(out, "fields");
	token = pack_open_list(out);
	for (unsigned i = 0; i < LINKAGE_FIELDS; i++) {
		if (linkage->outcome[i] == LINKAGE_BLANK)
			continue;
		pack_map(out, 3);
		pack_field_string(out, "name",
		    linkage_field_name((enum linkage_field)i));
		pack_field_string(out, "outcome",
		    linkage_outcome_name(
			(enum linkage_outcome)linkage->outcome[i]));
		pack_rounded(out, "bits", (double)linkage->weight[i], 100);
		count++;
	}
	pack_close_list(out, token, count);
}

static void
pack_found(struct trace *trace, const struct linkage_found *found)
{
	const struct linkage *linkage = &found->linkage;
	struct buf *out = &trace->out;
	bool has_text = linkage->similarity >= 0;

	pack_map(out, 6u + has_text);
	mention_pack(&trace->mention, out, "other",
	    evidence_seq(&trace->likeness.candidates.at[found->candidate]));
	pack_field_string(out, "decision",
	    linkage_decision_name((enum linkage_decision)linkage->decision));
	pack_field_string(out, "rule",
	    linkage_rule_name((enum linkage_rule)linkage->rule));
	pack_rounded(out, "probability", (double)linkage->probability, 1000);
	pack_rounded(out, "bits", (double)linkage->bits, 100);
	if (has_text)
		pack_rounded(out, "similarity", (double)linkage->similarity,
		    100);
	pack_fields(out, linkage);
}

void
trace_pack_compared(struct trace *trace)
{
	const struct likeness *likeness = &trace->likeness;
	struct buf *out = &trace->out;

	pack_string(out, "compared");
	pack_map(out, 3);
	pack_field_uint(out, "version", LINKAGE_VERSION);
	pack_field_uint(out, "candidates", likeness->candidates.count);
	pack_string(out, "found");
	pack_list(out, likeness->nfound);
	for (unsigned i = 0; i < likeness->nfound; i++)
		pack_found(trace, &likeness->found[i]);
}

void
trace_pack_case(struct trace *trace)
{
	const struct casebook *book = &trace->book;
	uint64_t own = trace->row.first_seq;
	struct buf *out = &trace->out;
	unsigned master =
	    book->id ? cases_master(book->member, book->count) : 0;

	pack_string(out, "case");
	if (trace->row.is_withdrawn) {
		pack_nil(out);
		return;
	}
	pack_map(out, 3);
	pack_field_uint(out, "id", book->id ? book->id : own);
	pack_field_uint(out, "master",
	    book->id ? evidence_seq(&book->member[master]) : own);
	pack_string(out, "members");
	pack_list(out, book->id ? book->count : 1);
	if (!book->id)
		mention_pack(&trace->mention, out, NULL, own);
	for (unsigned i = 0; book->id && i < book->count; i++)
		mention_pack(&trace->mention, out, NULL,
		    evidence_seq(&book->member[i]));
}

/* --- who changed it ------------------------------------------------------ */

/* An act as its row lists it. */
struct listed {
	uint64_t seq, undone_by;
	uint32_t kind, other;
	uint32_t count; /* of a judgement: reports concerned */
	uint64_t about[JUDGED_MAX];
};

/* The newest acts of a product, in order. */
struct acts {
	uint64_t seq; /* judgements of this report only; 0: any */
	unsigned most, count;
	struct listed at[TRACE_ACTS_MAX];
};

static void
keep(struct acts *acts, const struct listed *listed)
{
	if (acts->count == acts->most)
		memmove(acts->at, acts->at + 1,
		    --acts->count * sizeof(acts->at[0]));
	acts->at[acts->count++] = *listed;
}

static int
list_act(void *who, struct text key, struct text bytes)
{
	struct act_row row;
	struct listed listed = { .seq = key_u64(key, 4) };

	if (bytes.len != sizeof(row))
		return 0;
	memcpy(&row, bytes.at, sizeof(row));
	listed.kind = row.kind;
	listed.other = row.other;
	listed.undone_by = row.undone_by;
	keep(who, &listed);
	return 0;
}

static int
list_judgement(void *who, struct text key, struct text bytes)
{
	struct acts *acts = who;
	const struct judgement_row *row = (const void *)bytes.at;
	struct listed listed = { .seq = key_u64(key, 4) };
	bool is_about = false;

	if (bytes.len < sizeof(*row) || row->count > JUDGED_MAX ||
	    bytes.len != sizeof(*row) + row->count * sizeof(row->seq[0]))
		return 0;
	listed.kind = row->kind;
	listed.undone_by = row->undone_by;
	listed.count = row->count;
	memcpy(listed.about, row->seq, row->count * sizeof(row->seq[0]));
	for (unsigned i = 0; i < row->count; i++)
		is_about |= row->seq[i] == acts->seq;
	if (is_about)
		keep(acts, &listed);
	return 0;
}

static void
list_acts(const struct trace *trace, uint32_t product, struct acts *acts)
{
	struct key prefix = key_product(product);

	*acts = (struct acts){ .most = TRACE_ACTS_MAX };
	snapshot_walk(trace->mention.snapshot, KEYSPACE_ACT, key_text(&prefix),
	    (struct text){ 0 }, list_act, acts);
}

static void
pack_act(struct trace *trace, uint32_t product, const struct listed *listed)
{
	struct buf *out = &trace->out;
	size_t token = pack_open_map(out);
	uint32_t pairs = 3;

	pack_field_uint(out, "act", listed->seq);
	pack_field_string(out, "kind",
	    curation_kind_name((uint8_t)listed->kind));
	mention_pack_product(out, "product", product);
	if (listed->other) {
		mention_pack_product(out, "other", listed->other);
		pairs++;
	}
	pairs += mention_pack_number(out, "undone_by", listed->undone_by);
	pairs += mention_pack_act(&trace->mention, out, listed->seq);
	pack_close_map(out, token, pairs);
}

void
trace_pack_acts(struct trace *trace)
{
	struct acts acts;

	list_acts(trace, trace->facts.product, &acts);
	pack_string(&trace->out, "acts");
	pack_list(&trace->out, acts.count);
	for (unsigned i = 0; i < acts.count; i++)
		pack_act(trace, trace->facts.product, &acts.at[i]);
}

void
trace_pack_judgements(struct trace *trace)
{
	struct buf *out = &trace->out;
	struct key prefix = key_product(trace->facts.product);
	struct acts acts = { .seq = trace->row.first_seq,
		.most = TRACE_JUDGEMENTS_MAX };

	snapshot_walk(trace->mention.snapshot, KEYSPACE_JUDGEMENT,
	    key_text(&prefix), (struct text){ 0 }, list_judgement, &acts);
	pack_string(out, "judgements");
	pack_list(out, acts.count);
	for (unsigned i = 0; i < acts.count; i++) {
		const struct listed *listed = &acts.at[i];
		size_t token = pack_open_map(out);
		uint32_t pairs = 3;

		pack_field_uint(out, "act", listed->seq);
		pack_field_string(out, "kind",
		    judgement_kind_name((uint8_t)listed->kind));
		pack_string(out, "seqs");
		pack_list(out, listed->count);
		for (unsigned j = 0; j < listed->count; j++)
			pack_uint(out, listed->about[j]);
		pairs +=
		    mention_pack_number(out, "undone_by", listed->undone_by);
		pairs += mention_pack_act(&trace->mention, out, listed->seq);
		pack_close_map(out, token, pairs);
	}
}

uint64_t
trace_find_alias(struct trace *trace, uint32_t product, const uint8_t key[16])
{
	struct buf scratch = { 0 };
	struct record_curation record;
	struct store_event event;
	struct acts acts;
	uint64_t found = 0;

	list_acts(trace, product, &acts);
	for (unsigned i = acts.count; i-- > 0 && !found;)
		if (acts.at[i].kind == CURATION_ALIAS &&
		    !store_read(trace->services->store, acts.at[i].seq,
			&scratch, &event) &&
		    record_curation_read(event.header, &record) &&
		    !memcmp(record.key, key, sizeof(record.key)))
			found = acts.at[i].seq;
	buf_free(&scratch);
	return found;
}

static uint32_t
parent_of(const struct trace *trace, uint32_t product)
{
	struct key key = key_family(product);
	const struct family_row *row;
	struct text bytes;

	if (snapshot_get(trace->mention.snapshot, KEYSPACE_FAMILY,
		key_text(&key), &bytes) ||
	    bytes.len < offsetof(struct family_row, member))
		return 0;
	row = (const void *)bytes.at;
	return row->parent;
}

/* From the product it was received for up to whom that is read through. */
void
trace_pack_merges(struct trace *trace)
{
	uint32_t product = trace->facts.product, parent, count = 0;
	size_t token;

	pack_string(&trace->out, "merges");
	token = pack_open_list(&trace->out);
	while (count < FAMILY_MAX && (parent = parent_of(trace, product))) {
		struct acts acts;
		unsigned i;

		list_acts(trace, product, &acts);
		i = acts.count;
		while (i > 0 &&
		    (acts.at[i - 1].kind != CURATION_MERGE ||
			acts.at[i - 1].other != parent))
			i--;
		if (!i)
			break;
		pack_act(trace, product, &acts.at[i - 1]);
		product = parent;
		count++;
	}
	pack_close_list(&trace->out, token, count);
}
