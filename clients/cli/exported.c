#include "clients/cli/exported.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

struct taking {
	struct line *line;
	struct exported *exported;
	struct buf row;               /* owned: a line that is not whole yet */
	struct tocsin_writer *writer; /* owned */
};

static int
take_line(struct taking *taking)
{
	struct text json = buf_text(&taking->row);
	struct tocsin_value row;
	char why[160] = "out of memory";
	int failed = -1;

	tocsin_writer_clear(taking->writer);
	errno = EINVAL;
	if (!taking->row.failed &&
	    !output_parse_json(taking->writer, NULL,
		(struct tocsin_text){ json.at, json.len }, why) &&
	    tocsin_decode(tocsin_writer_bytes(taking->writer), &row)) {
		failed = taking->exported->row(taking->exported->who, &row);
		if (failed)
			snprintf(why, sizeof(why), "%s", strerror(errno));
	}
	if (failed)
		output_message(line_output(taking->line),
		    "a row of the export cannot be read: %s", why);
	buf_clear(&taking->row);
	return failed ? EXIT_LOCAL : 0;
}

static int
put(void *who, const char *bytes, size_t len)
{
	struct taking *taking = who;
	int code = 0;

	while (len && !code) {
		const char *end = memchr(bytes, '\n', len);
		size_t part = end ? (size_t)(end - bytes) : len;

		buf_add(&taking->row, bytes, part);
		if (end)
			code = take_line(taking);
		part += end != NULL;
		bytes += part;
		len -= part;
	}
	return code;
}

int
exported_each(struct line *line, const struct tocsin_writer *params,
    struct exported *exported)
{
	struct taking taking = { .line = line, .exported = exported };
	struct transfer transfer = { .method = NULL };
	int code = EXIT_LOCAL;

	taking.writer = tocsin_writer_new();
	if (taking.writer)
		code = transfer_run(line, params, put, &taking, &transfer);
	else
		output_message(line_output(line), "out of memory");
	if (!code)
		exported->seq = transfer.seq;
	buf_free(&taking.row);
	tocsin_writer_free(taking.writer);
	return code;
}

void
exported_put_params(struct tocsin_writer *writer, const char *what,
    struct tocsin_text product, int64_t at)
{
	tocsin_writer_clear(writer);
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "what", what);
	tocsin_put_string(writer, "format", "ndjson");
	tocsin_put_map(writer, "filter");
	tocsin_put_list(writer, "product");
	tocsin_put_text(writer, NULL, product);
	tocsin_put_end(writer);
	tocsin_put_end(writer);
	if (at)
		tocsin_put_int(writer, "at", at);
}
