/*
 * rows.h - the rows of LMDB that are not edited in place <-> bytes.
 * (aggregate, window and alarm rows are their structs: core/aggregate.h,
 * core/alarm.h.)
 */
#ifndef TOCSIN_STORE_ROWS_H
#define TOCSIN_STORE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/product.h"
#include "daemon/core/spelling.h"

/* KEYSPACE_REPORT */
struct report_row {
	uint64_t first_seq;
	uint64_t latest_seq;
	uint64_t fingerprint;
	uint32_t revision;
	bool is_withdrawn;
	bool is_erased; /* what it said is gone; it counts as it did */
	uint16_t organisation;
	uint64_t bytes; /* of the bodies of all its events that are held */
};
void report_row_write(struct buf *out, const struct report_row *row);
bool report_row_read(struct text bytes, struct report_row *row);

/* KEYSPACE_ALERT_EVENT */
struct alert_event_row {
	uint32_t alert;
	uint8_t status;    /* enum alarm_status, after it */
	uint8_t audience;  /* enum alarm_audience */
	uint16_t reserved; /* 0 */
};

enum { PRODUCT_SPELLINGS_MAX = 32 };

/* KEYSPACE_PRODUCT; texts borrow. */
struct product_row {
	uint8_t level;
	uint64_t gtin;
	struct text category, brand, model; /* folded */
	struct text shown;   /* brand, 0x1f, model as shown; may be empty */
	uint32_t shown_hash; /* of that spelling; 0 none */
	uint32_t nspellings; /* kept: at most PRODUCT_SPELLINGS_MAX */
	struct text given;   /* by a curator: brand, 0x1f, model; or empty */
};
void product_row_write(struct buf *out, const struct product_row *row);
bool product_row_read(struct text bytes, struct product_row *row);

/* KEYSPACE_SPELLING; edited in place, the text follows the struct. */
struct spelling_row {
	struct spelling_count count;
	char shown[]; /* brand, 0x1f, model; to the end of the row */
};

/*
 * KEYSPACE_GROUP, PART_SOURCE: what one source reported of one product, and of
 * which of its modes; edited in place.
 */
struct member_mode {
	uint16_t mode;
	uint16_t reserved; /* 0 */
	uint32_t reports;
};
struct member_row {
	uint32_t reports; /* of all modes */
	uint32_t nmodes;
	struct member_mode mode[];
};
enum { MEMBER_MODES_MAX = 200 };

/* KEYSPACE_PRODUCT_KEY */
struct product_key_row {
	uint32_t product;
	bool is_alias; /* a curator said so: brands need not agree */
};
void product_key_row_write(struct buf *out, const struct product_key_row *row);
bool product_key_row_read(struct text bytes, struct product_key_row *row);

/*
 * KEYSPACE_FAMILY: a product in the tree of merges.  One that stands alone has
 * no row.
 */
enum { FAMILY_MAX = 256 };
struct family_row {
	uint32_t root;   /* itself when nothing is above it */
	uint32_t parent; /* what it was merged into; 0 none */
	uint32_t count;  /* at most FAMILY_MAX */
	/* All that hangs below it, in order of number; stored up to count. */
	uint32_t member[FAMILY_MAX];
};

/* KEYSPACE_ACT; edited in place. */
struct act_row {
	uint64_t undone_by; /* the act that took it back; 0 none */
	uint32_t other;     /* the other product, 0 none */
	uint32_t kind;      /* enum curation_kind */
};

/*
 * KEYSPACE_TOKEN; edited in place.  Product number n (from 0) stands at n
 * modulo TOKEN_PRODUCTS, so that the newest are kept; stored up to the last.
 */
enum { TOKEN_PRODUCTS = 200 };
struct token_row {
	uint32_t added; /* products that ever got the token */
	uint32_t product[];
};

/* KEYSPACE_DAY; edited in place. */
struct day_row {
	uint32_t reports;
	uint32_t backfill;
};

/* KEYSPACE_SENDER; edited in place. */
struct sender_row {
	int64_t since_ms;        /* its first report was received */
	uint64_t first_seq;      /* that report's event */
	uint32_t is_established; /* a report of it came off probation: 0, 1 */
	uint32_t reserved;       /* 0 */
	uint64_t bytes;          /* of the bodies of its reports */
};

/*
 * The public id of a product: "p" and the ordinal in decimal.  0 when text is
 * none.  Likewise alerts: "a" and the ordinal.
 */
enum { PUBLIC_ID_MAX = 12 };
void product_id_format(uint32_t product, char out[PUBLIC_ID_MAX]);
uint32_t product_id_parse(struct text text);
void alert_id_format(uint32_t alert, char out[PUBLIC_ID_MAX]);
uint32_t alert_id_parse(struct text text);

/*
 * The brand and model to show: as a curator named it, else the chosen
 * spelling, else the folded keys, else (category level) nothing.
 */
struct text product_row_brand(const struct product_row *row);
struct text product_row_model(const struct product_row *row);

#endif
