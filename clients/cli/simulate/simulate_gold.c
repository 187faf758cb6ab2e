/*
 * simulate_gold.c - tocsin simulate --gold: the stream on stdout, what is
 * true of it in a file, its parameters on stderr.
 */
#include "clients/cli/simulate/simulate_gold.h"

#include <errno.h>
#include <string.h>

#include "clients/cli/shell/command.h"
#include "clients/cli/shell/safefile.h"

static const char *const kind_names[] = { "original", "duplicate", "repeat",
	"burst" };
static const char *const telling_names[] = { "blank", "told", "stock", "retold",
	"typos", "translated", "unchanged", "wrong" };

static int
write_stream(const struct gold *gold, struct output *output)
{
	struct buf out = { 0 };
	for (uint32_t i = 0; i < gold->count && !out.failed; i++)
		report_put(&gold->report[i].report, &out);
	if (out.failed) {
		output_message(output, "out of memory");
		return EXIT_LOCAL;
	}
	fwrite(out.at, 1, out.len, output->data);
	buf_free(&out);
	return output_flush(output);
}

static void
write_rows(const struct gold *gold, FILE *to)
{
	fprintf(to, "id,incident,kind,set,telling,lang,sender\n");
	for (uint32_t i = 0; i < gold->count; i++) {
		const struct gold_report *it = &gold->report[i];
		bool has_text = it->report.text[0] != '\0';
		fprintf(to, "%s,%u,%s,%u,%s,%s,%s\n", it->report.id,
		    it->incident, kind_names[it->kind], it->set,
		    telling_names[it->telling], has_text ? it->report.lang : "",
		    it->report.sender->source);
	}
}

static int
write_truth(const struct gold *gold, struct output *output, const char *path)
{
	struct safefile file = { .fd = -1 };
	int failed = safefile_open(&file, path, "");
	if (!failed) {
		write_rows(gold, file.stream);
		failed = safefile_keep(&file);
	}
	if (failed)
		output_message(output, "%s: %s", path, strerror(errno));
	safefile_drop(&file);
	return failed ? EXIT_LOCAL : EXIT_OK;
}

/* One line, of names and values, to be kept with any figure. */
static void
tell_parameters(const struct gold *gold, FILE *to)
{
	fprintf(to, "gold: seed=%llu reports=%u products=%u days=%u",
	    (unsigned long long)gold->options.seed, gold->count,
	    gold->options.products, gold->options.days);
#define GOLD(name, value, meaning) fprintf(to, " %s=%d", #name, value);
#include "clients/cli/simulate/simulate_gold.def"
	fprintf(to, "\n");
	fprintf(to, "simulated %u reports of %u incidents:", gold->count,
	    gold->incidents);
	for (unsigned i = 0; i < 4; i++)
		fprintf(to, " %s=%u", kind_names[i], gold->tally[i]);
	fprintf(to, "\n");
}

int
gold_run(struct line *line, const struct world_options *options,
    const char *truth)
{
	struct output *output = line_output(line);
	struct gold gold;
	int code;
	if (gold_init(&gold, options)) {
		output_message(output, "out of memory");
		return EXIT_LOCAL;
	}
	code = write_truth(&gold, output, truth);
	if (!code)
		code = write_stream(&gold, output);
	if (!code)
		tell_parameters(&gold, output->messages);
	gold_fini(&gold);
	return code;
}
