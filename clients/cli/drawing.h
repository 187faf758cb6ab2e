/*
 * drawing.h - streams as a script for gnuplot: of each, what was observed
 * beside what was to be expected, and below it the score beside the threshold,
 * with the alerts.  A script holds numbers, and names as text that gnuplot
 * takes for nothing else.
 */
#ifndef TOCSIN_CLIENTS_CLI_DRAWING_H
#define TOCSIN_CLIENTS_CLI_DRAWING_H

#include <stdio.h>

#include "clients/cli/streams.h"

enum { DRAWING_STREAMS_MAX = 4 };

struct drawing {
	const char *title;
	bool is_png; /* else SVG */
	const struct streams *streams;
	double threshold; /* where no alert says another; NAN: not known */
	/* The threshold an alert rang at, in nats; NAN: not known. */
	double (*threshold_of)(void *who, const char *alert);
	void *who;
};

/*
 * Write the script of those DRAWING_STREAMS_MAX streams that scored highest.
 * Returns how many were left out.
 */
size_t drawing_write(const struct drawing *drawing, FILE *out);

#endif
