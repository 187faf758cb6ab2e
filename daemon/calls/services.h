/*
 * services.h - what handlers work with: the parts of the daemon, borrowed,
 * and the limits they announce.  Loop thread.
 */
#ifndef TOCSIN_CALLS_SERVICES_H
#define TOCSIN_CALLS_SERVICES_H

#include <stdint.h>

#include "base/clock.h"
#include "daemon/calls/later.h"
#include "daemon/core/pseudonym.h"
#include "daemon/core/vocabulary.h"
#include "daemon/feed/hub.h"
#include "daemon/intake/criteria.h"
#include "daemon/intake/writer.h"
#include "daemon/net/loop.h"
#include "daemon/net/session.h"

struct config;
struct durables;
struct erasing;
struct estimating;
struct exports;
struct imports;
struct keyring;
struct quota;
struct regrouping;
struct workers;

/* Reports; 0: no limit. */
struct call_quota {
	uint32_t a_second, a_day;
};

struct call_limits {
	uint32_t frame_bytes, elements, depth;
	uint32_t report_bytes, text_bytes, batch_reports, calls_in_flight;
	uint64_t queued_bytes; /* of reports not yet answered, in all */
	struct call_quota token, stranger, local; /* see quota.h */
	uint64_t organisation_bytes; /* of reports held; 0: no limit */
	int32_t backfill_days;
	bool compares; /* reports with those held */
	int32_t exports_open;
	int64_t key_days; /* that the reporters' key before is kept */
	int64_t exports_keep_ms;
};

struct services {
	const struct config *config; /* its limits.* are announced */
	struct loop *loop;
	struct laters laters; /* its loop is this one */
	struct sessions *sessions;
	struct writer *writer;
	struct store *store;
	struct hub *hub;
	struct workers *workers;
	struct durables *durables;
	struct exports *exports;
	struct imports *imports;
	struct keyring *keyring;
	struct quota *quota;
	/* Judge by the organisations of the keyring from now on.  May be
	 * NULL. */
	void (*renew)(void *who);
	void *who;
	struct regrouping *regrouping; /* under way; NULL none */
	struct estimating *estimating;
	struct erasing *erasing; /* under way; NULL none */
	const struct vocabulary *vocabulary;
	struct criteria *criteria; /* replaced on reload; the daemon's */
	const struct clock *clock;
	struct call_limits limits;
	uint64_t submitted_bytes; /* held by submissions not yet answered */
	/* Organisations that may see what is watched or held; none: all may. */
	char *const *trusted;
	unsigned ntrusted;
	const char *exports_dir;
	const char *version; /* "tocsind 0.1.0" */
	int64_t started_ms;
	const char *data_dir;
	struct pseudonym_keys keys;
	int64_t keys_since_ms; /* since when keys.now counts */
	bool replaces_keys;    /* those whose files are lost, at the start */
};

/* What a peer is told while nothing can be written. */
enum { RETRY_READ_ONLY_MS = 5000, RETRY_BUSY_MS = 200 };

#endif
