/*
 * import_snapshot.c - a file that is the whole of its source: what it does
 * not name is withdrawn, if that is not too much.
 */
#include <string.h>

#include "clients/cli/import/import.h"

int
import_snapshot_begin(struct import *import)
{
	struct tocsin_reply *reply;
	struct tocsin_text name;
	int code;
	if (!import->how || strcmp(import->how, "snapshot") != 0)
		return 0;
	code = line_call(import->line, "import.begin", NULL, &reply);
	if (code)
		return code;
	name = tocsin_get_text(tocsin_reply_result(reply), "snapshot");
	if (name.len && name.len < sizeof(import->snapshot))
		memcpy(import->snapshot, name.at, name.len);
	tocsin_reply_free(reply);
	return 0;
}

static int
tell_held_back(struct import *import, uint64_t live, int64_t percent)
{
	import->is_held_back = true;
	output_message(import->output,
	    "%llu of the %llu reports held of this source are not in the file, "
	    "more than %lld %%; nothing was withdrawn",
	    (unsigned long long)import->tally.missing, (unsigned long long)live,
	    (long long)percent);
	output_message(import->output,
	    "if that is right, say --max-withdrawn with a greater number");
	return import->is_dry ? 0 : EXIT_CONFLICT;
}

static void
put_finish(struct import *import, int64_t percent, bool is_dry)
{
	struct tocsin_writer *writer = import->scratch;
	char reason[160];
	snprintf(reason, sizeof(reason), "missing from %s",
	    import->label ? import->label : "a snapshot of its source");
	tocsin_writer_clear(writer);
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "snapshot", import->snapshot);
	tocsin_put_int(writer, "rows",
	    (int64_t)(import_read(import) - import->tally.rejected));
	tocsin_put_int(writer, "max_share", percent);
	tocsin_put_string(writer, "reason", reason);
	tocsin_put_bool(writer, "dry_run", is_dry);
	tocsin_put_end(writer);
}

static int
take_answer(struct import *import, const struct tocsin_value *result,
    int64_t percent)
{
	struct import_tally *tally = &import->tally;
	uint64_t live = (uint64_t)tocsin_get_int(result, "live", 0);
	tally->missing = (uint64_t)tocsin_get_int(result, "missing", 0);
	tally->withdrawn = (uint64_t)tocsin_get_int(result, "withdrawn", 0);
	if (tocsin_get_bool(result, "held_back"))
		return tell_held_back(import, live, percent);
	if (import->is_dry && tally->missing)
		output_message(import->output,
		    "%llu of the %llu reports held of this source are not in "
		    "the file and would be withdrawn",
		    (unsigned long long)tally->missing,
		    (unsigned long long)live);
	else if (tally->rejected && tally->missing)
		output_message(import->output,
		    "%llu reports held are not among the rows taken, but "
		    "%llu rows were rejected; nothing was withdrawn: repair "
		    "them and import the whole file again",
		    (unsigned long long)tally->missing,
		    (unsigned long long)tally->rejected);
	return 0;
}

int
import_snapshot_finish(struct import *import)
{
	struct tocsin_reply *reply;
	int64_t percent = import->max_withdrawn;
	bool is_dry = import->is_dry || import->tally.rejected;
	int code;
	if (!import->snapshot[0])
		return 0;
	put_finish(import, percent, is_dry);
	code =
	    line_call(import->line, "import.finish", import->scratch, &reply);
	if (code)
		return code;
	code = take_answer(import, tocsin_reply_result(reply), percent);
	tocsin_reply_free(reply);
	return code;
}
