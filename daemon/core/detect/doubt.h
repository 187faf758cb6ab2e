/*
 * doubt.h - why a report counts for less than one case in detection, and what
 * it counts for.  Both are decided once, when it is received, and stand in its
 * event; a report is counted in full among reports, cases, sources and
 * organisations all the same.
 */
#ifndef TOCSIN_CORE_DETECT_DOUBT_H
#define TOCSIN_CORE_DETECT_DOUBT_H

#include <stdint.h>

/* Bits of facts.doubts. */
enum fact_doubt {
/* clang-format off */
#define DOUBT(ID, bit, word, meaning) DOUBT_##ID = 1 << bit,
#include "daemon/core/detect/doubt.def"
#undef DOUBT
	/* clang-format on */
};

enum {
	WEIGHT_CASE = 20, /* weights are twentieths of a case */
	WEIGHT_LEAST = 4, /* of an organisation that is hardly trusted */
	DOUBT_COUNT = 7,
};

/* Any of these, and the report counts for nothing. */
enum { DOUBTS_WHOLE = DOUBT_REPEAT | DOUBT_PACED | DOUBT_ECHO | DOUBT_UNTIMED };

/* The word of the nth bit, below DOUBT_COUNT: "repeat", "paced" ...; static. */
const char *doubt_word(unsigned nth);

/* What it means, a sentence; static. */
const char *doubt_meaning(unsigned nth);

#endif
