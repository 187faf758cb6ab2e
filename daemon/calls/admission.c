#include "daemon/calls/admission.h"

#include "daemon/core/access.h"
#include "daemon/feed/export.h"
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

/* Of a scoped token: what is not seen to lie in the scope does not. */
static bool
is_in_scope(const struct call *call, const struct access_scope *scope,
    struct told *told)
{
	const struct call_report_submit *submit = call->args;
	const struct call_report_submit_batch *batch = call->args;
	const struct call_alerts_subscribe *subscribe = call->args;
	const struct call_alerts_fetch *fetch = call->args;
	const struct call_alerts_list *list = call->args;

	if (call->message == MESSAGE_REPORT_SUBMIT)
		return holds_report(told, scope, &submit->report);
	if (call->message == MESSAGE_REPORT_SUBMIT_BATCH)
		return hold_reports(told, scope, &batch->reports);
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

	if (!call->args)
		answer = access_check_role(grant, message, now);
	else if (!access_is_scoped(&grant->scope) ||
	    !is_in_scope(call, &grant->scope, &told))
		answer = access_check(grant, message, NULL, now);
	else
		answer = ACCESS_GRANTED;
	return answer ? access_refuse(answer, grant, message, why)
		      : check_view(call, grant, why);
}
