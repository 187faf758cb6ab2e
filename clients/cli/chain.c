#include "clients/cli/chain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"

enum { HASH = 32, HEX = 2 * HASH + 1 };

void
chain_init(struct chain *chain, bool has_gaps)
{
	*chain = (struct chain){ .has_gaps = has_gaps };
}

void
chain_resume(struct chain *chain, const struct chain_end *end)
{
	chain->top = chain->at = *end;
	chain->is_begun = true;
}

static int __attribute__((format(printf, 3, 4))) broken(struct chain *chain,
    const struct chain_event *event, const char *format, ...)
{
	va_list arguments;
	int len = snprintf(chain->why, sizeof(chain->why),
	    "the chain of alerts breaks at sequence %" PRIu64 ": ", event->seq);
	va_start(arguments, format);
	vsnprintf(chain->why + len, sizeof(chain->why) - (size_t)len, format,
	    arguments);
	va_end(arguments);
	return -1;
}

static bool
is_hex(struct tocsin_text text, uint8_t hash[HASH])
{
	return !digest_unhex((struct text){ text.at, text.len }, hash, HASH);
}

/* What its contents say, by themselves. */
static int
check_alone(struct chain *chain, const struct chain_event *event,
    uint8_t prev[HASH], uint8_t hash[HASH])
{
	uint8_t told[HASH];
	struct tocsin_value alert;
	if (!is_hex(event->prev, prev))
		return broken(chain, event, "it names no hash before it");
	if (!tocsin_decode(event->alert, &alert) || alert.kind != TOCSIN_MAP)
		return broken(chain, event, "there is no alert in it");
	digest_chain(prev, event->alert.at, event->alert.len, hash);
	if (event->link && !event->hash.len)
		return broken(chain, event, "it bears no hash");
	if (event->hash.len &&
	    (!is_hex(event->hash, told) || memcmp(told, hash, HASH) != 0))
		return broken(chain, event,
		    "what it says does not have the hash that it bears");
	return 0;
}

static bool
follows(const struct chain_end *end, const uint8_t prev[HASH])
{
	return !memcmp(end->hash, prev, HASH);
}

/*
 * What is no link bears the hash of the last one, but nothing bears its own.
 * Seen alone, as in a snapshot, or where links are not told, even that cannot
 * be known.
 */
static int
take_outside(struct chain *chain, const struct chain_event *event,
    const uint8_t prev[HASH])
{
	bool is_known = chain->is_begun && !chain->is_apart &&
	    !chain->has_gaps && !event->is_snapshot;
	if (is_known && !follows(&chain->at, prev))
		return broken(chain, event, "it does not follow link %" PRIu64,
		    chain->at.link);
	chain->outside++;
	return 0;
}

/* Is a link that does not follow the last one allowed here?  0, or -1. */
static int
check_gap(struct chain *chain, const struct chain_event *event)
{
	bool may = chain->has_gaps || event->is_snapshot || chain->is_apart ||
	    !chain->is_begun || event->link <= chain->at.link;
	if (!may)
		return broken(chain, event,
		    "%" PRIu64 " links are missing between link %" PRIu64
		    " and it",
		    event->link - chain->at.link - 1, chain->at.link);
	return 0;
}

/* A link that was not led to: where is it in what is known? */
static int
anchor(struct chain *chain, const struct chain_event *event)
{
	if (check_gap(chain, event))
		return -1;
	if (chain->is_begun && event->link > chain->top.link)
		chain->skipped += event->link - chain->top.link - 1;
	chain->anchors += event->link > chain->top.link;
	return 0;
}

/* What is known of this link; NULL: nothing.  0 is the chain's beginning. */
static const struct chain_end *
find_before(const struct chain *chain, uint64_t link)
{
	static const struct chain_end beginning = { 0 };
	if (!link)
		return &beginning;
	if (chain->is_begun && chain->at.link == link)
		return &chain->at;
	if (chain->is_begun && chain->top.link == link)
		return &chain->top;
	return NULL;
}

static int
take_link(struct chain *chain, const struct chain_event *event,
    const uint8_t prev[HASH], const uint8_t hash[HASH])
{
	const struct chain_end *before = find_before(chain, event->link - 1);
	if (before && !follows(before, prev))
		return broken(chain, event,
		    "link %" PRIu64 " is not the one that it follows",
		    before->link);
	if (!before && anchor(chain, event))
		return -1;
	if (event->link == chain->top.link && !follows(&chain->top, hash))
		return broken(chain, event,
		    "link %" PRIu64 " was another one before", event->link);
	chain->checked += before && event->link > chain->top.link;
	chain->at.link = event->link;
	memcpy(chain->at.hash, hash, HASH);
	if (event->link > chain->top.link)
		chain->top = chain->at;
	chain->is_begun = true;
	chain->is_apart = event->is_snapshot;
	return 0;
}

int
chain_take(struct chain *chain, const struct chain_event *event)
{
	uint8_t prev[HASH], hash[HASH];
	if (check_alone(chain, event, prev, hash))
		return -1;
	return event->link ? take_link(chain, event, prev, hash)
			   : take_outside(chain, event, prev);
}

bool
chain_read(const struct tocsin_value *event, struct chain_event *out)
{
	struct tocsin_value alert = tocsin_get(event, "alert");
	int64_t seq = tocsin_get_int(event, "seq", 0);
	int64_t link = tocsin_get_int(event, "link", 0);
	if (seq <= 0 || link < 0)
		return false;
	*out = (struct chain_event){ .seq = (uint64_t)seq,
		.link = (uint64_t)link,
		.prev = tocsin_get_text(&alert, "prev"),
		.hash = tocsin_get_text(event, "hash"),
		.alert = alert.encoded,
		.is_snapshot = tocsin_text_is(tocsin_get_text(event, "phase"),
		    "snapshot") };
	return true;
}

const char *
chain_tell(const struct chain *chain, char out[CHAIN_TELL_MAX])
{
	char hash[HEX];
	int len;
	digest_hex(chain->top.hash, HASH, hash);
	len = snprintf(out, CHAIN_TELL_MAX,
	    "%" PRIu64 " links of the chain follow from the one before",
	    chain->checked);
	if (chain->anchors)
		len += snprintf(out + len, CHAIN_TELL_MAX - (size_t)len,
		    ", %" PRIu64 " by their own hash alone", chain->anchors);
	if (chain->skipped)
		len += snprintf(out + len, CHAIN_TELL_MAX - (size_t)len,
		    ", %" PRIu64 " were not told", chain->skipped);
	if (chain->outside)
		len += snprintf(out + len, CHAIN_TELL_MAX - (size_t)len,
		    ", %" PRIu64 " events are outside it", chain->outside);
	if (chain->top.link)
		snprintf(out + len, CHAIN_TELL_MAX - (size_t)len,
		    "; link %" PRIu64 " is %s", chain->top.link, hash);
	return out;
}
