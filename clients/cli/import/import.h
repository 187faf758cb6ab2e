/*
 * import.h - one import on its way: rows read, sent, answered, and what has
 * to be remembered of each until then.
 */
#ifndef TOCSIN_CLIENTS_CLI_IMPORT_H
#define TOCSIN_CLIENTS_CLI_IMPORT_H

#include <sys/queue.h>

#include "clients/cli/formats/formats.h"
#include "clients/cli/formats/map.h"
#include "clients/cli/import/import_gate.h"
#include "clients/cli/import/import_ids.h"
#include "clients/cli/import/import_rejects.h"
#include "clients/cli/import/import_sources.h"
#include "clients/cli/import/import_state.h"
#include "clients/cli/shell/command.h"
#include "clients/libtocsin/stream.h"

enum import_format { IMPORT_CSV, IMPORT_ORDS, IMPORT_NDJSON };
enum import_ids { IDS_COLUMN, IDS_CONTENT, IDS_ROW };

/* A row that was sent. */
struct pending {
	STAILQ_ENTRY(pending) entry;
	uint64_t line, row;
	bool is_backfill;
	size_t len; /* of raw */
	char raw[];
};

STAILQ_HEAD(pending_list, pending);

struct import_tally {
	uint64_t fresh, known, amended, resubmitted, rejected, backfill;
	uint64_t withdrawn, missing; /* of a snapshot's sources */
	uint64_t ages_dropped;
	uint64_t skipped; /* by --resume */
};

struct import {
	struct line *line;
	struct output *output;
	const char *path;
	enum import_format format;
	enum import_ids ids;
	const char *how;      /* --ids; NULL: as declared before, or stable */
	const char *backfill; /* "auto", "all", "none" */
	bool is_dry;
	struct text source, licence; /* from options */
	const char *label;
	char label_held[65];
	const char *base; /* the file's name without its folder */
	struct map map;
	bool has_map; /* loaded from --map */
	struct input *input;
	struct csv_reader *csv;
	struct line_reader *lines;
	struct tocsin *tocsin;
	struct tocsin_submitter *submitter;
	int64_t waits_until_ms;                 /* as was said last */
	struct tocsin_writer *writer, *scratch; /* owned */
	struct content_ids *content;
	struct import_sources sources;
	struct import_gate gate;
	char snapshot[64];       /* import.begin's, or "" */
	int64_t max_withdrawn;   /* per cent of a source */
	bool is_held_back;       /* too many reports would be withdrawn */
	bool is_partial;         /* rows of snapshot sources, none withdrawn */
	bool has_sent;           /* a row went to the submitter */
	struct buf heading_held; /* owned: bytes of the heading */
	struct text *heading;    /* owned */
	uint32_t ncolumns;       /* in the heading */
	bool *is_ours;           /* owned: column of a rejects file */
	struct text *own;        /* owned: cells of a row but ours */
	uint32_t nown;
	uint64_t row;      /* of records, from 1 */
	uint64_t answered; /* rows up to this one have an answer */
	bool has_gap;      /* a batch failed */
	struct pending_list pending;
	uint64_t pending_bytes;
	struct rejects rejects;
	struct import_state state;
	struct progress progress;
	struct import_tally tally;
	size_t report_max;     /* bytes; the daemon's limit */
	int32_t history_until; /* filed on this day or before is history */
	uint64_t source_hash;  /* of the first row's source */
	bool has_source, has_many_sources;
	int code; /* exit code of what ended the reading; 0: nothing */
	struct tocsin_error failure;
};

/* Read the command line (import_options.c).  0 or an exit code. */
int import_read_options(struct import *import);

/* Say what became of every row (import_account.c); an exit code. */
int import_account(struct import *import);

/*
 * Of --ids snapshot: begin (with a connection), and withdraw what the file
 * does not name (import_snapshot.c).  0 or an exit code.
 */
int import_snapshot_begin(struct import *import);
int import_snapshot_finish(struct import *import);

/* Send a row's report; pending is the import's.  0 or import->code. */
int import_send(struct import *import, struct pending *pending,
    struct text report);

/* So many rows have an answer or were refused here. */
uint64_t import_read(const struct import *import);

/* Take one record: heading, row or line. */
int import_take(void *who, const struct record *record);

/* What became of a report; see tocsin_on_item. */
void import_answered(void *who, uint64_t index, const struct tocsin_value *item,
    const struct tocsin_error *error);

/* Release what rows needed. */
void import_rows_fini(struct import *import);

#endif
