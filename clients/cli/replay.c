/*
 * replay.c - tocsin rules replay: what rules would have rung on what the
 * server holds, beside the rules it runs, and how long before recalls.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/date.h"
#include "clients/cli/recalls.h"
#include "clients/cli/report.h"
#include "clients/cli/shell/listing.h"
#include "clients/cli/transfer.h"

enum { RULES_BYTES_MAX = 65536, NAME_MAX_BYTES = 64 };

static const struct table_column columns[] = {
	{ "day", ALIGN_LEFT, false },
	{ "rules", ALIGN_LEFT, false },
	{ "change", ALIGN_LEFT, false },
	{ "rule", ALIGN_LEFT, true },
	{ "product", ALIGN_LEFT, false },
	{ "brand", ALIGN_LEFT, true },
	{ "model", ALIGN_LEFT, true },
	{ "failure", ALIGN_LEFT, true },
	{ "severity", ALIGN_LEFT, false },
	{ "reports", ALIGN_RIGHT, false },
	{ "cases", ALIGN_RIGHT, false },
	{ "sources", ALIGN_RIGHT, false },
	{ "organisations", ALIGN_RIGHT, false },
	{ "recall", ALIGN_LEFT, false },
	{ "days before", ALIGN_RIGHT, false },
	{ NULL, ALIGN_LEFT, false },
};

/* Of one set of rules. */
struct tally {
	uint64_t raised, watched;
};

struct replaying {
	struct line *line;
	struct output *output;
	struct recalls recalls;
	struct buf tail;              /* owned: of a line not whole yet */
	struct tocsin_writer *writer; /* owned: one row */
	struct table *table;          /* owned; NULL with JSON */
	struct tally tally[2];        /* tried, running */
	uint64_t early, late;         /* alerts before a recall, or after */
};

static int
fail_memory(struct replaying *replaying)
{
	output_message(replaying->output, "out of memory");
	return EXIT_LOCAL;
}

/* --- what comes back ----------------------------------------------------- */

static void
tally(struct replaying *replaying, const struct tocsin_value *row,
    const struct recall *recall, int32_t day)
{
	struct tocsin_text change = tocsin_get_text(row, "change");
	bool is_tried = tocsin_text_is(tocsin_get_text(row, "rules"), "tried");
	struct tally *tally = &replaying->tally[!is_tried];

	if (tocsin_text_is(change, "watch"))
		tally->watched++;
	if (!tocsin_text_is(change, "raised"))
		return;
	tally->raised++;
	if (!is_tried || !recall)
		return;
	if (day <= recall->day)
		replaying->early++;
	else
		replaying->late++;
}

static void
put_row(struct replaying *replaying, const struct tocsin_value *row,
    const struct recall *recall, int32_t day)
{
	static const char *const texts[] = { "day", "rules", "change", "rule",
		"product_id", "brand", "model", "mode", "severity" };
	static const char *const numbers[] = { "reports", "cases", "sources",
		"organisations" };
	struct table *table = replaying->table;
	char text[DATE_MAX];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		table_text(table, tocsin_get_text(row, texts[i]));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		table_number(table, tocsin_get_int(row, numbers[i], -1));
	if (!recall) {
		table_string(table, "");
		table_string(table, "");
		return;
	}
	date_format((struct date){ recall->day, DATE_DAY }, text);
	table_string(table, text);
	table_signed(table, recall->day - day);
}

static int
print_row(struct replaying *replaying, const struct tocsin_value *row,
    const struct recall *recall, int32_t day)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	struct tocsin_walk walk = tocsin_walk_of(row);
	struct tocsin_value key, value;
	char text[DATE_MAX];
	int code = EXIT_LOCAL;

	if (!writer)
		return fail_memory(replaying);
	tocsin_put_map(writer, NULL);
	while (tocsin_walk_pair(&walk, &key, &value)) {
		tocsin_put_key(writer, tocsin_as_text(&key));
		tocsin_put_encoded(writer, NULL, value.encoded);
	}
	if (recall) {
		date_format((struct date){ recall->day, DATE_DAY }, text);
		tocsin_put_string(writer, "recall", text);
		tocsin_put_int(writer, "days_before", recall->day - day);
	} else {
		tocsin_put_nil(writer, "recall");
		tocsin_put_nil(writer, "days_before");
	}
	tocsin_put_end(writer);
	if (tocsin_writer_is_whole(writer) &&
	    tocsin_decode(tocsin_writer_bytes(writer), &value))
		code = output_json(replaying->output, &value);
	tocsin_writer_free(writer);
	return code;
}

static int
take_line(struct replaying *replaying, struct tocsin_text json)
{
	struct tocsin_text product[3];
	const struct recall *recall = NULL;
	struct tocsin_value row;
	struct date day = { 0 };
	struct tocsin_text text;
	char why[160];

	tocsin_writer_clear(replaying->writer);
	if (output_parse_json(replaying->writer, NULL, json, why) ||
	    !tocsin_decode(tocsin_writer_bytes(replaying->writer), &row)) {
		output_message(replaying->output,
		    "the server's answer cannot be read: %s", why);
		return EXIT_PARTIAL;
	}
	text = tocsin_get_text(&row, "day");
	(void)date_parse((struct text){ text.at, text.len }, &day, NULL);
	product[0] = tocsin_get_text(&row, "product_id");
	product[1] = tocsin_get_text(&row, "brand");
	product[2] = tocsin_get_text(&row, "model");
	if (tocsin_text_is(tocsin_get_text(&row, "change"), "raised") &&
	    tocsin_text_is(tocsin_get_text(&row, "rules"), "tried"))
		recall = recalls_find(&replaying->recalls, product, day.day);
	tally(replaying, &row, recall, day.day);
	if (!replaying->table)
		return print_row(replaying, &row, recall, day.day);
	put_row(replaying, &row, recall, day.day);
	return 0;
}

static int
put(void *who, const char *bytes, size_t len)
{
	struct replaying *replaying = who;
	struct buf *tail = &replaying->tail;
	size_t at = 0;
	int code = 0;

	buf_add(tail, bytes, len);
	if (tail->failed)
		return fail_memory(replaying);
	while (!code && at < tail->len) {
		const uint8_t *end =
		    memchr(tail->at + at, '\n', tail->len - at);
		const char *begin = (const char *)tail->at + at;

		if (!end)
			break;
		code = take_line(replaying,
		    (struct tocsin_text){ begin,
			(size_t)((const char *)end - begin) });
		at = (size_t)(end - tail->at) + 1;
	}
	if (at)
		memmove(tail->at, tail->at + at, tail->len - at);
	tail->len -= at;
	return code;
}

/* --- what is asked ------------------------------------------------------- */

/* "3y", "18m", "90d" before the server's today, or a day; else EXIT_USAGE. */
static int
read_since(struct replaying *replaying, char out[DATE_MAX])
{
	const char *since = line_option(replaying->line, "since");
	struct date date;
	char unit = '\0', rest = '\0';
	int number = 0, code = 0, year, month, mday;
	struct tocsin *tocsin;
	struct tocsin_value greeting;
	struct tocsin_text now;

	out[0] = '\0';
	if (!since)
		return 0;
	if (!date_parse(text_of(since), &date, NULL) &&
	    date.precision == DATE_DAY) {
		date_format(date, out);
		return 0;
	}
	if (sscanf(since, "%4d%c%c", &number, &unit, &rest) != 2 ||
	    number < 1 || !strchr("ymd", unit))
		return line_usage(replaying->line,
		    "--since %s: use a day, as in 2026-06-15, or a time up to "
		    "today, as in 3y, 18m or 90d",
		    since);
	tocsin = line_connect(replaying->line, &code);
	if (!tocsin)
		return code;
	greeting = tocsin_greeting(tocsin);
	now = tocsin_get_text(&greeting, "now");
	if (now.len > 10)
		now.len = 10;
	if (date_parse((struct text){ now.at, now.len }, &date, NULL))
		return EXIT_PARTIAL;
	if (unit == 'd') {
		date.day -= number;
	} else {
		date_split(date.day, &year, &month, &mday);
		month += 12 * year - 1 - number * (unit == 'y' ? 12 : 1);
		date.day = date_join(month / 12, month % 12 + 1,
		    mday > 28 ? 28 : mday);
	}
	date_format(date, out);
	return 0;
}

static int
put_params(struct replaying *replaying, struct tocsin_writer *params)
{
	struct line *line = replaying->line;
	const char *path = line_operand(line, 0);
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char from[DATE_MAX];
	char *bytes = NULL;
	size_t len;
	int code = read_whole(line, path, &bytes, &len);

	if (!code && len > RULES_BYTES_MAX) {
		output_message(line_output(line), "%s: more than %d bytes",
		    path, RULES_BYTES_MAX);
		code = EXIT_REJECTED;
	}
	if (!code)
		code = read_since(replaying, from);
	if (!code) {
		tocsin_put_map(params, NULL);
		tocsin_put_string(params, "what", "replay");
		tocsin_put_string(params, "format", "ndjson");
		line_put_filter(line, params, "filter");
		tocsin_put_text(params, "rules",
		    (struct tocsin_text){ bytes, len });
		if (strlen(name) <= NAME_MAX_BYTES)
			tocsin_put_string(params, "rules_name", name);
		if (from[0])
			tocsin_put_string(params, "from", from);
		tocsin_put_end(params);
	}
	free(bytes);
	return code;
}

/* --- the command --------------------------------------------------------- */

static int
compare_days(const void *left, const void *right)
{
	const int32_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* How long before recalls did it ring: of each recall, its first alert. */
static void
tell_recalls(struct replaying *replaying)
{
	const struct recalls *recalls = &replaying->recalls;
	int32_t *lead = calloc(recalls->count + 1u, sizeof(*lead));
	unsigned nearly = 0, nlate = 0;

	if (!recalls->count || !lead) {
		free(lead);
		return;
	}
	for (unsigned i = 0; i < recalls->count; i++) {
		const struct recall *recall = &recalls->at[i];

		if (recall->is_met && recall->is_early)
			lead[nearly++] = recall->day - recall->first;
		nlate += recall->is_met && !recall->is_early;
	}
	qsort(lead, nearly, sizeof(*lead), compare_days);
	output_message(replaying->output,
	    "of %u recalls, %u had rung before, %u only after, %u never",
	    recalls->count, nearly, nlate, recalls->count - nearly - nlate);
	if (nearly)
		output_message(replaying->output,
		    "days before the recall: median %d, from %d to %d",
		    (int)lead[nearly / 2], (int)lead[0], (int)lead[nearly - 1]);
	free(lead);
}

static void
tell(struct replaying *replaying, const struct transfer *transfer)
{
	static const char *const names[] = { "these rules",
		"the rules in force" };

	for (unsigned i = 0; i < 2; i++)
		output_message(replaying->output,
		    "%s: %llu raised, %llu watched", names[i],
		    (unsigned long long)replaying->tally[i].raised,
		    (unsigned long long)replaying->tally[i].watched);
	tell_recalls(replaying);
	output_message(replaying->output,
	    "replayed up to sequence %lld in %.1f s: %.0f events a second",
	    (long long)transfer->seq, (double)transfer->made_ms / 1000,
	    1000. * (double)transfer->seq /
		(double)(transfer->made_ms ? transfer->made_ms : 1));
}

static int
replay(struct replaying *replaying)
{
	struct line *line = replaying->line;
	struct transfer transfer = { .progress = "rules.progress" };
	struct tocsin_writer *params = tocsin_writer_new();
	const char *path = line_option(line, "recalls");
	int code = params ? 0 : fail_memory(replaying);

	if (!code && path)
		code =
		    recalls_read(&replaying->recalls, replaying->output, path);
	if (!code)
		code = put_params(replaying, params);
	if (!code)
		code = recalls_ask(&replaying->recalls, line);
	if (!code)
		code = transfer_run(line, params, put, replaying, &transfer);
	tocsin_writer_free(params);
	if (!code && replaying->table)
		code = table_print(replaying->table);
	if (!code)
		code = output_flush(replaying->output);
	if (!code)
		tell(replaying, &transfer);
	return code;
}

int
run_rules_replay(struct line *line)
{
	struct replaying replaying = { .line = line,
		.output = line_output(line),
		.writer = tocsin_writer_new() };
	int code = EXIT_LOCAL;

	line_be_patient(line);
	if (!output_is_json(replaying.output))
		replaying.table = table_new(replaying.output, columns);
	if (replaying.writer &&
	    (replaying.table || output_is_json(replaying.output)))
		code = replay(&replaying);
	else
		fail_memory(&replaying);
	table_free(replaying.table);
	tocsin_writer_free(replaying.writer);
	buf_free(&replaying.tail);
	recalls_free(&replaying.recalls);
	return code;
}
