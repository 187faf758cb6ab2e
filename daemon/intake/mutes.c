#include "daemon/intake/mutes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/value.h"

struct mute {
	uint32_t alert;
	uint32_t len;
	char reason[MUTE_REASON_MAX];
};

void
mutes_fini(struct mutes *mutes)
{
	free(mutes->at);
	*mutes = (struct mutes){ 0 };
}

static struct mute *
find(const struct mutes *mutes, uint32_t alert)
{
	for (unsigned i = 0; i < mutes->count; i++)
		if (mutes->at[i].alert == alert)
			return &mutes->at[i];
	return NULL;
}

static struct mute *
add(struct mutes *mutes)
{
	if (mutes->count == mutes->cap) {
		unsigned cap = mutes->cap ? 2 * mutes->cap : 8;
		struct mute *more = reallocarray(mutes->at, cap, sizeof(*more));

		if (!more)
			return NULL;
		mutes->at = more;
		mutes->cap = cap;
	}
	return &mutes->at[mutes->count++];
}

int
mutes_put(struct mutes *mutes, uint32_t alert, struct text reason)
{
	struct mute *mute = find(mutes, alert);

	if (!mute && !(mute = add(mutes)))
		return -1;
	mute->alert = alert;
	mute->len = (uint32_t)(reason.len < MUTE_REASON_MAX ? reason.len
							    : MUTE_REASON_MAX);
	if (mute->len)
		memcpy(mute->reason, reason.at, mute->len);
	return 0;
}

void
mutes_drop(struct mutes *mutes, uint32_t alert)
{
	struct mute *mute = find(mutes, alert);

	if (mute)
		*mute = mutes->at[--mutes->count];
}

int
mutes_load(struct mutes *mutes, struct store *store, const struct alarm *alarm)
{
	struct buf scratch = { 0 };
	struct store_event event;
	struct text reason = { 0 };
	struct value body;
	int result = store_read(store, alarm->muted_seq, &scratch, &event);

	if (!result && !event.is_erased && value_of(event.body, &body))
		reason = value_find_text(&body, "reason");
	if (!result && mutes_put(mutes, alarm->id, reason))
		result = STORE_MEMORY;
	buf_free(&scratch);
	return result;
}

struct text
mutes_reason(const struct mutes *mutes, uint32_t alert)
{
	const struct mute *mute = find(mutes, alert);

	return mute ? (struct text){ mute->reason, mute->len }
		    : (struct text){ 0 };
}

uint32_t
mutes_alert(const struct mutes *mutes, unsigned nth)
{
	assert(nth < mutes->count);
	return mutes->at[nth].alert;
}
