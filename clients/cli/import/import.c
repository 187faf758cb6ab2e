/*
 * import.c - tocsin import: a file of reports, streamed in batches, with one
 * line at the end that accounts for every row.
 */
#include "clients/cli/import/import.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"

enum {
	REPORT_BYTES = 1 << 16,
	BATCH = 500,
	BATCH_EPOCH = 125,
	WINDOW = 4,
	WAIT_SAID_MS = 1000, /* shorter ones are not worth a line */
	HISTORY_DAYS = 35
};

static int
read_map(struct import *import)
{
	const char *path = line_option(import->line, "map");
	if (import->format == IMPORT_ORDS)
		map_init_ords(&import->map);
	if (!path)
		return 0;
	import->has_map = true;
	if (!map_load(&import->map, path))
		return 0;
	output_safe_lines(import->output->messages,
	    (struct tocsin_text){ (const char *)import->map.errors.text.at,
		import->map.errors.text.len });
	return EXIT_USAGE;
}

/* --- the stream ---------------------------------------------------------- */

static int
open_reader(struct import *import)
{
	char why[WHY_MAX];
	import->input = input_open(import->path, import->map.encoding, why);
	if (!import->input) {
		output_message(import->output, "%s: %s", import->path, why);
		return EXIT_LOCAL;
	}
	import->writer = tocsin_writer_new();
	import->scratch = tocsin_writer_new();
	if (import->ids == IDS_CONTENT)
		import->content = content_ids_new();
	if (import->writer && import->scratch &&
	    (import->ids != IDS_CONTENT || import->content))
		return 0;
	output_message(import->output, "out of memory");
	return EXIT_LOCAL;
}

/* What the daemon calls today decides what is history, and its limits what
 * need not be sent. */
static void
read_greeting(struct import *import)
{
	struct tocsin_value greeting = tocsin_greeting(import->tocsin);
	struct tocsin_text now = tocsin_get_text(&greeting, "now");
	int64_t ms = clock_wall_ms();
	int64_t most =
	    tocsin_get_int(&greeting, "limits.report_bytes", REPORT_BYTES);
	int64_t days =
	    tocsin_get_int(&greeting, "limits.backfill_days", HISTORY_DAYS);
	instant_parse((struct text){ now.at, now.len }, &ms);
	import->report_max = most > 0 ? (size_t)most : REPORT_BYTES;
	import->history_until = date_of_ms(ms) - (int32_t)days - 1;
}

/* A quota is reached: nothing is lost but time, and the user should know. */
static void
say_wait(void *who, const struct tocsin_error *error)
{
	struct import *import = who;
	int64_t now = clock_ms();

	if (error->retry_after_ms < WAIT_SAID_MS ||
	    now < import->waits_until_ms)
		return;
	import->waits_until_ms = now + error->retry_after_ms;
	progress_clear(&import->progress);
	output_message(import->output, "the server asks to wait %.1f s: %s",
	    (double)error->retry_after_ms / 1000, error->text);
}

static int
open_submitter(struct import *import)
{
	/* A report found again is read and written: others wait for less. */
	bool is_epoch = import->how && !strcmp(import->how, "epoch");
	int64_t batch = is_epoch ? BATCH_EPOCH : BATCH;
	struct tocsin_submit_options options = { .window = WINDOW,
		.import = import->label,
		.backfill = import->backfill,
		.ids = import->how,
		.dry_run = import->is_dry };
	int code =
	    line_number(import->line, "batch", (int64_t[]){ 1, 10000 }, &batch);
	if (code)
		return code;
	import->tocsin = line_connect(import->line, &code);
	if (!import->tocsin)
		return code;
	tocsin_set_on_wait(import->tocsin, say_wait, import);
	read_greeting(import);
	code = import_snapshot_begin(import);
	if (code)
		return code;
	options.snapshot = import->snapshot[0] ? import->snapshot : NULL;
	options.batch = (uint32_t)batch;
	import->submitter = tocsin_submitter_new(import->tocsin, &options,
	    import_answered, import);
	if (import->submitter)
		return 0;
	output_message(import->output, "out of memory");
	return EXIT_LOCAL;
}

static const char *
or_empty(const char *text)
{
	return text ? text : "";
}

static void
open_state(struct import *import)
{
	struct line *line = import->line;
	const char *const words[] = { tocsin_server(import->tocsin),
		or_empty(line_option(line, "organisation")),
		or_empty(line_option(line, "format")),
		or_empty(line_option(line, "map")),
		or_empty(line_option(line, "source")),
		or_empty(line_option(line, "licence")),
		or_empty(line_option(line, "ids-from")),
		or_empty(line_option(line, "backfill")), import->base, NULL };
	const struct import_identity identity = { .fd = input_fd(import->input),
		.words = words };
	if (import->is_dry)
		return;
	import_state_open(&import->state, &identity);
	/* A snapshot is told whole: what is not named is missing. */
	if (line_has(line, "resume") && !import->snapshot[0])
		import->tally.skipped = import->state.rows;
	import->answered = import->tally.skipped;
}

static void
open_rejects(struct import *import, char delimiter)
{
	import->rejects.output = import->output;
	import->rejects.input = import->input;
	import->rejects.path = line_option(import->line, "rejects");
	import->rejects.is_appending = import->tally.skipped > 0;
	import->rejects.delimiter = delimiter;
}

/* With the first bytes: what they are cut by. */
static int
open_records(struct import *import, struct text bytes)
{
	char delimiter = import->map.delimiter;
	if (import->format == IMPORT_NDJSON) {
		import->lines = line_reader_new(import_take, import);
		open_rejects(import, 0);
		return import->lines ? 0 : -1;
	}
	if (!delimiter)
		delimiter = import->format == IMPORT_ORDS
		    ? ','
		    : csv_guess_delimiter(bytes);
	import->csv = csv_reader_new(delimiter, import_take, import);
	open_rejects(import, delimiter);
	return import->csv ? 0 : -1;
}

static void
show_progress(struct import *import)
{
	progress_update(&import->progress, input_read_bytes(import->input),
	    import_read(import));
	if (clock_ms() - import->state.saved_ms < 1000)
		return;
	rejects_flush(&import->rejects);
	import_state_save(&import->state, import->answered, false);
}

static int
feed(struct import *import, struct text bytes)
{
	int failed = 0;
	if (!import->csv && !import->lines)
		failed = open_records(import, bytes);
	if (!failed && import->csv)
		failed = csv_reader_feed(import->csv, bytes);
	else if (!failed)
		failed = line_reader_feed(import->lines, bytes);
	show_progress(import);
	return failed;
}

static int
finish(struct import *import)
{
	int failed = 0;
	if (import->csv)
		failed = csv_reader_finish(import->csv);
	else if (import->lines)
		failed = line_reader_finish(import->lines);
	if (failed || import->heading || import->format == IMPORT_NDJSON)
		return failed;
	output_message(import->output,
	    "%s: is empty: the first row names the columns", import->path);
	return import->code = EXIT_REJECTED;
}

/* Read to the end, or to what ends it: import->code. */
static void
stream(struct import *import)
{
	char why[WHY_MAX];
	struct text bytes;
	struct tocsin_error error;
	int got = 1, failed = 0;
	while (!failed && (got = input_next(import->input, &bytes, why)) > 0)
		failed = feed(import, bytes);
	if (!failed && got == 0)
		failed = finish(import);
	progress_clear(&import->progress);
	if (failed && !import->code) {
		output_message(import->output, "out of memory");
		import->code = EXIT_LOCAL;
	}
	if (got < 0) {
		output_message(import->output, "%s: %s", import->path, why);
		import->code = EXIT_LOCAL;
	}
	/* What was read before the trouble is sent all the same. */
	if (!import->failure.code)
		import_gate_finish(import);
	if (!import->failure.code &&
	    tocsin_submitter_finish(import->submitter, &error)) {
		import->code = line_refused(import->line, &error);
		import->failure = error;
	}
	progress_clear(&import->progress);
	if (!import->code)
		import->code = import_snapshot_finish(import);
}

/* --- the command --------------------------------------------------------- */

static int
run(struct import *import)
{
	int code = import_read_options(import);
	if (!code)
		code = read_map(import);
	if (!code)
		code = open_reader(import);
	if (!code)
		code = open_submitter(import);
	if (code)
		return code;
	open_state(import);
	progress_start(&import->progress, import->output, "reports",
	    input_size(import->input));
	stream(import);
	if (import->code && !import->row) {
		rejects_close(&import->rejects);
		return import->code;
	}
	return import_account(import);
}

static void
close_all(struct import *import)
{
	tocsin_submitter_free(import->submitter);
	csv_reader_free(import->csv);
	line_reader_free(import->lines);
	import_rows_fini(import);
	import_gate_fini(import);
	import_sources_fini(import);
	content_ids_free(import->content);
	tocsin_writer_free(import->writer);
	tocsin_writer_free(import->scratch);
	import_state_close(&import->state);
	map_fini(&import->map);
	input_close(import->input);
}

static int
print_template(struct line *line)
{
	static const char *const words[] = { "en", "fr", NULL };
	const char *lang = NULL;
	struct buf out = { 0 };
	int code = line_word(line, "template", words, &lang);
	if (code)
		return code;
	map_put_template(&out, !strcmp(lang, "fr"));
	fwrite(out.at, 1, out.len, line_output(line)->data);
	buf_free(&out);
	return output_flush(line_output(line));
}

int
run_import(struct line *line)
{
	struct import import = { .line = line,
		.output = line_output(line),
		.path = line_operand(line, 0) };
	int code;
	if (line_has(line, "template"))
		return print_template(line);
	if (!import.path ||
	    (!strcmp(import.path, "-") && isatty(STDIN_FILENO))) {
		help_brief(import.output, line_command(line));
		return line_usage(line, "a file, or - and something to read");
	}
	if (digest_init())
		return EXIT_LOCAL;
	STAILQ_INIT(&import.pending);
	STAILQ_INIT(&import.gate.rows);
	code = run(&import);
	close_all(&import);
	return code;
}
