/*
 * origin.h - how each source gives its ids: declared per (organisation,
 * origin.source), kept as events and rows.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_ORIGIN_H
#define TOCSIN_INTAKE_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/intake.h"
#include "daemon/store/origin_rows.h"
#include "daemon/store/record_origin.h"
#include "daemon/store/rows.h"

/* "stable", "epoch", "snapshot"; origin_ids_find: "" is stable, -1 none. */
const char *origin_ids_name(enum origin_ids ids);
int origin_ids_find(struct text word);

/* A source as calls name it: hashes as in struct candidate. */
struct origin_name {
	struct text organisation, origin;
	uint64_t organisation_hash, origin_hash;
};

/*
 * What was declared of it: STORE_OK, STORE_NOT_FOUND (then it is stable) or
 * the fault.
 */
int origin_find(struct intake *intake, const struct origin_name *name,
    struct origin_row *row);

/* Was a report of this source, anybody's, ever held? */
bool origin_is_known(struct intake *intake, const struct origin_name *name);

/* Does any source of the store give its ids anew?  Spares look-ups. */
bool origin_has_epochs(struct intake *intake);

struct origin_declaration {
	enum origin_ids ids;
	struct text label; /* of an EPOCH source's release */
	uint64_t label_hash;
	bool is_open;    /* ids is a default: what was declared stays */
	bool may_change; /* another kind than declared so far */
	bool dry_run;
};

enum origin_verdict {
	ORIGIN_DECLARED,
	ORIGIN_DIFFERS,   /* another kind is, and may_change is not set */
	ORIGIN_BOUND,     /* an EPOCH source stays one: its ids mean nothing */
	ORIGIN_UNADOPTED, /* what is held must be taken over first */
};

/* What became of a declaration. */
struct origin_answer {
	enum origin_verdict verdict;
	struct origin_row row; /* as it is now, or would be on a dry run */
	enum origin_ids was;
	bool is_declared; /* it was, before this */
	bool is_held;     /* as origin_is_known, before this */
	bool is_begun;    /* a new release of an EPOCH source */
};

/*
 * Declare; writes an event where something changes.  A source that held
 * reports before becomes EPOCH only when is_adopted (resubmit_adopt was done).
 * STORE_OK with the answer, or the fault.
 */
MUST_CHECK int origin_declare(struct intake *intake,
    const struct origin_name *name,
    const struct origin_declaration *declaration, bool is_adopted,
    struct origin_answer *answer);

/* The ordinals of a source; made when new.  False when the store failed. */
bool origin_ordinals(struct intake *intake, const struct origin_name *name,
    uint32_t *organisation, uint32_t *origin);

/* Rows of a record, in service and replay.  received_ms is the event's. */
void origin_apply(struct projection *projection,
    const struct record_origin *record, int64_t received_ms);

#endif
