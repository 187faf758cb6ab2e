#include "daemon/calls/noting.h"

#include <stdlib.h>

#include "daemon/calls/author.h"
#include "daemon/intake/acts.h"
#include "daemon/logger.h"
#include "proto/codec.h"

struct noting {
	struct work work; /* first */
	enum audit_kind kind;
	struct buf body;
};

static void
noting_run(struct work *work, struct intake *intake)
{
	struct noting *noting = (struct noting *)work;

	if (store_is_full(intake->store))
		work->failed = true;
	else
		acts_write(intake, noting->kind, buf_text(&noting->body));
}

static void
noting_end(struct noting *noting, bool has_failed)
{
	if (has_failed)
		log_line(LOG_WARNING, "act-not-noted", "act=%s",
		    audit_kind_name((uint8_t)noting->kind));
	buf_free(&noting->body);
	free(noting);
}

static void
noting_done(struct work *work)
{
	noting_end((struct noting *)work, work->failed);
}

void
noting_put(struct services *services, enum audit_kind kind,
    const struct call *call, struct text text)
{
	struct noting *noting = calloc(1, sizeof(*noting));

	if (!noting) {
		log_line(LOG_WARNING, "act-not-noted", "act=%s",
		    audit_kind_name((uint8_t)kind));
		return;
	}
	noting->work = (struct work){ .run = noting_run, .done = noting_done };
	noting->kind = kind;
	pack_map(&noting->body, call ? AUTHOR_PAIRS + 1 : 1);
	if (call)
		author_pack(&noting->body, call);
	pack_field_text(&noting->body, "text", text);
	if (noting->body.failed)
		noting_end(noting, true);
	else
		writer_put(services->writer, &noting->work);
}
