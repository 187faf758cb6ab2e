#include "daemon/core/detect/gate.h"

#include <assert.h>

#include "daemon/core/detect/week.h"

static const char *const gate_names[] = {
	[GATE_SHUT] = "shut",
	[GATE_HELD] = "held",
	[GATE_OPEN] = "open",
};

static const struct reason_entry {
	const char *word, *meaning;
} reasons[GATE_REASONS] = {
/* clang-format off */
#define GATE_REASON(ID, word, meaning) [GATE_##ID] = { word, meaning },
#include "daemon/core/detect/gate.def"
#undef GATE_REASON
	/* clang-format on */
};

const char *
gate_name(enum gate gate)
{
	assert(gate <= GATE_OPEN);
	return gate_names[gate];
}

const char *
gate_reason_word(enum gate_reason reason)
{
	assert(reason < GATE_REASONS);
	return reasons[reason].word;
}

const char *
gate_reason_meaning(enum gate_reason reason)
{
	assert(reason < GATE_REASONS);
	return reasons[reason].meaning;
}

/* Distinct numbers, few. */
struct numbers {
	unsigned count;
	uint32_t at[GATE_ENTRIES_MAX];
};

static void
add_number(struct numbers *numbers, uint32_t number)
{
	for (unsigned i = 0; i < numbers->count; i++)
		if (numbers->at[i] == number)
			return;
	numbers->at[numbers->count++] = number;
}

/* What is behind the sources that count. */
struct voices {
	struct numbers sources, organisations, others;
};

static void
hear(const struct gate_evidence *evidence, struct voices *voices)
{
	voices->sources.count = voices->organisations.count =
	    voices->others.count = 0;
	for (unsigned i = 0; i < evidence->count; i++) {
		const struct gate_entry *entry = &evidence->entry[i];

		/* Of a fire a copy is better than nothing. */
		if (entry->is_doubted && evidence->kind != GATE_HAZARD)
			continue;
		if (!entry->is_established) {
			add_number(&voices->others, entry->source);
			continue;
		}
		add_number(&voices->sources, entry->source);
		add_number(&voices->organisations, entry->organisation);
	}
}

/* Sites and weeks of one organisation; returns its sources. */
static unsigned
measure(const struct gate_evidence *evidence, uint32_t organisation,
    uint16_t *sites, uint16_t *weeks)
{
	struct numbers source = { 0 }, site = { 0 }, week = { 0 };

	for (unsigned i = 0; i < evidence->count; i++) {
		const struct gate_entry *entry = &evidence->entry[i];

		if (entry->is_doubted || entry->organisation != organisation)
			continue;
		add_number(&source, entry->source);
		add_number(&week, week_of_day(entry->filed));
		if (entry->site)
			add_number(&site, entry->site);
	}
	*sites = (uint16_t)site.count;
	*weeks = (uint16_t)week.count;
	return source.count;
}

static void
measure_largest(const struct gate_evidence *evidence,
    const struct numbers *organisations, struct gate_answer *answer)
{
	unsigned most = 0;

	for (unsigned i = 0; i < organisations->count; i++) {
		uint16_t sites, weeks;
		unsigned sources =
		    measure(evidence, organisations->at[i], &sites, &weeks);

		if (sources <= most)
			continue;
		most = sources;
		answer->sites = sites;
		answer->weeks = weeks;
	}
}

static void
settle(struct gate_answer *answer, enum gate gate, enum gate_reason reason)
{
	answer->gate = gate;
	answer->reason = reason;
}

static void
ask_hazard(struct gate_answer *answer)
{
	if (answer->sources + answer->others < GATE_HAZARD_SOURCES)
		settle(answer, GATE_SHUT, GATE_FEW_SOURCES);
	else if (answer->sources)
		settle(answer, GATE_OPEN, GATE_MET);
	else
		settle(answer, GATE_HELD, GATE_PROBATION);
}

static void
ask_single(struct gate_answer *answer)
{
	if (answer->sources &&
	    (!answer->others || answer->sources >= GATE_SOURCES))
		settle(answer, GATE_OPEN, GATE_SINGLE);
	else
		settle(answer, GATE_SHUT,
		    answer->sources ? GATE_FEW_SOURCES : GATE_PROBATION);
}

static void
ask_one(struct gate_answer *answer)
{
	bool is_long = answer->sources >= GATE_ALONE_SOURCES &&
	    answer->weeks >= GATE_ALONE_WEEKS;

	if (is_long && answer->sites >= GATE_ALONE_SITES) {
		settle(answer, GATE_HELD, GATE_ONE_ORGANISATION);
		return;
	}
	settle(answer, GATE_SHUT, GATE_FEW_SITES);
	answer->wants_sites = is_long && !answer->sites;
}

void
gate_ask(const struct gate_evidence *evidence, struct gate_answer *answer)
{
	struct voices voices;

	assert(evidence->count <= GATE_ENTRIES_MAX);
	hear(evidence, &voices);
	*answer = (struct gate_answer){
		.sources = (uint16_t)voices.sources.count,
		.organisations = (uint16_t)voices.organisations.count,
		.others = (uint16_t)voices.others.count,
	};
	measure_largest(evidence, &voices.organisations, answer);
	if (evidence->kind == GATE_HAZARD)
		ask_hazard(answer);
	else if (evidence->is_single)
		ask_single(answer);
	else if (!answer->sources && answer->others)
		settle(answer, GATE_SHUT, GATE_PROBATION);
	else if (answer->sources < GATE_SOURCES)
		settle(answer, GATE_SHUT, GATE_FEW_SOURCES);
	else if (answer->organisations >= GATE_ORGANISATIONS)
		settle(answer, GATE_OPEN, GATE_MET);
	else
		ask_one(answer);
}

void
gate_know_sites(struct gate_answer *answer, unsigned sites)
{
	if (!answer->wants_sites)
		return;
	answer->wants_sites = false;
	answer->sites = (uint16_t)sites;
	if (sites >= GATE_ALONE_SITES)
		settle(answer, GATE_HELD, GATE_ONE_ORGANISATION);
}

void
gate_coordinate(struct gate_answer *answer, int64_t until_ms)
{
	if (answer->gate != GATE_OPEN)
		return;
	settle(answer, GATE_HELD, GATE_COORDINATED);
	answer->until_ms = until_ms;
}
