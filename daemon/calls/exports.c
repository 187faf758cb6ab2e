/* exports.c - export.open, export.next, export.close. */
#include "daemon/calls/exports.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/audit.h"
#include "daemon/calls/export_wish.h"
#include "daemon/calls/fresh.h"
#include "daemon/feed/table.h"
#include "daemon/metrics.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

enum {
	PAGE_BYTES = 262144,
	WRITE_BYTES = 1 << 18,
	EXPORT_ID_MAX = 33,
};

struct open_export {
	struct fresh fresh; /* first, while it is being made */
	struct open_export *next;
	bool is_stale; /* something was erased while it was made */
	struct ticket ticket;
	char id[EXPORT_ID_MAX];
	struct export_wish wish;
	struct export_result result;
	int fd; /* -1: none */
	uint64_t size;
	struct sha256 *digest; /* while it is being made */
	char sha256[SHA256_HEX_MAX];
	struct buf gathered; /* bytes not yet written to fd */
	int64_t used_ms;     /* monotonic: last asked for */
};

struct exports {
	struct open_export *first;
	struct open_export *making; /* not yet among the others */
	unsigned count;             /* of both */
};

struct exports *
exports_new(void)
{
	return calloc(1, sizeof(struct exports));
}

static void
export_free(struct open_export *one)
{
	if (one->fd >= 0)
		close(one->fd);
	sha256_free(one->digest);
	export_wish_fini(&one->wish);
	buf_free(&one->gathered);
	free(one);
}

void
exports_free(struct exports *exports)
{
	while (exports && exports->first) {
		struct open_export *next = exports->first->next;

		export_free(exports->first);
		exports->first = next;
	}
	free(exports);
}

static void
forget(struct exports *exports, struct open_export **at)
{
	struct open_export *one = *at;

	*at = one->next;
	exports->count--;
	metrics_sub(METRIC_exports_open, 1);
	export_free(one);
}

void
exports_sweep(struct exports *exports, int64_t keep_ms)
{
	int64_t now = loop_now_ms();
	struct open_export **at = &exports->first;

	while (*at) {
		if (now - (*at)->used_ms > keep_ms)
			forget(exports, at);
		else
			at = &(*at)->next;
	}
}

void
exports_forget_reports(struct exports *exports)
{
	struct open_export **at = &exports->first;

	for (struct open_export *one = exports->making; one; one = one->next)
		one->is_stale = true;
	while (*at) {
		if ((*at)->wish.options.what == EXPORT_REPORTS ||
		    (*at)->wish.options.what == EXPORT_SUBJECT)
			forget(exports, at);
		else
			at = &(*at)->next;
	}
}

static int
flush_gathered(struct open_export *one)
{
	size_t done = 0;

	while (done < one->gathered.len) {
		ssize_t wrote = write(one->fd, one->gathered.at + done,
		    one->gathered.len - done);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return -1;
		done += (size_t)wrote;
	}
	one->size += done;
	buf_clear(&one->gathered);
	return 0;
}

/* Worker thread: bytes of the export as they are made. */
static int
put_bytes(void *who, const void *bytes, size_t len)
{
	struct open_export *one = who;

	sha256_add(one->digest, bytes, len);
	buf_add(&one->gathered, bytes, len);
	if (one->gathered.failed)
		return -1;
	return one->gathered.len < WRITE_BYTES ? 0 : flush_gathered(one);
}

static void
make_export(struct fresh *fresh)
{
	struct open_export *one = (struct open_export *)fresh;
	struct export_source source = {
		.store = fresh->services->store,
		.vocabulary = fresh->services->vocabulary,
	};
	struct export_sink sink = { put_bytes, one };
	const char *dir = fresh->services->exports_dir;

	one->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	one->digest = sha256_new();
	if (one->fd < 0 || !one->digest) {
		refuse_for_now(&one->fresh.why, ERROR_BUSY, RETRY_READ_ONLY_MS,
		    "no temporary file can be made: %s", strerror(errno));
		return;
	}
	if (export_write(&source, &one->wish.options, &sink, &one->result,
		&one->fresh.why))
		return;
	if (flush_gathered(one))
		refuse_for_now(&one->fresh.why, ERROR_BUSY, RETRY_READ_ONLY_MS,
		    "the export cannot be written: %s", strerror(errno));
	sha256_finish(one->digest, one->sha256);
}

static void
pack_opened(const struct open_export *one, struct buf *out)
{
	const struct column *columns = table_columns(one->wish.options.what);
	uint32_t count = 0;

	while (columns[count].name)
		count++;
	pack_map(out, 4);
	pack_field_string(out, "export", one->id);
	pack_field_uint(out, "seq", one->result.seq);
	pack_field_uint(out, "epoch", store_epoch(one->fresh.services->store));
	pack_string(out, "columns");
	pack_list(out, count);
	for (uint32_t i = 0; i < count; i++)
		pack_string(out, columns[i].name);
}

static void
export_made(struct fresh *fresh)
{
	struct open_export *one = (struct open_export *)fresh;
	struct exports *exports = fresh->services->exports;
	struct open_export **at = &exports->making;
	struct buf out = { 0 };

	while (*at != one)
		at = &(*at)->next;
	*at = one->next;

	if (!one->fresh.why.code && one->is_stale)
		refuse_for_now(&one->fresh.why, ERROR_BUSY, RETRY_BUSY_MS,
		    "reports were erased meanwhile; ask again");
	if (!one->fresh.why.code)
		pack_opened(one, &out);
	answer_ticket(fresh->services, one->ticket, &out, one->result.seq,
	    &one->fresh.why);
	if (one->fresh.why.code) {
		exports->count--;
		export_free(one);
		return;
	}
	one->used_ms = loop_now_ms();
	one->next = exports->first;
	exports->first = one;
	metrics_add(METRIC_exports_open, 1);
	metrics_add(METRIC_export_rows, one->result.rows);
}

static struct open_export *
export_new(struct call *call, struct refusal *why)
{
	struct services *services = session_services(call->session);
	struct open_export *one = calloc(1, sizeof(*one));
	uint8_t id[16];

	if (!one) {
		answer_no_memory(why);
		return NULL;
	}
	one->fd = -1;
	one->fresh = (struct fresh){ .services = services,
		.read = make_export,
		.done = export_made };
	one->ticket = call_ticket(call);
	digest_random(id, sizeof(id));
	digest_hex(id, sizeof(id), one->id);
	if (!export_wish_read(&one->wish, call, why) &&
	    (one->wish.options.what != EXPORT_AUDIT || !audit_check(call, why)))
		return one;
	export_free(one);
	return NULL;
}

static void
open_export(struct call *call)
{
	struct services *services = session_services(call->session);
	struct open_export *one = NULL;
	struct refusal why = { 0 };

	if (services->exports->count >=
	    (unsigned)services->limits.exports_open) {
		metrics_add(METRIC_exports_refused, 1);
		refuse_for_now(&why, ERROR_BUSY, RETRY_READ_ONLY_MS,
		    "as many exports are open as allowed; close one");
	} else {
		one = export_new(call, &why);
	}
	if (!one) {
		answer_refusal(call, &why);
		return;
	}
	one->next = services->exports->making;
	services->exports->making = one;
	services->exports->count++;
	fresh_start(&one->fresh);
}

void
handle_export_open(struct call *call)
{
	open_export(call);
}

void
handle_export_subject(struct call *call)
{
	open_export(call);
}

void
handle_rules_progress(struct call *call)
{
	struct exports *exports = session_services(call->session)->exports;
	uint64_t count = 0, done = 0, total = 0;
	struct buf out = { 0 };

	for (struct open_export *one = exports->making; one; one = one->next) {
		if (!one->wish.tried ||
		    !text_is(session_organisation(call->session),
			one->wish.organisation))
			continue;
		count++;
		done += atomic_load(&one->wish.tried->progress.done);
		total += atomic_load(&one->wish.tried->progress.total);
	}
	pack_map(&out, 3);
	pack_field_uint(&out, "replays", count);
	pack_field_uint(&out, "done", done);
	pack_field_uint(&out, "total", total);
	answer_ticket(session_services(call->session), call_ticket(call), &out,
	    0, &(struct refusal){ 0 });
}

/* An export belongs to the organisation that opened it. */
static struct open_export **
find_export(struct call *call, struct text id, struct refusal *why)
{
	struct exports *exports = session_services(call->session)->exports;
	struct open_export **at = &exports->first;

	while (*at &&
	    (!text_is(id, (*at)->id) ||
		!text_is(session_organisation(call->session),
		    (*at)->wish.organisation)))
		at = &(*at)->next;
	if (*at)
		return at;
	refuse(why, ERROR_NOT_FOUND, "export",
	    "no such export is open; it may have been idle for too long");
	return NULL;
}

void
handle_export_next(struct call *call)
{
	const struct call_export_next *args = call->args;
	struct services *services = session_services(call->session);
	struct refusal why = { 0 };
	struct open_export **at = find_export(call, args->export, &why);
	struct buf page = { 0 }, out = { 0 };
	ssize_t got = 0;
	bool done;

	if (at && args->offset < (*at)->size &&
	    buf_reserve(&page, PAGE_BYTES) && page.at) {
		got =
		    pread((*at)->fd, page.at, PAGE_BYTES, (off_t)args->offset);
		if (got < 0)
			refuse(&why, ERROR_INTERNAL, NULL,
			    "the export cannot be read: %s", strerror(errno));
	}
	if (at && !why.code) {
		struct open_export *one = *at;

		done = args->offset + (uint64_t)got >= one->size;
		one->used_ms = loop_now_ms();
		pack_map(&out, done ? 5 : 3);
		pack_string(&out, "data");
		pack_bin(&out,
		    (struct text){ (const char *)page.at, (size_t)got });
		pack_field_uint(&out, "offset", args->offset + (uint64_t)got);
		pack_field_bool(&out, "done", done);
		if (done) {
			pack_field_uint(&out, "rows", one->result.rows);
			pack_field_string(&out, "sha256", one->sha256);
		}
	}
	out.failed = out.failed || page.failed;
	answer_ticket(services, call_ticket(call), &out, 0, &why);
	buf_free(&page);
}

void
handle_export_close(struct call *call)
{
	const struct call_export_close *args = call->args;
	struct services *services = session_services(call->session);
	struct refusal why = { 0 };
	struct open_export **at = find_export(call, args->export, &why);
	struct buf out = { 0 };

	if (at) {
		pack_map(&out, 1);
		pack_field_string(&out, "export", (*at)->id);
		forget(services->exports, at);
	}
	answer_ticket(services, call_ticket(call), &out, 0, &why);
}
