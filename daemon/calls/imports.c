/* imports.c - import.begin, and what an import has named since. */
#include "daemon/calls/imports.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/missing.h"
#include "daemon/intake/shown.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

enum {
	IMPORTS_MAX = 16,
	KEEP_MS = 600000, /* idle */
	PAUSE_MS = 10000, /* idle, when another needs the place */
	NAME_BYTES = 16,
	KEY_BYTES = 16,
};

struct imports {
	struct snapshot_import *first;
	unsigned count;
	uint64_t rows; /* of all, bounded together */
};

struct imports *
imports_new(void)
{
	return calloc(1, sizeof(struct imports));
}

static void
forget(struct imports *imports, struct snapshot_import **at)
{
	struct snapshot_import *import = *at;

	*at = import->next;
	imports->count--;
	imports->rows -= import->keys.len / KEY_BYTES;
	buf_free(&import->keys);
	free(import);
}

void
imports_free(struct imports *imports)
{
	while (imports && imports->first)
		forget(imports, &imports->first);
	free(imports);
}

/* Forget what nobody goes on with; when they are many, sooner. */
static void
sweep(struct imports *imports)
{
	struct snapshot_import **at = &imports->first;
	int64_t keep = imports->count < IMPORTS_MAX ? KEEP_MS : PAUSE_MS;
	int64_t now = loop_now_ms();

	while (*at) {
		if (now - (*at)->used_ms > keep)
			forget(imports, at);
		else
			at = &(*at)->next;
	}
}

static struct snapshot_import **
find(struct imports *imports, struct text name)
{
	struct snapshot_import **at = &imports->first;

	while (*at && !text_is(name, (*at)->name))
		at = &(*at)->next;
	return at;
}

int
imports_check(struct call *call, struct text name, struct refusal *why)
{
	struct services *services = session_services(call->session);
	struct snapshot_import *import = *find(services->imports, name);

	if (!name.len)
		return 0;
	if (!import ||
	    !text_is(session_organisation(call->session), import->organisation))
		return refuse(why, ERROR_NOT_FOUND, "snapshot",
		    "this import is not known, or no longer: begin it anew");
	import->used_ms = loop_now_ms();
	return 0;
}

static void
note_source(struct snapshot_import *import, uint64_t origin_hash)
{
	unsigned i = 0;

	while (i < import->nsources && import->source[i] != origin_hash)
		i++;
	if (i < import->nsources)
		return;
	if (i == SNAPSHOT_SOURCES_MAX)
		import->has_too_much = true;
	else
		import->source[import->nsources++] = origin_hash;
}

void
imports_note(struct services *services, const char *name,
    const struct candidate *candidate)
{
	struct snapshot_import *import =
	    *find(services->imports, text_of(name));

	if (!import)
		return;
	if (!candidate) {
		import->rejected++;
		return;
	}
	import->rows++;
	note_source(import, candidate->origin_hash);
	if (services->imports->rows >= SNAPSHOT_ROWS_MAX ||
	    import->has_too_much) {
		import->has_too_much = true;
		return;
	}
	buf_add(&import->keys, candidate->key, KEY_BYTES);
	import->has_too_much = import->keys.failed;
	services->imports->rows += !import->keys.failed;
}

/* A new import of the caller's; NULL when out of memory. */
static struct snapshot_import *
begin(struct call *call)
{
	struct services *services = session_services(call->session);
	struct imports *imports = services->imports;
	struct snapshot_import *import = calloc(1, sizeof(*import));
	uint8_t name[NAME_BYTES];

	if (!import)
		return NULL;
	digest_random(name, sizeof(name));
	digest_hex(name, sizeof(name), import->name);
	shown_copy(import->organisation, sizeof(import->organisation),
	    session_organisation(call->session));
	import->began_seq = store_durable(services->store);
	import->used_ms = loop_now_ms();
	import->next = imports->first;
	imports->first = import;
	imports->count++;
	return import;
}

void
handle_import_begin(struct call *call)
{
	struct services *services = session_services(call->session);
	struct snapshot_import *import = NULL;
	struct refusal why = { 0 };
	struct buf out = { 0 };

	sweep(services->imports);
	if (services->imports->count >= IMPORTS_MAX)
		refuse_for_now(&why, ERROR_BUSY, RETRY_BUSY_MS,
		    "%d snapshots are being imported", IMPORTS_MAX);
	else
		import = begin(call);
	if (import) {
		pack_map(&out, 1);
		pack_field_string(&out, "snapshot", import->name);
	} else if (!why.code) {
		answer_no_memory(&why);
	}
	answer_ticket(services, call_ticket(call), &out, 0, &why);
}

/* Was every row told that the caller believes was? */
static int
check_whole(const struct snapshot_import *import,
    const struct call_import_finish *args, struct refusal *why)
{
	if (import->has_too_much)
		return refuse(why, ERROR_TOO_LARGE, "snapshot",
		    "at most %d reports of %d sources; nothing was withdrawn",
		    SNAPSHOT_ROWS_MAX, SNAPSHOT_SOURCES_MAX);
	if (import->rows != args->rows)
		return refuse(why, ERROR_CONFLICT, "rows",
		    "%llu reports of this import were taken; nothing was "
		    "withdrawn: import the whole again",
		    (unsigned long long)import->rows);
	if (import->rejected && !args->dry_run)
		return refuse(why, ERROR_CONFLICT, "snapshot",
		    "%llu reports of this import were refused and cannot be "
		    "told from missing ones; nothing was withdrawn",
		    (unsigned long long)import->rejected);
	return 0;
}

void
handle_import_finish(struct call *call)
{
	const struct call_import_finish *args = call->args;
	struct services *services = session_services(call->session);
	struct snapshot_import *import;
	struct refusal why = { 0 };

	if (!imports_check(call, args->snapshot, &why)) {
		import = *find(services->imports, args->snapshot);
		if (import && !check_whole(import, args, &why) &&
		    !missing_start(call, import, args))
			return;
	}
	if (!why.code)
		answer_no_memory(&why);
	answer_refusal(call, &why);
}

void
imports_end(struct services *services, const char *name)
{
	struct snapshot_import **at = find(services->imports, text_of(name));

	if (*at)
		forget(services->imports, at);
}
