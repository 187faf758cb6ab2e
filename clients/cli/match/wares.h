/* wares.h - a table of products: its rows, and each by its id. */
#ifndef TOCSIN_CLIENTS_CLI_WARES_H
#define TOCSIN_CLIENTS_CLI_WARES_H

#include "base/bytes.h"
#include "clients/cli/shell/output.h"
#include "daemon/core/match.h"

struct ware {
	uint64_t line;
	size_t id_at; /* of its cells in wares.held, one behind the other */
	uint32_t id_len, brand_len, model_len, title_len, gtin_len;
	double price; /* 0: unknown */
};

struct wares {
	const char *path;
	struct ware *ware; /* owned */
	uint32_t count, cap;
	struct buf held;
	uint32_t *slot; /* owned: 1 + number of the ware, by hash of its id */
	uint32_t slots; /* a power of two */
	uint8_t key[16];
	uint64_t bad_price_line; /* first that could not be read; 0: none */
	uint32_t bad_prices;
};

/*
 * Read a CSV file with any of the columns id, brand, model, title, price and
 * gtin, or what else they are called.  Without id a row is called by its
 * number.  0, or an exit code with the complaint printed.  wares_fini in any
 * case.
 */
int wares_read(struct wares *wares, struct output *output, const char *path,
    const char *encoding);

/* Release the memory; zeroed is fine. */
void wares_fini(struct wares *wares);

/* The id of row i, and all of it as the matcher wants it; borrowed. */
struct text wares_id(const struct wares *wares, uint32_t i);
struct match_input wares_input(const struct wares *wares, uint32_t i);

/* The row with this id, or -1. */
int64_t wares_find(const struct wares *wares, struct text id);

/*
 * A price as written: "1,299.00", "1.299,00 EUR", "$12".  0 when it is none
 * or not above 0.
 */
double wares_price(struct text text);

#endif
