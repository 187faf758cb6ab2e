/* supply.c - frames made before the clock starts. */
#include "bench/supply.h"

#include <stdlib.h>

#include "bench/measure.h"
#include "bench/reports.h"
#include "proto/codec.h"

static void
add_frame(struct supply *supply, struct reports *reports, uint32_t count,
    uint32_t batch)
{
	struct buf *out = &supply->bytes;
	uint32_t id = (uint32_t)supply->count;
	size_t start;

	if (batch == 1) {
		pack_request_open(out, id, "report.submit", 1);
	} else {
		pack_request_open(out, id, "report.submit_batch", 1);
		pack_map(out, 1);
		pack_string(out, "reports");
		pack_list(out, count);
	}
	start = out->len;
	for (uint32_t i = 0; i < count; i++)
		reports_next(reports, out, NULL);
	supply->report_bytes += out->len - start;
	supply->reports[supply->count] = count;
	supply->end[supply->count++] = out->len;
}

void
supply_fill(struct supply *supply, struct reports *reports, uint64_t total,
    uint32_t batch)
{
	size_t frames = (size_t)((total + batch - 1) / batch);

	supply_free(supply);
	supply->end = must_alloc(frames, sizeof(*supply->end));
	supply->reports = must_alloc(frames, sizeof(*supply->reports));
	while (total > 0) {
		uint32_t count = total < batch ? (uint32_t)total : batch;

		add_frame(supply, reports, count, batch);
		total -= count;
	}
}

struct text
supply_frame(const struct supply *supply, size_t place)
{
	size_t start = place ? supply->end[place - 1] : 0;

	return (struct text){ (const char *)supply->bytes.at + start,
		supply->end[place] - start };
}

void
supply_free(struct supply *supply)
{
	buf_free(&supply->bytes);
	free(supply->end);
	free(supply->reports);
	*supply = (struct supply){ 0 };
}
