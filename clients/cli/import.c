#include "clients/cli/command.h"

int
run_import(struct line *line)
{
	return line_usage(line, "not built yet");
}
