/*
 * detect.c - tocsin detect: one detector over a whole series of counts, for
 * analysts.  No daemon and no database.
 */
#include "clients/cli/detect.h"

int
run_detect(struct line *line)
{
	struct output *output = line_output(line);
	const char *path = line_operand(line, 0);
	struct detect_options options;
	struct detect_series series = { 0 };
	struct detect_sheet sheet = { .series = &series };
	int code = detect_options_read(line, &options);

	if (code)
		return code;
	if (output->is_format_given && output->format == OUTPUT_TABLE)
		return line_usage(line, "-o: csv, json or ndjson");
	code = detect_series_read(&series, output, path ? path : "-");
	if (!code)
		code = detect_methods_run(&options, &sheet, output,
		    path ? path : "-");
	if (!code) {
		detect_sheet_print(&sheet, output);
		code = output_flush(output);
	}
	detect_sheet_fini(&sheet);
	detect_series_fini(&series);
	return code;
}
