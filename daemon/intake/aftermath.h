/*
 * aftermath.h - alerts of two products between which reports have moved: one
 * whose evidence is gone is withdrawn, and the rules are tried on the product
 * that has it now.  Once a pair, when all has moved, so that nobody is rung
 * for what is only half-way.  Writer thread; faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_AFTERMATH_H
#define TOCSIN_INTAKE_AFTERMATH_H

#include "daemon/intake/intake.h"
#include "daemon/intake/regroup.h"

/*
 * Look at both products of a move, in its mode and in all.  Everything decided
 * before is durable: intake_settle.
 */
void aftermath_tell(struct intake *intake, const struct regroup_move *move);

/*
 * Reports of a product and mode were counted out, or count for less: an alert
 * whose rule the rest does not meet is withdrawn.  Once for many of them.
 */
void aftermath_left(struct intake *intake, uint32_t product, uint16_t mode);

#endif
