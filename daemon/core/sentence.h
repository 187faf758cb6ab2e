/* sentence.h - an alert in one English and one French sentence, of counts. */
#ifndef TOCSIN_CORE_SENTENCE_H
#define TOCSIN_CORE_SENTENCE_H

#include <stddef.h>

#include "base/text.h"
#include "daemon/core/rule.h"

enum { SENTENCE_MAX = 640 };

/*
 * The mode's words are the vocabulary's, never a reporter's: a noun such as
 * "Overheating", "Surchauffe", whose first letter is made small.  Empty, as
 * for what is unstated or no word of the vocabulary: the mode is not said.
 * Texts longer than any of ours are cut between characters and end in an
 * ellipsis.
 */
struct sentence_facts {
	const struct rule_counts *counts;
	struct text product; /* as shown: "Moulinex BY612" */
	struct text mode_en, mode_fr;
	double expected; /* cases of the statistic's last weeks; 0: not said */
};

/*
 * "Between 27 Oct and 24 Nov 2026 (UTC), 2 organisations received 7 reports
 * (6 cases, 5 sources; BE, FR) of overheating for Moulinex BY612. Consumers'
 * statements, not verified."  Without a mode "about Moulinex BY612".  Plurals
 * agree, "at least" where the counts are lower bounds, more than 6 countries
 * are counted.  Of the statistic "...; about 2 were to be expected."
 * NUL-terminated; returns the length.  Never an adjective, a
 * cause or a reporter's word.
 */
size_t sentence_en(const struct sentence_facts *facts, char out[SENTENCE_MAX]);
size_t sentence_fr(const struct sentence_facts *facts, char out[SENTENCE_MAX]);

#endif
