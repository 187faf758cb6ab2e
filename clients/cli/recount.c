#include "clients/cli/recount.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "clients/cli/exported.h"
#include "clients/cli/shell/listing.h"

enum { NAME_MAX_SHOWN = 65 };

struct finding_event {
	struct tocsin_text id;
	struct alert_event *event;
	bool is_found;
};

static void
keep(char *to, size_t room, struct tocsin_text text)
{
	snprintf(to, room, "%.*s", (int)(text.len < room ? text.len : room - 1),
	    text.at ? text.at : "");
}

static int32_t
day_of(const struct tocsin_value *row, const char *path)
{
	struct tocsin_text text = tocsin_get_text(row, path);
	struct date date = { 0 };

	(void)date_parse((struct text){ text.at, text.len }, &date, NULL);
	return date.precision == DATE_DAY ? date.day : INT32_MIN;
}

/* Did a statistic's evidence begin anew with this change? */
static bool
has_rung(struct tocsin_text change)
{
	return tocsin_text_is(change, "raised") ||
	    tocsin_text_is(change, "regressed") ||
	    tocsin_text_is(change, "held");
}

static int
take_event(void *who, const struct tocsin_value *row)
{
	struct finding_event *finding = who;
	struct tocsin_text id = tocsin_get_text(row, "alert_id");
	struct alert_event event = { .score = tocsin_get_real(row, "score",
					 (double)NAN) };

	event.is_statistic =
	    tocsin_text_is(tocsin_get_text(row, "basis"), "statistic");
	if (id.len != finding->id.len ||
	    memcmp(id.at, finding->id.at, id.len) != 0 ||
	    (event.is_statistic && !has_rung(tocsin_get_text(row, "change"))))
		return 0;
	event.seq = tocsin_get_int(row, "seq", 0);
	keep(event.product, sizeof(event.product),
	    tocsin_get_text(row, "product_id"));
	keep(event.mode, sizeof(event.mode), tocsin_get_text(row, "mode"));
	event.from = day_of(row, "window_from");
	event.to = day_of(row, "window_to");
	event.reports = tocsin_get_int(row, "reports", -1);
	event.cases = tocsin_get_int(row, "cases", -1);
	event.organisations = tocsin_get_int(row, "organisations", -1);
	*finding->event = event;
	finding->is_found = true;
	return 0;
}

int
alert_event_fetch(struct line *line, const struct tocsin_value *alert,
    struct alert_event *event)
{
	struct tocsin_writer *params = tocsin_writer_new();
	struct finding_event finding = { .id = tocsin_get_text(alert, "id"),
		.event = event };
	struct exported exported = { .row = take_event, .who = &finding };
	int code = EXIT_LOCAL;

	if (params) {
		exported_put_params(params, "alerts",
		    tocsin_get_text(alert, "product.id"), 0);
		tocsin_put_end(params);
		code = exported_each(line, params, &exported);
	}
	tocsin_writer_free(params);
	if (!code && !finding.is_found) {
		output_message(line_output(line),
		    "the export of alerts has no event to go by");
		code = EXIT_PARTIAL;
	}
	return code;
}

struct recounting {
	const struct alert_event *event;
	struct tocsin_value hazards; /* of the alert, when its rule asks */
	bool asks_hazards;
	int64_t reports, cases, organisations;
	int64_t *case_id;             /* owned */
	char (*name)[NAME_MAX_SHOWN]; /* owned; of organisations */
};

static bool
shares_hazard(const struct recounting *recounting,
    const struct tocsin_value *row)
{
	struct tocsin_value stated = tocsin_get(row, "hazards"), one, other;
	struct tocsin_walk walk = tocsin_walk_of(&stated);

	while (tocsin_walk_item(&walk, &one)) {
		struct tocsin_walk inner = tocsin_walk_of(&recounting->hazards);
		struct tocsin_text word = tocsin_as_text(&one);

		while (tocsin_walk_item(&inner, &other)) {
			struct tocsin_text own = tocsin_as_text(&other);

			if (own.len == word.len &&
			    !memcmp(own.at, word.at, own.len))
				return true;
		}
	}
	return false;
}

static bool
is_counted(const struct recounting *recounting, const struct tocsin_value *row)
{
	const struct alert_event *event = recounting->event;
	int32_t filed = day_of(row, "filed");

	return !tocsin_get_bool(row, "withdrawn") &&
	    !tocsin_get_bool(row, "backfill") && filed >= event->from &&
	    filed <= event->to &&
	    (!event->mode[0] ||
		tocsin_text_is(tocsin_get_text(row, "mode"), event->mode)) &&
	    (!recounting->asks_hazards || shares_hazard(recounting, row));
}

static int
note_case(struct recounting *recounting, int64_t id)
{
	int64_t *grown;

	for (int64_t i = 0; i < recounting->cases; i++)
		if (recounting->case_id[i] == id)
			return 0;
	grown = reallocarray(recounting->case_id, (size_t)recounting->cases + 1,
	    sizeof(*grown));
	if (!grown)
		return -1;
	recounting->case_id = grown;
	grown[recounting->cases++] = id;
	return 0;
}

static int
note_organisation(struct recounting *recounting, struct tocsin_text name)
{
	char(*grown)[NAME_MAX_SHOWN];

	for (int64_t i = 0; i < recounting->organisations; i++)
		if (tocsin_text_is(name, recounting->name[i]))
			return 0;
	grown = reallocarray(recounting->name,
	    (size_t)recounting->organisations + 1, sizeof(*grown));
	if (!grown)
		return -1;
	recounting->name = grown;
	keep(grown[recounting->organisations++], NAME_MAX_SHOWN, name);
	return 0;
}

static int
take_report(void *who, const struct tocsin_value *row)
{
	struct recounting *recounting = who;

	if (!is_counted(recounting, row))
		return 0;
	recounting->reports++;
	errno = ENOMEM;
	if (note_case(recounting, tocsin_get_int(row, "case_id", 0)))
		return -1;
	return note_organisation(recounting,
	    tocsin_get_text(row, "organisation"));
}

static int
fetch_reports(struct line *line, struct recounting *recounting)
{
	struct tocsin_writer *params = tocsin_writer_new();
	struct exported exported = { .row = take_report, .who = recounting };
	int code = EXIT_LOCAL;

	if (params) {
		exported_put_params(params, "reports",
		    tocsin_text_of(recounting->event->product),
		    recounting->event->seq);
		tocsin_put_end(params);
		code = exported_each(line, params, &exported);
	}
	tocsin_writer_free(params);
	return code;
}

static void
show_pair(struct output *output, const char *label, int64_t said,
    int64_t counted)
{
	char text[80];

	snprintf(text, sizeof(text), "%lld, counted again %lld",
	    (long long)said, (long long)counted);
	show_text(output, label, tocsin_text_of(text));
}

static void
put_json(struct line *line, const struct tocsin_value *alert,
    const struct recounting *recounting, bool agrees)
{
	const struct alert_event *event = recounting->event;
	struct tocsin_writer *writer = tocsin_writer_new();
	struct tocsin_value value;

	if (!writer)
		return;
	tocsin_put_map(writer, NULL);
	tocsin_put_text(writer, "id", tocsin_get_text(alert, "id"));
	tocsin_put_int(writer, "seq", event->seq);
	tocsin_put_int(writer, "reports", event->reports);
	tocsin_put_int(writer, "reports_recounted", recounting->reports);
	tocsin_put_int(writer, "cases", event->cases);
	tocsin_put_int(writer, "cases_at_most", recounting->cases);
	tocsin_put_int(writer, "organisations", event->organisations);
	tocsin_put_int(writer, "organisations_recounted",
	    recounting->organisations);
	tocsin_put_bool(writer, "agrees", agrees);
	tocsin_put_end(writer);
	if (tocsin_decode(tocsin_writer_bytes(writer), &value))
		output_json(line_output(line), &value);
	tocsin_writer_free(writer);
}

static int
show(struct line *line, const struct tocsin_value *alert,
    const struct recounting *recounting, bool agrees)
{
	const struct alert_event *event = recounting->event;
	struct output *output = line_output(line);

	if (output_is_json(output)) {
		put_json(line, alert, recounting, agrees);
		return agrees ? 0 : EXIT_PARTIAL;
	}
	show_text(output, "alert", tocsin_get_text(alert, "id"));
	show_number(output, "at sequence", event->seq);
	show_text(output, "from", tocsin_get_text(alert, "window.from"));
	show_text(output, "to", tocsin_get_text(alert, "window.to"));
	show_pair(output, "reports", event->reports, recounting->reports);
	show_pair(output, "cases, at most", event->cases, recounting->cases);
	show_pair(output, "organisations", event->organisations,
	    recounting->organisations);
	show_text(output, "sources",
	    tocsin_text_of("cannot be counted: reporters are not exported"));
	show_text(output, "result",
	    tocsin_text_of(agrees ? "agrees" : "differs"));
	return agrees ? 0 : EXIT_PARTIAL;
}

int
recount_alert(struct line *line, const struct tocsin_value *alert,
    const struct alert_event *event)
{
	struct recounting recounting = { .event = event,
		.hazards = tocsin_get(alert, "hazards"),
		.asks_hazards =
		    tocsin_text_is(tocsin_get_text(alert, "basis"), "hazard") };
	bool is_at_least =
	    tocsin_get_bool(alert, "evidence.counts_are_at_least");
	bool agrees;
	int code = fetch_reports(line, &recounting);

	if (!code) {
		agrees = event->cases <= recounting.cases &&
		    (is_at_least ? event->reports <= recounting.reports &&
				event->organisations <= recounting.organisations
				 : event->reports == recounting.reports &&
				event->organisations ==
				    recounting.organisations);
		code = show(line, alert, &recounting, agrees);
	}
	free(recounting.case_id);
	free(recounting.name);
	return code;
}
