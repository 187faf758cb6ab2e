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
			return fail(config->listen.item[i],
			    "is open to others, and TLS and tokens do not "
			    "exist yet; use a loopback address or unix:/path");
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

int
doors_open(struct doors *doors, struct loop *loop, const struct config *config,
    const struct doors_accepting *accepting)
{
	unsigned connections = raise_files(config->limits_connections);
	char why[256];

	for (size_t i = 0; i < config->listen.count && i < DOORS_MAX; i++) {
		struct listener_options options = {
			.address = config->listen.item[i],
			.max_connections = connections,
			.on_accept = accepting->on_accept,
			.open = accepting->open,
			.who = accepting->who,
		};
		struct listener *listener =
		    listener_open(loop, &options, why, sizeof(why));

		if (!listener)
			return fail("listen", why);
		doors->listener[doors->count++] = listener;
		log_line(LOG_INFO, "listening", "address=%s",
		    listener_address(listener));
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
