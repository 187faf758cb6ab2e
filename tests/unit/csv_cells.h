/*
 * csv_cells.h - for tests: some columns of an export, to be compared.
 */
#ifndef TOCSIN_TESTS_CSV_CELLS_H
#define TOCSIN_TESTS_CSV_CELLS_H

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

/*
 * Some cells of every row behind the header, by the number of their column,
 * in order: "a,b c,d ".  Cells with commas or line feeds are not understood.
 * The caller frees it.
 */
static inline char *
csv_cells(const char *text, const unsigned *columns, unsigned ncolumns)
{
	struct buf out = { 0 };
	const char *next;

	for (const char *line = strchr(text, '\n') + 1; *line != '\0';
	     line = next) {
		const char *cell = line;

		next = strchr(line, '\n') + 1;
		for (unsigned at = 0, i = 0; i < ncolumns; at++) {
			size_t len = strcspn(cell, ",\r");

			if (at == columns[i]) {
				buf_printf(&out, "%s%.*s", i ? "," : "",
				    (int)len, cell);
				i++;
			}
			cell += len + 1;
		}
		buf_u8(&out, ' ');
	}
	buf_u8(&out, 0);
	return (char *)out.at;
}

#endif
