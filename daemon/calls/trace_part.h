/*
 * trace_part.h - report.trace, shared by its files: what the writer found of a
 * report, then what a worker reads of it in the log.  Nobody else includes it.
 */
#ifndef TOCSIN_CALLS_TRACE_PART_H
#define TOCSIN_CALLS_TRACE_PART_H

#include "daemon/calls/fresh.h"
#include "daemon/calls/mention.h"
#include "daemon/intake/judged.h"
#include "daemon/intake/liken.h"
#include "daemon/intake/outcome.h"
#include "daemon/store/record.h"
#include "daemon/store/rows.h"

enum {
	TRACE_REVISIONS_MAX = 32, /* newest; so are the next two */
	TRACE_ACTS_MAX = 50,
	TRACE_JUDGEMENTS_MAX = 50,
	TRACE_CHANGED_MAX = 32, /* fields named of one amendment */
};

struct trace {
	union {
		struct work work;   /* first: looking at the rows */
		struct fresh fresh; /* first: reading the log */
	};
	struct services *services;
	struct ticket ticket;
	struct judged asked;
	char id[REPORT_ID_MAX + 1];
	char asker[64 + 1];
	char organisation[64 + 1]; /* whose */
	/* What the writer found. */
	bool is_found;
	struct report_row row;
	struct facts facts;       /* as counted, or as last counted */
	struct likeness likeness; /* of today's candidates */
	struct casebook book;
	struct outcome outcome;
	/* What a worker read. */
	uint64_t contents;           /* the newest event with contents */
	struct record_report record; /* its header */
	struct buf body;             /* and its body; empty when erased */
	struct mention mention;
	struct buf out;
	struct refusal why;
};

/*
 * Pairs of the answer, each one; trace_read_contents first.  Worker thread.
 */
void trace_read_contents(struct trace *trace);
void trace_pack_revisions(struct trace *trace);
void trace_pack_identity(struct trace *trace);
void trace_pack_merges(struct trace *trace);
void trace_pack_decided(struct trace *trace);
void trace_pack_compared(struct trace *trace);
void trace_pack_case(struct trace *trace);
void trace_pack_judgements(struct trace *trace);
void trace_pack_acts(struct trace *trace);

/* The curator's act that gave a key to a product; 0 none.  Worker thread. */
uint64_t trace_find_alias(struct trace *trace, uint32_t product,
    const uint8_t key[16]);

#endif
