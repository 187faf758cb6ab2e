/*
 * import_options.c - what the command line says of an import.
 */
#include <string.h>
#include <sys/stat.h>

#include "clients/cli/import/import.h"

enum { LABEL_MAX = 64, MAX_WITHDRAWN = 10 };

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);
	return len >= end_len && !strcasecmp(text + len - end_len, end);
}

static int
read_format(struct import *import)
{
	static const char *const words[] = { "csv", "ords", "ndjson", NULL };
	const char *word = NULL;
	int code = line_word(import->line, "format", words, &word);
	if (code)
		return code;
	import->format = IMPORT_CSV;
	if (word && !strcmp(word, "ords"))
		import->format = IMPORT_ORDS;
	else if (word && !strcmp(word, "ndjson"))
		import->format = IMPORT_NDJSON;
	if (word || line_has(import->line, "map"))
		return 0;
	if (ends_with(import->path, ".ndjson") ||
	    ends_with(import->path, ".jsonl"))
		import->format = IMPORT_NDJSON;
	else if (!ends_with(import->path, ".csv"))
		return line_usage(import->line,
		    "say --format ords, csv or ndjson");
	return 0;
}

static int
read_ids(struct import *import)
{
	static const char *const words[] = { "content", "row", NULL };
	static const char *const hows[] = { "stable", "epoch", "snapshot",
		NULL };
	const char *from = NULL;
	int code = line_word(import->line, "ids-from", words, &from);
	if (!code)
		code = line_word(import->line, "ids", hows, &import->how);
	if (code)
		return code;
	if (import->how && from)
		return line_usage(import->line,
		    "--ids is for rows that have ids, --ids-from for rows "
		    "that have none");
	if (from)
		import->ids = !strcmp(from, "content") ? IDS_CONTENT : IDS_ROW;
	if (import->ids != IDS_COLUMN && import->format == IMPORT_ORDS)
		return line_usage(import->line,
		    "--ids-from: ORDS files have ids");
	return 0;
}

/* Cut to so many bytes, between characters. */
static void
cut_label(struct import *import, const char *name)
{
	size_t len = strnlen(name, LABEL_MAX);
	while (name[len] && len && ((unsigned char)name[len] & 0xc0) == 0x80)
		len--;
	memcpy(import->label_held, name, len);
	import->label_held[len] = '\0';
	import->label = import->label_held;
}

static int
read_names(struct import *import)
{
	struct line *line = import->line;
	const char *slash = strrchr(import->path, '/');
	bool is_stdin = !strcmp(import->path, "-");
	const char *label = line_option(line, "label");
	import->source = text_of(line_option(line, "source"));
	import->licence = text_of(line_option(line, "licence"));
	import->base = slash ? slash + 1 : import->path;
	import->is_dry = line_has(line, "dry-run");
	if (label && strlen(label) > LABEL_MAX)
		return line_usage(line, "--label: at most %d bytes", LABEL_MAX);
	if (label)
		import->base = label;
	if (!is_stdin || label)
		cut_label(import, import->base);
	if (is_stdin && !label && import->ids == IDS_ROW)
		return line_usage(line,
		    "--ids-from row from - needs a --label, so that two files "
		    "do not share their ids");
	if (!import->label && import->how && !strcmp(import->how, "epoch"))
		return line_usage(line,
		    "--ids epoch from - needs a --label: the name of the "
		    "release");
	if (is_stdin && line_has(line, "resume"))
		return line_usage(line,
		    "--resume needs a file; what was sent before is known, so "
		    "sending all again counts nothing twice");
	return 0;
}

static bool
is_same_file(const char *a, const char *b)
{
	struct stat left, right;
	return !stat(a, &left) && !stat(b, &right) &&
	    left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

int
import_read_options(struct import *import)
{
	static const char *const backfills[] = { "auto", "all", "none", NULL };
	struct line *line = import->line;
	const char *rejects = line_option(line, "rejects");
	const char *map = line_option(line, "map");
	int code = read_format(import);
	if (!code)
		code = read_ids(import);
	if (!code)
		code = read_names(import);
	if (code)
		return code;
	import->max_withdrawn = MAX_WITHDRAWN;
	code = line_number(line, "max-withdrawn", (int64_t[]){ 0, 100 },
	    &import->max_withdrawn);
	if (code)
		return code;
	import->backfill = "auto";
	code = line_word(line, "backfill", backfills, &import->backfill);
	if (code)
		return code;
	if (rejects && is_same_file(rejects, import->path))
		return line_usage(line,
		    "--rejects would overwrite the file it reads");
	if (map && import->format != IMPORT_CSV)
		return line_usage(line, "--map is for --format csv");
	return 0;
}
