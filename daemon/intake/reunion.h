/*
 * reunion.h - alerts of products that have just been merged or told apart:
 * what was raised on one side goes over to the other, with references, and
 * what the joined or divided counts now say is said at once.  Writer thread,
 * in the frame of the curator's act.
 */
#ifndef TOCSIN_INTAKE_REUNION_H
#define TOCSIN_INTAKE_REUNION_H

#include "daemon/intake/intake.h"

/* More modes than that wait for their next report. */
enum { REUNION_MODES_MAX = 512 };

struct reunion {
	uint32_t product;     /* that was merged, or stands for itself again */
	uint32_t root;        /* whom it is, or was, read through */
	const uint16_t *mode; /* of both */
	unsigned nmodes;
};

/*
 * Its open alerts are withdrawn as "merged"; the root's are counted anew and
 * name them in replaces.  Store faults stick in the projection.
 */
void reunion_merged(struct intake *intake, const struct reunion *reunion);

/*
 * The root's open alerts are counted without it, and withdrawn when nothing
 * is left to ring for; its own are raised again when its reports still ring.
 */
void reunion_split(struct intake *intake, const struct reunion *reunion);

#endif
