/*
 * gnuplot.h - gnuplot as a process that draws a script into a file.
 */
#ifndef TOCSIN_CLIENTS_CLI_GNUPLOT_H
#define TOCSIN_CLIENTS_CLI_GNUPLOT_H

#include "clients/cli/shell/output.h"

/*
 * Have gnuplot, found by PATH, read a script and write what it draws to a
 * file descriptor; no shell comes near it.  0, or EXIT_LOCAL with the message
 * printed: gnuplot is not installed, or refused the script.
 */
int gnuplot_run(struct output *output, int script, int drawn);

#endif
