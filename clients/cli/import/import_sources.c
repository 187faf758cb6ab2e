#include "clients/cli/import/import_sources.h"

#include <stdlib.h>
#include <string.h>

#include "clients/cli/formats/map_value.h"
#include "clients/cli/import/import.h"

static bool
is_named(const struct import_source *one, struct text source)
{
	return text_is(source, one->name);
}

/* A source that is declared otherwise is not imported the wrong way. */
static int
check_declared(struct import *import, const struct import_source *source,
    struct text ids)
{
	if (import->how && text_is(ids, import->how))
		return 0;
	if (!text_is(ids, "epoch")) {
		import->is_partial |= text_is(ids, "snapshot");
		return 0;
	}
	progress_clear(&import->progress);
	output_message(import->output,
	    "%s gives its ids anew with each release: say --ids epoch, and "
	    "--label with a name of the release",
	    source->name[0] ? source->name : "this source");
	return import->code = EXIT_CONFLICT;
}

static int
declare(struct import *import, struct import_source *source)
{
	struct tocsin_writer *writer = import->scratch;
	const struct tocsin_value *result;
	struct tocsin_reply *reply;
	struct tocsin_text ids;
	int code;
	tocsin_writer_clear(writer);
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "source", source->name);
	if (import->how)
		tocsin_put_string(writer, "ids", import->how);
	if (import->label)
		tocsin_put_string(writer, "import", import->label);
	tocsin_put_bool(writer, "change", line_has(import->line, "change-ids"));
	tocsin_put_bool(writer, "dry_run", import->is_dry);
	tocsin_put_end(writer);
	code = line_call(import->line, "sources.declare", writer, &reply);
	if (code) {
		if (code == EXIT_CONFLICT)
			output_message(import->output,
			    "--change-ids says that it is so from now on");
		return import->code = code;
	}
	result = tocsin_reply_result(reply);
	ids = tocsin_get_text(result, "ids");
	source->is_shared = tocsin_get_bool(result, "held") &&
	    !tocsin_get_bool(result, "begun");
	code = check_declared(import, source, (struct text){ ids.at, ids.len });
	tocsin_reply_free(reply);
	return code;
}

/* Room for one more; NULL with import->code when there is none. */
static struct import_source *
add(struct import *import)
{
	struct import_sources *sources = &import->sources;
	if (!sources->at)
		sources->at = calloc(SOURCES_MAX, sizeof(*sources->at));
	if (sources->at && sources->count < SOURCES_MAX)
		return &sources->at[sources->count++];
	progress_clear(&import->progress);
	output_message(import->output,
	    sources->at ? "more than %d sources in one file: split it"
			: "out of memory",
	    SOURCES_MAX);
	import->code = sources->at ? EXIT_REJECTED : EXIT_LOCAL;
	return NULL;
}

int
import_sources_meet(struct import *import, struct text source, uint32_t *index)
{
	struct import_sources *sources = &import->sources;
	struct import_source *one;
	source = map_trim(source);
	if (source.len > SOURCE_NAME_MAX)
		source.len = SOURCE_NAME_MAX;
	*index = sources->last;
	if (sources->count && is_named(&sources->at[sources->last], source))
		return 0;
	for (*index = 0; *index < sources->count; ++*index) {
		if (is_named(&sources->at[*index], source)) {
			sources->last = *index;
			return 0;
		}
	}
	if (sources->count == SOURCES_MAX && !import->how) {
		*index = SOURCES_MAX - 1;
		return 0;
	}
	one = add(import);
	if (!one)
		return import->code;
	sources->last = *index;
	if (source.len)
		memcpy(one->name, source.at, source.len);
	return declare(import, one);
}

void
import_sources_fini(struct import *import)
{
	free(import->sources.at);
	import->sources = (struct import_sources){ 0 };
}
