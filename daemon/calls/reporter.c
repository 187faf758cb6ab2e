#include "daemon/calls/reporter.h"

#include "daemon/calls/look.h"
#include "daemon/intake/prepare.h"
#include "daemon/intake/shown.h"

static uint64_t
hash_of(const struct services *services, const struct pseudonym_key *key,
    struct text organisation, const struct reporter_asked *asked)
{
	char pseudonym[PSEUDONYM_MAX];

	if (asked->reporter.len)
		pseudonym_of(key, "reporter", organisation, asked->reporter,
		    pseudonym);
	else
		shown_copy(pseudonym, sizeof(pseudonym), asked->pseudonym);
	return prepare_reporter_hash(store_hash_key(services->store),
	    key->epoch, pseudonym);
}

int
reporter_find(const struct services *services, struct text own,
    const struct reporter_asked *asked, struct reporter_names *names,
    struct refusal *why)
{
	const struct pseudonym_keys *keys = &services->keys;
	struct text organisation =
	    asked->organisation.len ? asked->organisation : own;

	if (!asked->reporter.len == !asked->pseudonym.len)
		return refuse(why, ERROR_INVALID, "reporter",
		    "give either reporter or pseudonym");
	if (asked->pseudonym.len && asked->pseudonym.len != PSEUDONYM_MAX - 1)
		return refuse(why, ERROR_INVALID, "pseudonym",
		    "is %d hexadecimal digits", PSEUDONYM_MAX - 1);
	*names = (struct reporter_names){ 0 };
	names->now = hash_of(services, &keys->now, organisation, asked);
	if (keys->before.epoch)
		names->before =
		    hash_of(services, &keys->before, organisation, asked);
	return 0;
}

uint32_t
reporter_ordinal(struct snapshot *snapshot, const struct reporter_names *names)
{
	uint32_t ordinal = look_ordinal(snapshot, NAME_SOURCE, names->now);

	return ordinal || !names->before
	    ? ordinal
	    : look_ordinal(snapshot, NAME_SOURCE, names->before);
}
