/*
 * history_export.h - for tests: exports of a history.
 */
#ifndef TOCSIN_TESTS_HISTORY_EXPORT_H
#define TOCSIN_TESTS_HISTORY_EXPORT_H

#include "tests/unit/history.h"

#include "daemon/feed/export.h"

static inline int
put_bytes(void *who, const void *bytes, size_t len)
{
	buf_add(who, bytes, len);
	return 0;
}

static inline struct filter *
make_filter(const struct history *history, const char *text)
{
	struct buf bytes = { 0 };
	struct filter *filter;
	struct refusal why;
	struct value map;

	notation(&bytes, text);
	assert_true(value_of(buf_text(&bytes), &map));
	assert_int_equal(filter_new(&map, history->rig.vocabulary, &filter,
			     &why),
	    0);
	buf_free(&bytes);
	return filter;
}

/* Into a string; the caller frees it. */
static inline char *
export_text(const struct history *history, const struct export_options *options,
    struct export_result *result)
{
	const struct export_source source = { history->rig.store,
		history->rig.vocabulary };
	struct buf out = { 0 };
	const struct export_sink sink = { put_bytes, &out };
	struct refusal why = { 0 };

	if (export_write(&source, options, &sink, result, &why) != 0)
		fail_msg("%s: %s", why.field, why.text);
	buf_u8(&out, 0);
	assert_false(out.failed);
	return (char *)out.at;
}

#endif
