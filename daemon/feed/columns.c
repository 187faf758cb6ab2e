/* columns.c - columns.def as tables, and as Markdown. */
#include "daemon/feed/table.h"

/* clang-format off */
#define COLUMN(what, name, kind, meaning) \
	IN_##what({ #name, ",\"" #name "\":", sizeof(#name) + 3, \
	    COLUMN_##kind, meaning },)
#define NOT(...)
#define HERE(...) __VA_ARGS__

static const struct column groups[] = {
#define IN_GROUPED HERE
#define IN_GROUPS HERE
#define IN_TIMESERIES NOT
#define IN_EVIDENCE NOT
#define IN_ALERTS NOT
#define IN_CHAIN NOT
#define IN_REPORTS NOT
#define IN_REPLAY NOT
#define IN_SUBJECT NOT
#define IN_AUDIT NOT
#include "daemon/feed/columns.def"
	{ 0 },
};

static const struct column products[] = {
#undef IN_GROUPS
#define IN_GROUPS NOT
#include "daemon/feed/columns.def"
	{ 0 },
};

static const struct column timeseries[] = {
#undef IN_GROUPED
#define IN_GROUPED NOT
#undef IN_TIMESERIES
#define IN_TIMESERIES HERE
#include "daemon/feed/columns.def"
	{ 0 },
};

static const struct column evidence[] = {
#undef IN_TIMESERIES
#define IN_TIMESERIES NOT
#undef IN_EVIDENCE
#define IN_EVIDENCE HERE
#include "daemon/feed/columns.def"
	{ 0 },
};

static const struct column alerts[] = {
#undef IN_EVIDENCE
#define IN_EVIDENCE NOT
#undef IN_ALERTS
#define IN_ALERTS HERE
#include "daemon/feed/columns.def"
	{ 0 },
};

static const struct column chain[] = {
#undef IN_CHAIN
#define IN_CHAIN HERE
#include "daemon/feed/columns.def"
	{ 0 },
};

static const struct column reports[] = {
#undef IN_ALERTS
#define IN_ALERTS NOT
#undef IN_CHAIN
#define IN_CHAIN NOT
#undef IN_REPORTS
#define IN_REPORTS HERE
#include "daemon/feed/columns.def"
	{ 0 },
};

static const struct column replay[] = {
#undef IN_REPORTS
#define IN_REPORTS NOT
#undef IN_REPLAY
#define IN_REPLAY HERE
#include "daemon/feed/columns.def"
	{ 0 },
};

static const struct column subject[] = {
#undef IN_REPLAY
#define IN_REPLAY NOT
#undef IN_SUBJECT
#define IN_SUBJECT HERE
#include "daemon/feed/columns.def"
	{ 0 },
};

static const struct column audit[] = {
#undef IN_SUBJECT
#define IN_SUBJECT NOT
#undef IN_AUDIT
#define IN_AUDIT HERE
#include "daemon/feed/columns.def"
	{ 0 },
};
/* clang-format on */

const struct column *
table_columns(enum export_what what)
{
	switch (what) {
	case EXPORT_GROUPS:
		return groups;
	case EXPORT_PRODUCTS:
		return products;
	case EXPORT_TIMESERIES:
		return timeseries;
	case EXPORT_EVIDENCE:
		return evidence;
	case EXPORT_ALERTS:
		return alerts;
	case EXPORT_CHAIN:
		return chain;
	case EXPORT_REPLAY:
		return replay;
	case EXPORT_SUBJECT:
		return subject;
	case EXPORT_AUDIT:
		return audit;
	case EXPORT_REPORTS:
		break;
	}
	return reports;
}

const char *
column_kind_name(enum column_kind kind)
{
	static const char *const names[] = {
		[COLUMN_NUMBER] = "number",
		[COLUMN_REAL] = "real",
		[COLUMN_TEXT] = "text",
		[COLUMN_FLAG] = "flag",
		[COLUMN_DATE] = "date",
		[COLUMN_TIME] = "time",
		[COLUMN_LIST] = "list",
		[COLUMN_OBJECT] = "object",
	};

	return names[kind];
}

static void
describe_column(FILE *out, const struct column *column)
{
	fprintf(out, "| `%s` | %s | %s |\n", column->name,
	    column_kind_name(column->kind), column->meaning);
}

void
table_describe(FILE *out)
{
	static const enum export_what order[] = { EXPORT_GROUPS,
		EXPORT_TIMESERIES, EXPORT_EVIDENCE, EXPORT_ALERTS,
		EXPORT_REPORTS, EXPORT_REPLAY, EXPORT_SUBJECT, EXPORT_AUDIT };

	for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		fprintf(out,
		    "%s### %s\n\n| column | kind | meaning |\n|---|---|---|\n",
		    i ? "\n" : "", export_what_name(order[i]));
		for (const struct column *column = table_columns(order[i]);
		     column->name; column++)
			describe_column(out, column);
	}
	fputs("\n`products` has the columns of `groups` without `mode`.\n"
	      "\n### chain\n\nThe columns of `alerts`, and:\n\n"
	      "| column | kind | meaning |\n|---|---|---|\n",
	    out);
	for (const struct column *column =
		 chain + sizeof(alerts) / sizeof(alerts[0]) - 1;
	     column->name; column++)
		describe_column(out, column);
}
