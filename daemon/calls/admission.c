#include "daemon/calls/admission.h"

#include <string.h>

#include "daemon/core/access.h"
#include "daemon/feed/alerts.h"
#include "daemon/feed/export.h"
#include "daemon/feed/hub.h"
#include "daemon/net/session.h"
#include "daemon/store/rows.h"
#include "proto/country.h"

/*
 * What the arguments tell of.  Values that cannot be read are in no scope:
 * category -1, country 0, product 0.
 */
struct told {
	const struct vocabulary *vocabulary;
	struct access_subject subject;
	int category[ACCESS_ITEMS_MAX];
	uint16_t country[ACCESS_ITEMS_MAX];
	uint32_t product[ACCESS_ITEMS_MAX];
	bool is_too_much;
};

static void
tell_category(struct told *told, struct text name)
{
	unsigned *count = &told->subject.ncategories;

	if (*count == ACCESS_ITEMS_MAX)
		told->is_too_much = true;
	else
		told->category[(*count)++] =
		    vocabulary_find(told->vocabulary, WORDS_CATEGORY, name);
}

static void
tell_country(struct told *told, struct text name)
{
	unsigned *count = &told->subject.ncountries;
	char code[2];
	bool is_mapped;

	if (*count == ACCESS_ITEMS_MAX)
		told->is_too_much = true;
	else if (country_find(name, code, &is_mapped))
		told->country[(*count)++] =
		    (uint16_t)((uint8_t)code[0] << 8 | (uint8_t)code[1]);
	else
		told->country[(*count)++] = 0;
}

static void
tell_product(struct told *told, struct text id)
{
	unsigned *count = &told->subject.nproducts;

	if (*count == ACCESS_ITEMS_MAX)
		told->is_too_much = true;
	else
		told->product[(*count)++] = product_id_parse(id);
}

/* A list, or one by itself. */
static void
tell_each(struct told *told, const struct value *map, const char *key,
    void (*tell)(struct told *told, struct text text))
{
	struct value list, item;
	struct value_walk walk;

	if (!value_find(map, key, &list) || value_is_absent(&list))
		return;
	if (list.kind != VALUE_LIST) {
		tell(told, value_text(&list));
		return;
	}
	walk = value_walk(&list);
	while (value_next(&walk, &item))
		tell(told, value_text(&item));
}

static void
tell_filter(struct told *told, const struct value *filter)
{
	told->subject.category = told->category;
	told->subject.country = told->country;
	told->subject.product = told->product;
	tell_each(told, filter, "category", tell_category);
	tell_each(told, filter, "country", tell_country);
	tell_each(told, filter, "product", tell_product);
}

static bool
holds_report(struct told *told, const struct access_scope *scope,
    const struct value *report)
{
	struct value product;

	(void)value_find(report, "product", &product);
	told->subject = (struct access_subject){ .category = told->category,
		.country = told->country };
	tell_category(told, value_find_text(&product, "category"));
	tell_country(told, value_find_text(report, "country"));
	return access_holds(scope, &told->subject);
}

/* All of a batch, or none is taken. */
static bool
hold_reports(struct told *told, const struct access_scope *scope,
    const struct value *reports)
{
	struct value_walk walk = value_walk(reports);
	struct value report;

	while (value_next(&walk, &report))
		if (!holds_report(told, scope, &report))
			return false;
	return true;
}

/* The argument of this name, of a message whose argument it is. */
static struct text
text_argument(const struct call *call, const char *name)
{
	const struct message_arg *arg = message_row(call->message)->args;

	for (; arg->name; arg++)
		if (arg->kind == FIELD_TEXT && !strcmp(arg->name, name))
			return *(const struct text *)(const void
				*)((const char *)call->args + arg->offset);
	return (struct text){ 0 };
}

/*
 * Of the countries that an alert tells of one in scope is enough, as in a
 * list; of products one of those that are read as its own.
 */
static bool
holds_alert(struct told *told, const struct access_scope *scope,
    struct events *events, uint32_t alert)
{
	struct filter_subject subject;
	struct filter_scratch scratch;
	struct buf bytes = { 0 };
	struct value map;
	uint64_t seq;
	bool is_held = false;

	if (alert && alerts_get(events, alert, READER_TRUSTED, &bytes, &seq) &&
	    value_of(buf_text(&bytes), &map)) {
		filter_read_alert(told->vocabulary, &map, &scratch, &subject);
		told->subject =
		    (struct access_subject){ 1, 1, 1, &subject.category,
			    told->country, &subject.product, true };
		told->country[0] = 0;
		for (unsigned i = 0; i < subject.ncountries; i++)
			for (unsigned j = 0; j < scope->ncountries; j++)
				if (subject.country[i] == scope->country[j])
					told->country[0] = subject.country[i];
		is_held = access_holds(scope, &told->subject);
		told->subject.product = subject.member;
		told->subject.nproducts = subject.nmembers;
		is_held |= access_holds(scope, &told->subject);
	}
	buf_free(&bytes);
	return is_held;
}

/*
 * Counts of groups and alerts are of all countries, and what detection saw is
 * of whole categories.
 */
static bool
is_cut_by(enum export_what what, const struct access_scope *scope)
{
	if (what == EXPORT_REPORTS || what == EXPORT_TIMESERIES)
		return true;
	return !scope->ncountries &&
	    (what == EXPORT_GROUPS || what == EXPORT_PRODUCTS ||
		what == EXPORT_ALERTS);
}

static bool
holds_export(struct told *told, const struct access_scope *scope,
    const struct call_export_open *args)
{
	int what = export_what_find(args->what);

	tell_filter(told, &args->filter);
	return what >= 0 && is_cut_by((enum export_what)what, scope) &&
	    !told->is_too_much && access_holds(scope, &told->subject);
}

/* Groups and products are of no country, and of a category if that is asked
 * for. */
static bool
holds_category_asked(struct told *told, const struct access_scope *scope,
    const struct call *call)
{
	told->subject.category = told->category;
	if (text_argument(call, "category").len)
		tell_category(told, text_argument(call, "category"));
	return access_holds(scope, &told->subject);
}

/* What reach.h judges, where rows are read; every other call is judged here. */
static bool
is_judged_later(const struct call *call)
{
	switch ((int)call->message) {
	case MESSAGE_PRODUCTS_GET:
	case MESSAGE_PRODUCTS_HISTORY:
	case MESSAGE_PRODUCTS_MERGE:
	case MESSAGE_PRODUCTS_SPLIT:
	case MESSAGE_PRODUCTS_ALIAS:
	case MESSAGE_PRODUCTS_RENAME:
	case MESSAGE_PRODUCTS_DISTINCT:
	case MESSAGE_GROUPS_GET:
		return true;
	case MESSAGE_GROUPS_LIST:
		return text_argument(call, "product").len > 0;
	default:
		return false;
	}
}

/* Of a scoped token: what is not seen to lie in the scope does not. */
static bool
is_in_scope(const struct call *call, const struct access_scope *scope,
    struct told *told)
{
	const struct services *services = session_services(call->session);
	const struct call_report_amend *amend = call->args;
	const struct call_report_submit *submit = call->args;
	const struct call_report_submit_batch *batch = call->args;
	const struct call_alerts_subscribe *subscribe = call->args;
	const struct call_alerts_fetch *fetch = call->args;
	const struct call_alerts_list *list = call->args;

	if (call->message == MESSAGE_REPORT_SUBMIT)
		return holds_report(told, scope, &submit->report);
	if (call->message == MESSAGE_REPORT_SUBMIT_BATCH)
		return hold_reports(told, scope, &batch->reports);
	if (call->message == MESSAGE_REPORT_AMEND)
		return holds_report(told, scope, &amend->report);
	if (call->message == MESSAGE_EXPORT_OPEN)
		return holds_export(told, scope, call->args);
	if (call->message == MESSAGE_GROUPS_LIST ||
	    call->message == MESSAGE_PRODUCTS_SEARCH)
		return is_judged_later(call) ||
		    holds_category_asked(told, scope, call);
	if (message_row(call->message)->scope == ABOUT_ALERT)
		return holds_alert(told, scope, hub_events(services->hub),
		    alert_id_parse(text_argument(call, "id")));
	if (is_judged_later(call))
		return true;
	if (call->message == MESSAGE_ALERTS_SUBSCRIBE)
		tell_filter(told, &subscribe->filter);
	else if (call->message == MESSAGE_ALERTS_FETCH)
		tell_filter(told, &fetch->filter);
	else if (call->message == MESSAGE_ALERTS_LIST)
		tell_filter(told, &list->filter);
	return !told->is_too_much && access_holds(scope, &told->subject);
}

/* Of exports only these two have a public view; bad words are told later. */
static int
check_view(const struct call *call, const struct grant *grant,
    struct refusal *why)
{
	const struct call_export_open *args = call->args;
	int what;

	if (!grant->is_public || !args || call->message != MESSAGE_EXPORT_OPEN)
		return 0;
	what = export_what_find(args->what);
	if (what < 0 || what == EXPORT_GROUPS || what == EXPORT_PRODUCTS)
		return 0;
	return refuse(why, ERROR_UNAUTHORIZED, "what",
	    "%s need a token with role read; without one there are groups and "
	    "products, without small counts",
	    export_what_name((enum export_what)what));
}

int
admission_check(const struct call *call, struct refusal *why)
{
	const struct services *services = session_services(call->session);
	const struct grant *grant = session_grant(call->session);
	const struct message *message = message_row(call->message);
	struct told told = { .vocabulary = services->vocabulary };
	int64_t now = clock_now(services->clock);
	enum access_answer answer;

	if (!call->args && message->scope == ABOUT_WHOLE)
		answer = access_check(grant, message, NULL, now);
	else if (!call->args)
		answer = access_check_role(grant, message, now);
	else if (!access_is_scoped(&grant->scope) ||
	    !is_in_scope(call, &grant->scope, &told))
		answer = access_check(grant, message, NULL, now);
	else
		answer = access_check_role(grant, message, now);
	return answer ? access_refuse(answer, grant, message, why)
		      : check_view(call, grant, why);
}
