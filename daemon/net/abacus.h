/* abacus.h - a count for each token, by its number.  Loop thread. */
#ifndef TOCSIN_NET_ABACUS_H
#define TOCSIN_NET_ABACUS_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed is empty and valid. */
struct abacus {
	uint32_t *count; /* owned; by number */
	uint32_t cap;
};

/* What is counted for a token; 0 for one never counted. */
uint32_t abacus_of(const struct abacus *abacus, uint32_t token);

/* Count so many more; false, and nothing changed, when out of memory. */
bool abacus_add(struct abacus *abacus, uint32_t token, uint32_t more);

/* Count so many less, of those that were added. */
void abacus_take(struct abacus *abacus, uint32_t token, uint32_t less);

/* Release the memory and return to the empty state. */
void abacus_free(struct abacus *abacus);

#endif
