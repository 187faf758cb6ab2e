#include "daemon/store/log/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
fault_set(struct store_fault *fault, enum store_result result,
    const char *format, ...)
{
	va_list args;

	if (!fault)
		return (int)result;
	fault->result = result;
	va_start(args, format);
	(void)vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return (int)result;
}

int
fault_system(struct store_fault *fault, int error, const char *format, ...)
{
	bool is_full = error == ENOSPC || error == EDQUOT;
	enum store_result result = is_full ? STORE_FULL : STORE_IO;
	char what[200];
	char why[80];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return fault_set(fault, result, "%s: %s", what,
	    strerror_r(error, why, sizeof(why)));
}

_Noreturn void
fault_exit(const char *what, int error)
{
	char line[200];
	char why[80];
	int len = snprintf(line, sizeof(line),
	    "tocsind: %s: %s; stopping, what is acknowledged is safe\n", what,
	    strerror_r(error, why, sizeof(why)));

	if (len > (int)sizeof(line) - 1)
		len = (int)sizeof(line) - 1;
	if (len > 0 && write(STDERR_FILENO, line, (size_t)len) < 0)
		_exit(74);
	_exit(74);
}
