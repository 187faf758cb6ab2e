/*
 * durables.h - named durable cursors: their rows, and who is reading under
 * which name.
 */
#ifndef TOCSIN_CALLS_DURABLES_H
#define TOCSIN_CALLS_DURABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/calls/services.h"
#include "daemon/feed/cursor.h"
#include "daemon/intake/intake.h"

enum { DURABLE_NAME_MAX = 64, DURABLE_FILTER_MAX = 1536 };

/* A durable name of an organisation, and what is stored under it. */
struct durable {
	uint8_t hash[16];
	char organisation[64 + 1];
	char name[DURABLE_NAME_MAX + 1];
	bool is_held;
	struct cursor cursor;
	struct buf filter; /* canonical MessagePack map; owned */
};

/* Fill hash and names for a call's durable argument. */
void durable_init(struct durable *durable, struct call *call, struct text name);
void durable_fini(struct durable *durable);

/* Writer thread: read what is stored; append an event that stores it. */
void durable_read(struct durable *durable, struct intake *intake);
void durable_write(struct durable *durable, struct intake *intake);

/* Is a before b?  (A snapshot comes before the live events behind it.) */
bool durable_is_before(const struct cursor *a, const struct cursor *b);

/* Who reads under which name.  Loop thread. */
struct durables;
struct durables *durables_new(void);
void durables_free(struct durables *durables); /* NULL is fine */

/* Is somebody reading under this name? */
bool durables_is_read(const struct durables *durables,
    const struct durable *durable);

/* End that reader's subscription and tell it so. */
void durables_end(struct services *services, const struct durable *durable);

/* The session's subscription reads under this name until either ends; false
 * when out of memory. */
bool durables_begin(struct services *services, const struct durable *durable,
    struct session *session, struct subscription *subscription, uint32_t id);

/* The subscription ends by its own session's wish. */
void durables_forget(struct services *services,
    const struct subscription *subscription);

#endif
