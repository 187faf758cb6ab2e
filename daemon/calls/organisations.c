/* organisations.c - organisations.set, remove, list: whom people named. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/enrol.h"
#include "daemon/calls/keyring.h"
#include "daemon/core/detect/doubt.h"
#include "daemon/core/fold.h"
#include "daemon/core/organisations.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

enum { SITE_MAX = 120, LISTED_MAX = 500 };

#define HAS(args, field) ((args)->present & 1u << ARG_organisations_set_##field)

static int
take_sites(struct enrol *enrol, const struct value *list)
{
	struct value_walk walk = value_walk(list);
	struct value item;

	enrol->organisation.nsites = 0;
	while (value_next(&walk, &item)) {
		struct text site = value_text(&item);
		char folded[4];

		if (!site.len || site.len > SITE_MAX ||
		    !fold_name(site, folded, sizeof(folded)))
			return refuse(&enrol->why, ERROR_INVALID, "sites",
			    "a site is a text of 1 to %d bytes with a letter "
			    "or digit",
			    SITE_MAX);
		buf_string(&enrol->sites, site);
		enrol->organisation.nsites++;
	}
	enrol->organisation.sites = buf_text(&enrol->sites);
	return 0;
}

static int
take_probation(struct enrol *enrol, struct text text)
{
	const char *why = "a day, such as 2027-03-01";
	struct date date;

	if (text_is(text, "none")) {
		enrol->organisation.probation_until = INT32_MIN;
		return 0;
	}
	if (date_parse(text, &date, &why) || date.precision != DATE_DAY)
		return refuse(&enrol->why, ERROR_INVALID, "probation",
		    "use none or the day it is over: %s", why);
	enrol->organisation.probation_until = date.day;
	return 0;
}

static int
take_said(struct enrol *enrol, const struct call_organisations_set *args)
{
	struct record_organisation *said = &enrol->organisation;
	int trust = organisations_trust(args->trust);

	if (HAS(args, trust) && trust < 0)
		return refuse(&enrol->why, ERROR_INVALID, "trust",
		    "use a number from 0 to 1");
	if (HAS(args, trust))
		said->trust = (uint8_t)trust;
	if (HAS(args, trusted) && !text_is(args->trusted, "yes") &&
	    !text_is(args->trusted, "no"))
		return refuse(&enrol->why, ERROR_INVALID, "trusted",
		    "use yes or no");
	if (HAS(args, trusted))
		said->is_trusted = text_is(args->trusted, "yes");
	if (HAS(args, probation) && take_probation(enrol, args->probation))
		return (int)enrol->why.code;
	if (HAS(args, note))
		said->note = enrol_keep(enrol, args->note);
	return HAS(args, sites) ? take_sites(enrol, &args->sites) : 0;
}

/* What is said so far, kept; or, of a new one, nothing. */
static int
take_member(struct enrol *enrol, struct text name, bool is_new)
{
	const struct member *member =
	    keyring_organisation(enrol->services->keyring, name);

	if (!organisations_is_name(name))
		return refuse(&enrol->why, ERROR_INVALID, "name",
		    "use lower-case letters, digits, dots and hyphens");
	if (text_is(name, "local"))
		return refuse(&enrol->why, ERROR_INVALID, "name",
		    "local is who comes without a token");
	if (is_new && member)
		return refuse(&enrol->why, ERROR_CONFLICT, "name",
		    "%.*s is named already", TEXT_ARG(name));
	if (!is_new && !member)
		return refuse(&enrol->why, ERROR_NOT_FOUND, "name",
		    "no organisation has this name");
	enrol->names = true;
	enrol->organisation = (struct record_organisation){
		.trust = WEIGHT_CASE,
		.probation_until = INT32_MIN,
	};
	if (member) {
		enrol->organisation = member->said;
		enrol->organisation.note = enrol_keep(enrol, member->said.note);
		buf_add_text(&enrol->sites, member->said.sites);
		enrol->organisation.sites = buf_text(&enrol->sites);
	}
	enrol->organisation.name = enrol_keep(enrol, name);
	return 0;
}

static void
pack_name(const struct enrol *enrol, struct buf *out)
{
	pack_field_text(out, "name", enrol->organisation.name);
}

void
handle_organisations_set(struct call *call)
{
	const struct call_organisations_set *args = call->args;
	struct enrol *enrol = enrol_new(call, args->reason);

	if (!enrol)
		return;
	enrol->pack = pack_name;
	enrol->pairs = 1;
	if (!enrol->why.code && !take_member(enrol, args->name, args->add)) {
		if (HAS(args, sites))
			buf_clear(&enrol->sites);
		take_said(enrol, args);
	}
	enrol_start(enrol);
}

static void
pack_removed(const struct enrol *enrol, struct buf *out)
{
	pack_name(enrol, out);
	pack_field_uint(out, "revoked", enrol->revoked.len / sizeof(uint32_t));
}

void
handle_organisations_remove(struct call *call)
{
	const struct call_organisations_remove *args = call->args;
	struct enrol *enrol = enrol_new(call, args->reason);
	const struct keyring *keyring;

	if (!enrol)
		return;
	keyring = enrol->services->keyring;
	enrol->pack = pack_removed;
	enrol->pairs = 2;
	if (!enrol->why.code && !take_member(enrol, args->name, false)) {
		enrol->organisation.is_removed = true;
		for (uint32_t i = 1; i <= keyring_tokens(keyring); i++) {
			const struct bearer *bearer = keyring_token(keyring, i);

			if (!bearer->grant.is_revoked &&
			    bearer->token.made.organisation ==
				enrol->organisation.organisation)
				enrol_revoke(enrol, i);
		}
	}
	enrol_start(enrol);
}

/* --- listing ------------------------------------------------------------- */

static int
compare_names(const void *a, const void *b)
{
	const struct member *const *one = a, *const *other = b;
	struct text x = (*one)->said.name, y = (*other)->said.name;
	size_t shared = x.len < y.len ? x.len : y.len;
	int order = shared ? memcmp(x.at, y.at, shared) : 0;

	return order ? order : (x.len > y.len) - (x.len < y.len);
}

static unsigned
count_tokens(const struct keyring *keyring, uint32_t organisation)
{
	unsigned count = 0;

	for (uint32_t i = 1; i <= keyring_tokens(keyring); i++) {
		const struct bearer *bearer = keyring_token(keyring, i);

		count += bearer->token.made.organisation == organisation &&
		    !bearer->grant.is_revoked;
	}
	return count;
}

static void
pack_member(struct buf *out, const struct keyring *keyring,
    const struct record_organisation *said)
{
	struct cut cut = cut_of(said->sites.at, said->sites.len);
	char day[DATE_MAX] = "none";

	if (said->probation_until != INT32_MIN)
		date_format((struct date){ said->probation_until, DATE_DAY },
		    day);
	pack_map(out, 7);
	pack_field_text(out, "name", said->name);
	pack_field_real(out, "trust", said->trust / (double)WEIGHT_CASE);
	pack_field_bool(out, "trusted", said->is_trusted);
	pack_field_string(out, "probation", day);
	pack_string(out, "sites");
	pack_list(out, said->nsites);
	for (unsigned i = 0; i < said->nsites; i++)
		pack_text(out, cut_string(&cut));
	pack_field_text(out, "note", said->note);
	pack_field_uint(out, "tokens",
	    count_tokens(keyring, said->organisation));
}

void
handle_organisations_list(struct call *call)
{
	const struct call_organisations_list *args = call->args;
	struct services *services = session_services(call->session);
	struct member after = { .said = { .name = args->after } };
	const struct member *bound = &after;
	struct buf out = { 0 }, found = { 0 };
	struct member *member, **sorted;
	struct refusal why = { 0 };
	size_t count, token;
	uint32_t packed = 0;

	for (unsigned i = 0; (member = keyring_member(services->keyring, i));
	     i++)
		if (!member->said.is_removed &&
		    compare_names(&member, &bound) > 0 &&
		    (!args->name.len ||
			text_equal(args->name, member->said.name)))
			buf_add(&found, &member, sizeof(member));
	sorted = (struct member **)(void *)found.at;
	count = found.len / sizeof(*sorted);
	if (!count && args->name.len)
		refuse(&why, ERROR_NOT_FOUND, "name",
		    "no organisation has this name");
	if (count)
		qsort(sorted, count, sizeof(struct member *), compare_names);
	pack_map(&out, 2);
	pack_string(&out, "organisations");
	token = pack_open_list(&out);
	while (packed < count && packed < LISTED_MAX &&
	    out.len < MESSAGE_LARGE_BYTES / 2)
		pack_member(&out, services->keyring, &sorted[packed++]->said);
	pack_close_list(&out, token, packed);
	pack_field_bool(&out, "more", packed < count);
	out.failed |= found.failed;
	buf_free(&found);
	answer_ticket(services, call_ticket(call), &out, 0, &why);
}
