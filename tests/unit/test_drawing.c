/* Plots: scripts that hold no more than they should, and what is drawn. */
#include "clients/cli/drawing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/cli/gnuplot.h"

enum { WEEKS = 30, MONDAY = 20780, RANG = 20 };

static struct stream_week weeks[6][WEEKS];
static struct stream_weeks stream[6];
static const struct streams streams = { .stream = stream, .count = 6 };

static double
threshold_of(void *who, const char *alert)
{
	(void)who;
	return strcmp(alert, "a7") == 0 ? 9.25 : (double)NAN;
}

/* Six streams, the later the higher; the last rang. */
static int
make_streams(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		stream[i] = (struct stream_weeks){ .product = "p12",
			.week = weeks[i],
			.count = WEEKS };
		snprintf(stream[i].mode, STREAM_WORD_MAX, "mode-%u", i);
		for (int w = 0; w < WEEKS; w++)
			weeks[i][w] = (struct stream_week){
				.monday = MONDAY + 7 * w,
				.observed = w % 3,
				.volume = 20,
				.expected = .5,
				.size = HUGE_VAL,
				.score =
				    w < 5 ? -(double)HUGE_VAL : i + w / 8.0,
			};
	}
	strcpy(weeks[5][RANG].alert, "a7");
	return 0;
}

/* The script, owned by the caller. */
static char *
script_of(const char *title, bool is_png)
{
	const struct drawing drawing = { .title = title,
		.is_png = is_png,
		.streams = &streams,
		.threshold = (double)NAN,
		.threshold_of = threshold_of };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(drawing_write(&drawing, out), 2);
	fclose(out);
	return text;
}

static void
chooses_the_highest(void **state)
{
	(void)state;
	char *script = script_of("Kettle", false);

	assert_non_null(strstr(script, "'mode-5'"));
	assert_non_null(strstr(script, "'mode-2'"));
	assert_null(strstr(script, "'mode-1'"));
	assert_true(strstr(script, "'mode-5'") < strstr(script, "'mode-4'"));
	assert_non_null(strstr(script, "set label 'a7'"));
	/* What the alert rang at holds before it as well. */
	assert_non_null(strstr(script, "1795392000 0 0.5 NaN 9.25 NaN\n"));
	free(script);
}

static void
takes_names_for_text(void **state)
{
	(void)state;
	char *script = script_of("it's `id` $x \\ \n!touch x", false);

	assert_non_null(strstr(script, "'it''s `id` $x \\  !touch x'"));
	free(script);
}

static void
draw(const char *script, char *drawn, size_t room)
{
	struct output output;
	FILE *in = tmpfile(), *out = tmpfile();
	size_t len;

	assert_non_null(in);
	assert_non_null(out);
	output_init(&output, "never");
	fputs(script, in);
	fflush(in);
	assert_int_equal(gnuplot_run(&output, fileno(in), fileno(out)), 0);
	rewind(out);
	len = fread(drawn, 1, room - 1, out);
	drawn[len] = '\0';
	fclose(in);
	fclose(out);
}

static void
draws(void **state)
{
	(void)state;
	static char drawn[1 << 20];
	char *svg = script_of("it's `touch drawn-by-a-title` <b>", false);
	char *png = script_of("Kettle", true);

	if (system("gnuplot --version >/dev/null 2>&1") != 0) {
		print_message("gnuplot is not installed: nothing is drawn\n");
		skip();
	}
	draw(svg, drawn, sizeof(drawn));
	assert_non_null(strstr(drawn, "<svg"));
	assert_non_null(strstr(drawn, "a7"));
	assert_non_null(strstr(drawn, "`touch drawn-by-a-title` &lt;b"));
	assert_non_null(strstr(drawn, "</svg>"));
	assert_int_equal(access("drawn-by-a-title", F_OK), -1);
	draw(png, drawn, sizeof(drawn));
	assert_memory_equal(drawn, "\x89PNG", 4);
	free(svg);
	free(png);
}

static void
says_what_is_missing(void **state)
{
	(void)state;
	struct output output;
	char *path = strdup(getenv("PATH")), *said = NULL;
	FILE *script = tmpfile(), *drawn = tmpfile();
	size_t len;

	assert_non_null(path);
	assert_non_null(script);
	assert_non_null(drawn);
	output_init(&output, "never");
	output.messages = open_memstream(&said, &len);
	setenv("PATH", "/nonexistent", 1);
	assert_int_not_equal(gnuplot_run(&output, fileno(script),
				 fileno(drawn)),
	    0);
	setenv("PATH", path, 1);
	fclose(output.messages);
	assert_non_null(strstr(said, "gnuplot-nox"));
	fclose(script);
	fclose(drawn);
	free(said);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_the_highest),
		cmocka_unit_test(takes_names_for_text),
		cmocka_unit_test(draws),
		cmocka_unit_test(says_what_is_missing),
	};
	return cmocka_run_group_tests(tests, make_streams, NULL);
}
