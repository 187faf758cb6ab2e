/*
 * gate.h - may a finding be published, as far as who tells of it goes?  The
 * score says that something rose; gates say that it is not one voice.  They
 * can only hold back, so they break no bound of the detector.  Pure.
 *
 * A source counts when it brought a case of its own that nothing speaks
 * against (no suspected duplicate, no echo, no repeat) and its organisation is
 * established: known to the operator or for long enough, not on probation.
 *
 *   statistic: GATE_SOURCES of GATE_ORGANISATIONS open it.  Of one
 *       organisation GATE_ALONE_SOURCES at GATE_ALONE_SITES registered sites
 *       in GATE_ALONE_WEEKS weeks are held.
 *   hazard: GATE_HAZARD_SOURCES open it, whatever they say; those of
 *       organisations on probation do not alone, they are held.
 *   Where one organisation is established there is nobody who could confirm:
 *       its own evidence opens, and with that of others it takes
 *       GATE_SOURCES of its sources.
 */
#ifndef TOCSIN_CORE_DETECT_GATE_H
#define TOCSIN_CORE_DETECT_GATE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	GATE_SOURCES = 3,
	GATE_ORGANISATIONS = 2,
	GATE_ALONE_SOURCES = 5,
	GATE_ALONE_SITES = 3,
	GATE_ALONE_WEEKS = 3, /* distinct weeks from Monday, by filed day */
	GATE_HAZARD_SOURCES = 2,
	GATE_ENTRIES_MAX = 92, /* a window's */
};

enum gate { GATE_SHUT, GATE_HELD, GATE_OPEN };

enum gate_reason {
/* clang-format off */
#define GATE_REASON(ID, word, meaning) GATE_##ID,
#include "daemon/core/detect/gate.def"
#undef GATE_REASON
	/* clang-format on */
	GATE_REASONS
};

/* "shut", "held", "open"; static. */
const char *gate_name(enum gate gate);
/* "met", "one organisation" ...; static. */
const char *gate_reason_word(enum gate_reason reason);
/* What it means, a sentence; static. */
const char *gate_reason_meaning(enum gate_reason reason);

/* One report that a finding rests on. */
struct gate_entry {
	uint32_t source;
	uint16_t organisation; /* ordinal */
	uint16_t filed;        /* day */
	uint32_t site; /* of those registered, a number of its own; 0: none, or
			  not asked */
	bool is_established; /* its organisation */
	bool is_doubted; /* repeat, echo ..., or it brings no case of its own */
};

enum gate_kind { GATE_STATISTIC, GATE_HAZARD };

struct gate_evidence {
	enum gate_kind kind;
	bool is_single; /* at most one organisation is established */
	unsigned count; /* at most GATE_ENTRIES_MAX */
	struct gate_entry entry[GATE_ENTRIES_MAX];
};

struct gate_answer {
	enum gate gate;
	enum gate_reason reason;
	uint16_t sources, organisations; /* that count */
	uint16_t others;       /* sources of organisations on probation */
	uint16_t sites, weeks; /* of the organisation with most sources */
	bool wants_sites; /* shut only because no site was asked for: fill in
			     sites and ask again */
	int64_t until_ms; /* of COORDINATED: when it is over; else 0 */
};

/* About 5 us for a full window. */
void gate_ask(const struct gate_evidence *evidence, struct gate_answer *answer);

/* Of an answer that wants sites: so many stand behind it. */
void gate_know_sites(struct gate_answer *answer, unsigned sites);

/*
 * A burst of reports in like words holds what is open for a person, at most
 * until until_ms.
 */
void gate_coordinate(struct gate_answer *answer, int64_t until_ms);

#endif
