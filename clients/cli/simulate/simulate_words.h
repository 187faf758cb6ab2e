/*
 * simulate_words.h - the words invented reports are made of.  Brands and
 * organisations are made up; a likeness to real ones is chance.
 */
#ifndef TOCSIN_CLIENTS_CLI_SIMULATE_WORDS_H
#define TOCSIN_CLIENTS_CLI_SIMULATE_WORDS_H

#include <stdint.h>

enum fault_name {
	FAULT_NONE,
	FAULT_NO_POWER,
	FAULT_INTERMITTENT,
	FAULT_SWITCHES_OFF,
	FAULT_OVERHEATING,
	FAULT_BURNING,
	FAULT_SMOKE,
	FAULT_SPARKS,
	FAULT_MELTING,
	FAULT_SHOCK,
	FAULT_TRIPS,
	FAULT_CABLE,
	FAULT_SWITCH,
	FAULT_BATTERY,
	FAULT_SWOLLEN,
	FAULT_BATTERY_FIRE,
	FAULT_CHARGING,
	FAULT_MOTOR,
	FAULT_BELT,
	FAULT_BLOCKED,
	FAULT_NOISE,
	FAULT_NO_HEAT,
	FAULT_THERMOSTAT,
	FAULT_SCREEN,
	FAULT_SOUND,
	FAULT_BUTTON,
	FAULT_FIRMWARE,
	FAULT_CONNECTIVITY,
	FAULT_LEAK,
	FAULT_PUMP,
	FAULT_SEAM,
	FAULT_BRAKE,
	FAULT_WHEEL,
	FAULT_STRUCTURAL,
	FAULT_COLLAPSE,
	FAULT_LATCH,
	FAULT_GLASS,
	FAULT_SMALL_PART,
	FAULT_BUTTON_CELL,
	FAULT_STRAP,
	FAULT_SMELL,
	FAULT_COUNT
};

struct fault {
	const char *slug;
	const char *hazard; /* NULL: none */
	const char *en;     /* what the thing does, after its name */
	const char *fr;
};

struct fault_share {
	enum fault_name fault;
	uint32_t weight;
};

enum { SHARES_MAX = 10, NOTABLE_MAX = 3 };

/* A kind of product: what fails in it, and what would be news. */
struct ware_kind {
	const char *slug;
	const char *en, *fr; /* after "The ", and with its article */
	const char *label;   /* another way to write the category */
	struct fault_share share[SHARES_MAX]; /* ends with FAULT_NONE */
	enum fault_name notable[NOTABLE_MAX];
};

struct branch {
	const char *name;
	const char *country;
};

enum { BRANCHES = 7 };

struct sender {
	const char *source;
	const char *licence;
	struct branch branch[BRANCHES];
};

extern const struct fault fault_table[FAULT_COUNT];
extern const struct ware_kind ware_kinds[];
extern const uint32_t ware_kind_count;
extern const struct sender sender_table[];
extern const uint32_t sender_count;

/* Lists of words with their number. */
struct words {
	const char *const *word;
	uint32_t count;
};

extern const struct words brand_heads, brand_tails, unknown_words;
extern const struct words stock_en, stock_fr, lead_en, lead_fr;
extern const struct words more_en, more_fr, outcome_words, model_words;

#endif
