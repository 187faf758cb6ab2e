/* export_audit.c - a row for every act, for those who answer for this. */
#include <string.h>

#include "daemon/feed/act.h"
#include "daemon/feed/export_part.h"
#include "daemon/store/rows.h"

static void
write_product(struct table *table, uint32_t product)
{
	char id[PUBLIC_ID_MAX] = "";

	if (product)
		product_id_format(product, id);
	table_string(table, id);
}

static void
write_act(struct table *table, const struct act *act)
{
	char alert[PUBLIC_ID_MAX] = "";

	if (act->alert)
		alert_id_format(act->alert, alert);
	table_number(table, act->seq);
	table_time(table, act->at_ms);
	table_string(table, act->what);
	table_string(table, act->kind);
	table_text(table, act->organisation);
	table_text(table, act->token);
	table_text(table, act->by);
	write_product(table, act->product);
	write_product(table, act->other);
	table_string(table, alert);
	table_string(table, act->subject);
	if (act->undoes)
		table_number(table, act->undoes);
	else
		table_absent(table);
	table_text(table, act->reason);
	table_flag(table, act->is_erased);
	table_end_row(table);
}

struct listing {
	uint64_t since, until;
	struct buf seqs; /* owned; u64 each */
};

static int
list_act(void *who, struct text key, struct text row)
{
	struct listing *listing = who;
	uint64_t seq;

	(void)row;
	if (key.len != sizeof(seq))
		return STORE_CORRUPT;
	seq = key_u64(key, 0);
	if (seq > listing->since && seq <= listing->until)
		buf_add(&listing->seqs, &seq, sizeof(seq));
	return listing->seqs.failed ? STORE_MEMORY : 0;
}

static int
list_acts(struct export_run *run, struct listing *listing)
{
	const struct text all = { 0 };
	struct snapshot *snapshot = snapshot_open(run->source->store);
	int result;

	if (snapshot == NULL)
		return STORE_MEMORY;
	result = snapshot_walk(snapshot, KEYSPACE_AUDIT, all, all, list_act,
	    listing);
	snapshot_close(snapshot);
	return result;
}

static int
give_act(struct export_run *run, uint64_t seq, struct buf *scratch)
{
	struct store_event event;
	struct act act;
	int result = store_read(run->source->store, seq, scratch, &event);

	if (result != 0)
		return result;
	if (!act_read(&event, &act))
		return STORE_CORRUPT;
	if (!act.organisation.len && act.ordinal)
		act.organisation =
		    lexicon_text(run->lexicon, NAME_ORGANISATION, act.ordinal);
	write_act(&run->table, &act);
	return export_go_on(run);
}

int
export_audit(struct export_run *run)
{
	struct listing listing = { .since = run->options->since,
		.until = run->seq };
	struct buf scratch = { 0 };
	int result = list_acts(run, &listing);

	for (size_t at = 0; result == 0 && at < listing.seqs.len;
	     at += sizeof(uint64_t)) {
		uint64_t seq;

		memcpy(&seq, listing.seqs.at + at, sizeof(seq));
		result = give_act(run, seq, &scratch);
	}
	buf_free(&listing.seqs);
	buf_free(&scratch);
	return export_fault(run, result);
}
