/*
 * mention.h - a report as it is named to somebody: its sequence and its
 * organisation, and its id when it is the asker's own.  Worker thread.
 */
#ifndef TOCSIN_CALLS_MENTION_H
#define TOCSIN_CALLS_MENTION_H

#include <stdint.h>

#include "base/bytes.h"
#include "daemon/store/store.h"

struct mention {
	struct store *store;
	struct snapshot *snapshot;
	struct text asker; /* organisation */
};

/* key: {seq, organisation[, id]}; key NULL: the map alone. */
void mention_pack(const struct mention *mention, struct buf *out,
    const char *key, uint64_t seq);

/*
 * Pairs of an act's map from its event, which is a curation or a judgement: at,
 * organisation, author, reason, text, undoes, as far as there are any.  Returns
 * how many.
 */
uint32_t mention_pack_act(const struct mention *mention, struct buf *out,
    uint64_t seq);

/* A pair, when there is something to tell: 1, else 0. */
uint32_t mention_pack_text(struct buf *out, const char *key, struct text text);
uint32_t mention_pack_number(struct buf *out, const char *key, uint64_t number);

/* A product's id, under key or alone. */
void mention_pack_product(struct buf *out, const char *key, uint32_t product);

#endif
