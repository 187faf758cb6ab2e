/*
 * rows_detection.h - the rows of detection that are not a struct of core:
 * weeks of a volume, and how the budget of false alarms was kept.
 */
#ifndef TOCSIN_STORE_ROWS_DETECTION_H
#define TOCSIN_STORE_ROWS_DETECTION_H

#include <stdint.h>

/*
 * KEYSPACE_VOLUME: week w stands in block w / VOLUME_WEEKS.  Blocks from
 * VOLUME_CASES on hold cases of the category instead, of mode m in block
 * VOLUME_CASES + m / VOLUME_WEEKS; mode 0: of all.
 */
enum { VOLUME_WEEKS = 64, VOLUME_CASES = 1 << 12 };
struct volume_row {
	uint32_t of[VOLUME_WEEKS];
};

/* COUNTER_BLOCKS: which blocks of weeks there are; zeroed: none. */
struct blocks_row {
	uint16_t first, end;
};

/* COUNTER_BUDGET; edited in place when the instance is estimated anew. */
struct budget_row {
	double scale; /* of thresholds; 0 not decided yet */
	/* Weeks since statistics ring, and the same divided by the scale that
	 * was in force in each. */
	double weeks, weeks_at_scale_1;
	uint64_t reports; /* held when it was estimated last */
	uint16_t since, week;
	uint32_t reserved; /* 0 */
};

#endif
