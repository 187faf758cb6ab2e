#include "clients/cli/shell/line.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/nearest.h"
#include "base/text.h"
#include "clients/cli/shell/listing.h"

struct option_value {
	unsigned row;      /* of option_table */
	const char *value; /* borrowed from argv */
};

struct line {
	const struct command *command;
	struct option_value *values; /* owned, in order */
	unsigned count;
	char **operands;
	unsigned noperands;
	struct output output;
	struct tocsin *tocsin; /* owned, NULL before line_connect */
	bool is_held;          /* interrupts */
	bool is_interrupted;
	bool is_patient;
};

struct line *
line_new(void)
{
	struct line *line = calloc(1, sizeof(*line));
	if (line)
		output_init(&line->output, "auto");
	return line;
}

void
line_free(struct line *line)
{
	if (!line)
		return;
	tocsin_free(line->tocsin);
	free(line->values);
	free(line);
}

int
line_add_value(struct line *line, unsigned row, const char *value)
{
	struct option_value *more =
	    reallocarray(line->values, line->count + 1, sizeof(*line->values));
	if (!more) {
		output_message(&line->output, "out of memory");
		return EXIT_LOCAL;
	}
	more[line->count++] = (struct option_value){ row, value };
	line->values = more;
	return 0;
}

unsigned
line_mark(const struct line *line)
{
	return line->count;
}

void
line_rewind(struct line *line, unsigned mark)
{
	line->count = mark;
}

void
line_set_command(struct line *line, const struct command *command)
{
	line->command = command;
}

void
line_set_operands(struct line *line, char **operands, unsigned count)
{
	line->operands = operands;
	line->noperands = count;
}

unsigned
line_operands(const struct line *line)
{
	return line->noperands;
}

const struct command *
line_command(const struct line *line)
{
	return line->command;
}

struct output *
line_output(struct line *line)
{
	return &line->output;
}

const char *
line_operand(const struct line *line, unsigned number)
{
	return number < line->noperands ? line->operands[number] : NULL;
}

struct tocsin *
line_tocsin(const struct line *line)
{
	return line->tocsin;
}

void
line_keep_tocsin(struct line *line, struct tocsin *tocsin)
{
	line->tocsin = tocsin;
}

void
line_be_patient(struct line *line)
{
	line->is_patient = true;
}

bool
line_is_patient(const struct line *line)
{
	return line->is_patient && !line_option(line, "timeout");
}

/* Does the command, or every one, have such an option? */
static bool
is_known(const struct line *line, const char *name)
{
	long own = line->command ? line->command - command_table : -1;
	for (unsigned i = 0; option_table[i].name; i++) {
		long owner = option_table[i].command;
		if ((owner < 0 || owner == own) &&
		    !strcmp(option_table[i].name, name))
			return true;
	}
	return false;
}

unsigned
line_count(const struct line *line, const char *name)
{
	unsigned count = 0;
	for (unsigned i = 0; i < line->count; i++)
		count += !strcmp(option_table[line->values[i].row].name, name);
	return count;
}

const char *
line_nth(const struct line *line, const char *name, unsigned number)
{
	for (unsigned i = 0; i < line->count; i++) {
		const struct option_value *value = &line->values[i];
		if (strcmp(option_table[value->row].name, name) != 0)
			continue;
		if (!number--)
			return value->value;
	}
	return NULL;
}

bool
line_has(const struct line *line, const char *name)
{
	return line_count(line, name) > 0;
}

static const char *
from_environment(const char *name)
{
	static const char *const known[][2] = {
		{ "server", "TOCSIN_SERVER" },
		{ "organisation", "TOCSIN_ORGANISATION" },
		{ "ca", "TOCSIN_CA" },
		{ "cert", "TOCSIN_CERT" },
		{ "key", "TOCSIN_KEY" },
		{ "token-file", "TOCSIN_TOKEN_FILE" },
		{ "timeout", "TOCSIN_TIMEOUT" },
		{ "output", "TOCSIN_OUTPUT" },
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *value;
		if (strcmp(known[i][0], name) != 0)
			continue;
		value = getenv(known[i][1]);
		return value && value[0] ? value : NULL;
	}
	return NULL;
}

const char *
line_option(const struct line *line, const char *name)
{
	unsigned count = line_count(line, name);
	/* A name that no row has is a mistake of ours, never of the user. */
	if (!count && !is_known(line, name))
		abort();
	return count ? line_nth(line, name, count - 1) : from_environment(name);
}

int
line_usage(struct line *line, const char *format, ...)
{
	const struct command *command = line->command;
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	output_message(&line->output, "%s%s%s%s%s",
	    command ? command->noun : "", command && command->verb ? " " : "",
	    command && command->verb ? command->verb : "", command ? ": " : "",
	    text);
	if (command)
		output_message(&line->output, "see 'tocsin help %s%s%s'",
		    command->noun, command->verb ? " " : "",
		    command->verb ? command->verb : "");
	else
		output_message(&line->output, "see 'tocsin help'");
	return EXIT_USAGE;
}

int
line_number(struct line *line, const char *name, int64_t range[2], int64_t *out)
{
	const char *written = line_option(line, name);
	char *rest;
	long long number;
	if (!written)
		return 0;
	errno = 0;
	number = strtoll(written, &rest, 10);
	if (errno || *rest || rest == written || isspace(*written) ||
	    number < range[0] || number > range[1])
		return line_usage(line,
		    "--%s takes a whole number from %lld to %lld, not '%s'",
		    name, (long long)range[0], (long long)range[1], written);
	*out = number;
	return 0;
}

int
line_duration(struct line *line, const char *name, int64_t *out_ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 } };
	const char *written = line_option(line, name);
	char *rest;
	long long number;
	if (!written)
		return 0;
	errno = 0;
	number = strtoll(written, &rest, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (errno || rest == written || !isdigit(*written) ||
		    strcmp(rest, units[i].unit) != 0)
			continue;
		if (number > INT64_MAX / 1000 / units[i].ms)
			break;
		*out_ms = number * units[i].ms;
		return 0;
	}
	return line_usage(line,
	    "--%s takes a time such as 500ms, 30s, 5m, 2h or 1d, not '%s'",
	    name, written);
}

/* The word itself, or NULL with the nearest and the list of all. */
static const char *
find_word(const char *written, const char *const *words, const char **near,
    char list[256])
{
	size_t count;
	list[0] = '\0';
	for (count = 0; words[count]; count++) {
		size_t len = strlen(list);
		if (!strcmp(words[count], written))
			return words[count];
		snprintf(list + len, 256 - len, "%s%s", count ? ", " : "",
		    words[count]);
	}
	*near = nearest_word(text_of(written), words, count);
	return NULL;
}

int
line_word(struct line *line, const char *name, const char *const *words,
    const char **out)
{
	const char *written = line_option(line, name);
	const char *found, *near;
	char list[256];
	if (!written)
		return 0;
	found = find_word(written, words, &near, list);
	if (found) {
		*out = found;
		return 0;
	}
	if (near)
		return line_usage(line,
		    "--%s '%s' is unknown; did you mean %s?", name, written,
		    near);
	return line_usage(line, "--%s is one of %s, not '%s'", name, list,
	    written);
}

int
line_usage_word(struct line *line, const char *written,
    const char *const *words)
{
	const char *near = NULL;
	char list[256];
	find_word(written, words, &near, list);
	if (near)
		return line_usage(line, "'%s' is unknown; did you mean %s?",
		    written, near);
	return line_usage(line, "'%s' is unknown; it is one of %s", written,
	    list);
}

int
line_set_output(struct line *line)
{
	static const char *const formats[] = { "table", "json", "ndjson", "csv",
		NULL };
	static const char *const whens[] = { "auto", "always", "never", NULL };
	struct output *output = &line->output;
	const char *format = NULL;
	const char *when = "auto";
	int code = line_word(line, "output", formats, &format);
	if (!code)
		code = line_word(line, "color", whens, &when);
	if (code)
		return code;
	output_init(output, when);
	output->is_raw = line_has(line, "raw");
	output->is_utc = line_has(line, "utc");
	output->is_format_given = format || line_has(line, "json");
	if (line_has(line, "json"))
		output->format = OUTPUT_JSON;
	for (unsigned i = 0; format && formats[i]; i++) {
		if (formats[i] == format)
			output->format = (enum output_format)i;
	}
	return 0;
}

void
line_put_filter(struct line *line, struct tocsin_writer *writer,
    const char *key)
{
	static const char *const lists[] = { "product", "brand", "category",
		"country", "kind", "rule" };
	const char *severity = line_option(line, "severity");
	bool is_open = false;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		unsigned count = line_count(line, lists[i]);
		if (!count)
			continue;
		if (!is_open)
			tocsin_put_map(writer, key);
		is_open = true;
		tocsin_put_list(writer, lists[i]);
		for (unsigned n = 0; n < count; n++)
			tocsin_put_string(writer, NULL,
			    line_nth(line, lists[i], n));
		tocsin_put_end(writer);
	}
	if (severity && !is_open)
		tocsin_put_map(writer, key);
	/* People write the comparison, too. */
	if (severity && !strncmp(severity, ">=", 2))
		severity += 2;
	if (severity)
		tocsin_put_string(writer, "severity_min", severity);
	if (severity || is_open)
		tocsin_put_end(writer);
}

static void
interrupts(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

void
line_hold_interrupts(struct line *line)
{
	sigset_t set;
	interrupts(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	line->is_held = true;
}

bool
line_is_interrupted(struct line *line)
{
	const struct timespec now = { 0 };
	sigset_t set;
	if (!line->is_held || line->is_interrupted)
		return line->is_interrupted;
	interrupts(&set);
	if (sigtimedwait(&set, NULL, &now) <= 0)
		return false;
	line->is_interrupted = true;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return true;
}
