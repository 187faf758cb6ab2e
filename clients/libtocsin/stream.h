/*
 * stream.h - many reports in, and alerts out.  Rules of threads and callbacks
 * as in tocsin.h.
 */
#ifndef TOCSIN_STREAM_H
#define TOCSIN_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tocsin;
struct tocsin_error;
struct tocsin_text;  /* value.h */
struct tocsin_value; /* value.h */

/* --- submitting in batches ----------------------------------------------- */

/*
 * Tell when a call was refused for now and will be tried again: error says why
 * and retry_after_ms when.  on_wait runs once a refusal; NULL: tell nobody.
 */
typedef void tocsin_on_wait(void *who, const struct tocsin_error *error);
void tocsin_set_on_wait(struct tocsin *tocsin, tocsin_on_wait *on_wait,
    void *who);

/* Zeroed members take the defaults.  Strings are copied. */
struct tocsin_submit_options {
	uint32_t batch;       /* reports a call; 500; the daemon's limit wins */
	uint32_t window;      /* batches in flight; 4 */
	const char *import;   /* label by which the import can be taken back */
	const char *backfill; /* "auto", "all" or "none" */
	const char *ids;      /* "epoch": ids are given anew each release */
	const char *snapshot; /* as import.begin answered */
	bool dry_run;         /* the daemon checks and counts, keeps nothing */
};

/*
 * What became of one report, in the order of adding: index counts from 0.
 * item is the daemon's map (status, seq, and more); error is NULL, or why the
 * report was refused or, when its whole batch failed, why that was (item is
 * then NULL).
 */
typedef void tocsin_on_item(void *who, uint64_t index,
    const struct tocsin_value *item, const struct tocsin_error *error);

struct tocsin_submitter;

/* NULL when out of memory.  tocsin is borrowed and must live longer. */
struct tocsin_submitter *tocsin_submitter_new(struct tocsin *tocsin,
    const struct tocsin_submit_options *options, tocsin_on_item *on_item,
    void *who);

/* Forget what is unanswered and free.  NULL is fine. */
void tocsin_submitter_free(struct tocsin_submitter *submitter);

/*
 * Add one report, an encoded map; copied.  Sends a batch when it is full, and
 * waits while the window is.  0, or the code of the failure that ends the
 * stream (on_item has then told every report that was sent).
 */
int tocsin_submitter_add(struct tocsin_submitter *submitter,
    struct tocsin_text report, struct tocsin_error *error);

/* Send what is gathered now, without waiting for it to be answered. */
int tocsin_submitter_flush(struct tocsin_submitter *submitter,
    struct tocsin_error *error);

/* Send the rest and wait until every report has its on_item.  0 or a code. */
int tocsin_submitter_finish(struct tocsin_submitter *submitter,
    struct tocsin_error *error);

/* --- subscribing --------------------------------------------------------- */

struct tocsin_subscribe_options {
	const struct tocsin_value *filter; /* a map, or NULL: everything */
	const char *durable; /* name of the cursor kept by the daemon */
	const char *from;    /* "snapshot", "all", "new" or a cursor; default
			     snapshot, or where the durable name stands */
	bool replace;        /* a durable name may take another filter */
	bool take_over;      /* end the reader that holds the name */
};

/* One event, in order, at least once.  Borrowed. */
typedef void tocsin_on_event(void *who, const struct tocsin_value *event);

/*
 * The subscription's state: begun (result is the daemon's answer) each time
 * it is set up, after reconnects too; or ended for good (error).
 */
typedef void tocsin_on_subscription(void *who,
    const struct tocsin_value *result, const struct tocsin_error *error);

struct tocsin_subscription;

/*
 * Subscribe, and again after each reconnect from the last event seen.  An
 * event is "seen" when on_event has returned.  Does not acknowledge durable
 * cursors: call alerts.ack.  on_state may be NULL.  NULL: out of memory.
 */
struct tocsin_subscription *tocsin_subscribe(struct tocsin *tocsin,
    const struct tocsin_subscribe_options *options, tocsin_on_event *on_event,
    tocsin_on_subscription *on_state, void *who);

/* Cursor of the last event seen, or "" before the first answer. */
const char *tocsin_subscription_cursor(
    const struct tocsin_subscription *subscription);

/* Hear nothing more, tell the daemon so, and free.  NULL is fine. */
void tocsin_unsubscribe(struct tocsin_subscription *subscription);

#ifdef __cplusplus
}
#endif

#endif
