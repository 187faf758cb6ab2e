#include "daemon/doors.h"

#include <stdio.h>
#include <sys/resource.h>

#include "daemon/logger.h"

enum { SPARE_FILES = 64 /* descriptors that are no connections */ };

static int
fail(const char *what, const char *why)
{
	fprintf(stderr, "tocsind: %s: %s\n", what, why);
	return -1;
}

static int
refuse_public(const char *address)
{
	return fail(address,
	    "is open to others, and TLS and tokens do not exist yet; use a "
	    "loopback address or unix:/path");
}

int
doors_check(const struct config *config)
{
	for (size_t i = 0; i < config->listen.count; i++) {
		int local = listener_is_local(config->listen.item[i]);

		if (local < 0)
			return fail(config->listen.item[i],
			    "is no address; use 127.0.0.1:7171, [::1]:7171 or "
			    "unix:/path");
		if (!local)
			return refuse_public(config->listen.item[i]);
	}
	return 0;
}

/* As many descriptors as the connections need, or as many as there may be. */
static unsigned
raise_files(uint64_t connections)
{
	struct rlimit limit;
	rlim_t wanted = connections + SPARE_FILES;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return (unsigned)connections;
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur =
		    wanted < limit.rlim_max ? wanted : limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur < wanted)
		connections = limit.rlim_cur > 2 * SPARE_FILES
		    ? limit.rlim_cur - SPARE_FILES
		    : SPARE_FILES;
	return (unsigned)connections;
}

static int
open_door(struct doors *doors, struct loop *loop,
    const struct listener_options *options)
{
	char why[256];
	struct listener *listener =
	    listener_open(loop, options, why, sizeof(why));

	if (!listener)
		return fail("listen", why);
	doors->listener[doors->count++] = listener;
	/* One that another opened was looked at by nobody yet. */
	if (listener_is_local(listener_address(listener)) != 1)
		return refuse_public(listener_address(listener));
	log_line(LOG_INFO, "listening", "address=%s%s",
	    LOG_QUOTE(text_of(listener_address(listener))),
	    options->inherited ? " inherited=true" : "");
	return 0;
}

static int
open_inherited(struct doors *doors, struct loop *loop,
    struct listener_options *options, struct inherited *inherited)
{
	for (unsigned i = 0; i < inherited->count; i++) {
		options->inherited = inherited->socket[i].fd;
		inherited->socket[i].fd = -1;
		if (open_door(doors, loop, options))
			return -1;
	}
	return 0;
}

int
doors_open(struct doors *doors, struct loop *loop, const struct config *config,
    const struct doors_accepting *accepting, struct inherited *inherited)
{
	struct listener_options options = {
		.max_connections = raise_files(config->limits_connections),
		.on_accept = accepting->on_accept,
		.open = accepting->open,
		.who = accepting->who,
	};

	if (inherited->count)
		return open_inherited(doors, loop, &options, inherited);
	for (size_t i = 0; i < config->listen.count && i < DOORS_MAX; i++) {
		options.address = config->listen.item[i];
		if (open_door(doors, loop, &options))
			return -1;
	}
	return 0;
}

void
doors_release(struct doors *doors)
{
	for (unsigned i = 0; i < doors->count; i++)
		listener_release(doors->listener[i]);
}

void
doors_close(struct doors *doors)
{
	while (doors->count)
		listener_close(doors->listener[--doors->count]);
}
