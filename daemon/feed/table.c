/* table.c - see table.h. */
#include "daemon/feed/table.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/formula.h"
#include "daemon/feed/json.h"

enum { FLUSH_BYTES = 128 << 10 };

/* What makes quotes needed; ; and tab are commas to some spreadsheets. */
static const char special[256] = { ['"'] = 1,
	[','] = 1,
	[';'] = 1,
	['\t'] = 1,
	['\n'] = 1,
	['\r'] = 1 };

void
table_init(struct table *table, const struct export_options *options,
    const struct export_sink *sink)
{
	*table = (struct table){ .columns = table_columns(options->what),
		.format = options->format,
		.raw_cells = options->raw_cells,
		.sink = *sink };
	table->column = table->columns;
	if (table->format != EXPORT_CSV)
		return;
	for (const struct column *column = table->columns; column->name;
	     column++) {
		if (column != table->columns)
			buf_u8(&table->out, ',');
		buf_add_string(&table->out, column->name);
	}
	buf_add_string(&table->out, "\r\n");
}

void
table_fini(struct table *table)
{
	buf_free(&table->out);
	buf_free(&table->scratch);
}

/* What stands before a cell. */
static void
begin_cell(struct table *table)
{
	const struct column *column = table->column++;
	bool is_first = column == table->columns;

	assert(column->name != NULL);
	if (table->format == EXPORT_NDJSON) {
		if (is_first)
			buf_u8(&table->out, '{');
		buf_add(&table->out, column->json_key + is_first,
		    column->json_len - is_first);
	} else if (!is_first) {
		buf_u8(&table->out, ',');
	}
}

void
table_absent(struct table *table)
{
	begin_cell(table);
	if (table->format == EXPORT_NDJSON)
		buf_add(&table->out, "null", 4);
}

static void
add_quoted(struct buf *out, struct text text)
{
	buf_u8(out, '"');
	while (text.len > 0) {
		const char *quote = memchr(text.at, '"', text.len);
		size_t len = quote ? (size_t)(quote - text.at) + 1 : text.len;

		buf_add(out, text.at, len);
		if (quote != NULL)
			buf_u8(out, '"');
		text.at += len;
		text.len -= len;
	}
	buf_u8(out, '"');
}

static void
add_csv(struct table *table, struct text text, bool is_guarded)
{
	bool is_quoted = false;

	for (size_t i = 0; i < text.len && !is_quoted; i++)
		is_quoted = special[(uint8_t)text.at[i]];
	if (is_guarded && formula_is(text)) {
		buf_clear(&table->scratch);
		buf_u8(&table->scratch, '\'');
		buf_add_text(&table->scratch, text);
		text = buf_text(&table->scratch);
	}
	if (is_quoted)
		add_quoted(&table->out, text);
	else
		buf_add_text(&table->out, text);
}

void
table_text(struct table *table, struct text text)
{
	if (text.len == 0) {
		table_absent(table);
		return;
	}
	begin_cell(table);
	if (table->format == EXPORT_NDJSON)
		json_text(&table->out, text);
	else
		add_csv(table, text, !table->raw_cells);
}

void
table_string(struct table *table, const char *string)
{
	table_text(table, text_of(string));
}

void
table_number(struct table *table, uint64_t number)
{
	begin_cell(table);
	json_uint(&table->out, number);
}

void
table_real(struct table *table, double real)
{
	if (!isfinite(real)) {
		table_absent(table);
		return;
	}
	begin_cell(table);
	json_real(&table->out, real);
}

void
table_flag(struct table *table, bool yes)
{
	begin_cell(table);
	buf_add_string(&table->out, yes ? "true" : "false");
}

/* A text of our own that needs neither quotes nor guard. */
static void
add_plain(struct table *table, struct text text)
{
	begin_cell(table);
	if (table->format == EXPORT_NDJSON)
		buf_u8(&table->out, '"');
	buf_add_text(&table->out, text);
	if (table->format == EXPORT_NDJSON)
		buf_u8(&table->out, '"');
}

void
table_date(struct table *table, struct date date)
{
	char text[DATE_MAX];

	if (date.precision == DATE_ABSENT) {
		table_absent(table);
		return;
	}
	add_plain(table, (struct text){ text, date_format(date, text) });
}

void
table_day(struct table *table, int32_t day)
{
	table_date(table, (struct date){ day, DATE_DAY });
}

void
table_time(struct table *table, int64_t ms)
{
	char text[INSTANT_MAX];

	add_plain(table, (struct text){ text, instant_format(ms, text) });
}

void
table_json(struct table *table, struct text json)
{
	begin_cell(table);
	if (table->format == EXPORT_NDJSON)
		buf_add_text(&table->out, json);
	else
		add_csv(table, json, false);
}

/* A value that is no text where text or JSON is wanted. */
static void
add_as_json(struct table *table, const struct value *value)
{
	struct buf json = { 0 };

	json_value(&json, value);
	if (json.failed)
		table->failed = true;
	if (table->column->kind == COLUMN_LIST && value->kind != VALUE_LIST) {
		table_list_open(table);
		table_list_item(table, value_text(value));
		table_list_close(table);
	} else if (table->column->kind == COLUMN_TEXT) {
		table_text(table, buf_text(&json));
	} else {
		table_json(table, buf_text(&json));
	}
	buf_free(&json);
}

void
table_value(struct table *table, const struct value *value)
{
	enum column_kind kind = table->column->kind;
	bool is_text =
	    kind == COLUMN_TEXT || kind == COLUMN_DATE || kind == COLUMN_TIME;

	if (value_is_absent(value))
		table_absent(table);
	else if (value->kind == VALUE_STR && is_text)
		table_text(table, value->as.text);
	else if (value->kind == VALUE_UINT && !is_text)
		table_number(table, value->as.uint);
	else if (value->kind == VALUE_FLOAT && !is_text)
		table_real(table, value->as.real);
	else if (value->kind == VALUE_BOOL && !is_text)
		table_flag(table, value->as.yes);
	else
		add_as_json(table, value);
}

void
table_list_open(struct table *table)
{
	buf_clear(&table->scratch);
	buf_u8(&table->scratch, '[');
	table->is_first_item = true;
}

void
table_list_item(struct table *table, struct text item)
{
	if (!table->is_first_item)
		buf_u8(&table->scratch, ',');
	table->is_first_item = false;
	json_text(&table->scratch, item);
}

void
table_list_close(struct table *table)
{
	if (table->is_first_item) {
		table_absent(table);
		return;
	}
	buf_u8(&table->scratch, ']');
	if (table->scratch.failed)
		table->failed = true;
	table_json(table, buf_text(&table->scratch));
}

static void
flush(struct table *table)
{
	if (table->out.failed)
		table->failed = true;
	if (!table->failed && table->out.len > 0 &&
	    table->sink.put(table->sink.who, table->out.at, table->out.len) !=
		0)
		table->failed = true;
	buf_clear(&table->out);
}

void
table_end_row(struct table *table)
{
	assert(table->column->name == NULL);
	table->column = table->columns;
	buf_add_string(&table->out,
	    table->format == EXPORT_CSV ? "\r\n" : "}\n");
	table->rows++;
	if (table->out.len >= FLUSH_BYTES || table->out.failed)
		flush(table);
}

int
table_finish(struct table *table)
{
	flush(table);
	return table->failed ? -1 : 0;
}
