/*
 * recalls.h - days on which products were recalled or fixed, from a CSV file
 * and from what the server was told: how long before did rules ring?
 */
#ifndef TOCSIN_CLIENTS_CLI_RECALLS_H
#define TOCSIN_CLIENTS_CLI_RECALLS_H

#include "base/text.h"
#include "clients/cli/shell/command.h"

enum { RECALL_KEY_MAX = 128 };

struct recall {
	char product[16];           /* id, or "" */
	char brand[RECALL_KEY_MAX]; /* folded; "" when the product is given */
	char model[RECALL_KEY_MAX]; /* folded; "": every model of the brand */
	int32_t day;
	bool is_met;   /* a product that rang is of it */
	bool is_early; /* ... and on or before that day */
	int32_t first; /* the first day it rang on; is_met only */
};

/* Zeroed is empty. */
struct recalls {
	struct recall *at; /* owned */
	unsigned count, cap;
};

/*
 * Add those of a file with the columns date, and product or brand (and model).
 * 0, or an exit code with the complaint printed.
 */
int recalls_read(struct recalls *recalls, struct output *output,
    const char *path);

/*
 * Add those the server knows of.  One that cannot be asked knows of none.  0,
 * or an exit code.
 */
int recalls_ask(struct recalls *recalls, struct line *line);

/*
 * The recall of a product (id, and brand and model as shown) that comes next
 * on or after this day, else the last before it; NULL when there is none.
 * Whatever is of the product is marked as met on this day.
 */
const struct recall *recalls_find(struct recalls *recalls,
    const struct tocsin_text product[3], int32_t day);

/* Release what was read; zeroed is fine. */
void recalls_free(struct recalls *recalls);

#endif
