/*
 * knob.h - one thing that can be set: its row of knobs.def and how a value of
 * its kind is read, written and compared.  Only config's files call this.
 */
#ifndef TOCSIN_DAEMON_KNOB_H
#define TOCSIN_DAEMON_KNOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"

enum knob_kind {
	KNOB_PATH,
	KNOB_LIST,
	KNOB_ENUM,
	KNOB_UINT,
	KNOB_BYTES,
	KNOB_DURATION,
	KNOB_RATE,
	KNOB_BOOL,
};

enum knob_when { KNOB_RELOAD, KNOB_RESTART };

struct knob {
	const char *path; /* "limits.depth" */
	enum knob_kind kind;
	size_t offset;        /* of its member in struct config */
	const char *fallback; /* as it would be written; "" for none */
	uint64_t min;
	uint64_t max;
	const char *unit; /* "" for none; of KNOB_ENUM the words, by '|' */
	enum knob_when when;
	const char *meaning;
};

/*
 * Read one written value into value; of a list, append it.  0, or -1 when it
 * breaks a rule, which is then added to why, and value is as before.
 */
int knob_read(const struct knob *knob, void *value, struct text written,
    struct buf *why);

/* Does a list hold too few or too many items?  As knob_read. */
int knob_check_count(const struct knob *knob, const void *value,
    struct buf *why);

/* Add the value as YAML on one line. */
void knob_write(const struct knob *knob, const void *value, struct buf *out);

/* Add what values are taken: "4KiB to 16MiB", "true or false". */
void knob_write_range(const struct knob *knob, struct buf *out);

/* Are both values the same? */
bool knob_equal(const struct knob *knob, const void *a, const void *b);

/* Exchange two values. */
void knob_swap(const struct knob *knob, void *a, void *b);

/* Release what the value owns and make it zero. */
void knob_clear(const struct knob *knob, void *value);

#endif
