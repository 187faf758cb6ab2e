#include "clients/libtocsin/handle.h"

#include <stdlib.h>
#include <string.h>

#include "proto/scan.h"

enum {
	BATCH = 500,
	BATCH_MAX = 1000,
	WINDOW = 4,
	FRAME_BYTES = 1 << 20, /* the daemon's default limits */
	ELEMENTS = 131072,
	OVERHEAD_BYTES = 1024, /* of a frame around its reports */
	OVERHEAD_ELEMENTS = 32,
	WORDS = 4,
	REPORT_DEPTH = SCAN_MAX_DEPTH - 4, /* frame, params, map, list */
};

/* Reports that travel together.  In order of sending. */
struct batch {
	STAILQ_ENTRY(batch) entry;
	struct tocsin_submitter *submitter;
	struct buf reports; /* one behind the other */
	uint32_t count;
	uint32_t elements;
	uint64_t first; /* index of its first report */
	bool is_answered;
	struct buf items;          /* the answer's list, encoded */
	struct tocsin_error error; /* or why it failed */
};

STAILQ_HEAD(batch_list, batch);

struct tocsin_submitter {
	struct tocsin *tocsin;
	uint32_t batch;
	uint32_t window;
	struct word {
		const char *key;
		char *value; /* owned or NULL */
	} word[WORDS];       /* arguments of every call */
	bool dry_run;
	tocsin_on_item *on_item;
	void *who;
	struct batch *open;     /* being gathered, or NULL */
	struct batch_list sent; /* in flight, and answered ones that wait for
				   an earlier one */
	uint32_t nsent;
	uint64_t added;
	struct tocsin_error failure; /* the first that ended a batch */
	bool is_orphan;              /* freed with batches in flight */
};

static void
batch_free(struct batch *batch)
{
	if (!batch)
		return;
	buf_free(&batch->reports);
	buf_free(&batch->items);
	free(batch);
}

static void
submitter_end(struct tocsin_submitter *submitter)
{
	for (size_t i = 0; i < WORDS; i++)
		free(submitter->word[i].value);
	free(submitter);
}

/* 0, or -1 when out of memory. */
static int
copy_words(struct tocsin_submitter *submitter,
    const struct tocsin_submit_options *options)
{
	const struct {
		const char *key, *value;
	} words[WORDS] = { { "import", options->import },
		{ "backfill", options->backfill }, { "ids", options->ids },
		{ "snapshot", options->snapshot } };
	for (size_t i = 0; i < WORDS; i++) {
		submitter->word[i].key = words[i].key;
		if (!words[i].value)
			continue;
		submitter->word[i].value = strdup(words[i].value);
		if (!submitter->word[i].value)
			return -1;
	}
	return 0;
}

struct tocsin_submitter *
tocsin_submitter_new(struct tocsin *tocsin,
    const struct tocsin_submit_options *options, tocsin_on_item *on_item,
    void *who)
{
	struct tocsin_submitter *submitter = calloc(1, sizeof(*submitter));
	if (!submitter)
		return NULL;
	STAILQ_INIT(&submitter->sent);
	submitter->tocsin = tocsin;
	submitter->batch = options->batch ? options->batch : BATCH;
	submitter->window = options->window ? options->window : WINDOW;
	submitter->dry_run = options->dry_run;
	submitter->on_item = on_item;
	submitter->who = who;
	if (!copy_words(submitter, options))
		return submitter;
	submitter_end(submitter);
	return NULL;
}

void
tocsin_submitter_free(struct tocsin_submitter *submitter)
{
	struct batch *batch, *after;
	if (!submitter)
		return;
	batch_free(submitter->open);
	submitter->open = NULL;
	for (batch = STAILQ_FIRST(&submitter->sent); batch; batch = after) {
		after = STAILQ_NEXT(batch, entry);
		if (!batch->is_answered)
			continue;
		STAILQ_REMOVE(&submitter->sent, batch, batch, entry);
		batch_free(batch);
	}
	/* Answers that are still to come need a place to go: the last of them
	 * takes the submitter along. */
	submitter->is_orphan = true;
	if (STAILQ_EMPTY(&submitter->sent))
		submitter_end(submitter);
}

static uint32_t
limit(const struct tocsin *tocsin, const char *path, uint32_t fallback)
{
	struct tocsin_value greeting = tocsin_greeting(tocsin);
	int64_t value = tocsin_get_int(&greeting, path, fallback);
	return value > 0 && value < UINT32_MAX ? (uint32_t)value : fallback;
}

static uint32_t
batch_limit(const struct tocsin_submitter *submitter)
{
	uint32_t most = limit(submitter->tocsin, "limits.batch", BATCH_MAX);
	return submitter->batch < most ? submitter->batch : most;
}

/* Tell what became of each report of a batch, in order. */
static void
tell(struct tocsin_submitter *submitter, const struct batch *batch)
{
	struct text bytes = buf_text(&batch->items);
	struct tocsin_value list, item;
	struct tocsin_walk walk;
	tocsin_decode((struct tocsin_text){ bytes.at, bytes.len }, &list);
	walk = tocsin_walk_of(&list);
	for (uint32_t i = 0; i < batch->count; i++) {
		struct tocsin_error error = batch->error;
		bool has_item = !error.code && tocsin_walk_item(&walk, &item);
		struct tocsin_text why = { NULL, 0 };
		if (has_item)
			why = tocsin_get_text(&item, "error");
		else if (!error.code)
			error_set(&error, TOCSIN_INTERNAL,
			    "the answer misses this report");
		if (why.len)
			error_read((struct text){ why.at, why.len }, &error);
		submitter->on_item(submitter->who, batch->first + i,
		    has_item ? &item : NULL, error.code ? &error : NULL);
	}
}

/* Batches may be answered out of order; tell them in order. */
static void
tell_answered(struct tocsin_submitter *submitter)
{
	struct batch *batch;
	while ((batch = STAILQ_FIRST(&submitter->sent)) && batch->is_answered) {
		STAILQ_REMOVE_HEAD(&submitter->sent, entry);
		tell(submitter, batch);
		batch_free(batch);
	}
}

static void
on_answered(void *who, const struct tocsin_value *result,
    const struct tocsin_error *error)
{
	struct batch *batch = who;
	struct tocsin_submitter *submitter = batch->submitter;
	submitter->nsent--;
	batch->is_answered = true;
	if (submitter->is_orphan) {
		STAILQ_REMOVE(&submitter->sent, batch, batch, entry);
		batch_free(batch);
		if (STAILQ_EMPTY(&submitter->sent))
			submitter_end(submitter);
		return;
	}
	if (error) {
		batch->error = *error;
	} else {
		struct tocsin_value items = tocsin_get(result, "items");
		buf_add(&batch->items, items.encoded.at, items.encoded.len);
		if (batch->items.failed)
			error_set(&batch->error, TOCSIN_NO_MEMORY,
			    "out of memory");
	}
	if (batch->error.code && !submitter->failure.code)
		submitter->failure = batch->error;
	tell_answered(submitter);
}

static void
pack_batch(const struct tocsin_submitter *submitter, const struct batch *batch,
    struct buf *params)
{
	size_t token = pack_open_map(params);
	uint32_t pairs = 1;
	for (size_t i = 0; i < WORDS; i++) {
		const struct word *word = &submitter->word[i];
		if (!word->value)
			continue;
		pack_field_string(params, word->key, word->value);
		pairs++;
	}
	if (submitter->dry_run) {
		pack_field_bool(params, "dry_run", true);
		pairs++;
	}
	pack_string(params, "reports");
	pack_list(params, batch->count);
	pack_raw(params, buf_text(&batch->reports));
	pack_close_map(params, token, pairs);
}

int
tocsin_submitter_flush(struct tocsin_submitter *submitter,
    struct tocsin_error *error)
{
	struct batch *batch = submitter->open;
	struct buf params = { 0 };
	int code = TOCSIN_NO_MEMORY;
	if (!batch)
		return 0;
	pack_batch(submitter, batch, &params);
	if (!params.failed && !batch->reports.failed)
		code = tocsin_call(submitter->tocsin, "report.submit_batch",
		    (struct tocsin_text){ (char *)params.at, params.len },
		    on_answered, batch);
	buf_free(&params);
	if (code)
		return error_set(error, (enum tocsin_code)code,
		    "out of memory");
	buf_free(&batch->reports);
	STAILQ_INSERT_TAIL(&submitter->sent, batch, entry);
	submitter->nsent++;
	submitter->open = NULL;
	return 0;
}

/* Wait until there is room for one more batch in flight. */
static int
make_room(struct tocsin_submitter *submitter, uint32_t left,
    struct tocsin_error *error)
{
	int code = 0;
	while (submitter->nsent > left && !code)
		code = tocsin_step(submitter->tocsin, -1);
	if (submitter->failure.code) {
		if (error)
			*error = submitter->failure;
		return (int)submitter->failure.code;
	}
	if (code && error)
		*error = *tocsin_trouble(submitter->tocsin);
	return code;
}

static bool
fits(const struct tocsin_submitter *submitter, size_t len, uint32_t elements)
{
	const struct batch *open = submitter->open;
	const struct tocsin *tocsin = submitter->tocsin;
	return open->count < batch_limit(submitter) &&
	    open->reports.len + len + OVERHEAD_BYTES <=
	    limit(tocsin, "limits.frame_bytes", FRAME_BYTES) &&
	    open->elements + elements + OVERHEAD_ELEMENTS <=
	    limit(tocsin, "limits.elements", ELEMENTS);
}

static struct batch *
batch_new(struct tocsin_submitter *submitter)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	if (!batch)
		return NULL;
	batch->submitter = submitter;
	batch->first = submitter->added;
	return batch;
}

/* How many elements a report has; 0 when it is not one whole map. */
static uint32_t
weigh(struct tocsin_text report)
{
	const struct scan_limits limits = { .frame_bytes = UINT32_MAX,
		.elements = UINT32_MAX,
		.depth = REPORT_DEPTH };
	struct scan scan = { 0 };
	struct tocsin_value value;
	if (scan_value(&scan, &limits, (const uint8_t *)report.at,
		report.len) != SCAN_WHOLE ||
	    scan.offset != report.len || !tocsin_decode(report, &value) ||
	    value.kind != TOCSIN_MAP)
		return 0;
	return scan.elements ? scan.elements : 1;
}

int
tocsin_submitter_add(struct tocsin_submitter *submitter,
    struct tocsin_text report, struct tocsin_error *error)
{
	uint32_t elements = weigh(report);
	int code = 0;
	if (!elements)
		return error_set(error, TOCSIN_MISUSE,
		    "a report is one map, at most %d levels deep",
		    REPORT_DEPTH);
	if (submitter->failure.code)
		return make_room(submitter, 0, error);
	if (submitter->open && !fits(submitter, report.len, elements))
		code = tocsin_submitter_flush(submitter, error);
	if (!code && submitter->nsent >= submitter->window)
		code = make_room(submitter, submitter->window - 1, error);
	if (code)
		return code;
	if (!submitter->open)
		submitter->open = batch_new(submitter);
	if (!submitter->open)
		return error_set(error, TOCSIN_NO_MEMORY, "out of memory");
	buf_add(&submitter->open->reports, report.at, report.len);
	submitter->open->elements += elements;
	submitter->open->count++;
	submitter->added++;
	if (submitter->open->count >= batch_limit(submitter))
		return tocsin_submitter_flush(submitter, error);
	return 0;
}

int
tocsin_submitter_finish(struct tocsin_submitter *submitter,
    struct tocsin_error *error)
{
	int code = tocsin_submitter_flush(submitter, error);
	return code ? code : make_room(submitter, 0, error);
}
