/*
 * spelling.h - which spelling of a product's name to show.  A spelling may be
 * shown once two sources wrote it; the choice is looked at again when that
 * happens and whenever its count doubles: often enough for a name, and cheap.
 */
#ifndef TOCSIN_CORE_SPELLING_H
#define TOCSIN_CORE_SPELLING_H

#include <stdbool.h>
#include <stdint.h>

/* How often a product's name is spelled so; part of a stored row. */
struct spelling_count {
	uint32_t reports;
	uint32_t first_source; /* 0 none yet */
	uint8_t is_shared;     /* seen from a second source; for good */
	uint8_t reserved[3];   /* 0 */
};

/*
 * One report of a source (from 1) more or less spells it so.  spelling_add
 * answers whether the choice is to be looked at again.
 */
bool spelling_add(struct spelling_count *count, uint32_t source);
void spelling_remove(struct spelling_count *count);

/*
 * When it is: does a spelling with so many reports take the place of the one
 * shown, another, with shown reports (0 when none is shown)?
 */
bool spelling_prevails(uint32_t reports, uint32_t shown);

#endif
