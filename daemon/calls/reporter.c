#include "daemon/calls/reporter.h"

#include "daemon/intake/conceal.h"
#include "daemon/intake/shown.h"

int
reporter_find(const struct services *services, struct text own,
    const struct reporter_asked *asked, uint64_t *hash, struct refusal *why)
{
	const struct prepare_options options = {
		.hash_key = store_hash_key(services->store),
		.pseudonym_key = services->pseudonym_key,
		.organisation =
		    asked->organisation.len ? asked->organisation : own,
	};
	char name[2 + PSEUDONYM_MAX] = "r:";

	if (!asked->reporter.len == !asked->pseudonym.len)
		return refuse(why, ERROR_INVALID, "reporter",
		    "give either reporter or pseudonym");
	if (asked->pseudonym.len && asked->pseudonym.len != PSEUDONYM_MAX - 1)
		return refuse(why, ERROR_INVALID, "pseudonym",
		    "is %d hexadecimal digits", PSEUDONYM_MAX - 1);
	if (asked->reporter.len)
		conceal_text(&options, "reporter", asked->reporter, name + 2);
	else
		shown_copy(name + 2, PSEUDONYM_MAX, asked->pseudonym);
	*hash = prepare_name_hash(options.hash_key, NAME_SOURCE, text_of(name));
	return 0;
}
