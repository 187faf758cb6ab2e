/*
 * orgfile.c - tocsin org import: a file of organisations, told to the store.
 * The file is judged whole before anything is sent.
 */
#include <stdio.h>

#include "base/date.h"
#include "base/yaml.h"
#include "clients/cli/shell/command.h"
#include "daemon/core/detect/doubt.h"
#include "daemon/core/organisations.h"

struct import {
	struct line *line;
	struct tocsin *tocsin;
	struct tocsin_writer *writer; /* owned */
	struct organisations *all;    /* owned */
	unsigned added, changed;
};

static void
put_text(struct tocsin_writer *writer, const char *key, struct text text)
{
	tocsin_put_text(writer, key, (struct tocsin_text){ text.at, text.len });
}

static void
put_site(void *writer, struct text site)
{
	put_text(writer, NULL, site);
}

/* All of it, so that the store holds what the file says. */
static void
put_organisation(struct import *import, unsigned index, bool is_new)
{
	const struct organisations *all = import->all;
	struct tocsin_writer *writer = import->writer;
	const struct organisation *one = organisations_at(all, index);
	char trust[16], day[DATE_MAX] = "none";

	snprintf(trust, sizeof(trust), "%.2f",
	    one->trust / (double)WEIGHT_CASE);
	if (one->probation_until != INT32_MIN)
		date_format((struct date){ one->probation_until, DATE_DAY },
		    day);
	tocsin_writer_clear(writer);
	tocsin_put_map(writer, NULL);
	tocsin_put_bool(writer, "add", is_new);
	put_text(writer, "name", one->name);
	tocsin_put_string(writer, "trust", trust);
	tocsin_put_string(writer, "trusted", one->is_trusted ? "yes" : "no");
	tocsin_put_string(writer, "probation", day);
	tocsin_put_list(writer, "sites");
	organisations_each_site(all, index, put_site, writer);
	tocsin_put_end(writer);
	if (line_option(import->line, "reason"))
		tocsin_put_string(writer, "reason",
		    line_option(import->line, "reason"));
	tocsin_put_end(writer);
}

/* It is new, or it is not: the answer says which. */
static int
tell(struct import *import, unsigned index)
{
	struct tocsin_reply *reply = NULL;
	struct tocsin_error error;
	int code;

	put_organisation(import, index, true);
	if (!tocsin_writer_is_whole(import->writer)) {
		output_message(line_output(import->line), "out of memory");
		return EXIT_LOCAL;
	}
	code = tocsin_call_wait(import->tocsin, "organisations.set",
	    tocsin_writer_bytes(import->writer), &reply, &error);
	tocsin_reply_free(reply);
	if (!code)
		import->added++;
	if (code != TOCSIN_CONFLICT)
		return code ? line_refused(import->line, &error) : 0;
	put_organisation(import, index, false);
	code = line_call(import->line, "organisations.set", import->writer,
	    &reply);
	tocsin_reply_free(reply);
	if (!code)
		import->changed++;
	return code;
}

static int
tell_all(struct import *import)
{
	struct output *output = line_output(import->line);
	unsigned count = organisations_count(import->all);
	int code = 0;

	import->writer = tocsin_writer_new();
	if (!import->writer)
		return EXIT_LOCAL;
	import->tocsin = line_connect(import->line, &code);
	for (unsigned i = 0; import->tocsin && !code && i < count; i++)
		code = tell(import, i);
	output_message(output, "%u named, %u said anew, of %u", import->added,
	    import->changed, count);
	return code;
}

int
run_org_import(struct line *line)
{
	const char *path = line_operand(line, 0);
	struct import import = { .line = line };
	struct yaml_errors errors = { 0 };
	int code = EXIT_OK;

	import.all = organisations_load(path, &errors);
	if (errors.text.len)
		fwrite(errors.text.at, 1, errors.text.len, stderr);
	if (!import.all)
		code = EXIT_LOCAL;
	else if (line_has(line, "dry-run"))
		output_message(line_output(line), "%u organisations, all good",
		    organisations_count(import.all));
	else
		code = tell_all(&import);
	tocsin_writer_free(import.writer);
	organisations_free(import.all);
	yaml_errors_free(&errors);
	return code;
}
