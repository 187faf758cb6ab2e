/*
 * gtin_vector.h - for tests: what a row of the shared barcodes asks for.
 */
#ifndef TOCSIN_TESTS_GTIN_VECTOR_H
#define TOCSIN_TESTS_GTIN_VECTOR_H

#include "daemon/core/gtin.h"
#include "tests/lib/csvread.h"

static const char gtin_vector_path[] = "vectors/identity/gtin.csv";

/* Is the code of the record just read judged as it should be? */
static inline bool
gtin_vector_holds(const struct csvread *csv)
{
	const char *class = csv->field[4];
	const char *base = strstr(class, "base=");
	enum gtin_verdict expected = GTIN_TEXT;
	uint64_t expected_key = 0;
	struct gtin_reading reading;
	if (csv->field[2][0] == '0') {
		expected = GTIN_BAD_DIGIT;
	} else if (!strcmp(class, "gtin8") || !strncmp(class, "ok", 2)) {
		expected = GTIN_KEY;
		expected_key =
		    strtoull(base ? base + 5 : csv->field[3], NULL, 10);
	} else if (!strcmp(class, "variable_measure")) {
		/* Names an item, unless the digits behind the 9 do not. */
		expected = csv->field[0][1] == '2' ? GTIN_TEXT : GTIN_KEY;
		expected_key = expected == GTIN_KEY
		    ? strtoull(csv->field[3], NULL, 10)
		    : 0;
	}
	return gtin_read(text_of(csv->field[0]), &reading) == expected &&
	    reading.key == expected_key;
}

#endif
