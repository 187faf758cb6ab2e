/*
 * floor.h - the least that the job can cost: one process that knows every
 * report in hash tables and appends what is new to one log, synced once a
 * turn of its loop.
 */
#ifndef TOCSIN_BENCH_FLOOR_H
#define TOCSIN_BENCH_FLOOR_H

#include <stdint.h>

enum { FLOOR_REPORT_MAX = 1024 };

/* What stands before each report on the wire and in the log. */
struct floor_header {
	uint32_t len; /* of the report behind it, <= FLOOR_REPORT_MAX */
	uint32_t product;
	uint8_t mode;
	uint8_t unused[7];
	uint8_t id[16];
};

/*
 * Serve connections until all of them have closed; each report is answered by
 * one byte, 'n' for new, 'k' for known, after it is durable.  reports bounds
 * how many will come.  Ends the program at a failure.
 */
void floor_serve(int listener, const char *log_path, uint64_t reports);

#endif
