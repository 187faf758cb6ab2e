/*
 * import_account.c - one line, or one object, that accounts for every row.
 */
#include <string.h>

#include "clients/cli/import/import.h"

uint64_t
import_read(const struct import *import)
{
	const struct import_tally *tally = &import->tally;
	return tally->fresh + tally->known + tally->amended +
	    tally->resubmitted + tally->rejected;
}

static void
put_tally(struct tocsin_writer *writer, const struct import_tally *tally)
{
	const struct {
		const char *key;
		uint64_t number;
	} rows[] = { { "new", tally->fresh }, { "known", tally->known },
		{ "amended", tally->amended },
		{ "resubmitted", tally->resubmitted },
		{ "rejected", tally->rejected }, { "missing", tally->missing },
		{ "withdrawn", tally->withdrawn },
		{ "backfill", tally->backfill }, { "skipped", tally->skipped },
		{ "ages_dropped", tally->ages_dropped } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		tocsin_put_int(writer, rows[i].key, (int64_t)rows[i].number);
}

static void
tell_json(struct import *import, uint64_t read, double seconds)
{
	struct tocsin_writer *writer = import->scratch;
	struct tocsin_value value;
	tocsin_writer_clear(writer);
	tocsin_put_map(writer, NULL);
	tocsin_put_int(writer, "read", (int64_t)read);
	put_tally(writer, &import->tally);
	if (import->gate.is_unstable)
		tocsin_put_string(writer, "stopped", "ids-unstable");
	if (import->snapshot[0])
		tocsin_put_bool(writer, "held_back", import->is_held_back);
	tocsin_put_string(writer, "ids", import->how ? import->how : "stable");
	tocsin_put_bool(writer, "one_source",
	    import->has_source && !import->has_many_sources);
	tocsin_put_bool(writer, "dry_run", import->is_dry);
	if (import->label)
		tocsin_put_string(writer, "import", import->label);
	tocsin_put_real(writer, "seconds", seconds);
	tocsin_put_end(writer);
	if (tocsin_decode(tocsin_writer_bytes(writer), &value))
		output_json(import->output, &value);
}

static void
tell_line(struct import *import, uint64_t read, double seconds)
{
	const struct import_tally *tally = &import->tally;
	FILE *to = import->output->messages;
	char number[8][32], withdrawn[64] = "";
	output_number((int64_t)read, number[0]);
	output_number((int64_t)tally->fresh, number[1]);
	output_number((int64_t)tally->known, number[2]);
	output_number((int64_t)tally->amended, number[3]);
	output_number((int64_t)tally->resubmitted, number[4]);
	output_number((int64_t)tally->rejected, number[5]);
	output_number((int64_t)tally->backfill, number[6]);
	output_number(seconds > 0 ? (int64_t)((double)read / seconds) : 0,
	    number[7]);
	if (import->snapshot[0])
		snprintf(withdrawn, sizeof(withdrawn), "; %llu withdrawn",
		    (unsigned long long)tally->withdrawn);
	fprintf(to,
	    "%s %s rows: %s new, %s known, %s amended, %s resubmitted, %s "
	    "rejected%s%s%s; %s of them history; %.1f s (%s/s)\n",
	    import->is_dry ? "would import" : "imported", number[0], number[1],
	    number[2], number[3], number[4], number[5],
	    tally->rejected && import->rejects.path ? ", see " : "",
	    tally->rejected && import->rejects.path ? import->rejects.path : "",
	    withdrawn, number[6], seconds, number[7]);
}

static void
tell_notes(struct import *import)
{
	const struct import_tally *tally = &import->tally;
	if (tally->skipped)
		output_message(import->output,
		    "%llu rows were answered before and not sent again",
		    (unsigned long long)tally->skipped);
	if (tally->ages_dropped)
		output_message(import->output,
		    "note: %llu ages that cannot be were left out",
		    (unsigned long long)tally->ages_dropped);
	if (import->has_source && !import->has_many_sources && import->row > 1)
		output_message(import->output,
		    "note: all rows count as one source; a column for "
		    "reporter or origin.group would tell them apart");
	if (import->is_partial)
		output_message(import->output,
		    "note: the source is imported as snapshots; without --ids "
		    "snapshot nothing is withdrawn");
	if (import->code && strcmp(import->path, "-") != 0 &&
	    !import->gate.is_unstable && !import->is_held_back)
		output_message(import->output,
		    "stopped after %llu rows; the same command with --resume "
		    "goes on from there",
		    (unsigned long long)import->answered);
}

int
import_account(struct import *import)
{
	double seconds =
	    (double)(clock_ms() - import->progress.started_ms) / 1000;
	uint64_t read = import_read(import);
	int code = rejects_close(&import->rejects);
	if (import->code || code) {
		import_state_save(&import->state, import->answered, true);
	} else {
		import_state_forget(&import->state);
	}
	tell_notes(import);
	if (output_is_json(import->output))
		tell_json(import, read, seconds);
	else
		tell_line(import, read, seconds);
	if (import->code)
		return import->code;
	if (code)
		return code;
	return import->tally.rejected ? EXIT_PARTIAL : EXIT_OK;
}
