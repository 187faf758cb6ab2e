#include "daemon/logger.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/utf8.h"

enum style {
	STYLE_UNKNOWN,
	STYLE_LOGFMT,
	STYLE_JOURNAL,
	STYLE_TERMINAL,
	STYLE_JSON
};

enum {
	PAIRS_MAX = 2000,
	/* As JSON each byte of the pairs may become two, and more around. */
	LINE_MAX_BYTES = 2 * PAIRS_MAX + 512,
	QUOTE_MAX = 256,
};

static struct {
	_Atomic int level; /* enum log_level */
	_Atomic int style; /* enum style */
} logger = { LOG_INFO, STYLE_UNKNOWN };

struct line {
	size_t len;
	char at[LINE_MAX_BYTES];
};

/* systemd names the socket it gave us, so that a redirect is noticed. */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat stat;
	char own[64];
	if (!stream || fstat(STDERR_FILENO, &stat))
		return false;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)stat.st_dev,
	    (uintmax_t)stat.st_ino);
	return !strcmp(own, stream);
}

static enum style
style_of(enum log_format format)
{
	if (format == LOG_JSON)
		return STYLE_JSON;
	if (format == LOG_LOGFMT)
		return STYLE_LOGFMT;
	if (is_journal())
		return STYLE_JOURNAL;
	return isatty(STDERR_FILENO) ? STYLE_TERMINAL : STYLE_LOGFMT;
}

void
log_setup(enum log_level level, enum log_format format)
{
	atomic_store(&logger.level, level);
	atomic_store(&logger.style, style_of(format));
}

bool
log_wants(enum log_level level)
{
	return (int)level >=
	    atomic_load_explicit(&logger.level, memory_order_relaxed);
}

/* One byte is kept back for the line's end. */
static void
put(struct line *line, const char *bytes, size_t len)
{
	size_t room = sizeof(line->at) - 1 - line->len;
	if (len > room)
		len = room;
	memcpy(line->at + line->len, bytes, len);
	line->len += len;
}

static void
put_string(struct line *line, const char *string)
{
	put(line, string, strlen(string));
}

static void
put_time(struct line *line)
{
	struct timespec now;
	char text[INSTANT_MAX];
	clock_gettime(CLOCK_REALTIME, &now);
	put(line, text, instant_format((int64_t)now.tv_sec * 1000, text));
}

/* One character of a JSON string. */
static void
put_json_char(struct line *line, char c)
{
	if (c == '"' || c == '\\')
		put(line, "\\", 1);
	put(line, &c, 1);
}

/*
 * The value at the head of pairs as a JSON string.  In quotes \" is a quote;
 * other escapes stay visible as they are.  Returns what is behind it.
 */
static const char *
put_json_value(struct line *line, const char *pairs)
{
	bool quoted = *pairs == '"';
	pairs += quoted;
	put(line, "\"", 1);
	for (; *pairs; pairs++) {
		if (*pairs == (quoted ? '"' : ' '))
			break;
		if (quoted && *pairs == '\\' && pairs[1] && pairs[1] != 'x')
			pairs++;
		put_json_char(line, *pairs);
	}
	put(line, "\"", 1);
	return *pairs == '"' ? pairs + 1 : pairs;
}

static void
put_json_pairs(struct line *line, const char *pairs)
{
	while (*pairs) {
		while (*pairs == ' ')
			pairs++;
		if (!*pairs)
			return;
		put_string(line, ",\"");
		for (; *pairs && *pairs != '=' && *pairs != ' '; pairs++)
			put_json_char(line, *pairs);
		put_string(line, "\":");
		if (*pairs == '=')
			pairs++;
		pairs = put_json_value(line, pairs);
	}
}

static const char *const level_words[] = { "debug", "info", "warning",
	"error" };

/* What stands before the pairs. */
static void
put_head(struct line *line, enum style style, enum log_level level,
    const char *event)
{
	static const char priority[] = { '7', '6', '4', '3' };
	char head[128];
	if (style == STYLE_JOURNAL) {
		snprintf(head, sizeof(head), "<%c>level=%s event=%s",
		    priority[level], level_words[level], event);
	} else if (style == STYLE_TERMINAL) {
		put_time(line);
		snprintf(head, sizeof(head), " %-7s %s", level_words[level],
		    event);
	} else if (style == STYLE_JSON) {
		put_string(line, "{\"time\":\"");
		put_time(line);
		snprintf(head, sizeof(head),
		    "\",\"level\":\"%s\",\"event\":\"%s\"", level_words[level],
		    event);
	} else {
		put_string(line, "time=");
		put_time(line);
		snprintf(head, sizeof(head), " level=%s event=%s",
		    level_words[level], event);
	}
	put_string(line, head);
}

/* A careless caller must not be able to begin a second line. */
static void
make_safe(char *pairs)
{
	struct text left = text_of(pairs);
	while (left.len > 0) {
		uint32_t code;
		size_t len = utf8_next(left, &code);
		if (len == 0 || utf8_is_control(code)) {
			len = len ? len : 1;
			memset(pairs, '?', len);
		}
		pairs += len;
		left = (struct text){ left.at + len, left.len - len };
	}
}

void
log_line(enum log_level level, const char *event, const char *format, ...)
{
	if (!log_wants(level))
		return;
	enum style style = (enum style)atomic_load(&logger.style);
	if (style == STYLE_UNKNOWN)
		style = style_of(LOG_AUTO);
	char pairs[PAIRS_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(pairs, sizeof(pairs), format, args);
	va_end(args);
	make_safe(pairs);
	struct line line = { .len = 0 };
	put_head(&line, style, level, event);
	if (style == STYLE_JSON) {
		put_json_pairs(&line, pairs);
		put(&line, "}", 1);
	} else if (pairs[0]) {
		put(&line, " ", 1);
		put_string(&line, pairs);
	}
	line.at[line.len++] = '\n';
	/* There is nowhere left to complain to. */
	ssize_t written = write(STDERR_FILENO, line.at, line.len);
	(void)written;
}

void
log_event(enum log_level level, const char *event)
{
	log_line(level, event, "%s", "");
}

static bool
is_plain(struct text text)
{
	if (text.len == 0 || text.len > QUOTE_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && (c < '0' || c > '9') &&
		    (c == '\0' || !strchr("._:/+@,%~-", c)))
			return false;
	}
	return true;
}

/* How many bytes at the head can be shown; 0 for one that must be escaped. */
static size_t
showable(struct text text)
{
	uint32_t code;
	size_t len = utf8_next(text, &code);
	return len > 0 && !utf8_is_control(code) ? len : 0;
}

const char *
log_quote(struct text text, struct log_quoted *out)
{
	char *at = out->text;
	if (is_plain(text)) {
		memcpy(at, text.at, text.len);
		at[text.len] = '\0';
		return out->text;
	}
	const char *end =
	    text.at + (text.len < QUOTE_MAX ? text.len : QUOTE_MAX);
	*at++ = '"';
	while (text.len > 0 && text.at < end) {
		size_t len = showable(text);
		if (len > (size_t)(end - text.at))
			break;
		if (len == 0) {
			at += snprintf(at, 5, "\\x%02x", (uint8_t)text.at[0]);
			len = 1;
		} else {
			if (text.at[0] == '"' || text.at[0] == '\\')
				*at++ = '\\';
			memcpy(at, text.at, len);
			at += len;
		}
		text = (struct text){ text.at + len, text.len - len };
	}
	strcpy(at, text.len > 0 ? "...\"" : "\"");
	return out->text;
}

bool
log_allowed(struct log_limit *limit, int64_t now_ms, uint64_t *suppressed)
{
	if (limit->used == 0 || now_ms - limit->since_ms >= limit->period_ms ||
	    now_ms < limit->since_ms) {
		limit->since_ms = now_ms;
		limit->used = 0;
	}
	if (limit->used >= limit->burst) {
		limit->suppressed++;
		return false;
	}
	limit->used++;
	*suppressed = limit->suppressed;
	limit->suppressed = 0;
	return true;
}
