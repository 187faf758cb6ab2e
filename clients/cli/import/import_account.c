/*
 * import_account.c - one line, or one object, that accounts for every row.
 */
#include <string.h>

#include "clients/cli/import/import.h"

static void
tell_json(struct import *import, uint64_t read, double seconds)
{
	const struct import_tally *tally = &import->tally;
	struct tocsin_writer *writer = import->scratch;
	struct tocsin_value value;
	tocsin_writer_clear(writer);
	tocsin_put_map(writer, NULL);
	tocsin_put_int(writer, "read", (int64_t)read);
	tocsin_put_int(writer, "new", (int64_t)tally->fresh);
	tocsin_put_int(writer, "known", (int64_t)tally->known);
	tocsin_put_int(writer, "amended", (int64_t)tally->amended);
	tocsin_put_int(writer, "rejected", (int64_t)tally->rejected);
	tocsin_put_int(writer, "backfill", (int64_t)tally->backfill);
	tocsin_put_int(writer, "skipped", (int64_t)tally->skipped);
	tocsin_put_int(writer, "ages_dropped", (int64_t)tally->ages_dropped);
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
	char number[7][32];
	output_number((int64_t)read, number[0]);
	output_number((int64_t)tally->fresh, number[1]);
	output_number((int64_t)tally->known, number[2]);
	output_number((int64_t)tally->amended, number[3]);
	output_number((int64_t)tally->rejected, number[4]);
	output_number((int64_t)tally->backfill, number[5]);
	output_number(seconds > 0 ? (int64_t)((double)read / seconds) : 0,
	    number[6]);
	fprintf(to,
	    "%s %s rows: %s new, %s known, %s amended, %s rejected%s%s; %s of "
	    "them history; %.1f s (%s/s)\n",
	    import->is_dry ? "would import" : "imported", number[0], number[1],
	    number[2], number[3], number[4],
	    tally->rejected && import->rejects.path ? ", see " : "",
	    tally->rejected && import->rejects.path ? import->rejects.path : "",
	    number[5], seconds, number[6]);
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
	if (import->code && strcmp(import->path, "-") != 0)
		output_message(import->output,
		    "stopped after %llu rows; the same command with --resume "
		    "goes on from there",
		    (unsigned long long)import->answered);
}

int
import_account(struct import *import)
{
	const struct import_tally *tally = &import->tally;
	double seconds =
	    (double)(clock_ms() - import->progress.started_ms) / 1000;
	uint64_t read =
	    tally->fresh + tally->known + tally->amended + tally->rejected;
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
	return tally->rejected ? EXIT_PARTIAL : EXIT_OK;
}
