/*
 * simulate.h - an invented world of products and reports: everything about
 * line i follows from the seed and i alone, so that a line can be made again.
 */
#ifndef TOCSIN_CLIENTS_CLI_SIMULATE_H
#define TOCSIN_CLIENTS_CLI_SIMULATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/date.h"
#include "base/digest.h"
#include "clients/cli/simulate/simulate_dice.h"
#include "clients/cli/simulate/simulate_words.h"

enum {
	WARE_NAME_MAX = 48,
	WARE_GTIN_MAX = 14,
	TALE_MAX = 400, /* bytes of a text */
	PLANT_LEAST = 12,
	PLANT_MOST = 20,
	PLANT_BRANCHES = 5, /* at least so many report it */
	PLANT_DAYS = 28,
	PLANTS_MAX = 100,
};

/* --- products (simulate_ware.c) ------------------------------------------ */

/* A product as its maker writes it. */
struct ware {
	const struct ware_kind *kind;
	char brand[WARE_NAME_MAX];
	char model[WARE_NAME_MAX];
	char gtin[WARE_GTIN_MAX]; /* 13 digits of the range for examples, 952 */
};

/* Product number rank of a world. */
void ware_make(struct ware *ware, uint64_t seed, uint32_t rank);

/*
 * The brand and model as somebody writes them.  All spellings fold to the
 * same key unless mistakes are allowed.
 */
void ware_spell_brand(const struct ware *ware, struct dice *dice, bool may_err,
    char out[WARE_NAME_MAX]);
void ware_spell_model(const struct ware *ware, struct dice *dice, bool may_err,
    char out[WARE_NAME_MAX]);

/* --- the world (simulate_world.c) ---------------------------------------- */

/* A product that fails in one way, soon, in many places. */
struct plant {
	uint32_t rank;
	enum fault_name fault;
	uint32_t reports;
	uint32_t branches;    /* distinct ones that report it */
	uint32_t sources;     /* distinct, as tocsind counts them */
	uint64_t first, last; /* lines */
};

/* Line number at which report number nth of a plant stands. */
struct planting {
	uint64_t line;
	uint32_t plant;
	uint32_t nth;
};

struct world_options {
	uint64_t seed;
	uint64_t reports; /* lines */
	uint32_t products;
	uint32_t defects;
	uint32_t days;
	int32_t today; /* day number */
};

struct world {
	struct world_options options;
	struct ranking *ranking; /* owned */
	struct plant plant[PLANTS_MAX];
	struct planting *planting; /* owned; by line */
	uint32_t nplantings;
};

/* How many defects have room in the last days; the rest cannot be planted. */
uint32_t world_room(const struct world_options *options);

/* 0, or -1 when memory runs out.  Defects are at most world_room. */
int world_init(struct world *world, const struct world_options *options);
void world_fini(struct world *world);

/* The planted report that stands on this line, or NULL. */
const struct planting *world_planting(const struct world *world, uint64_t line);

/* The day line was filed, and the moment of its id, ms since the epoch. */
int32_t world_day(const struct world *world, uint64_t line);
int64_t world_moment(const struct world *world, uint64_t line);

/* What a line is: its own report, or another line's, again or amended. */
enum fate { FATE_NEW, FATE_RESENT, FATE_AMENDED };
enum fate world_fate(const struct world *world, uint64_t line,
    uint64_t *original);

/* --- reports (simulate_report.c) ----------------------------------------- */

struct sim_report {
	char id[UUID_MAX];
	bool is_incident;
	const char *category;
	char brand[WARE_NAME_MAX], model[WARE_NAME_MAX]; /* "": not stated */
	char gtin[WARE_GTIN_MAX];
	char serial[24];
	enum fault_name fault; /* FAULT_NONE: not stated */
	const char *hazard;    /* NULL: not stated */
	const char *severity;  /* NULL: not stated */
	uint32_t injured;
	const char *outcome; /* NULL: not stated */
	const char *region;  /* NULL: not stated */
	uint32_t age_halves; /* of a year; 0: not stated */
	char reporter[24];
	char text[TALE_MAX];
	const char *lang;
	bool may_publish;
	struct date occurred, filed;
	const struct sender *sender;
	const struct branch *branch;
};

/* The report that first stood on line. */
void report_make(struct sim_report *report, const struct world *world,
    uint64_t line);

/* Change it as amendments do; line is the amendment's. */
void report_amend(struct sim_report *report, const struct world *world,
    uint64_t line);

/* What the reporter tells (simulate_text.c). */
void tale_tell(struct sim_report *report, const struct ware *ware,
    enum fault_name fault, struct dice *dice);

/* The report as one line of JSON (simulate_json.c). */
void report_put(const struct sim_report *report, struct buf *out);

#endif
