#include "daemon/calls/curating.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/author.h"
#include "daemon/calls/trust.h"
#include "daemon/intake/kinship.h"
#include "daemon/intake/prepare.h"
#include "proto/codec.h"

enum { ATTEMPTS_MAX = 8 };

static void look_run(struct work *work, struct intake *intake);
static void look_done(struct work *work);

static void
curating_free(struct curating *curating)
{
	for (unsigned i = 0; i < 2; i++)
		overlap_fini(&curating->overlap[i]);
	buf_free(&curating->body);
	free(curating);
}

static void
answer(struct curating *curating)
{
	const struct outcome *outcome = &curating->outcome;
	struct buf out = { 0 };

	pack_map(&out, 5);
	pack_field_uint(&out, "act", curating->seq);
	pack_field_string(&out, "kind",
	    curation_kind_name((uint8_t)curating->curation.kind));
	outcome_pack_product(&out, outcome,
	    trust_ticket(curating->services, curating->ticket));
	answer_ticket(curating->services, curating->ticket, &out, curating->seq,
	    &curating->why);
	curating_free(curating);
}

/* What is said of the product once it is done. */
static void
read_outcome(struct curating *curating, struct intake *intake)
{
	struct decision decision = { .product = curating->curation.product };

	outcome_read(intake, &decision, &curating->outcome);
}

static void
take(struct curating *curating, struct intake *intake)
{
	if (!curating->is_dry)
		curating->seq = curate_take(intake, &curating->curation,
		    curating->overlap, curating->noverlaps);
	read_outcome(curating, intake);
}

static bool
is_counted(const struct curation *curation)
{
	return curation->kind == CURATION_MERGE ||
	    curation->kind == CURATION_SPLIT;
}

/*
 * The families there will be.  Of one that goes up in another only its root's
 * own rows are left to be cleared: alone, nothing of it overlaps.
 */
static void
plan_families(const struct curation *curation, struct family family[2])
{
	family[0] = curation->family;
	family[1] = curation->branch;
	if (curation->kind == CURATION_MERGE) {
		memcpy(family[0].member + family[0].count,
		    curation->branch.member,
		    curation->branch.count * sizeof(family[0].member[0]));
		family[0].count += curation->branch.count;
		family[1].count = 1;
		return;
	}
	family[0].count = 0;
	for (unsigned i = 0; i < curation->family.count; i++)
		if (!family_holds(&curation->branch,
			curation->family.member[i]))
			family[0].member[family[0].count++] =
			    curation->family.member[i];
}

static bool
is_same_family(const struct family *a, const struct family *b)
{
	return a->count == b->count &&
	    !memcmp(a->member, b->member, a->count * sizeof(a->member[0]));
}

static void
begin_counting(struct curating *curating, struct intake *intake)
{
	struct family family[2];

	plan_families(&curating->curation, family);
	for (unsigned i = 0; i < 2; i++) {
		overlap_init(&curating->overlap[i], &family[i]);
		overlap_begin(&curating->overlap[i], &intake->projection);
	}
	curating->noverlaps = 2;
}

static void
end_counting(struct curating *curating, struct intake *intake)
{
	for (unsigned i = 0; i < curating->noverlaps; i++)
		overlap_end(&curating->overlap[i], &intake->projection);
}

/* Both products must be in reach of who says so. */
static int
check(struct curating *curating, struct intake *intake)
{
	struct row_source rows = kinship_rows(&intake->projection);
	const struct curation *asked = &curating->curation;

	if (reach_check(&curating->reach, &rows, asked->product,
		&curating->why) ||
	    (asked->other &&
		reach_check(&curating->reach, &rows, asked->other,
		    &curating->why)))
		return (int)curating->why.code;
	return curate_check(intake, &curating->curation, &curating->why);
}

static void
look_run(struct work *work, struct intake *intake)
{
	struct curating *curating = (struct curating *)work;

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	if (check(curating, intake))
		return;
	if (is_counted(&curating->curation) && !curating->is_dry)
		begin_counting(curating, intake);
	else
		take(curating, intake);
}

/* Once more, with what is there now; give up when that never ends. */
static bool
is_settled(struct curating *curating, struct intake *intake)
{
	struct family family[2];

	plan_families(&curating->curation, family);
	for (unsigned i = 0; i < 2; i++)
		if (!is_same_family(&family[i], &curating->overlap[i].family) ||
		    !overlap_settle(&curating->overlap[i], &intake->projection))
			return false;
	return true;
}

static void
do_run(struct work *work, struct intake *intake)
{
	struct curating *curating = (struct curating *)work;

	end_counting(curating, intake);
	if (curating->is_cancelled)
		return;
	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	if (check(curating, intake))
		return;
	if (is_settled(curating, intake))
		take(curating, intake);
	else
		curating->is_again = true;
}

static void
start_look(struct curating *curating)
{
	for (unsigned i = 0; i < 2; i++)
		overlap_fini(&curating->overlap[i]);
	curating->noverlaps = 0;
	curating->is_again = false;
	curating->work = (struct work){ .run = look_run, .done = look_done };
	writer_put(curating->services->writer, &curating->work);
}

static void
do_done(struct work *work)
{
	struct curating *curating = (struct curating *)work;
	struct refusal *why = &curating->why;

	if (work->failed && !why->code)
		refuse_for_now(why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was changed");
	else if (curating->is_again && ++curating->attempts == ATTEMPTS_MAX)
		refuse_for_now(why, ERROR_BUSY, RETRY_BUSY_MS,
		    "the products' reports change too fast to be counted");
	if (curating->is_again && !why->code)
		start_look(curating);
	else
		answer(curating);
}

/* Worker thread. */
static void
count(struct fresh *fresh)
{
	struct curating *curating = (struct curating *)fresh;
	struct snapshot *snapshot = snapshot_open(curating->services->store);
	int result = snapshot ? STORE_OK : STORE_MEMORY;

	for (unsigned i = 0; i < 2 && !result; i++)
		result = overlap_gather(&curating->overlap[i], snapshot);
	snapshot_close(snapshot);
	if (result == STORE_MEMORY)
		answer_no_memory(&fresh->why);
	else if (result)
		refuse(&fresh->why, ERROR_INTERNAL, NULL,
		    "the counts cannot be read; nothing was changed");
}

/* However the count went, the writer stops watching. */
static void
count_done(struct fresh *fresh)
{
	struct curating *curating = (struct curating *)fresh;

	curating->why = fresh->why;
	curating->is_cancelled = curating->why.code != 0;
	curating->work = (struct work){ .run = do_run, .done = do_done };
	writer_put(curating->services->writer, &curating->work);
}

static void
look_done(struct work *work)
{
	struct curating *curating = (struct curating *)work;

	if (!curating->noverlaps) {
		do_done(work);
		return;
	}
	if (work->failed) {
		curating->is_cancelled = true;
		refuse_for_now(&curating->why, ERROR_READ_ONLY,
		    RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was changed");
		curating->work =
		    (struct work){ .run = do_run, .done = do_done };
		writer_put(curating->services->writer, &curating->work);
		return;
	}
	curating->fresh = (struct fresh){ .services = curating->services,
		.read = count,
		.done = count_done };
	fresh_start(&curating->fresh);
}

static void
pack_body(struct curating *curating, const struct call *call,
    const struct telling *telling)
{
	char token[AUTHOR_TOKEN_MAX];
	struct buf *body = &curating->body;

	pack_map(body, 4);
	pack_field_string(body, "token", author_token(call, token));
	pack_field_text(body, "author", telling->author);
	pack_field_text(body, "reason", telling->reason);
	pack_field_text(body, "text", telling->text);
	curating->curation.body = buf_text(body);
}

struct curating *
curating_new(struct call *call, enum curation_kind kind,
    const struct telling *telling)
{
	struct curating *curating = answer_alloc(call, sizeof(*curating));
	struct services *services = session_services(call->session);

	if (!curating)
		return NULL;
	curating->services = services;
	curating->ticket = call_ticket(call);
	curating->reach = reach_of(call);
	curating->is_dry = telling->is_dry;
	shown_copy(curating->organisation, sizeof(curating->organisation),
	    session_organisation(call->session));
	curating->curation.kind = kind;
	curating->curation.organisation = text_of(curating->organisation);
	curating->curation.organisation_hash =
	    prepare_name_hash(store_hash_key(services->store),
		NAME_ORGANISATION, curating->curation.organisation);
	pack_body(curating, call, telling);
	if (curating->body.failed)
		answer_no_memory(&curating->why);
	else if (writer_is_read_only(services->writer))
		refuse_for_now(&curating->why, ERROR_READ_ONLY,
		    RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was changed");
	return curating;
}

void
curating_start(struct curating *curating)
{
	if (curating->why.code)
		answer(curating);
	else
		start_look(curating);
}
