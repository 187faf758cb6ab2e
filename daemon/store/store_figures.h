/* store_figures.h - what a store tells of itself, in numbers. */
#ifndef TOCSIN_STORE_STORE_FIGURES_H
#define TOCSIN_STORE_STORE_FIGURES_H

#include <stdint.h>

struct store;

struct store_figures {
	uint64_t log_bytes;    /* allocated, open segments included */
	uint64_t sealed_bytes; /* of sealed segments */
	uint64_t sealed_events;
	uint64_t lmdb_bytes; /* used pages */
	uint64_t overlay_rows;
	uint64_t overlay_bytes;
	uint64_t checkpoints;
	uint64_t checkpoint_ms; /* the last one */
	uint64_t syncs;
};
/* Any thread. */
void store_figures(const struct store *store, struct store_figures *figures);

#endif
