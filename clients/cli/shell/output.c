#include "clients/cli/shell/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "base/date.h"
#include "base/utf8.h"
#include "clients/cli/shell/command.h"

static bool
is_set(const char *name)
{
	const char *value = getenv(name);
	return value && value[0];
}

static bool
is_dumb(void)
{
	const char *term = getenv("TERM");
	return !term || !strcmp(term, "dumb");
}

static bool
wants_colour(const struct output *output, const char *colour)
{
	if (!strcmp(colour, "always"))
		return true;
	if (!strcmp(colour, "never") || is_set("NO_COLOR"))
		return false;
	if (is_set("FORCE_COLOR") || is_set("CLICOLOR_FORCE"))
		return true;
	return output->is_data_terminal && !is_dumb();
}

static unsigned
terminal_width(void)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");
	long width = columns ? strtol(columns, NULL, 10) : 0;
	if (width > 0 && width < 10000)
		return (unsigned)width;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return 80;
}

void
output_init(struct output *output, const char *colour)
{
	*output = (struct output){ .data = stdout, .messages = stderr };
	output->is_data_terminal = isatty(STDOUT_FILENO);
	output->is_messages_terminal = isatty(STDERR_FILENO) && !is_dumb();
	output->is_colour = wants_colour(output, colour);
	if (output->is_data_terminal)
		output->width = terminal_width();
}

void
output_message(struct output *output, const char *format, ...)
{
	char text[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fputs("tocsin: ", output->messages);
	output_safe(output->messages, tocsin_text_of(text));
	fputc('\n', output->messages);
}

void
output_colour(struct output *output, enum colour colour)
{
	static const char *const codes[] = { [COLOUR_NONE] = "\033[0m",
		[COLOUR_BOLD] = "\033[1m",
		[COLOUR_DIM] = "\033[2m",
		[COLOUR_RED] = "\033[31m",
		[COLOUR_YELLOW] = "\033[33m",
		[COLOUR_GREEN] = "\033[32m" };
	if (output->is_colour)
		fputs(codes[colour], output->data);
}

/* The next character, '?' for what must not reach a terminal. */
static size_t
next_safe(struct text text, uint32_t *code)
{
	size_t len = utf8_next(text, code);
	if (!len || utf8_is_control(*code))
		*code = '?';
	return len ? len : 1;
}

static void
put_safe(FILE *to, struct tocsin_text text, const char *kept)
{
	struct text rest = { text.at, text.len };
	while (rest.len) {
		uint32_t code;
		bool is_kept = rest.at[0] && strchr(kept, rest.at[0]);
		size_t len = next_safe(rest, &code);
		if (code == '?' && !is_kept)
			fputc('?', to);
		else
			fwrite(rest.at, 1, len, to);
		rest.at += len;
		rest.len -= len;
	}
}

void
output_safe(FILE *to, struct tocsin_text text)
{
	put_safe(to, text, "");
}

void
output_safe_lines(FILE *to, struct tocsin_text text)
{
	while (text.len) {
		const char *end = memchr(text.at, '\n', text.len);
		size_t len = end ? (size_t)(end - text.at) : text.len;
		/* A return elsewhere would write over what stands there. */
		bool is_dos = end && len && end[-1] == '\r';
		put_safe(to, (struct tocsin_text){ text.at, len - is_dos },
		    "\t");
		if (end)
			fputs(is_dos ? "\r\n" : "\n", to);
		len += end != NULL;
		text.at += len;
		text.len -= len;
	}
}

void
output_bytes(struct output *output, const char *bytes, size_t len)
{
	if (output->is_data_terminal)
		output_safe_lines(output->data,
		    (struct tocsin_text){ bytes, len });
	else
		fwrite(bytes, 1, len, output->data);
}

unsigned
output_width(struct tocsin_text text)
{
	struct text rest = { text.at, text.len };
	unsigned width = 0;
	while (rest.len) {
		uint32_t code;
		size_t len = next_safe(rest, &code);
		int columns = wcwidth((wchar_t)code);
		/* In the C locale libc knows no width; most take one. */
		width += columns < 0 ? 1 : (unsigned)columns;
		rest.at += len;
		rest.len -= len;
	}
	return width;
}

/* What is no time came from a server that is none of ours: only ASCII. */
static void
copy_safe(struct tocsin_text text, char out[32])
{
	size_t len = text.len < 31 ? text.len : 31;
	for (size_t i = 0; i < len; i++)
		out[i] =
		    text.at[i] >= ' ' && text.at[i] < 0x7f ? text.at[i] : '?';
	out[len] = '\0';
}

void
output_time(const struct output *output, struct tocsin_text wire, char out[32])
{
	int64_t ms;
	time_t seconds;
	struct tm parts;
	if (instant_parse((struct text){ wire.at, wire.len }, &ms)) {
		copy_safe(wire, out);
		return;
	}
	seconds = (time_t)(ms / 1000);
	if (output->is_utc)
		gmtime_r(&seconds, &parts);
	else
		localtime_r(&seconds, &parts);
	strftime(out, 32, output->is_utc ? "%Y-%m-%d %H:%MZ" : "%Y-%m-%d %H:%M",
	    &parts);
}

void
output_number(int64_t number, char out[32])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)number);
	size_t to = 0;
	for (int i = 0; i < len; i++) {
		int left = len - i;
		if (i && left % 3 == 0 && digits[i - 1] != '-')
			out[to++] = ' ';
		out[to++] = digits[i];
	}
	out[to] = '\0';
}

bool
output_is_json(const struct output *output)
{
	return output->format == OUTPUT_JSON || output->format == OUTPUT_NDJSON;
}

bool
output_is_french(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (is_set(names[i]))
			return !strncmp(getenv(names[i]), "fr", 2);
	}
	return false;
}

int
output_flush(struct output *output)
{
	if (!fflush(output->data) && !ferror(output->data))
		return 0;
	output_message(output, "cannot write the output: %s", strerror(errno));
	return EXIT_LOCAL;
}

int64_t
clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_wall_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
