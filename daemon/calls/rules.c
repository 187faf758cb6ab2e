/* rules.c - rules.get, and the rules of a replay. */
#include "daemon/calls/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

enum { NAME_BYTES = 65 };

/* The first line of the complaints: where and what. */
static int
refuse_rules(const struct yaml_errors *errors, struct refusal *why)
{
	struct text text = buf_text(&errors->text);
	const char *end = text.len ? memchr(text.at, '\n', text.len) : NULL;

	if (end)
		text.len = (size_t)(end - text.at);
	return refuse(why, ERROR_INVALID, "rules", "%.*s", TEXT_ARG(text));
}

static int
read_rules(const struct services *services, const struct call_export_open *args,
    struct tried_rules *tried, struct refusal *why)
{
	char name[NAME_BYTES] = "rules";
	struct yaml_errors errors = { 0 };
	struct yaml_doc *doc;
	int code = 0;

	if (args->rules_name.len && args->rules_name.len < sizeof(name)) {
		memcpy(name, args->rules_name.at, args->rules_name.len);
		name[args->rules_name.len] = '\0';
	}
	doc = yaml_parse(name, args->rules.at, args->rules.len, &errors);
	if (doc)
		(void)rules_add(&tried->tried, services->vocabulary, doc,
		    &errors);
	if (errors.count)
		code = refuse_rules(&errors, why);
	else if (!doc)
		code = answer_no_memory(why);
	yaml_free(doc);
	yaml_errors_free(&errors);
	return code;
}

int
tried_rules_read(const struct services *services,
    const struct call_export_open *args, struct export_options *options,
    struct tried_rules **held, struct refusal *why)
{
	struct date from = { 0 };
	struct tried_rules *tried;
	int code = 0;

	*held = NULL;
	if (args->from.len &&
	    (date_parse(args->from, &from, NULL) != 0 ||
		from.precision != DATE_DAY))
		return refuse(why, ERROR_INVALID, "from",
		    "use a day, as in 2026-06-15");
	options->from = from.day;
	if (!args->rules.len)
		return 0;
	tried = calloc(1, sizeof(*tried));
	if (!tried)
		return answer_no_memory(why);
	code = read_rules(services, args, tried, why);
	if (code) {
		free(tried);
		return code;
	}
	tried->running = *services->criteria->rules;
	options->rules = &tried->tried;
	options->running = &tried->running;
	options->progress = &tried->progress;
	*held = tried;
	return 0;
}

static void
pack_rule(const struct rule *rule, struct buf *out)
{
	pack_map(out, 10);
	pack_field_string(out, "name", rule->name);
	pack_field_uint(out, "version", rule->version);
	pack_field_string(out, "basis", rule_basis_name(rule->basis));
	pack_field_string(out, "per",
	    rule->scope == SCOPE_MODE ? "product-and-mode" : "product");
	pack_field_uint(out, "window_days", (uint64_t)rule->window_days);
	pack_field_uint(out, "sources", rule->sources);
	pack_field_uint(out, "cases", rule->cases);
	pack_field_uint(out, "reports", rule->reports);
	pack_field_uint(out, "organisations", rule->organisations);
	pack_field_uint(out, "watch_sources", rule->watch_sources);
}

void
handle_rules_get(struct call *call)
{
	const struct rules *rules =
	    session_services(call->session)->criteria->rules;
	struct buf out = { 0 };

	pack_map(&out, 2);
	pack_field_uint(&out, "version", rules->version);
	pack_string(&out, "rules");
	pack_list(&out, rules->count);
	for (unsigned i = 0; i < rules->count; i++)
		pack_rule(&rules->rule[i], &out);
	answer_call(call, &out);
	buf_free(&out);
}
