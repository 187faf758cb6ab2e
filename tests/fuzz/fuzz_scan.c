/*
 * fuzz_scan.c - any bytes: the scanner says the same whether they come at
 * once or one by one, and what it passes can be read to its end.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/scan.h"
#include "proto/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct scan_limits limits = { 4096, 512, 16 };

static enum scan_result
dripped(struct scan *scan, const uint8_t *bytes, size_t len)
{
	enum scan_result result = SCAN_MORE;

	for (size_t have = 0; have <= len && result == SCAN_MORE; have++)
		result = scan_value(scan, &limits, bytes, have);
	return result;
}

/* Every byte of a container belongs to one of its items. */
static void
walk(const struct value *value, unsigned depth)
{
	struct value_walk walker = value_walk(value);
	struct value key, item;
	uint32_t count = 0;

	assert(depth <= SCAN_MAX_DEPTH);
	if (value->kind != VALUE_LIST && value->kind != VALUE_MAP)
		return;
	while (value->kind == VALUE_MAP ? value_next_pair(&walker, &key, &item)
					: value_next(&walker, &item)) {
		if (value->kind == VALUE_MAP)
			walk(&key, depth + 1);
		walk(&item, depth + 1);
		count++;
	}
	assert(count == value->count);
	assert(walker.at == walker.end);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct scan whole = { 0 };
	struct scan drip = { 0 };
	struct scan frame = { 0 };
	enum scan_result result = scan_value(&whole, &limits, bytes, len);
	struct value value;

	assert(dripped(&drip, bytes, len) == result);
	assert(drip.offset == whole.offset);
	assert((result == SCAN_BAD) == (whole.why != NULL));
	if (result == SCAN_WHOLE) {
		assert(whole.offset <= len && len > 0);
		assert(value_read(bytes, bytes + len, &value));
		assert(value.span.len == whole.offset);
		walk(&value, 0);
		assert(!value_read(bytes, bytes + whole.offset - 1, &value));
	}
	if (scan_more(&frame, &limits, bytes, len) == SCAN_WHOLE)
		assert(result == SCAN_WHOLE && frame.offset == whole.offset);
	return 0;
}
