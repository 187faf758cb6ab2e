#include "clients/cli/streams.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "clients/cli/exported.h"

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

static int
take_row(void *who, const struct tocsin_value *row)
{
	struct streams *streams = who;
	struct stream_weeks *stream = stream_of(streams, row);
	struct stream_week *week = stream ? add_week(stream) : NULL;
	struct tocsin_text day = tocsin_get_text(row, "week");
	struct date monday;

	if (!week) {
		errno = ENOMEM;
		return -1;
	}
	if (date_parse((struct text){ day.at, day.len }, &monday, NULL)) {
		errno = EINVAL;
		return -1;
	}
	*week = (struct stream_week){
		.monday = monday.day,
		.observed = tocsin_get_real(row, "observed", (double)NAN),
		.volume = tocsin_get_real(row, "volume", (double)NAN),
		.a = tocsin_get_real(row, "a", (double)NAN),
		.b = tocsin_get_real(row, "b", (double)NAN),
		.size = tocsin_get_real(row, "size", HUGE_VAL),
		.expected = tocsin_get_real(row, "expected", (double)NAN),
		.score = tocsin_get_real(row, "score", (double)NAN),
		.is_closed = tocsin_get_bool(row, "closed"),
	};
	keep(week->alert, sizeof(week->alert),
	    tocsin_get_text(row, "alert_id"));
	return 0;
}

int
streams_fetch(struct line *line, const struct streams_query *query,
    struct streams *streams)
{
	struct tocsin_writer *params = tocsin_writer_new();
	struct exported exported = { .row = take_row, .who = streams };
	int code = EXIT_LOCAL;

	*streams = (struct streams){ 0 };
	if (params) {
		exported_put_params(params, "evidence", query->product,
		    query->at);
		if (query->mode.len)
			tocsin_put_text(params, "mode", query->mode);
		tocsin_put_end(params);
		code = exported_each(line, params, &exported);
		streams->seq = exported.seq;
	} else {
		output_message(line_output(line), "out of memory");
	}
	tocsin_writer_free(params);
	return code;
}
