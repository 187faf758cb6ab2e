#include "daemon/calls/quota.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "daemon/core/access.h"
#include "daemon/core/buckets.h"
#include "daemon/metrics.h"

enum {
	STRANGERS = 65536, /* networks counted at once: 1.5 MiB */
	LOCALS = 1024,     /* organisations of this machine */
	SAVED_S = 10,      /* seconds' worth that may come at once */
	RETRY_ROOM_MS = 60000,
};

static const int64_t second_us = 1000000;
static const int64_t day_us = 86400 * (int64_t)1000000;

struct quota {
	struct buckets *strangers; /* by network */
	struct buckets *locals;    /* by organisation */
	struct buckets_row *token; /* owned; by number */
	uint32_t ntokens;
};

struct quota *
quota_new(void)
{
	struct quota *quota = calloc(1, sizeof(*quota));
	uint8_t key[DIGEST_SIP_KEY_BYTES];

	if (!quota)
		return NULL;
	digest_random(key, sizeof(key));
	quota->strangers = buckets_new(STRANGERS, key);
	quota->locals = buckets_new(LOCALS, key);
	if (quota->strangers && quota->locals)
		return quota;
	quota_free(quota);
	return NULL;
}

void
quota_free(struct quota *quota)
{
	if (!quota)
		return;
	buckets_free(quota->strangers);
	buckets_free(quota->locals);
	free(quota->token);
	free(quota);
}

/* A token's row; NULL when out of memory. */
static struct buckets_row *
row_of_token(struct quota *quota, uint32_t token)
{
	uint32_t count = quota->ntokens;
	struct buckets_row *rows;

	if (token < count)
		return &quota->token[token];
	rows = realloc(quota->token, ((size_t)token + 1) * 2 * sizeof(*rows));
	if (!rows)
		return NULL;
	quota->token = rows;
	quota->ntokens = (token + 1) * 2;
	memset(rows + count, 0, (quota->ntokens - count) * sizeof(*rows));
	return &rows[token];
}

static uint32_t
token_of(const struct call *call)
{
	const struct grant *grant = session_grant(call->session);

	return grant ? grant->token : 0;
}

/* Neither of this machine nor with a token. */
static bool
is_strange(const struct call *call)
{
	return !token_of(call) &&
	    !prefix_is_local(session_prefix(call->session));
}

struct call_quota
quota_of(const struct call *call)
{
	const struct call_limits *limits =
	    &session_services(call->session)->limits;

	if (token_of(call))
		return limits->token;
	return is_strange(call) ? limits->stranger : limits->local;
}

static struct buckets_row *
find_row(struct call *call, int64_t now_us)
{
	struct quota *quota = session_services(call->session)->quota;

	if (token_of(call))
		return row_of_token(quota, token_of(call));
	if (is_strange(call))
		return buckets_find(quota->strangers,
		    prefix_bytes(session_prefix(call->session)), now_us);
	return buckets_find(quota->locals, session_organisation(call->session),
	    now_us);
}

/* "busy: daily quota of NAME reached; retry_after_ms=N" */
static int
refuse_over(const struct call *call, int64_t second_wait_us,
    int64_t day_wait_us, struct refusal *why)
{
	bool is_day = day_wait_us >= second_wait_us;
	int64_t wait_us = is_day ? day_wait_us : second_wait_us;
	struct text name = session_organisation(call->session);
	char network[PREFIX_TEXT_MAX];

	if (is_strange(call))
		name = text_of(
		    prefix_text(session_prefix(call->session), network));
	metrics_add(is_day ? METRIC_refused_day : METRIC_refused_second, 1);
	if (is_day)
		return refuse_for_now(why, ERROR_BUSY, wait_us / 1000 + 1,
		    "daily quota of %.*s reached", TEXT_ARG(name));
	return refuse_for_now(why, ERROR_BUSY, wait_us / 1000 + 1,
	    "quota of %u reports a second of %.*s reached",
	    quota_of(call).a_second, TEXT_ARG(name));
}

/* Only strangers are turned away because nothing can be counted. */
static int
refuse_uncounted(const struct call *call, struct refusal *why)
{
	metrics_add(METRIC_quota_table_full, 1);
	if (!is_strange(call))
		return 0;
	return refuse_for_now(why, ERROR_BUSY, RETRY_ROOM_MS,
	    "reports without a token come from too many networks");
}

int
quota_take(struct call *call, uint32_t reports, struct refusal *why)
{
	struct call_quota limit = quota_of(call);
	struct bucket_rate second = { limit.a_second, second_us,
		SAVED_S * second_us };
	struct bucket_rate day = { limit.a_day, day_us, day_us };
	int64_t now_us = loop_now_ms() * 1000, waits[2];
	struct buckets_row *row;

	if (!reports || (!limit.a_second && !limit.a_day))
		return 0;
	row = find_row(call, now_us);
	if (!row)
		return refuse_uncounted(call, why);
	waits[0] = bucket_wait(&row->bucket[0], &second, reports, now_us);
	waits[1] = bucket_wait(&row->bucket[1], &day, reports, now_us);
	if (waits[0] || waits[1])
		return refuse_over(call, waits[0], waits[1], why);
	bucket_take(&row->bucket[0], &second, reports, now_us);
	bucket_take(&row->bucket[1], &day, reports, now_us);
	return 0;
}
