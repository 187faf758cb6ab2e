#include "daemon/doors.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "daemon/logger.h"
#include "daemon/metrics.h"

enum {
	SPARE_FILES = 64, /* descriptors that are no connections */
	WHY_BYTES = 512,
	DAY_S = 24 * 3600,
	SOON_S = 14 * DAY_S, /* a certificate that ends so soon is told of */
	DATE_BYTES = 32,
};

static int
fail(const char *what, const char *why)
{
	fprintf(stderr, "tocsind: %s: %s\n", what, why);
	return -1;
}

static int
check_address(const struct config *config, const char *address, bool is_secure)
{
	int local = listener_is_local(address);

	if (local < 0)
		return fail(address,
		    "is no address; use 127.0.0.1:7171, [::1]:7171 or "
		    "unix:/path");
	if (is_secure && !strncmp(address, "unix:", 5))
		return fail(address,
		    "needs no TLS: nobody is on the way; name it under listen");
	if (!is_secure && !local && !config->listen_insecurely)
		return fail(address,
		    "is open to others, without TLS; name it under "
		    "tls.listen, or allow it with "
		    "listen_insecurely_on_public_addresses");
	return 0;
}

/* The certificate into server, which is as before when it is no good. */
static int
load_certificate(struct tls_server *server, const struct config *config)
{
	struct tls_files files = {
		.certificate = config->tls_certificate,
		.key = config->tls_key,
		.client_ca = config->tls_client_ca,
		.needs_client = config->tls_require_client,
	};
	char why[WHY_BYTES];

	if (!files.certificate[0] || !files.key[0])
		return fail("tls.listen",
		    "needs tls.certificate and tls.key as well");
	if (files.needs_client && !files.client_ca[0])
		return fail("tls.require_client_certificate",
		    "needs tls.client_ca: whose certificates?");
	return tls_server_load(server, &files, why, sizeof(why))
	    ? fail("tls", why)
	    : 0;
}

static int
check_certificate(const struct config *config)
{
	struct tls_server *server;
	int result;

	if (!config->tls_listen.count)
		return 0;
	server = tls_server_new();
	result = server ? load_certificate(server, config)
			: fail("tls", "out of memory");
	tls_server_free(server);
	return result;
}

int
doors_check(const struct config *config)
{
	int result = 0;

	for (size_t i = 0; i < config->listen.count; i++)
		result |= check_address(config, config->listen.item[i], false);
	for (size_t i = 0; i < config->tls_listen.count; i++)
		result |=
		    check_address(config, config->tls_listen.item[i], true);
	return check_certificate(config) || result ? -1 : 0;
}

/* Say which certificate it is by its end, and in time that it ends. */
static void
tell_certificate(const struct tls_server *server)
{
	int64_t end_s = tls_server_expires(server);
	int64_t now_s = (int64_t)time(NULL);
	time_t end = (time_t)end_s;
	char date[DATE_BYTES];
	struct tm utc;

	metrics_set(METRIC_tls_certificate_end,
	    (uint64_t)(end_s < 0 ? 0 : end_s));
	gmtime_r(&end, &utc);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &utc);
	if (end_s <= now_s)
		log_line(LOG_WARNING, "certificate-ended", "ended=%s", date);
	else if (end_s - now_s < SOON_S)
		log_line(LOG_WARNING, "certificate-ends-soon", "ends=%s", date);
	else
		log_line(LOG_INFO, "certificate", "ends=%s", date);
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

static void
on_accept(void *who, int fd)
{
	struct door *door = who;
	const struct doors_accepting *accepting = &door->doors->accepting;

	accepting->on_accept(accepting->who,
	    door->is_secure ? transport_secure(fd, door->doors->tls)
			    : transport_plain(fd));
}

static unsigned
count_open(void *who)
{
	const struct door *door = who;

	return door->doors->accepting.open(door->doors->accepting.who);
}

/*
 * Who comes by this address may do everything while there is no token: that is
 * for this machine, or for whom a certificate was given.
 */
static int
check_others(const struct doors *doors, const struct config *config,
    const char *address, bool is_secure)
{
	if (listener_is_local(address) == 1 ||
	    (is_secure && config->tls_require_client) ||
	    doors->accepting.has_tokens(doors->accepting.who))
		return 0;
	if (!config->listen_without_tokens)
		return fail(address,
		    "is open to others, who could do everything while there "
		    "is no token; make the first one with tocsind --init NAME "
		    "> FILE, or allow it with "
		    "let_everyone_do_everything_on_public_addresses");
	log_line(LOG_WARNING, "open-to-everyone", "address=%s why=%s", address,
	    LOG_QUOTE(TEXT("whoever can connect may do everything")));
	return 0;
}

/* Before any of them is opened. */
static int
check_listed(const struct doors *doors, const struct config *config)
{
	int result = 0;

	for (size_t i = 0; i < config->listen.count; i++)
		result |=
		    check_others(doors, config, config->listen.item[i], false);
	for (size_t i = 0; i < config->tls_listen.count; i++)
		result |= check_others(doors, config,
		    config->tls_listen.item[i], true);
	return result;
}

static int
open_door(struct doors *doors, struct loop *loop, const struct config *config,
    struct listener_options options, bool is_secure)
{
	struct door *door = &doors->door[doors->count];
	char why[WHY_BYTES];

	options.on_accept = on_accept;
	options.open = count_open;
	options.who = door;
	door->doors = doors;
	door->is_secure = is_secure;
	door->listener = listener_open(loop, &options, why, sizeof(why));
	if (!door->listener)
		return fail("listen", why);
	doors->count++;
	/* One that another opened was looked at by nobody yet. */
	if (check_address(config, listener_address(door->listener),
		is_secure) ||
	    (!options.address &&
		check_others(doors, config, listener_address(door->listener),
		    is_secure)))
		return -1;
	log_line(LOG_INFO, "listening", "address=%s%s%s",
	    LOG_QUOTE(text_of(listener_address(door->listener))),
	    is_secure ? " tls=true" : "",
	    options.address ? "" : " inherited=true");
	return 0;
}

static int
open_listed(struct doors *doors, struct loop *loop, const struct config *config,
    unsigned connections, bool is_secure)
{
	const struct config_list *list =
	    is_secure ? &config->tls_listen : &config->listen;

	for (size_t i = 0; i < list->count && doors->count < DOORS_MAX; i++) {
		struct listener_options options = { .address = list->item[i],
			.max_connections = connections };

		if (open_door(doors, loop, config, options, is_secure))
			return -1;
	}
	return 0;
}

/* What stands under tls.listen, and nobody passed in. */
static void
tell_closed(const struct doors *doors, const struct config *config)
{
	for (unsigned i = 0; i < doors->count; i++)
		if (doors->door[i].is_secure)
			return;
	for (unsigned i = 0; i < config->tls_listen.count; i++)
		log_line(LOG_WARNING, "not-listening", "address=%s why=%s",
		    config->tls_listen.item[i],
		    LOG_QUOTE(TEXT("sockets are inherited, none named tls")));
}

/* Those named "tls" speak it, if there is a certificate. */
static int
open_inherited(struct doors *doors, struct loop *loop,
    const struct config *config, struct inherited *inherited)
{
	struct listener_options options = {
		.max_connections = raise_files(config->limits_connections),
	};

	for (unsigned i = 0; i < inherited->count; i++) {
		bool is_secure = !strcmp(inherited->socket[i].name, "tls");

		if (is_secure && !doors->tls)
			return fail("the inherited socket named tls",
			    "needs tls.listen, tls.certificate and tls.key");
		options.inherited = inherited->socket[i].fd;
		inherited->socket[i].fd = -1;
		if (open_door(doors, loop, config, options, is_secure))
			return -1;
	}
	tell_closed(doors, config);
	return 0;
}

int
doors_open(struct doors *doors, struct loop *loop, const struct config *config,
    const struct doors_accepting *accepting, struct inherited *inherited)
{
	unsigned connections;

	doors->accepting = *accepting;
	if (config->tls_listen.count) {
		doors->tls = tls_server_new();
		if (!doors->tls)
			return fail("tls", "out of memory");
		if (load_certificate(doors->tls, config))
			return -1;
		tell_certificate(doors->tls);
	}
	if (inherited->count)
		return open_inherited(doors, loop, config, inherited);
	connections = raise_files(config->limits_connections);
	return check_listed(doors, config) ||
		open_listed(doors, loop, config, connections, false) ||
		open_listed(doors, loop, config, connections, true)
	    ? -1
	    : 0;
}

int
doors_reload(struct doors *doors, const struct config *config)
{
	if (!doors->tls)
		return 0;
	for (unsigned i = 0; i < doors->count; i++)
		if (doors->door[i].is_secure &&
		    check_others(doors, config,
			listener_address(doors->door[i].listener), true))
			return -1;
	if (load_certificate(doors->tls, config))
		return -1;
	tell_certificate(doors->tls);
	return 0;
}

void
doors_release(struct doors *doors)
{
	for (unsigned i = 0; i < doors->count; i++)
		listener_release(doors->door[i].listener);
}

void
doors_close(struct doors *doors)
{
	while (doors->count)
		listener_close(doors->door[--doors->count].listener);
}

void
doors_free(struct doors *doors)
{
	tls_server_free(doors->tls);
	doors->tls = NULL;
}
