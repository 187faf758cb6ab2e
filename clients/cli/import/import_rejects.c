#include "clients/cli/import/import_rejects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TOLD_MOST = 10 };

static const char *const our_columns[] = { "_line", "_field", "_code",
	"_reason" };

static void
fail(struct rejects *rejects)
{
	if (!rejects->is_failed)
		output_message(rejects->output, "%s: cannot write: %s",
		    rejects->path, strerror(errno));
	rejects->is_failed = true;
}

/* What stands in the file goes back as it came; what we and the server add
 * is for people. */
static void
write_row(struct rejects *rejects, const struct text *cell, uint32_t count,
    struct buf *out)
{
	struct buf row = { 0 };
	bool is_ours = cell != rejects->heading;
	if (is_ours)
		csv_put_guarded_row(&row, cell, count, rejects->delimiter);
	else
		csv_put_row(&row, cell, count, rejects->delimiter);
	if (row.failed)
		out->failed = true;
	else
		input_encode(rejects->input, buf_text(&row), out);
	buf_free(&row);
}

static void
write_heading(struct rejects *rejects)
{
	struct text ours[4];
	struct buf out = { 0 };
	for (int i = 0; i < 4; i++)
		ours[i] = text_of(our_columns[i]);
	write_row(rejects, rejects->heading, rejects->count, &out);
	buf_u8(&out, (uint8_t)rejects->delimiter);
	write_row(rejects, ours, 4, &out);
	buf_add_string(&out, "\r\n");
	fwrite(out.at, 1, out.len, rejects->file);
	buf_free(&out);
}

/* The file appears with the first row it has to hold. */
static bool
is_ready(struct rejects *rejects)
{
	if (rejects->file || rejects->is_failed)
		return !rejects->is_failed;
	rejects->file =
	    fopen(rejects->path, rejects->is_appending ? "ae" : "we");
	if (!rejects->file) {
		fail(rejects);
		return false;
	}
	fseek(rejects->file, 0, SEEK_END);
	if (rejects->delimiter && ftell(rejects->file) <= 0)
		write_heading(rejects);
	return true;
}

static void
tell(struct rejects *rejects, uint64_t line, const struct fault *fault)
{
	if (rejects->told++ >= TOLD_MOST)
		return;
	output_message(rejects->output, "line %llu: %s: %s%s%s",
	    (unsigned long long)line, fault->code, fault->field,
	    fault->field[0] ? ": " : "", fault->reason);
}

void
rejects_add(struct rejects *rejects, uint64_t line, struct text raw,
    const struct fault *fault)
{
	struct buf out = { 0 };
	char number[24];
	struct text ours[4];
	if (!rejects->path) {
		tell(rejects, line, fault);
		return;
	}
	if (!is_ready(rejects))
		return;
	if (rejects->delimiter) {
		snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)line);
		ours[0] = text_of(number);
		ours[1] = text_of(fault->field);
		ours[2] = text_of(fault->code);
		ours[3] = text_of(fault->reason);
		input_encode(rejects->input, raw, &out);
		buf_u8(&out, (uint8_t)rejects->delimiter);
		write_row(rejects, ours, 4, &out);
		buf_add_string(&out, "\r\n");
	} else {
		json_put_reject(&out, raw, line, fault);
	}
	if (out.failed)
		errno = ENOMEM;
	if (out.failed || fwrite(out.at, 1, out.len, rejects->file) != out.len)
		fail(rejects);
	buf_free(&out);
}

void
rejects_flush(struct rejects *rejects)
{
	if (rejects->file && fflush(rejects->file))
		fail(rejects);
}

int
rejects_close(struct rejects *rejects)
{
	if (rejects->told > TOLD_MOST)
		output_message(rejects->output,
		    "and %llu more; --rejects FILE keeps them all",
		    (unsigned long long)(rejects->told - TOLD_MOST));
	if (rejects->file && fclose(rejects->file))
		fail(rejects);
	rejects->file = NULL;
	return rejects->is_failed ? EXIT_LOCAL : 0;
}
