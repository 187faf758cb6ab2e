#include "clients/cli/gnuplot.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clients/cli/shell/command.h"

enum { NOT_FOUND = 127, SECONDS_MAX = 60 };

static void
become(int script, int drawn)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	/* An alarm outlives exec. */
	alarm(SECONDS_MAX);
	if (lseek(script, 0, SEEK_SET) == 0 &&
	    dup2(script, STDIN_FILENO) >= 0 && dup2(drawn, STDOUT_FILENO) >= 0)
		execlp("gnuplot", "gnuplot", "-", (char *)NULL);
	_exit(NOT_FOUND);
}

int
gnuplot_run(struct output *output, int script, int drawn)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		become(script, drawn);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (child < 0)
		output_message(output, "gnuplot cannot be run: %s",
		    strerror(errno));
	else if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		output_message(output,
		    "gnuplot draws the plot and is not installed; on Debian: "
		    "apt install gnuplot-nox");
	else if (status)
		output_message(output,
		    "gnuplot could not draw the plot (status %d)", status);
	else
		return 0;
	return EXIT_LOCAL;
}
