/*
 * simulate_json.c - a simulated report as one line of JSON.  Written by hand
 * because it has to be fast and our own words hold nothing but letters to
 * escape.
 */
#include <assert.h>
#include <string.h>

#include "clients/cli/simulate/simulate.h"

/* Open with '{', ',' or nothing, as the place needs. */
static void
put_key(struct buf *out, const char *key)
{
	if (out->len && out->at[out->len - 1] != '{')
		buf_u8(out, ',');
	buf_u8(out, '"');
	buf_add_string(out, key);
	buf_add_string(out, "\":");
}

static void
put_text(struct buf *out, const char *key, const char *text)
{
	if (!text || !text[0])
		return;
	assert(!strpbrk(text, "\"\\\n\r\t"));
	put_key(out, key);
	buf_u8(out, '"');
	buf_add_string(out, text);
	buf_u8(out, '"');
}

static void
put_date(struct buf *out, const char *key, struct date date)
{
	char text[DATE_MAX];
	date_format(date, text);
	put_text(out, key, text);
}

static void
put_map(struct buf *out, const char *key)
{
	put_key(out, key);
	buf_u8(out, '{');
}

static void
put_product(struct buf *out, const struct sim_report *report)
{
	put_map(out, "product");
	put_text(out, "category", report->category);
	put_text(out, "brand", report->brand);
	put_text(out, "model", report->model);
	if (report->gtin[0]) {
		put_key(out, "gtin");
		buf_add_string(out, "[\"");
		buf_add_string(out, report->gtin);
		buf_add_string(out, "\"]");
	}
	put_text(out, "serial", report->serial);
	buf_u8(out, '}');
}

static void
put_failure(struct buf *out, const struct sim_report *report)
{
	if (!report->fault && !report->hazard)
		return;
	put_map(out, "failure");
	put_text(out, "mode", fault_table[report->fault].slug);
	if (report->hazard) {
		put_key(out, "hazard");
		buf_add_string(out, "[\"");
		buf_add_string(out, report->hazard);
		buf_add_string(out, "\"]");
	}
	buf_u8(out, '}');
}

static void
put_numbers(struct buf *out, const struct sim_report *report)
{
	if (report->injured) {
		put_key(out, "injured");
		buf_printf(out, "%u", report->injured);
	}
	if (report->age_halves) {
		put_key(out, "age");
		buf_printf(out, report->age_halves % 2 ? "%u.5" : "%u",
		    report->age_halves / 2);
	}
}

static void
put_origin(struct buf *out, const struct sim_report *report)
{
	put_map(out, "origin");
	put_text(out, "source", report->sender->source);
	put_text(out, "group", report->branch->name);
	put_text(out, "licence", report->sender->licence);
	buf_u8(out, '}');
}

void
report_put(const struct sim_report *report, struct buf *out)
{
	buf_u8(out, '{');
	put_text(out, "id", report->id);
	put_text(out, "kind", report->is_incident ? "incident" : "breakdown");
	put_product(out, report);
	put_failure(out, report);
	put_text(out, "severity", report->severity);
	put_numbers(out, report);
	put_text(out, "country", report->branch->country);
	put_text(out, "region", report->region);
	put_date(out, "occurred", report->occurred);
	put_date(out, "filed", report->filed);
	put_text(out, "reporter", report->reporter);
	put_text(out, "text", report->text);
	if (report->text[0])
		put_text(out, "lang", report->lang);
	if (report->outcome) {
		put_map(out, "outcome");
		put_text(out, "status", report->outcome);
		buf_u8(out, '}');
	}
	if (report->may_publish) {
		put_map(out, "consent");
		put_key(out, "publish");
		buf_add_string(out, "true}");
	}
	put_origin(out, report);
	buf_add_string(out, "}\n");
}
