#include "daemon/intake/links.h"

#include <string.h>

#include "base/digest.h"
#include "daemon/intake/apply.h"
#include "daemon/store/record.h"
#include "proto/value.h"

struct links {
	uint8_t hash[32]; /* of the last link */
	uint64_t link;    /* its number */
	int64_t broken;
	unsigned limit;
	FILE *out;
};

/* Does the map that readers are sent bear this prev? */
static bool
bears(const struct record_alert *record)
{
	char hex[2 * sizeof(record->chain) + 1];
	struct value map;

	digest_hex(record->chain, sizeof(record->chain), hex);
	return value_of(record->alert, &map) &&
	    text_is(value_find_text(&map, "prev"), hex);
}

static int
follow(void *who, const struct store_event *event)
{
	struct links *links = who;
	struct record_alert record;

	if (event->type != RECORD_ALERT)
		return 0;
	if (!record_alert_read(event->header, &record))
		return STORE_CORRUPT;
	if ((memcmp(record.chain, links->hash, sizeof(links->hash)) != 0 ||
		!bears(&record)) &&
	    links->broken++ < (int64_t)links->limit)
		fprintf(links->out,
		    "the chain of alert events breaks at sequence %llu, "
		    "behind link %llu\n",
		    (unsigned long long)event->seq,
		    (unsigned long long)links->link);
	if (record.audience == AUDIENCE_ALL) {
		apply_chain_next(record.chain, record.alert, links->hash);
		links->link++;
	}
	return 0;
}

int64_t
links_check(struct store *store, FILE *out, unsigned limit)
{
	struct links links = { .limit = limit, .out = out };

	if (store_walk(store, 1, store_durable(store), follow, &links))
		return -1;
	return links.broken;
}
