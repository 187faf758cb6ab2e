#include "clients/cli/transfer.h"

#include <string.h>

#include "base/digest.h"

enum { ID_BYTES = 65, ASK_MS = 200 };

struct pages {
	struct line *line;
	char id[ID_BYTES];
	struct tocsin_writer *params; /* owned */
	struct sha256 *digest;        /* owned */
	transfer_put *put;
	void *who;
	struct transfer *transfer;
	struct progress progress;
	char told[65]; /* the daemon's digest */
	/* while it is being made */
	bool is_opened, is_asked;
	struct tocsin_error error; /* code 0: none */
};

static int
broken(struct pages *pages, const char *why)
{
	progress_clear(&pages->progress);
	output_message(line_output(pages->line),
	    "the export is not whole: %s; nothing of it should be used", why);
	return EXIT_PARTIAL;
}

static const char *
method_of(const struct pages *pages)
{
	return pages->transfer->method ? pages->transfer->method
				       : "export.open";
}

static void
keep(char *to, size_t room, struct tocsin_text text)
{
	if (text.len >= room)
		return;
	memcpy(to, text.at, text.len);
	to[text.len] = '\0';
}

/* Take one page; *done when it was the last. */
static int
take_page(struct pages *pages, const struct tocsin_value *page, bool *done)
{
	struct transfer *transfer = pages->transfer;
	struct tocsin_text data = tocsin_get_text(page, "data");
	int64_t offset = tocsin_get_int(page, "offset", -1);
	*done = tocsin_get_bool(page, "done");
	if (offset != transfer->bytes + (int64_t)data.len)
		return broken(pages, "a part begins in the wrong place");
	if (!data.len && !*done)
		return broken(pages, "a part is empty");
	transfer->bytes = offset;
	sha256_add(pages->digest, data.at, data.len);
	progress_update(&pages->progress, (uint64_t)offset, (uint64_t)offset);
	if (*done) {
		transfer->rows = tocsin_get_int(page, "rows", -1);
		keep(pages->told, sizeof(pages->told),
		    tocsin_get_text(page, "sha256"));
	}
	return pages->put(pages->who, data.at, data.len);
}

static int
fetch_page(struct pages *pages, bool *done)
{
	struct tocsin_reply *reply;
	int code;
	tocsin_writer_clear(pages->params);
	tocsin_put_map(pages->params, NULL);
	tocsin_put_string(pages->params, "export", pages->id);
	tocsin_put_int(pages->params, "offset", pages->transfer->bytes);
	tocsin_put_end(pages->params);
	code = line_call(pages->line, "export.next", pages->params, &reply);
	if (!code)
		code = take_page(pages, tocsin_reply_result(reply), done);
	tocsin_reply_free(reply);
	return code;
}

/* The daemon forgets an export by itself; telling it is a courtesy. */
static void
close_export(struct pages *pages)
{
	int code;
	struct tocsin *tocsin = line_connect(pages->line, &code);
	tocsin_writer_clear(pages->params);
	tocsin_put_map(pages->params, NULL);
	tocsin_put_string(pages->params, "export", pages->id);
	tocsin_put_end(pages->params);
	if (tocsin &&
	    !tocsin_call(tocsin, "export.close",
		tocsin_writer_bytes(pages->params), NULL, NULL))
		tocsin_wait(tocsin, 0);
}

static void
take_opened(struct pages *pages, const struct tocsin_value *result)
{
	keep(pages->id, sizeof(pages->id), tocsin_get_text(result, "export"));
	pages->transfer->seq = tocsin_get_int(result, "seq", 0);
	pages->transfer->epoch = tocsin_get_int(result, "epoch", 0);
}

static void
on_opened(void *who, const struct tocsin_value *result,
    const struct tocsin_error *error)
{
	struct pages *pages = who;
	pages->is_opened = true;
	if (error)
		pages->error = *error;
	else
		take_opened(pages, result);
}

static void
on_progress(void *who, const struct tocsin_value *result,
    const struct tocsin_error *error)
{
	struct pages *pages = who;
	int64_t done, total;
	pages->is_asked = false;
	if (error || pages->is_opened)
		return;
	done = tocsin_get_int(result, "done", 0);
	total = tocsin_get_int(result, "total", 0);
	if (total <= 0)
		return;
	pages->progress.total = (uint64_t)total;
	progress_update(&pages->progress, (uint64_t)done, (uint64_t)done);
}

/*
 * Open it and, while that takes its time, ask how far it has come.  Neither
 * answer may be left behind: they would come to nobody's memory.
 */
static int
wait_for_export(struct pages *pages, const struct tocsin_writer *params)
{
	static const char nothing[] = { (char)0x80 }; /* an empty map */
	int64_t next = clock_ms() + ASK_MS;
	int code, failed;
	struct tocsin *tocsin = line_connect(pages->line, &code);
	if (!tocsin)
		return code;
	progress_start(&pages->progress, line_output(pages->line), "events", 0);
	failed = tocsin_call(tocsin, method_of(pages),
	    tocsin_writer_bytes(params), on_opened, pages);
	while (!failed && (!pages->is_opened || pages->is_asked)) {
		failed = tocsin_step(tocsin, ASK_MS);
		if (failed || pages->is_opened || pages->is_asked ||
		    clock_ms() < next)
			continue;
		next = clock_ms() + ASK_MS;
		pages->is_asked =
		    !tocsin_call(tocsin, pages->transfer->progress,
			(struct tocsin_text){ nothing, sizeof(nothing) },
			on_progress, pages);
	}
	progress_clear(&pages->progress);
	if (failed)
		pages->error = *tocsin_trouble(tocsin);
	if (failed && !pages->error.code)
		pages->error.code = TOCSIN_NO_MEMORY;
	return pages->error.code ? line_refused(pages->line, &pages->error) : 0;
}

static int
open_export(struct pages *pages, const struct tocsin_writer *params)
{
	struct tocsin_reply *reply;
	int code = line_call(pages->line, method_of(pages), params, &reply);
	if (!code)
		take_opened(pages, tocsin_reply_result(reply));
	tocsin_reply_free(reply);
	return code;
}

static int
fetch_all(struct pages *pages)
{
	bool done = false;
	int code = 0;
	progress_start(&pages->progress, line_output(pages->line), "bytes", 0);
	while (!done && !code)
		code = fetch_page(pages, &done);
	progress_clear(&pages->progress);
	if (code)
		return code;
	sha256_finish(pages->digest, pages->transfer->sha256);
	if (strcmp(pages->transfer->sha256, pages->told) != 0)
		return broken(pages, "its digest differs from the server's");
	close_export(pages);
	return 0;
}

int
transfer_run(struct line *line, const struct tocsin_writer *params,
    transfer_put *put, void *who, struct transfer *transfer)
{
	struct pages pages = { .line = line,
		.put = put,
		.who = who,
		.transfer = transfer };
	int64_t began = clock_ms();
	int code = EXIT_LOCAL;
	*transfer = (struct transfer){ .progress = transfer->progress,
		.method = transfer->method };
	pages.params = tocsin_writer_new();
	pages.digest = digest_init() ? NULL : sha256_new();
	if (pages.params && pages.digest) {
		code = transfer->progress ? wait_for_export(&pages, params)
					  : open_export(&pages, params);
		transfer->made_ms = clock_ms() - began;
		if (!code)
			code = fetch_all(&pages);
	} else {
		output_message(line_output(line), "out of memory");
	}
	sha256_free(pages.digest);
	tocsin_writer_free(pages.params);
	return code;
}
