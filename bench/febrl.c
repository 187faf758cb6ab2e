/*
 * febrl.c - which rows of a table are one, by the linkage's arithmetic alone:
 * a hit-miss weight a column, chances counted in the table, no training.
 *
 * bench-febrl ROWS: MessagePack, a list of rows, each a list of texts.
 * Prints {"pairs": [[i, j], ...], "compared": N, "pair_us": us}: what comes to
 * P of .95 with prior odds of one duplicate a row.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "bench/measure.h"
#include "daemon/core/fold.h"
#include "daemon/core/linkage.h"
#include "proto/value.h"

enum { FIELDS_MAX = 16, FOLDED_MAX = 64, EQUAL_LEAST = 2 };

/* How often a copied field is wrong, and how like a mistyped one is. */
#define MISS .1
#define ALIKE .6
#define ENOUGH .95

struct cell {
	uint64_t hash; /* 0 blank */
	float agreed;  /* bits */
	uint8_t len;
	char text[FOLDED_MAX];
};

struct table {
	struct cell *cell; /* row by row */
	uint32_t rows, fields;
};

static void
read_row(struct table *table, struct cell *cells, const struct value *row)
{
	static const uint8_t key[16] = "bench-febrl";
	struct value_walk walk = value_walk(row);
	struct value item;
	for (uint32_t i = 0; i < table->fields && value_next(&walk, &item);
	     i++) {
		struct cell *cell = &cells[i];
		cell->len = (uint8_t)fold_name(value_text(&item), cell->text,
		    FOLDED_MAX);
		if (cell->len)
			cell->hash = digest_sip64(key, cell->text, cell->len);
	}
}

static void
read_table(struct table *table, struct text bytes)
{
	struct value list, row;
	struct value_walk walk;
	uint32_t i = 0;
	if (!value_of(bytes, &list) || list.kind != VALUE_LIST || !list.count)
		die("not a list of rows");
	walk = value_walk(&list);
	table->rows = list.count;
	while (value_next(&walk, &row)) {
		if (!table->cell) {
			table->fields =
			    row.count < FIELDS_MAX ? row.count : FIELDS_MAX;
			table->cell =
			    must_alloc((size_t)table->rows * table->fields,
				sizeof(struct cell));
		}
		read_row(table, &table->cell[i++ * table->fields], &row);
	}
}

/* The weight of agreeing in a value, by how common it is in its column. */
static void
weigh(struct table *table)
{
	for (uint32_t i = 0; i < table->rows * table->fields; i++) {
		uint32_t same = 0;
		for (uint32_t j = i % table->fields;
		     j < table->rows * table->fields; j += table->fields)
			same += table->cell[j].hash == table->cell[i].hash;
		table->cell[i].agreed = (float)linkage_agreement(MISS,
		    (double)same / (table->rows + 1));
	}
}

/* Share of neighbouring letters that both have (Dice). */
static double
likeness(const struct cell *a, const struct cell *b)
{
	unsigned shared = 0;
	uint64_t used = 0;
	if (a->len < 2 || b->len < 2)
		return 0;
	for (unsigned i = 0; i + 1 < a->len; i++) {
		for (unsigned j = 0; j + 1 < b->len; j++) {
			if (used >> j & 1 || a->text[i] != b->text[j] ||
			    a->text[i + 1] != b->text[j + 1])
				continue;
			used |= UINT64_C(1) << j;
			shared++;
			break;
		}
	}
	return 2.0 * shared / (a->len + b->len - 2);
}

static double
compare(const struct table *table, const struct cell *a, const struct cell *b)
{
	double bits = 0;
	for (uint32_t i = 0; i < table->fields; i++) {
		if (!a[i].hash || !b[i].hash)
			continue;
		if (a[i].hash == b[i].hash)
			bits += (double)a[i].agreed;
		else if (likeness(&a[i], &b[i]) >= ALIKE)
			bits +=
			    (double)(a[i].agreed < b[i].agreed ? a[i].agreed
							       : b[i].agreed) /
			    2;
		else
			bits += linkage_disagreement(MISS);
	}
	return bits;
}

static bool
is_candidate(const struct table *table, const struct cell *a,
    const struct cell *b)
{
	unsigned equal = 0;
	for (uint32_t i = 0; i < table->fields; i++)
		equal += a[i].hash && a[i].hash == b[i].hash;
	return equal >= EQUAL_LEAST;
}

int
main(int argc, char **argv)
{
	struct table table = { 0 };
	uint64_t compared = 0, spent = 0;
	const char *before = "";
	if (argc != 2)
		die("usage: bench-febrl ROWS");
	read_table(&table, read_whole(argv[1]));
	weigh(&table);
	printf("{\"pairs\": [");
	for (uint32_t i = 1; i < table.rows; i++) {
		const struct cell *a = &table.cell[i * table.fields];
		for (uint32_t j = 0; j < i; j++) {
			const struct cell *b = &table.cell[j * table.fields];
			uint64_t start;
			double bits;
			if (!is_candidate(&table, a, b))
				continue;
			start = now_ns();
			bits = compare(&table, a, b);
			spent += now_ns() - start;
			compared++;
			if (linkage_probability(bits, 1.0 / table.rows) <
			    ENOUGH)
				continue;
			printf("%s[%u, %u]", before, j, i);
			before = ", ";
		}
	}
	printf("], \"compared\": %llu, \"pair_us\": %.4f}\n",
	    (unsigned long long)compared,
	    (double)spent / 1e3 / (double)(compared ? compared : 1));
	free(table.cell);
	return 0;
}
