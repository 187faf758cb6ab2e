/* import_state.h - where an interrupted import stood. */
#ifndef TOCSIN_CLIENTS_CLI_IMPORT_STATE_H
#define TOCSIN_CLIENTS_CLI_IMPORT_STATE_H

#include <stdbool.h>
#include <stdint.h>

struct import_state {
	char *path; /* owned; NULL: nothing is remembered */
	uint64_t rows;
	int64_t saved_ms;
};

/* Which import it is: the same file, to the same server, in the same way. */
struct import_identity {
	int fd;
	const char *const *words; /* ends with NULL */
};

/* Find where it stood; state->rows is 0 when nowhere. */
void import_state_open(struct import_state *state,
    const struct import_identity *identity);
/* So many rows are answered; written at most once a second, or now. */
void import_state_save(struct import_state *state, uint64_t rows, bool is_now);
/* It is done: forget. */
void import_state_forget(struct import_state *state);
void import_state_close(struct import_state *state);

#endif
