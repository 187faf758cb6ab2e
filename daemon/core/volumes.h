/*
 * volumes.h - how much is reported of every category, in memory: each one's
 * weeks, and what its streams are measured against.  Read in when first asked
 * for, and let go of at will, since all of it follows from rows.  Not safe to
 * share between threads.
 */
#ifndef TOCSIN_CORE_VOLUMES_H
#define TOCSIN_CORE_VOLUMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "daemon/core/detect/exposure.h"
#include "daemon/core/detect/prior.h"

/* The whole instance. */
enum { VOLUME_ALL = 0 };

/* The volume of a category; of it together with all below it.  Never 0. */
uint64_t volume_of_category(struct text slug);
uint64_t volume_of_family(struct text slug);

/*
 * What streams of a category are measured against, as it was estimated last; a
 * stored row, fixed layout.
 */
struct yardstick {
	double a0, b0, size; /* prior.h */
	uint64_t volume;     /* its own, that of its family, or VOLUME_ALL */
	uint64_t family;  /* its reports are added to this one, too; 0 none */
	uint16_t since;   /* first week whose evidence counts */
	uint16_t week;    /* in which it was estimated */
	uint32_t streams; /* from which it was */
};

struct volume {
	uint64_t hash;
	struct exposure exposure;
	struct yardstick yardstick;
	bool has_yardstick;
};

struct volumes;

/* Fill a zeroed volume, whose hash is set; 0, or -1, which is a fault. */
typedef int volumes_load(void *who, struct volume *volume);

/* load may be NULL: all begin empty.  NULL without memory. */
struct volumes *volumes_new(volumes_load *load, void *who);
void volumes_free(struct volumes *volumes); /* NULL is fine */

/*
 * The volume of this hash, which may have nothing yet; NULL on a fault.  It
 * stays where it is until volumes_trim or volumes_forget.
 */
struct volume *volumes_find(struct volumes *volumes, uint64_t hash);

/* So much weight more, or less, in a week.  0, or -1 on a fault. */
int volumes_add(struct volumes *volumes, uint64_t hash, uint16_t week,
    int32_t weight);

/* Let go of all when there are more than most. */
void volumes_trim(struct volumes *volumes, unsigned most);
void volumes_forget(struct volumes *volumes);

/*
 * What is in force for a category: its own yardstick, else that of the whole
 * instance, else NULL: nothing was estimated yet.  *fault is set on a fault.
 */
const struct yardstick *volumes_yardstick(struct volumes *volumes,
    uint64_t category, bool *fault);

#endif
