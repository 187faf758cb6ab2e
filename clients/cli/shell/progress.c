/*
 * progress.c - a bar on a terminal, silence elsewhere.
 */
#include "clients/cli/shell/output.h"

enum { EVERY_MS = 100, BAR_COLUMNS = 20 };

void
progress_start(struct progress *progress, struct output *output,
    const char *unit, uint64_t total)
{
	*progress = (struct progress){ .output = output,
		.unit = unit,
		.total = total,
		.started_ms = clock_ms() };
}

static void
print_bar(FILE *to, double part)
{
	int full = (int)(part * BAR_COLUMNS);
	fputc('[', to);
	for (int i = 0; i < BAR_COLUMNS; i++)
		fputc(i < full ? '#' : ' ', to);
	fprintf(to, "] %3d %%  ", (int)(part * 100));
}

static void
print_left(FILE *to, double seconds)
{
	long left = (long)(seconds + 0.5);
	if (left >= 3600)
		fprintf(to, "  %ld:%02ld:%02ld left", left / 3600,
		    left / 60 % 60, left % 60);
	else
		fprintf(to, "  %ld:%02ld left", left / 60, left % 60);
}

void
progress_update(struct progress *progress, uint64_t done, uint64_t items)
{
	FILE *to = progress->output->messages;
	int64_t now = clock_ms();
	double seconds = (double)(now - progress->started_ms) / 1000;
	char number[32], rate[32];
	if (!progress->output->is_messages_terminal ||
	    now - progress->shown_ms < EVERY_MS)
		return;
	progress->shown_ms = now;
	progress->is_shown = true;
	fputc('\r', to);
	if (progress->total && done <= progress->total)
		print_bar(to, (double)done / (double)progress->total);
	output_number((int64_t)items, number);
	output_number(seconds > 0 ? (int64_t)((double)items / seconds) : 0,
	    rate);
	fprintf(to, "%s %s  %s/s", number, progress->unit, rate);
	if (done && done <= progress->total && seconds > 1)
		print_left(to,
		    seconds * (double)(progress->total - done) / (double)done);
	fputs("\033[K", to);
	fflush(to);
}

void
progress_clear(struct progress *progress)
{
	if (!progress->is_shown)
		return;
	fputs("\r\033[K", progress->output->messages);
	fflush(progress->output->messages);
	progress->is_shown = false;
}
