#include "daemon/store/db/order.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS = 8, DIGIT_VALUES = 256 };

struct order_entry
order_entry_of(const struct overlay_row *row)
{
	uint8_t first[16] = { row->keyspace };
	struct order_entry entry = { .row = row };

	memcpy(first + 1, row->key, row->nkey < 15 ? row->nkey : 15);
	memcpy(&entry.high, first, 8);
	memcpy(&entry.low, first + 8, 8);
	entry.high = __builtin_bswap64(entry.high);
	entry.low = __builtin_bswap64(entry.low);
	return entry;
}

/* Of two rows whose first 8 bytes are the same. */
static int
by_rest(const void *a, const void *b)
{
	const struct order_entry *x = a, *y = b;
	size_t n;
	int order;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	n = x->row->nkey < y->row->nkey ? x->row->nkey : y->row->nkey;
	order = memcmp(x->row->key, y->row->key, n);
	if (order != 0)
		return order;
	return (x->row->nkey > y->row->nkey) - (x->row->nkey < y->row->nkey);
}

/* How often each value of each digit of high occurs. */
static void
count_digits(const struct order_entry *entries, size_t n,
    size_t count[DIGITS][DIGIT_VALUES])
{
	memset(count, 0, DIGITS * sizeof(count[0]));
	for (size_t i = 0; i < n; i++)
		for (unsigned digit = 0; digit < DIGITS; digit++)
			count[digit][entries[i].high >> (8 * digit) & 0xff]++;
}

/* Spread entries over to by one digit; count becomes their places. */
static void
spread(const struct order_entry *from, struct order_entry *to, size_t n,
    unsigned digit, size_t count[DIGIT_VALUES])
{
	size_t place = 0;

	for (unsigned value = 0; value < DIGIT_VALUES; value++) {
		size_t here = count[value];

		count[value] = place;
		place += here;
	}
	for (size_t i = 0; i < n; i++)
		to[count[from[i].high >> (8 * digit) & 0xff]++] = from[i];
}

/* Runs that agree in high are short: sort each by what is left. */
static void
sort_runs(struct order_entry *entries, size_t n)
{
	size_t end;

	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n; end++)
			if (entries[end].high != entries[i].high)
				break;
		if (end - i > 1)
			qsort(entries + i, end - i, sizeof(*entries), by_rest);
	}
}

struct order_entry *
order_sort(struct order_entry *entries, struct order_entry *spare, size_t n)
{
	size_t count[DIGITS][DIGIT_VALUES];

	count_digits(entries, n, count);
	for (unsigned digit = 0; digit < DIGITS && n > 0; digit++) {
		struct order_entry *from = entries;

		if (count[digit][from[0].high >> (8 * digit) & 0xff] == n)
			continue;
		spread(from, spare, n, digit, count[digit]);
		entries = spare;
		spare = from;
	}
	sort_runs(entries, n);
	return entries;
}
