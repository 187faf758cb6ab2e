#include "clients/cli/drawing.h"

#include <math.h>

enum { DAYS = 7, DAY_SECONDS = 86400, PANEL_HEIGHT = 460, WIDTH = 1000 };

/*
 * In single quotes gnuplot expands nothing, and a quote is written twice;
 * bytes that are no text would end the line or steer a viewer.
 */
static void
put_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'')
			fputc('\'', out);
		fputc((unsigned char)*text < ' ' || *text == 127 ? ' ' : *text,
		    out);
	}
	fputc('\'', out);
}

static void
put_number(FILE *out, double number)
{
	if (isfinite(number))
		fprintf(out, " %.9g", number);
	else
		fputs(" NaN", out);
}

static double
peak(const struct stream_weeks *stream)
{
	double most = -HUGE_VAL;

	for (size_t i = 0; i < stream->count; i++)
		if (stream->week[i].score > most)
			most = stream->week[i].score;
	return most;
}

/* The streams that scored highest, highest first; how many. */
static size_t
choose(const struct streams *streams,
    const struct stream_weeks *chosen[DRAWING_STREAMS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < streams->count; i++) {
		const struct stream_weeks *one = &streams->stream[i];
		size_t at = count;

		if (count < DRAWING_STREAMS_MAX)
			count++;
		else if (peak(one) > peak(chosen[count - 1]))
			at = count - 1;
		else
			continue;
		for (; at > 0 && peak(one) > peak(chosen[at - 1]); at--)
			chosen[at] = chosen[at - 1];
		chosen[at] = one;
	}
	return count;
}

/* What is known before the first alert: what that one rang at. */
static double
first_threshold(const struct drawing *drawing,
    const struct stream_weeks *stream)
{
	for (size_t i = 0; i < stream->count; i++)
		if (stream->week[i].alert[0])
			return drawing->threshold_of(drawing->who,
			    stream->week[i].alert);
	return drawing->threshold;
}

static void
put_data(const struct drawing *drawing, const struct stream_weeks *stream,
    size_t number, FILE *out)
{
	double threshold = first_threshold(drawing, stream);

	fprintf(out, "$stream%zu << EOD\n", number);
	for (size_t i = 0; i < stream->count; i++) {
		const struct stream_week *week = &stream->week[i];
		bool rang = week->alert[0] != '\0';

		if (rang)
			threshold =
			    drawing->threshold_of(drawing->who, week->alert);
		fprintf(out, "%lld", (long long)week->monday * DAY_SECONDS);
		put_number(out, week->observed);
		put_number(out, week->expected);
		put_number(out, week->score);
		put_number(out, threshold);
		put_number(out, rang ? week->score : (double)NAN);
		fputc('\n', out);
	}
	fputs("EOD\n", out);
}

static void
put_alert_labels(const struct stream_weeks *stream, FILE *out)
{
	fputs("unset label\n", out);
	for (size_t i = 0; i < stream->count; i++) {
		const struct stream_week *week = &stream->week[i];

		if (!week->alert[0] || !isfinite(week->score))
			continue;
		fputs("set label ", out);
		put_quoted(out, week->alert);
		fprintf(out, " at %lld,%.9g offset 0.6,0.4\n",
		    (long long)week->monday * DAY_SECONDS, week->score);
	}
}

static void
put_stream(const struct stream_weeks *stream, size_t number, FILE *out)
{
	const char *hazard = stream->hazard, *mode = stream->mode;

	fputs("unset label\nset title ", out);
	put_quoted(out, hazard[0] ? hazard : mode[0] ? mode : "all failures");
	fprintf(out,
	    "\nset ylabel 'cases a week'\nset yrange [0:1<*]\n"
	    "plot $stream%zu using 1:2 with boxes fs solid 0.5 lc '#5b8db8' "
	    "title 'observed', '' using 1:3 with lines lw 2 lc '#333333' "
	    "title 'expected'\n",
	    number);
	put_alert_labels(stream, out);
	fprintf(out,
	    "unset title\nset ylabel 'score (nats)'\nset yrange [-5:*]\n"
	    "plot $stream%zu using 1:4 with lines lw 2 lc '#5b8db8' "
	    "title 'score', '' using 1:5 with lines dt 2 lc '#c0392b' "
	    "title 'threshold', '' using 1:6 with points pt 9 ps 1.5 "
	    "lc '#c0392b' title 'alert'\n",
	    number);
}

/* All panels show the same weeks. */
static void
put_range(const struct stream_weeks *const *chosen, size_t count, FILE *out)
{
	int32_t first = INT32_MAX, last = INT32_MIN;

	for (size_t i = 0; i < count; i++) {
		const struct stream_weeks *one = chosen[i];

		if (!one->count)
			continue;
		if (one->week[0].monday < first)
			first = one->week[0].monday;
		if (one->week[one->count - 1].monday > last)
			last = one->week[one->count - 1].monday;
	}
	if (first <= last)
		fprintf(out, "set xrange [%lld:%lld]\n",
		    (long long)(first - DAYS) * DAY_SECONDS,
		    (long long)(last + DAYS) * DAY_SECONDS);
}

size_t
drawing_write(const struct drawing *drawing, FILE *out)
{
	const struct stream_weeks *chosen[DRAWING_STREAMS_MAX];
	size_t count = choose(drawing->streams, chosen);

	fputs("set encoding utf8\n", out);
	for (size_t i = 0; i < count; i++)
		put_data(drawing, chosen[i], i, out);
	fprintf(out, "set terminal %s size %d,%zu noenhanced font ',11'\n",
	    drawing->is_png ? "pngcairo" : "svg background '#ffffff'", WIDTH,
	    PANEL_HEIGHT * count);
	fprintf(out, "set multiplot layout %zu,1 title ", 2 * count);
	put_quoted(out, drawing->title);
	/* A box is most of a week wide. */
	fprintf(out,
	    "\nset xdata time\nset timefmt '%%s'\n"
	    "set format x '%%Y-%%m-%%d'\nset boxwidth %d absolute\n"
	    "set key top left opaque\nset grid ytics\nset lmargin 9\nset "
	    "rmargin 6\n",
	    6 * DAY_SECONDS);
	put_range(chosen, count, out);
	for (size_t i = 0; i < count; i++)
		put_stream(chosen[i], i, out);
	fputs("unset multiplot\n", out);
	return drawing->streams->count - count;
}
