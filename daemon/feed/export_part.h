/*
 * export_part.h - one export under way, shared by export.c and the file of
 * each kind of export.  Nobody else includes it.
 */
#ifndef TOCSIN_FEED_EXPORT_PART_H
#define TOCSIN_FEED_EXPORT_PART_H

#include "daemon/core/aggregate.h"
#include "daemon/feed/export.h"
#include "daemon/feed/lexicon.h"
#include "daemon/feed/table.h"

/* What a walk answers to end when the sink or memory failed. */
enum { EXPORT_STOP = -1 };

struct export_run {
	const struct export_source *source;
	const struct export_options *options;
	uint64_t seq;
	struct lexicon *lexicon; /* owned; empty for alerts */
	struct table table;
	struct refusal *why;
};

/* Each writes the rows of one kind.  0, or an error code with run->why. */
int export_groups(struct export_run *run, struct snapshot *snapshot);
/* The same, counted from the log. */
int export_recounted(struct export_run *run);
int export_alerts(struct export_run *run);
int export_audit(struct export_run *run);
int export_reports(struct export_run *run);
int export_series(struct export_run *run);
int export_replay(struct export_run *run);
int export_evidence(struct export_run *run);
int export_subject(struct export_run *run);

/* Does the filter want a report of these facts? */
bool export_wants(const struct export_run *run, const struct facts *facts);

/* Turn what a walk answered into 0 or an error code with run->why. */
int export_fault(struct export_run *run, int result);

/* Is the sink still taking rows?  0 or EXPORT_STOP, for the end of visits. */
int export_go_on(const struct export_run *run);

#endif
