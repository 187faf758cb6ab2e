/*
 * detection_world.h - an invented deployment: products whose rates are known,
 * and what is reported of them week by week.  One stream a product.
 */
#ifndef TOCSIN_BENCH_DETECTION_WORLD_H
#define TOCSIN_BENCH_DETECTION_WORLD_H

#include <stddef.h>
#include <stdint.h>

enum { WORLD_HOSTILE = 9999 }; /* an organisation */

enum world_batch {
	BATCH_NONE,
	BATCH_ONE,    /* an event that one organisation saw */
	BATCH_SEVERAL /* a campaign of several */
};

/* Everything is a number, so that the command line can set it by name. */
struct world_plan {
	double streams, categories, weeks;
	double mean, shape;    /* of gamma rates, cases a week */
	double size;           /* of the counts; 0: Poisson */
	double season;         /* share of the mean, up and down, a year */
	double own_season;     /* the same, of each stream at another time */
	double growth;         /* of everything, in a year */
	double ramp;           /* weeks in which everything begins */
	double batch;          /* enum world_batch */
	double batch_share;    /* of reports that come in a batch ... */
	double batch_more;     /* ... of so many more, on average */
	double organisations;  /* Zipf; 0: each report has its own */
	double launches;       /* share of products launched in between */
	double planted_at;     /* week; 0 never */
	double planted;        /* more cases a week, in ... */
	double planted_share;  /* ... so many streams */
	double flood;          /* share of the volume that is hostile */
	double flood_at;       /* from this week */
	double flood_products; /* of a category; 0: all but the planted */
	double seed;
};

struct world_report {
	uint32_t stream;
	uint16_t organisation;
};

struct world {
	struct world_plan plan;
	uint64_t dice;
	double *rate;                /* owned: of each stream */
	uint16_t *launch;            /* owned: week of its launch */
	double *phase;               /* owned: of its own season, in years */
	uint8_t *is_planted;         /* owned */
	double *organisation;        /* owned: shares, summed up */
	struct world_report *report; /* owned: of the week drawn last */
	size_t count, cap;
};

/* Draw its products.  Ends the program when out of memory. */
void world_init(struct world *world, const struct world_plan *plan);
void world_fini(struct world *world);

/* Choose the streams in which a defect is planted, anew; and go on from
 * another seed. */
void world_plant(struct world *world, uint64_t seed);

/* Draw the reports of a week, in the order in which they come. */
void world_draw(struct world *world, unsigned week);

#endif
