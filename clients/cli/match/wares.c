#include "clients/cli/match/wares.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "clients/cli/match/sheet.h"

enum {
	COLUMN_ID,
	COLUMN_BRAND,
	COLUMN_MODEL,
	COLUMN_TITLE,
	COLUMN_PRICE,
	COLUMN_GTIN,
	COLUMNS
};

/* Folded: no blanks, marks or accents. */
static const struct sheet_column known[COLUMNS + 1] = {
	[COLUMN_ID] = { .name = "id",
	    .names = "id|productid|subjectid|identifiant|sku" },
	[COLUMN_BRAND] = { .name = "brand",
	    .names = "brand|manufacturer|maker|brandname|marque|fabricant" },
	[COLUMN_MODEL] = { .name = "model",
	    .names = "model|modelno|modelnumber|modele|mpn|partnumber|partno|"
		     "reference" },
	[COLUMN_TITLE] = { .name = "title",
	    .names = "title|name|productname|producttitle|product|nom|titre|"
		     "designation|libelle" },
	[COLUMN_PRICE] = { .name = "price", .names = "price|prix|listprice" },
	[COLUMN_GTIN] = { .name = "gtin",
	    .names = "gtin|gtin13|gtin14|ean|ean13|upc|barcode|codebarres" },
};

/* Numbers of rows and offsets are 32 bits wide. */
enum { WARES_MAX = 1 << 26 };

void
wares_fini(struct wares *wares)
{
	free(wares->ware);
	free(wares->slot);
	buf_free(&wares->held);
	*wares = (struct wares){ 0 };
}

static struct text
held_at(const struct wares *wares, size_t at, uint32_t len)
{
	return (struct text){ (const char *)wares->held.at + at, len };
}

struct text
wares_id(const struct wares *wares, uint32_t i)
{
	return held_at(wares, wares->ware[i].id_at, wares->ware[i].id_len);
}

struct match_input
wares_input(const struct wares *wares, uint32_t i)
{
	const struct ware *ware = &wares->ware[i];
	size_t at = ware->id_at + ware->id_len;
	struct match_input input = { .price = ware->price };
	input.brand = held_at(wares, at, ware->brand_len);
	at += ware->brand_len;
	input.model = held_at(wares, at, ware->model_len);
	at += ware->model_len;
	input.title = held_at(wares, at, ware->title_len);
	at += ware->title_len;
	input.gtin = held_at(wares, at, ware->gtin_len);
	return input;
}

/* --- by id --------------------------------------------------------------- */

/* The slot of an id, or the free one where it belongs. */
static uint32_t
slot_of(const struct wares *wares, struct text id)
{
	uint64_t hash = digest_sip64(wares->key, id.at, id.len);
	uint32_t slot = (uint32_t)hash & (wares->slots - 1);
	while (wares->slot[slot] &&
	    !text_equal(id, wares_id(wares, wares->slot[slot] - 1)))
		slot = (slot + 1) & (wares->slots - 1);
	return slot;
}

int64_t
wares_find(const struct wares *wares, struct text id)
{
	if (wares->slots == 0)
		return -1;
	return (int64_t)wares->slot[slot_of(wares, id)] - 1;
}

/* Keep the slots at most half full. */
static bool
grow_slots(struct wares *wares)
{
	if (2 * (wares->count + 1) <= wares->slots)
		return true;
	uint32_t slots = wares->slots ? 2 * wares->slots : 1024;
	uint32_t *slot = calloc(slots, sizeof(*slot));
	if (!slot)
		return false;
	free(wares->slot);
	wares->slot = slot;
	wares->slots = slots;
	for (uint32_t i = 0; i < wares->count; i++)
		slot[slot_of(wares, wares_id(wares, i))] = i + 1;
	return true;
}

static bool
grow(struct wares *wares)
{
	if (wares->count < wares->cap)
		return grow_slots(wares);
	uint32_t cap = wares->cap ? 2 * wares->cap : 1024;
	struct ware *ware =
	    cap <= WARES_MAX ? realloc(wares->ware, cap * sizeof(*ware)) : NULL;
	if (!ware)
		return false;
	wares->ware = ware;
	wares->cap = cap;
	return grow_slots(wares);
}

/* --- prices -------------------------------------------------------------- */

/*
 * The last point or comma parts the cents when one or two digits follow it,
 * or when it is a point that stands alone.
 */
double
wares_price(struct text text)
{
	double value = 0;
	double unit = 0; /* of the digit to come, behind the mark */
	size_t mark = text.len;
	unsigned marks = 0;
	unsigned behind = 0;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (c == '-' && i == 0)
			return 0;
		if ((c == '.' || c == ',') && i > 0) {
			mark = i;
			marks++;
			behind = 0;
		}
		behind += c >= '0' && c <= '9';
	}
	bool is_cents = marks > 0 &&
	    (behind == 1 || behind == 2 ||
		(text.at[mark] == '.' && marks == 1));
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (i == mark && is_cents)
			unit = 0.1;
		if (c < '0' || c > '9')
			continue;
		value = unit > 0 ? value + unit * (c - '0')
				 : 10 * value + (c - '0');
		unit /= 10;
	}
	return value;
}

/* --- rows ---------------------------------------------------------------- */

static uint32_t
hold(struct wares *wares, struct text cell)
{
	buf_add_text(&wares->held, cell);
	return (uint32_t)cell.len;
}

static double
read_price(struct wares *wares, struct text cell, uint64_t line)
{
	double price = wares_price(cell);
	if (cell.len > 0 && price <= 0 && !memchr(cell.at, '0', cell.len)) {
		wares->bad_prices++;
		if (!wares->bad_price_line)
			wares->bad_price_line = line;
	}
	return price;
}

static int
take_row(struct sheet *sheet, const struct record *record)
{
	struct wares *wares = sheet->who;
	char number[16];
	struct text id = sheet_cell(sheet, record, COLUMN_ID);
	if (!grow(wares)) {
		output_message(sheet->output, "out of memory");
		return EXIT_LOCAL;
	}
	if (sheet->columns[COLUMN_ID].at < 0) {
		snprintf(number, sizeof(number), "%u", wares->count + 1);
		id = text_of(number);
	}
	if (id.len == 0)
		return sheet_refuse(sheet, record->line, "id",
		    "must not be empty");
	uint32_t slot = slot_of(wares, id);
	if (wares->slot[slot])
		return sheet_refuse(sheet, record->line, "id",
		    "must be there once; %.*s is on line %llu too",
		    TEXT_ARG(id),
		    (unsigned long long)wares->ware[wares->slot[slot] - 1]
			.line);
	struct ware *ware = &wares->ware[wares->count];
	ware->line = record->line;
	ware->id_at = wares->held.len;
	ware->id_len = hold(wares, id);
	ware->brand_len = hold(wares, sheet_cell(sheet, record, COLUMN_BRAND));
	ware->model_len = hold(wares, sheet_cell(sheet, record, COLUMN_MODEL));
	ware->title_len = hold(wares, sheet_cell(sheet, record, COLUMN_TITLE));
	ware->gtin_len = hold(wares, sheet_cell(sheet, record, COLUMN_GTIN));
	ware->price = read_price(wares, sheet_cell(sheet, record, COLUMN_PRICE),
	    record->line);
	if (wares->held.failed) {
		output_message(sheet->output, "out of memory");
		return EXIT_LOCAL;
	}
	wares->slot[slot] = ++wares->count;
	return 0;
}

int
wares_read(struct wares *wares, struct output *output, const char *path,
    const char *encoding)
{
	struct sheet_column columns[COLUMNS + 1];
	memcpy(columns, known, sizeof(columns));
	struct sheet sheet = { .output = output,
		.path = path,
		.encoding = encoding,
		.columns = columns,
		.take = take_row,
		.who = wares };
	wares->path = path;
	digest_random(wares->key, sizeof(wares->key));
	int code = sheet_read(&sheet);
	if (code)
		return code;
	if (columns[COLUMN_TITLE].at < 0 && columns[COLUMN_MODEL].at < 0 &&
	    columns[COLUMN_GTIN].at < 0)
		return sheet_refuse(&sheet, 1, "title",
		    "a table needs a title, a model or a gtin");
	if (wares->bad_prices)
		output_message(output,
		    "%s: line %llu, price: cannot be read and is left out, "
		    "as in %u rows",
		    path, (unsigned long long)wares->bad_price_line,
		    wares->bad_prices);
	return 0;
}
