/* reports.c - the stream of reports that every driver sends. */
#include "bench/reports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/text.h"
#include "bench/measure.h"
#include "proto/codec.h"

enum {
	WORDS = 2000,
	WORD_MAX = 12,
	TEXT_BYTES = 160, /* tuned for 391 bytes a report on average */
	IDS_A_MS = 50,
	GROUPS = 200,
	DAYS = 30,
	DAY_TEXT = 11,
	MODEL_TEXT = 16,
};

/* Everything a report's bytes follow from. */
struct draft {
	uint8_t id[16];
	uint64_t words; /* seed of its text */
	uint32_t product;
	uint8_t mode;
	uint8_t kind;
	uint8_t severity;
	uint8_t country;
	uint8_t group;
	uint8_t day;
};

struct reports {
	uint64_t state;
	uint64_t made; /* drafts, copies not counted */
	int64_t start_ms;
	double product[REPORTS_PRODUCTS]; /* cumulated shares */
	double mode[REPORTS_MODES];
	char day[DAYS][DAY_TEXT];
	char word[WORDS][WORD_MAX];
	uint8_t word_len[WORDS];
	struct draft recent[REPORTS_RECENT]; /* a ring of the newest */
};

static const char *const categories[] = { "kettle", "toaster", "coffee-maker",
	"food-processor", "juicer", "bread-maker", "microwave", "mini-oven",
	"air-fryer", "deep-fryer", "multicooker", "grill", "hot-plate",
	"milk-frother", "soda-maker", "washing-machine", "tumble-dryer",
	"dishwasher", "refrigerator", "oven" };

/* Commonest first; the last four name a hazard that rings by itself. */
static const char *const modes[REPORTS_MODES] = { "no-power", "not-working",
	"intermittent", "switches-off", "power-supply", "cable", "plug",
	"switch", "fuse", "short-circuit", "overheating", "switches-on",
	"trips-breaker", "sensor", "screen", "hinge", "handle", "water-ingress",
	"pump", "belt", "motor", "battery-fire", "electric-shock",
	"detached-small-part", "carbon-monoxide" };

static const char *const kinds[] = { "incident", "breakdown" };
static const char *const severities[] = { "none", "damage", "minor", "medical",
	"severe" };
static const char *const countries[] = { "DE", "FR", "IT", "ES", "PL", "NL",
	"BE", "SE", "DK", "FI", "AT", "CZ", "PT", "GR", "HU", "IE", "RO", "BG",
	"HR", "SI", "SK", "LT", "LV", "EE", "LU", "MT", "CY", "GB", "NO",
	"CH" };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Zipf's law with exponent 1, as cumulated shares. */
static void
fill_zipf(double *share, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		share[i] = sum += 1.0 / (double)(i + 1);
	for (size_t i = 0; i < count; i++)
		share[i] /= sum;
}

static size_t
pick(const double *share, size_t count, double wanted)
{
	size_t low = 0;
	size_t high = count - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (share[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
fill_words(struct reports *reports)
{
	uint64_t state = 20261124;

	for (size_t i = 0; i < WORDS; i++) {
		uint64_t letters = dice(&state);
		size_t len = 2 + (size_t)(dice(&state) % (WORD_MAX - 3));

		for (size_t at = 0; at < len; at++, letters /= 26)
			reports->word[i][at] = (char)('a' + letters % 26);
		reports->word[i][len] = ' ';
		reports->word_len[i] = (uint8_t)(len + 1);
	}
}

static void
fill_days(struct reports *reports, int64_t now_ms)
{
	for (int i = 0; i < DAYS; i++) {
		time_t when = (time_t)(now_ms / 1000 - i * 86400);
		struct tm utc;

		gmtime_r(&when, &utc);
		strftime(reports->day[i], DAY_TEXT, "%Y-%m-%d", &utc);
	}
}

struct reports *
reports_new(uint64_t seed, int64_t now_ms)
{
	struct reports *reports = must_alloc(1, sizeof(*reports));

	reports->state = seed;
	reports->start_ms = now_ms - 60000;
	fill_zipf(reports->product, REPORTS_PRODUCTS);
	fill_zipf(reports->mode, REPORTS_MODES);
	fill_words(reports);
	fill_days(reports, now_ms);
	return reports;
}

static void
make_id(struct reports *reports, uint8_t id[16])
{
	uint64_t ms = (uint64_t)reports->start_ms + reports->made / IDS_A_MS;
	uint64_t low = dice(&reports->state);
	uint64_t step = reports->made % IDS_A_MS * 80;

	for (int i = 0; i < 6; i++)
		id[i] = (uint8_t)(ms >> (40 - 8 * i));
	memcpy(id + 8, &low, sizeof(low));
	id[6] = (uint8_t)(0x70 | step >> 8);
	id[7] = (uint8_t)step;
	id[8] = (uint8_t)(0x80 | (id[8] & 0x3f));
}

static const struct draft *
draft_new(struct reports *reports)
{
	struct draft *draft = &reports->recent[reports->made % REPORTS_RECENT];
	uint64_t *state = &reports->state;

	make_id(reports, draft->id);
	draft->product = (uint32_t)pick(reports->product, REPORTS_PRODUCTS,
	    dice_share(state));
	draft->mode =
	    (uint8_t)pick(reports->mode, REPORTS_MODES, dice_share(state));
	draft->kind = (uint8_t)(dice(state) % COUNT(kinds));
	draft->severity = (uint8_t)(dice(state) % COUNT(severities));
	draft->country = (uint8_t)(dice(state) % COUNT(countries));
	draft->group = (uint8_t)(dice(state) % GROUPS);
	draft->day = (uint8_t)(dice(state) % DAYS);
	draft->words = dice(state);
	reports->made++;
	return draft;
}

static const struct draft *
draft_again(struct reports *reports)
{
	uint64_t held =
	    reports->made < REPORTS_RECENT ? reports->made : REPORTS_RECENT;

	return &reports->recent[(reports->made - 1 -
				    dice(&reports->state) % held) %
	    REPORTS_RECENT];
}

static void
write_id(struct buf *out, const uint8_t id[16])
{
	static const char digit[] = "0123456789abcdef";
	char text[UUID_MAX];
	size_t at = 0;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[at++] = '-';
		text[at++] = digit[id[i] >> 4];
		text[at++] = digit[id[i] & 15];
	}
	pack_field_text(out, "id", (struct text){ text, at });
}

/* 13 digits of a barcode with their check digit. */
static void
write_gtin(struct buf *out, uint32_t product)
{
	uint64_t left = 200000000000u + (uint64_t)product * 7919u;
	unsigned sum = 0;
	char digits[13];

	for (size_t i = 12; i-- > 0; left /= 10) {
		unsigned digit = (unsigned)(left % 10);

		digits[i] = (char)('0' + digit);
		sum += i % 2 ? digit * 3 : digit;
	}
	digits[12] = (char)('0' + (10 - sum % 10) % 10);
	pack_field_text(out, "gtin", (struct text){ digits, sizeof(digits) });
}

static void
write_product(struct buf *out, uint32_t product)
{
	char brand[MODEL_TEXT];
	char model[MODEL_TEXT];
	bool coded = product % 3 == 0;

	snprintf(brand, sizeof(brand), "Brandname-%03u", product % 997);
	snprintf(model, sizeof(model), "MX-%05u-R", product);
	pack_string(out, "product");
	pack_map(out, coded ? 4 : 3);
	pack_field_string(out, "category",
	    categories[product % COUNT(categories)]);
	pack_field_string(out, "brand", brand);
	pack_field_string(out, "model", model);
	if (coded)
		write_gtin(out, product);
}

/* Words of a skewed choice, cut at a length that varies around the mean. */
static void
write_text(struct buf *out, const struct reports *reports, uint64_t state)
{
	size_t wanted = TEXT_BYTES / 2 + (size_t)(dice(&state) % TEXT_BYTES);
	char text[TEXT_BYTES * 2 + WORD_MAX];
	size_t len = 0;

	while (len < wanted) {
		double share = dice_share(&state);
		size_t word = (size_t)(share * share * WORDS);

		memcpy(text + len, reports->word[word],
		    reports->word_len[word]);
		len += reports->word_len[word];
	}
	pack_field_text(out, "text", (struct text){ text, len - 1 });
}

static void
write_draft(struct buf *out, const struct reports *reports,
    const struct draft *draft)
{
	char group[8];

	snprintf(group, sizeof(group), "grp-%03u", draft->group);
	pack_map(out, 9);
	write_id(out, draft->id);
	pack_field_string(out, "kind", kinds[draft->kind]);
	write_product(out, draft->product);
	pack_string(out, "failure");
	pack_map(out, 1);
	pack_field_string(out, "mode", modes[draft->mode]);
	pack_field_string(out, "severity", severities[draft->severity]);
	pack_field_string(out, "country", countries[draft->country]);
	pack_field_string(out, "occurred", reports->day[draft->day]);
	pack_string(out, "origin");
	pack_map(out, 1);
	pack_field_string(out, "group", group);
	write_text(out, reports, draft->words);
}

void
reports_next(struct reports *reports, struct buf *out, struct report_mark *mark)
{
	bool again = reports->made > 100 && dice_share(&reports->state) < 0.05;
	const struct draft *draft =
	    again ? draft_again(reports) : draft_new(reports);

	write_draft(out, reports, draft);
	if (out->failed)
		die("out of memory");
	if (!mark)
		return;
	memcpy(mark->id, draft->id, sizeof(mark->id));
	mark->product = draft->product;
	mark->mode = draft->mode;
	mark->again = again;
}

void
reports_free(struct reports *reports)
{
	free(reports);
}
