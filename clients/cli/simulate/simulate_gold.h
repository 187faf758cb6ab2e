/*
 * simulate_gold.h - a stream whose duplicates are known: events, what several
 * reports tell of each, and what only looks alike.
 */
#ifndef TOCSIN_CLIENTS_CLI_SIMULATE_GOLD_H
#define TOCSIN_CLIENTS_CLI_SIMULATE_GOLD_H

#include "clients/cli/simulate/simulate.h"

struct line;

/* The parameters, of 10,000 or counts. */
enum gold_parameter {
#define GOLD(name, value, meaning) GOLD_##name = value,
#include "clients/cli/simulate/simulate_gold.def"
};

/* --- stories (simulate_story.c) ------------------------------------------ */

enum { STORY_SLOTS = 5, STORY_LANGS = 3, STORY_STOCK_NONE = 255 };

/* What there is to tell of an event, and how one teller does. */
struct story {
	uint8_t fact[STORY_SLOTS];   /* row within its slot */
	uint8_t number[STORY_SLOTS]; /* stands for %u */
	uint8_t again[STORY_SLOTS];  /* in which words: 0 or 1 */
	uint8_t order[STORY_SLOTS];  /* slots as they are told */
	uint8_t told;                /* of order, so many are told */
	uint8_t fault_again;         /* in which words: 0 or 1 */
	uint8_t stock;               /* row, or STORY_STOCK_NONE */
};

/* Draw the facts of an event and the way they are told first. */
void story_draw(struct story *story, struct dice *dice);

/* The same facts, told anew. */
void story_retell(struct story *story, struct dice *dice);

/* Other facts, told as the first teller does. */
void story_redraw_facts(struct story *story, struct dice *dice);

/* lang: 0 English, 1 French, 2 Dutch. */
const char *story_lang(unsigned lang);
void story_tell(const struct story *story, const struct ware_kind *kind,
    enum fault_name fault, unsigned lang, char out[TALE_MAX]);

/* Swap, drop, double and mistake letters here and there. */
void story_mistype(char text[TALE_MAX], struct dice *dice);

/* --- the stream (simulate_events.c) -------------------------------------- */

enum gold_kind { GOLD_ORIGINAL, GOLD_DUPLICATE, GOLD_REPEAT, GOLD_BURST };

/* How the text of a report came about. */
enum gold_telling {
	GOLD_BLANK, /* none, or lost */
	GOLD_TOLD,
	GOLD_STOCK, /* a phrase, whatever else was done to it */
	GOLD_RETOLD,
	GOLD_MISTYPED,
	GOLD_TRANSLATED,
	GOLD_UNCHANGED,
	GOLD_WRONG /* another event's */
};

struct gold_report {
	struct sim_report report;
	struct story story;
	uint32_t incident; /* which event */
	uint32_t set;      /* of repeats, or the burst; 0 none */
	uint32_t product;
	uint32_t site;
	uint8_t mode;
	uint8_t lang;
	uint8_t kind;    /* enum gold_kind */
	uint8_t telling; /* enum gold_telling */
	int32_t day;     /* of the event */
	int32_t filed;
};

struct gold {
	struct world_options options;
	struct ranking *ranking;    /* owned */
	struct gold_report *report; /* owned; in the order of filing */
	uint32_t count;
	uint32_t incidents, sets; /* numbered from 1 */
	uint32_t tally[4];        /* by kind */
};

/* Make the stream.  0, or -1 when memory runs out. */
int gold_init(struct gold *gold, const struct world_options *options);
void gold_fini(struct gold *gold);

/* --- the command (simulate_gold.c) --------------------------------------- */

/* Write the stream to stdout and the truth to a file; an exit code. */
int gold_run(struct line *line, const struct world_options *options,
    const char *truth);

#endif
