#include "clients/cli/cells.h"

enum { CELL_BYTES = 1 << 18 };

void
cells_init(struct cells *cells, cells_take *take, void *who)
{
	*cells = (struct cells){ .take = take, .who = who };
}

void
cells_fini(struct cells *cells)
{
	buf_free(&cells->cell);
}

void
cells_want(struct cells *cells)
{
	if (cells->at < CELLS_COLUMNS)
		cells->wanted |= UINT64_C(1) << cells->at;
}

static bool
is_wanted(const struct cells *cells)
{
	return !cells->is_body ||
	    (cells->at < CELLS_COLUMNS && cells->wanted >> cells->at & 1);
}

static void
end_cell(struct cells *cells, char end)
{
	if (is_wanted(cells))
		cells->take(cells->who, cells, buf_text(&cells->cell));
	buf_clear(&cells->cell);
	cells->at++;
	if (end == '\n') {
		cells->is_body = true;
		cells->at = 0;
	}
}

static void
scan(struct cells *cells, char c)
{
	/* A doubled quote leaves and enters again, and so is counted once. */
	if (c == '"') {
		cells->is_quoted = !cells->is_quoted;
		if (cells->is_quoted && cells->cell.len)
			buf_u8(&cells->cell, '"');
	} else if (!cells->is_quoted && (c == ',' || c == '\n')) {
		end_cell(cells, c);
	} else if (c != '\r' && cells->cell.len < CELL_BYTES &&
	    is_wanted(cells)) {
		buf_u8(&cells->cell, (uint8_t)c);
	}
}

void
cells_scan(struct cells *cells, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		scan(cells, bytes[i]);
}
