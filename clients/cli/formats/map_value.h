/* map_value.h - cells as dates and numbers. */
#ifndef TOCSIN_CLIENTS_CLI_MAP_VALUE_H
#define TOCSIN_CLIENTS_CLI_MAP_VALUE_H

#include <stdbool.h>

#include "base/date.h"
#include "base/text.h"
#include "clients/cli/formats/formats.h"

/* Without blanks around it. */
struct text map_trim(struct text text);

/*
 * A date as a report has it, by format or, when that is NULL or does not fit,
 * ISO.  0, or -1 with fault filled for this field.
 */
int map_date(struct text text, const char *format, char out[DATE_MAX],
    struct fault *fault, const char *field);

/* Is this a date format we can read ("DD/MM/YYYY", "YYYYMMDD" ...)? */
bool map_is_date_format(const char *format);

/* A number with this decimal mark; 0 or -1. */
int map_number(struct text text, char decimal, double *out);

#endif
