/*
 * logger.h - structured lines on stderr, one write(2) each; any thread.  The
 * second allowed global.
 *
 *   time=2026-11-24T09:00:00Z level=info event=started address=127.0.0.1:7171
 *
 * Under journald the time is left out and the line begins with "<6>".  As
 * JSON every value is a string.
 */
#ifndef TOCSIN_DAEMON_LOGGER_H
#define TOCSIN_DAEMON_LOGGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* In the order of the words in knobs.def. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_AUTO, LOG_LOGFMT, LOG_JSON };

/*
 * How and how much to write; may be called again at any time (reload).  Until
 * the first call the level is LOG_INFO and the format LOG_AUTO.
 */
void log_setup(enum log_level level, enum log_format format);

/* Would a line of this level be written? */
bool log_wants(enum log_level level);

/*
 * Write one line.  event is a short fixed word like "segment-sealed"; format
 * yields pairs: `address=%s seq=%llu why=%s`.  A value with spaces or from
 * outside goes through log_quote.  A line is cut at 2,000 bytes.
 */
void log_line(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Room for a quoted text: 256 characters shown as four each at most. */
struct log_quoted {
	char text[1040];
};

/* A line without pairs. */
void log_event(enum log_level level, const char *event);

/*
 * text as one value: bare when it is one plain word, else in quotes, with
 * control characters, bidirectional marks and bytes that are no UTF-8 as
 * \xNN, and "..." in place of what is beyond 256 bytes.  Returns out->text.
 */
const char *log_quote(struct text text, struct log_quoted *out);

/* The shorthand for one expression; the text lives to the end of the block. */
#define LOG_QUOTE(text) log_quote((text), &(struct log_quoted){ "" })

/*
 * For events a peer can cause at will: at most burst lines per period_ms.
 * Zeroed but for burst and period_ms; belongs to one thread.
 */
struct log_limit {
	unsigned burst;
	int64_t period_ms;
	int64_t since_ms; /* when the current period began */
	unsigned used;
	uint64_t suppressed; /* since the last line that was written */
};

/*
 * May a line be written at this moment (any clock in ms)?  If so,
 * *suppressed says how many were not since the last one.
 */
bool log_allowed(struct log_limit *limit, int64_t now_ms, uint64_t *suppressed);

#endif
