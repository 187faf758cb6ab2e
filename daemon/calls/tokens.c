/* tokens.c - tokens.add, list, revoke, rotate: what organisations may do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/enrol.h"
#include "daemon/calls/keyring.h"
#include "daemon/calls/scope.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

enum { DAY_MS = 86400000, LISTED_MAX = 500 };

static uint32_t
parse_id(struct text text)
{
	uint64_t number = 0;

	if (text.len < 2 || text.len > 10 || text.at[0] != 't')
		return 0;
	for (size_t i = 1; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return 0;
		number = number * 10 + (uint64_t)(text.at[i] - '0');
	}
	return number <= UINT32_MAX ? (uint32_t)number : 0;
}

static void
pack_id(struct buf *out, uint32_t token)
{
	char id[16];

	snprintf(id, sizeof(id), "t%u", token);
	pack_field_string(out, "id", id);
}

/* --- making -------------------------------------------------------------- */

static void
pack_made(const struct enrol *enrol, struct buf *out)
{
	pack_id(out, enrol->token.token);
	pack_field_string(out, "token", enrol->passkey);
}

static int
take_roles(struct enrol *enrol, const struct value *list)
{
	struct value_walk walk = value_walk(list);
	struct value item;

	while (value_next(&walk, &item)) {
		unsigned role = access_role_find(value_text(&item));

		if (!role)
			return refuse(&enrol->why, ERROR_INVALID, "roles",
			    "use submit, subscribe, read, curate, admin");
		enrol->token.roles = (uint8_t)(enrol->token.roles | role);
	}
	return 0;
}

static int
take_expiry(struct enrol *enrol, struct text text)
{
	int64_t now = clock_now(enrol->services->clock), at = 0;
	const char *why;
	struct date date;

	if (!text.len)
		return 0;
	if (!date_parse(text, &date, &why) && date.precision == DATE_DAY)
		at = (int64_t)date.day * DAY_MS;
	else if (instant_parse(text, &at))
		return refuse(&enrol->why, ERROR_INVALID, "expires",
		    "use a day such as 2027-03-01, or a time such as "
		    "2027-03-01T12:00:00Z");
	if (at <= now)
		return refuse(&enrol->why, ERROR_INVALID, "expires",
		    "must be later than now");
	enrol->token.expires_ms = at;
	return 0;
}

static int
take_scope(struct enrol *enrol, const struct call_tokens_add *args)
{
	struct buf scope = { 0 };
	int code =
	    scope_write(args, enrol->services->vocabulary, &scope, &enrol->why);

	if (!code && scope.failed)
		code = answer_no_memory(&enrol->why);
	if (!code && scope.len && enrol->token.roles & ACCESS_ROLE(ROLE_ADMIN))
		code = refuse(&enrol->why, ERROR_INVALID, "roles",
		    "admin goes with no scope");
	if (!code && !value_is_absent(&args->products) &&
	    enrol->token.roles & ACCESS_ROLE(ROLE_SUBMIT))
		code = refuse(&enrol->why, ERROR_INVALID, "products",
		    "go with no role submit: of which product a report is, is "
		    "known when it was taken");
	if (!code)
		enrol->token.scope = enrol_keep(enrol, buf_text(&scope));
	buf_free(&scope);
	return code;
}

static int
take_token(struct enrol *enrol, const struct call_tokens_add *args)
{
	const struct member *member =
	    keyring_organisation(enrol->services->keyring, args->organisation);

	if (!member)
		return refuse(&enrol->why, ERROR_NOT_FOUND, "organisation",
		    "no organisation has this name; organisations.set names "
		    "one");
	enrol->token.organisation = member->said.organisation;
	if (take_roles(enrol, &args->roles) ||
	    take_expiry(enrol, args->expires) || take_scope(enrol, args))
		return (int)enrol->why.code;
	enrol->token.note = enrol_keep(enrol, args->note);
	enrol->token.may_read_text = args->texts;
	enrol_make(enrol);
	return 0;
}

void
handle_tokens_add(struct call *call)
{
	const struct call_tokens_add *args = call->args;
	struct enrol *enrol = enrol_new(call, args->reason);

	if (!enrol)
		return;
	enrol->pack = pack_made;
	enrol->pairs = 2;
	if (!enrol->why.code)
		take_token(enrol, args);
	enrol_start(enrol);
}

/* --- ending -------------------------------------------------------------- */

static const struct bearer *
find_live(struct enrol *enrol, struct text id)
{
	const struct bearer *bearer =
	    keyring_token(enrol->services->keyring, parse_id(id));

	if (!bearer)
		refuse(&enrol->why, ERROR_NOT_FOUND, "id",
		    "no token has this id; ids are as t3");
	else if (access_is_ended(&bearer->grant,
		     clock_now(enrol->services->clock)))
		refuse(&enrol->why, ERROR_CONFLICT, "id",
		    "this token has ended already");
	else
		return bearer;
	return NULL;
}

static void
pack_revoked(const struct enrol *enrol, struct buf *out)
{
	uint32_t token;

	memcpy(&token, enrol->revoked.at, sizeof(token));
	pack_id(out, token);
}

void
handle_tokens_revoke(struct call *call)
{
	const struct call_tokens_revoke *args = call->args;
	struct enrol *enrol = enrol_new(call, args->reason);
	const struct bearer *bearer;

	if (!enrol)
		return;
	enrol->pack = pack_revoked;
	enrol->pairs = 1;
	if (!enrol->why.code && (bearer = find_live(enrol, args->id)))
		enrol_revoke(enrol, bearer->grant.token);
	enrol_start(enrol);
}

void
handle_tokens_rotate(struct call *call)
{
	const struct call_tokens_rotate *args = call->args;
	struct enrol *enrol = enrol_new(call, args->reason);
	const struct bearer *bearer;

	if (!enrol)
		return;
	enrol->pack = pack_made;
	enrol->pairs = 2;
	if (!enrol->why.code && (bearer = find_live(enrol, args->id))) {
		enrol->token = bearer->token.made;
		enrol->token.scope =
		    enrol_keep(enrol, bearer->token.made.scope);
		enrol->token.note = enrol_keep(enrol, bearer->token.made.note);
		enrol_make(enrol);
		enrol_revoke(enrol, bearer->grant.token);
	}
	enrol_start(enrol);
}

/* --- listing ------------------------------------------------------------- */

static uint32_t
pack_time(struct buf *out, const char *key, int64_t ms)
{
	char text[INSTANT_MAX];

	if (!ms)
		return 0;
	instant_format(ms, text);
	pack_field_string(out, key, text);
	return 1;
}

static uint32_t
pack_part(struct buf *out, const char *key, const struct value *scope,
    const char *name)
{
	struct value list, item;
	struct value_walk walk;
	uint32_t count = 0;
	size_t token;

	if (!value_find(scope, name, &list))
		return 0;
	pack_string(out, key);
	token = pack_open_list(out);
	walk = value_walk(&list);
	for (; value_next(&walk, &item); count++)
		pack_text(out, value_text(&item));
	pack_close_list(out, token, count);
	return 1;
}

static void
pack_roles(struct buf *out, unsigned roles)
{
	uint32_t count = 0;
	size_t token;

	pack_string(out, "roles");
	token = pack_open_list(out);
	for (unsigned role = ROLE_SUBMIT; role <= ROLE_ADMIN; role++)
		if (roles & ACCESS_ROLE(role)) {
			pack_string(out, role_name((enum message_role)role));
			count++;
		}
	pack_close_list(out, token, count);
}

static void
pack_token(struct buf *out, const struct keyring *keyring,
    const struct access_row *row)
{
	size_t token = pack_open_map(out);
	uint32_t pairs = 5;
	struct value scope;

	pack_id(out, row->made.token);
	pack_field_text(out, "organisation",
	    keyring_name(keyring, row->made.organisation));
	pack_roles(out, row->made.roles);
	pack_field_text(out, "note", row->made.note);
	pack_field_bool(out, "texts", row->made.may_read_text);
	if (row->made.scope.len && value_of(row->made.scope, &scope)) {
		pairs += pack_part(out, "categories", &scope, "category");
		pairs += pack_part(out, "countries", &scope, "country");
		pairs += pack_part(out, "products", &scope, "product");
	}
	pairs += pack_time(out, "made", row->made_ms);
	pairs += pack_time(out, "expires", row->made.expires_ms);
	pairs += pack_time(out, "revoked", row->revoked_ms);
	pairs += pack_time(out, "used", row->used_ms);
	pack_close_map(out, token, pairs);
}

void
handle_tokens_list(struct call *call)
{
	const struct call_tokens_list *args = call->args;
	struct services *services = session_services(call->session);
	const struct keyring *keyring = services->keyring;
	struct refusal why = { 0 };
	struct buf out = { 0 };
	uint32_t count = 0, at = parse_id(args->after) + 1;
	size_t token;

	pack_map(&out, 2);
	pack_string(&out, "tokens");
	token = pack_open_list(&out);
	for (; at <= keyring_tokens(keyring) && count < LISTED_MAX &&
	     out.len < MESSAGE_LARGE_BYTES / 2;
	     at++) {
		const struct bearer *bearer = keyring_token(keyring, at);

		if (args->organisation.len &&
		    !text_equal(args->organisation,
			keyring_name(keyring, bearer->token.made.organisation)))
			continue;
		pack_token(&out, keyring, &bearer->token);
		count++;
	}
	pack_close_list(&out, token, count);
	pack_field_bool(&out, "more", at <= keyring_tokens(keyring));
	answer_ticket(services, call_ticket(call), &out, 0, &why);
}
