/* report_case.h - one report read in a test, with the bytes it borrows. */
#ifndef TOCSIN_TESTS_REPORT_CASE_H
#define TOCSIN_TESTS_REPORT_CASE_H

#include <stdlib.h>

#include "notation.h"
#include "proto/report.h"

/* 2026-11-24 */
enum { TODAY = 20781 };

static const struct report_limits limits = { 65536, 8192, TODAY };

/* What every report must have; more can be written behind it. */
#define BASE "'id': '17', 'kind': 'breakdown', 'country': 'FR', "
#define KETTLE "'product': {'category': 'kettle'}, "
#define WHEN "'occurred': '2026-11', "

/* A report as read, with the bytes that it borrows. */
struct case_of {
	struct buf bytes;
	struct value map;
	struct report report;
	struct problems problems;
	struct refusal why;
	int code;
};

static inline struct case_of *
read_bytes(struct buf bytes)
{
	struct case_of *it = calloc(1, sizeof(*it));

	assert_non_null(it);
	it->bytes = bytes;
	assert_true(value_of(buf_text(&it->bytes), &it->map));
	it->code = report_read(&it->report, &it->map, &limits, &it->problems,
	    &it->why);
	return it;
}

static inline struct case_of *
read_text(const char *text)
{
	struct buf bytes = { 0 };

	notation(&bytes, text);
	return read_bytes(bytes);
}

static inline void
drop(struct case_of *it)
{
	buf_free(&it->bytes);
	free(it);
}

#endif
