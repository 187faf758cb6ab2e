/*
 * prior.h - what is known of a category's streams before they are looked at:
 * how their rates spread, and how much more their counts vary than chance
 * would have it.  Estimated from the deployment's own streams, never assumed.
 */
#ifndef TOCSIN_CORE_DETECT_PRIOR_H
#define TOCSIN_CORE_DETECT_PRIOR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Rates of streams, in cases per unit of volume (exposure.h), are gamma(a0,
 * b0); counts have dispersion size (INFINITY: Poisson).  since: the first week
 * whose evidence counts; 0: there is no prior yet, nothing is scored.
 */
struct prior {
	double a0, b0, size;
	uint16_t since;
};

#endif
