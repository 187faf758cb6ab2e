/*
 * main.c - the tocsin command: one line read against commands.def, then run.
 */
#include <locale.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "clients/cli/shell/command.h"

static void
on_interrupt(int signal)
{
	(void)signal;
	_exit(EXIT_INTERRUPTED);
}

int
main(int argc, char **argv)
{
	struct sigaction interrupt = { .sa_handler = on_interrupt };
	struct line *line;
	int code;

	sigaction(SIGINT, &interrupt, NULL);
	/* A reader that leaves early ends us quietly, even where the parent
	 * had the signal ignored. */
	signal(SIGPIPE, SIG_DFL);
	setlocale(LC_CTYPE, "");
	tzset();
	code = line_read(&line, argc, argv);
	if (code)
		return code - 1;
	code = line_command(line)->run(line);
	line_free(line);
	return code;
}
