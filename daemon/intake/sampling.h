/*
 * sampling.h - streams looked at for an estimate: of every nth product, summed
 * up by category, by family and in all, each measured against that volume.
 * Worker thread.  Snapshots are opened for a few thousand products each, since
 * long ones make LMDB grow.
 */
#ifndef TOCSIN_INTAKE_SAMPLING_H
#define TOCSIN_INTAKE_SAMPLING_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/detect/prior.h"
#include "daemon/core/product.h"
#include "daemon/core/volumes.h"
#include "daemon/store/rows_detection.h"

struct estimate;
struct snapshot;

/* A category or a family. */
struct sampled {
	uint64_t hash;
	uint64_t family; /* of a category: hash of the volume it adds to */
	bool is_family;
	bool has_yardstick;        /* one was said of it before */
	struct exposure *exposure; /* borrowed from the volumes */
	struct prior_sums sums;    /* measured against it */
	uint16_t slug_len;
	char slug[PRODUCT_SLUG_MAX];
};

enum { SAMPLING_MAX = 4096 }; /* categories; more are as any other */

struct sampling {
	struct estimate *estimate; /* borrowed */
	uint16_t now;
	struct snapshot *snapshot;
	struct volumes *volumes;  /* owned: as rows say */
	struct volumes *families; /* owned: put together of them */
	struct sampled *at;       /* owned */
	uint16_t *place;          /* owned: of hashes, number in at, from 1 */
	unsigned count;
	struct prior_sums sums; /* of all, measured against the whole */
	uint32_t sampled;       /* streams */
	struct blocks_row blocks;
};

/* STORE_OK or a fault; fini accepts what init left. */
int sampling_init(struct sampling *sampling, struct estimate *estimate);
int sampling_walk(struct sampling *sampling);
void sampling_fini(struct sampling *sampling);

/* The family of a category, NULL: it has none. */
const struct sampled *sampling_family(const struct sampling *sampling,
    const struct sampled *one);

/* The volume of the whole instance. */
const struct exposure *sampling_all(const struct sampling *sampling);

#endif
