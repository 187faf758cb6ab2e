#include "clients/cli/streams.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/date.h"
#include "clients/cli/transfer.h"

struct fetching {
	struct line *line;
	struct streams *streams;
	struct buf row;               /* owned: a line that is not whole yet */
	struct tocsin_writer *writer; /* owned */
};

void
streams_free(struct streams *streams)
{
	for (size_t i = 0; i < streams->count; i++)
		free(streams->stream[i].week);
	free(streams->stream);
	*streams = (struct streams){ 0 };
}

static void
keep(char *to, size_t room, struct tocsin_text text)
{
	size_t len = text.len < room ? text.len : room - 1;

	if (len)
		memcpy(to, text.at, len);
	to[len] = '\0';
}

static struct stream_weeks *
stream_of(struct streams *streams, const struct tocsin_value *row)
{
	struct tocsin_text product = tocsin_get_text(row, "product_id");
	struct tocsin_text mode = tocsin_get_text(row, "mode");
	struct tocsin_text hazard = tocsin_get_text(row, "hazard");
	struct stream_weeks *stream;

	for (size_t i = streams->count; i-- > 0;) {
		stream = &streams->stream[i];
		if (tocsin_text_is(product, stream->product) &&
		    tocsin_text_is(mode, stream->mode) &&
		    tocsin_text_is(hazard, stream->hazard))
			return stream;
	}
	stream =
	    reallocarray(streams->stream, streams->count + 1, sizeof(*stream));
	if (!stream)
		return NULL;
	streams->stream = stream;
	stream += streams->count++;
	*stream = (struct stream_weeks){ 0 };
	keep(stream->product, sizeof(stream->product), product);
	keep(stream->mode, sizeof(stream->mode), mode);
	keep(stream->hazard, sizeof(stream->hazard), hazard);
	return stream;
}

static struct stream_week *
add_week(struct stream_weeks *stream)
{
	if (stream->count == stream->cap) {
		size_t cap = stream->cap ? stream->cap * 2 : 64;
		struct stream_week *grown =
		    reallocarray(stream->week, cap, sizeof(*grown));

		if (!grown)
			return NULL;
		stream->week = grown;
		stream->cap = cap;
	}
	return &stream->week[stream->count++];
}

/* 0, or -1 when the row is none of evidence, or memory ran out. */
static int
take_row(struct streams *streams, const struct tocsin_value *row)
{
	struct stream_weeks *stream = stream_of(streams, row);
	struct stream_week *week = stream ? add_week(stream) : NULL;
	struct tocsin_text day = tocsin_get_text(row, "week");
	struct date monday;

	if (!week ||
	    date_parse((struct text){ day.at, day.len }, &monday, NULL))
		return -1;
	*week = (struct stream_week){
		.monday = monday.day,
		.observed = tocsin_get_real(row, "observed", NAN),
		.volume = tocsin_get_real(row, "volume", NAN),
		.a = tocsin_get_real(row, "a", NAN),
		.b = tocsin_get_real(row, "b", NAN),
		.size = tocsin_get_real(row, "size", INFINITY),
		.expected = tocsin_get_real(row, "expected", NAN),
		.score = tocsin_get_real(row, "score", NAN),
		.is_closed = tocsin_get_bool(row, "closed"),
	};
	keep(week->alert, sizeof(week->alert),
	    tocsin_get_text(row, "alert_id"));
	return 0;
}

static int
take_line(struct fetching *fetching)
{
	struct text json = buf_text(&fetching->row);
	struct tocsin_value row;
	char why[160] = "out of memory";
	int failed = -1;

	tocsin_writer_clear(fetching->writer);
	if (!fetching->row.failed &&
	    !output_parse_json(fetching->writer, NULL,
		(struct tocsin_text){ json.at, json.len }, why) &&
	    tocsin_decode(tocsin_writer_bytes(fetching->writer), &row)) {
		snprintf(why, sizeof(why), "no row of evidence");
		failed = take_row(fetching->streams, &row);
	}
	if (failed)
		output_message(line_output(fetching->line),
		    "the export cannot be read: %s", why);
	buf_clear(&fetching->row);
	return failed ? EXIT_LOCAL : 0;
}

static int
put(void *who, const char *bytes, size_t len)
{
	struct fetching *fetching = who;
	int code = 0;

	while (len && !code) {
		const char *end = memchr(bytes, '\n', len);
		size_t part = end ? (size_t)(end - bytes) : len;

		buf_add(&fetching->row, bytes, part);
		if (end)
			code = take_line(fetching);
		part += end != NULL;
		bytes += part;
		len -= part;
	}
	return code;
}

static void
put_params(struct tocsin_writer *writer, const struct streams_query *query)
{
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "what", "evidence");
	tocsin_put_string(writer, "format", "ndjson");
	tocsin_put_map(writer, "filter");
	tocsin_put_list(writer, "product");
	tocsin_put_text(writer, NULL, query->product);
	tocsin_put_end(writer);
	tocsin_put_end(writer);
	if (query->mode.len)
		tocsin_put_text(writer, "mode", query->mode);
	if (query->at)
		tocsin_put_int(writer, "at", query->at);
	tocsin_put_end(writer);
}

int
streams_fetch(struct line *line, const struct streams_query *query,
    struct streams *streams)
{
	struct fetching fetching = { .line = line, .streams = streams };
	struct tocsin_writer *params = tocsin_writer_new();
	struct transfer transfer;
	int code = EXIT_LOCAL;

	*streams = (struct streams){ 0 };
	fetching.writer = tocsin_writer_new();
	if (params && fetching.writer) {
		put_params(params, query);
		code = transfer_run(line, params, put, &fetching, &transfer);
		streams->seq = transfer.seq;
	} else {
		output_message(line_output(line), "out of memory");
	}
	buf_free(&fetching.row);
	tocsin_writer_free(fetching.writer);
	tocsin_writer_free(params);
	return code;
}
