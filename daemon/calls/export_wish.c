#include "daemon/calls/export_wish.h"

#include <stdlib.h>

#include "daemon/calls/reporter.h"
#include "daemon/calls/trust.h"
#include "daemon/core/access.h"
#include "daemon/intake/shown.h"

/* One word of a list of words; an absent one leaves the default. */
struct choice {
	const char *field;
	struct text word;
	int found; /* index, or -1 */
	const char *words;
	int *out;
};

static int
take_choices(const struct choice *choices, size_t count, struct refusal *why)
{
	for (size_t i = 0; i < count; i++) {
		if (!choices[i].word.len)
			continue;
		if (choices[i].found < 0)
			return refuse(why, ERROR_INVALID, choices[i].field,
			    "use %s", choices[i].words);
		*choices[i].out = choices[i].found;
	}
	return 0;
}

static int
take_options(struct export_wish *wish, const struct call *call,
    struct refusal *why)
{
	const struct services *services = session_services(call->session);
	const struct call_export_open *args = call->args;
	const struct grant *grant = session_grant(call->session);
	int what = -1, format = EXPORT_CSV, by = CLOCK_FILED, step = STEP_DAY;

	struct choice choices[] = {
		{ "what", args->what, export_what_find(args->what),
		    "groups, products, reports, alerts, chain, timeseries, "
		    "evidence, replay or audit",
		    &what },
		{ "format", args->format, export_format_find(args->format),
		    "csv or ndjson", &format },
		{ "by", args->by, export_clock_find(args->by),
		    "filed, occurred or received", &by },
		{ "step", args->step, export_step_find(args->step),
		    "day, week or month", &step },
	};

	if (take_choices(choices, sizeof(choices) / sizeof(*choices), why))
		return (int)why->code;
	if (filter_new(&args->filter, services->vocabulary, &wish->filter, why))
		return (int)why->code;
	shown_copy(wish->mode, sizeof(wish->mode), args->mode);
	wish->options = (struct export_options){
		.what = (enum export_what)what,
		.format = (enum export_format)format,
		.by = (enum export_clock)by,
		.step = (enum export_step)step,
		.fill = args->fill,
		.raw_cells = args->raw_cells,
		.show_hidden = wish->is_trusted && !args->public,
		.is_public = args->public || grant->is_public,
		.hides_texts = !grant->may_read_text,
		.own = args->own_texts ? wish->organisation : NULL,
		.at = args->at,
		.since = args->since,
		.only_erased = args->erased,
		.mode = wish->mode[0] ? wish->mode : NULL,
		.filter = wish->filter,
	};
	if (tried_rules_read(services, args, &wish->options, &wish->tried, why))
		return (int)why->code;
	return export_check(&wish->options, why);
}

static int
take_subject(struct export_wish *wish, const struct services *services,
    const struct call_export_subject *args, struct refusal *why)
{
	const struct reporter_asked asked = { args->organisation,
		args->reporter, args->pseudonym };
	struct reporter_names names;
	int format =
	    args->format.len ? export_format_find(args->format) : EXPORT_NDJSON;

	if (format < 0)
		return refuse(why, ERROR_INVALID, "format",
		    "use csv or ndjson");
	wish->options = (struct export_options){
		.what = EXPORT_SUBJECT,
		.format = (enum export_format)format,
		.raw_cells = true,
	};
	if (reporter_find(services, text_of(wish->organisation), &asked, &names,
		why))
		return (int)why->code;
	wish->options.subject = names.now;
	wish->options.subject_before = names.before;
	return 0;
}

int
export_wish_read(struct export_wish *wish, const struct call *call,
    struct refusal *why)
{
	const struct services *services = session_services(call->session);

	shown_copy(wish->organisation, sizeof(wish->organisation),
	    session_organisation(call->session));
	wish->is_trusted = trust_reader(call->session) == READER_TRUSTED;
	return call->message == MESSAGE_EXPORT_SUBJECT
	    ? take_subject(wish, services, call->args, why)
	    : take_options(wish, call, why);
}

void
export_wish_fini(struct export_wish *wish)
{
	filter_free(wish->filter);
	free(wish->tried);
}
