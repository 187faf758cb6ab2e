/* plot.c - tocsin products plot: a product's streams, drawn by gnuplot. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clients/cli/drawing.h"
#include "clients/cli/gnuplot.h"
#include "clients/cli/products.h"
#include "clients/cli/shell/safefile.h"

enum { TITLE_MAX = 320, ALERTS_MAX = 100 };

struct plot {
	struct line *line;
	const char *out;
	bool is_png;
	char id[STREAM_ALERT_MAX], title[TITLE_MAX];
	struct tocsin_writer *writer; /* owned */
	struct tocsin_reply *alerts;  /* owned; may be NULL */
	double threshold;             /* nats; NAN: not known */
	struct streams streams;
};

static int
read_out(struct plot *plot)
{
	const char *out = line_option(plot->line, "out");
	const char *dot = out ? strrchr(out, '.') : NULL;

	if (!dot || (strcmp(dot, ".svg") != 0 && strcmp(dot, ".png") != 0))
		return line_usage(plot->line,
		    "--out is the file to write, FILE.svg or FILE.png");
	plot->out = out;
	plot->is_png = !strcmp(dot, ".png");
	return 0;
}

static int
find_product(struct plot *plot)
{
	struct tocsin_reply *reply;
	int code;

	tocsin_put_map(plot->writer, NULL);
	products_put_key(plot->writer, line_operand(plot->line, 0));
	tocsin_put_end(plot->writer);
	code = line_call(plot->line, "products.get", plot->writer, &reply);
	if (!code) {
		const struct tocsin_value *result = tocsin_reply_result(reply);
		struct tocsin_text id = tocsin_get_text(result, "product.id");
		struct tocsin_text name =
		    tocsin_get_text(result, "product.name");

		snprintf(plot->id, sizeof(plot->id), "%.*s", (int)id.len,
		    id.at);
		snprintf(plot->title, sizeof(plot->title), "%.*s  %s",
		    (int)(name.len < 256 ? name.len : 256), name.at, plot->id);
	}
	tocsin_reply_free(reply);
	return code;
}

static int
find_alerts(struct plot *plot)
{
	tocsin_writer_clear(plot->writer);
	tocsin_put_map(plot->writer, NULL);
	tocsin_put_map(plot->writer, "filter");
	tocsin_put_list(plot->writer, "product");
	tocsin_put_string(plot->writer, NULL, plot->id);
	tocsin_put_end(plot->writer);
	tocsin_put_end(plot->writer);
	tocsin_put_int(plot->writer, "max", ALERTS_MAX);
	tocsin_put_end(plot->writer);
	return line_call(plot->line, "alerts.list", plot->writer,
	    &plot->alerts);
}

/*
 * What the statistic rings at now: shown where nothing rang.  A server whose
 * statistic does not ring says none.
 */
static int
find_threshold(struct plot *plot)
{
	struct tocsin_reply *reply;
	int code;

	tocsin_writer_clear(plot->writer);
	tocsin_put_map(plot->writer, NULL);
	tocsin_put_end(plot->writer);
	code = line_call(plot->line, "alerts.budget", plot->writer, &reply);
	plot->threshold = (double)NAN;
	if (!code)
		plot->threshold =
		    log(tocsin_get_real(tocsin_reply_result(reply), "threshold",
			(double)NAN));
	tocsin_reply_free(reply);
	return code;
}

static double
threshold_of(void *who, const char *alert)
{
	struct plot *plot = who;
	struct tocsin_value list =
	    tocsin_get(tocsin_reply_result(plot->alerts), "alerts");
	struct tocsin_walk walk = tocsin_walk_of(&list);
	struct tocsin_value item;

	while (tocsin_walk_item(&walk, &item))
		if (tocsin_text_is(tocsin_get_text(&item, "id"), alert))
			return tocsin_get_real(&item, "evidence.threshold",
			    (double)NAN);
	return (double)NAN;
}

/* A script in memory: one that is not read to its end blocks nobody. */
static int
draw_to(struct plot *plot, struct safefile *file)
{
	const struct drawing drawing = { .title = plot->title,
		.is_png = plot->is_png,
		.streams = &plot->streams,
		.threshold = plot->threshold,
		.threshold_of = threshold_of,
		.who = plot };
	struct output *output = line_output(plot->line);
	int fd = memfd_create("script", MFD_CLOEXEC);
	FILE *script = fd < 0 ? NULL : fdopen(fd, "w+");
	int code = EXIT_LOCAL;
	size_t left;

	if (!script) {
		output_message(output, "no script can be made: %s",
		    strerror(errno));
		if (fd >= 0)
			close(fd);
		return EXIT_LOCAL;
	}
	left = drawing_write(&drawing, script);
	if (fflush(script) || ferror(script))
		output_message(output, "no script can be made: %s",
		    strerror(errno));
	else
		code = gnuplot_run(output, fd, file->fd);
	fclose(script);
	if (!code && left)
		output_message(output,
		    "%zu more failures are left out; choose one with --mode",
		    left);
	return code;
}

static int
draw(struct plot *plot)
{
	struct output *output = line_output(plot->line);
	struct safefile file = { .fd = -1 };
	int code = EXIT_LOCAL;

	if (safefile_open(&file, plot->out, "")) {
		output_message(output, "%s: %s", plot->out, strerror(errno));
	} else {
		code = draw_to(plot, &file);
		if (!code && safefile_keep(&file)) {
			output_message(output, "%s: %s", plot->out,
			    strerror(errno));
			code = EXIT_LOCAL;
		}
	}
	safefile_drop(&file);
	return code;
}

static int
run(struct plot *plot)
{
	const char *mode = line_option(plot->line, "mode");
	int code = find_product(plot);

	if (!code)
		code = find_alerts(plot);
	if (!code)
		code = find_threshold(plot);
	if (!code)
		code = streams_fetch(plot->line,
		    &(struct streams_query){ .product =
						 tocsin_text_of(plot->id),
			.mode = tocsin_text_of(mode) },
		    &plot->streams);
	if (code)
		return code;
	if (!plot->streams.count) {
		output_message(line_output(plot->line),
		    "there is nothing to draw: %s has no stream%s%s", plot->id,
		    mode ? " of " : "", mode ? mode : "");
		return EXIT_NOT_FOUND;
	}
	return draw(plot);
}

int
run_products_plot(struct line *line)
{
	struct plot plot = { .line = line };
	int code = read_out(&plot);

	if (code)
		return code;
	plot.writer = tocsin_writer_new();
	code = plot.writer ? run(&plot) : EXIT_LOCAL;
	streams_free(&plot.streams);
	tocsin_reply_free(plot.alerts);
	tocsin_writer_free(plot.writer);
	return code;
}
