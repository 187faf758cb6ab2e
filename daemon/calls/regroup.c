/* regroup.c - products.regroup: what other rules of identity move. */
#include "daemon/calls/regroup.h"

#include <stdlib.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/look.h"
#include "daemon/calls/noting.h"
#include "daemon/calls/regrouping.h"
#include "daemon/intake/standing.h"
#include "daemon/logger.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

struct asked {
	struct regrouping regrouping; /* first */
	struct ticket ticket;
	bool is_asked; /* else a start goes on with it */
	uint32_t max;
	struct snapshot *snapshot; /* while summing up */
	uint64_t gained, emptied;
	struct buf out;
};

/* Count products that are made, and those without a report from now on. */
static void
count_product(void *who, const struct moved_group *product)
{
	struct asked *asked = who;
	const struct regrouping *regrouping = &asked->regrouping;
	struct key key = key_group(product->product, 0, PART_AGGREGATE, 0);
	struct aggregate counts = { 0 };
	struct text row;
	uint32_t before;

	asked->gained += product->product & PLANNED ||
	    (product->in && product->product > regrouping->progress.products);
	if (product->product & PLANNED || !product->out)
		return;
	if (!snapshot_get(asked->snapshot, KEYSPACE_GROUP, key_text(&key),
		&row) &&
	    row.len >= sizeof(counts))
		memcpy(&counts, row.at, sizeof(counts));
	before = counts.reports + product->in;
	asked->emptied +=
	    regrouping->is_dry ? before == product->out : counts.reports == 0;
}

static void
pack_end(struct buf *out, const char *key, const struct shown *shown,
    bool is_new)
{
	pack_string(out, key);
	pack_map(out, is_new ? 1 : 2);
	if (!is_new)
		pack_field_string(out, "id", shown->id);
	pack_field_text(out, "name",
	    (struct text){ shown->name, shown->name_len });
}

/* What the product would be called that this report makes. */
static void
show_planned(const struct vocabulary *vocabulary,
    const struct product_identity *identity, struct shown *shown)
{
	const struct product_row row = { .level = (uint8_t)identity->level,
		.gtin = identity->gtin,
		.category = { identity->category, identity->category_len },
		.brand = { identity->brand, identity->brand_len },
		.model = { identity->model, identity->model_len },
		.shown = { identity->shown, identity->shown_len } };

	shown_of_row(vocabulary, 0, &row, shown);
}

static void
pack_move(struct asked *asked, const struct moved *moved)
{
	struct services *services = asked->regrouping.services;
	struct buf *out = &asked->out, scratch = { 0 };
	struct candidate example = { 0 };
	struct store_event event;
	struct shown shown = { 0 };
	bool is_new = moved->move.to & PLANNED;

	if (!store_read(services->store, moved->move.contents, &scratch,
		&event))
		(void)harvest_identify(services->vocabulary, &event, &example);
	pack_map(out, 4);
	look_product(asked->snapshot, services->vocabulary, moved->move.from,
	    &shown);
	pack_end(out, "from", &shown, false);
	if (is_new)
		show_planned(services->vocabulary, &example.identity, &shown);
	else
		look_product(asked->snapshot, services->vocabulary,
		    moved->move.to, &shown);
	pack_end(out, "to", &shown, is_new);
	pack_field_uint(out, "reports", moved->reports);
	pack_field_text(out, "example", example.report.id);
	buf_free(&scratch);
}

/* Worker thread. */
static void
sum_up(struct regrouping *regrouping)
{
	struct asked *asked = (struct asked *)regrouping;
	struct moves *moves = &regrouping->moves;
	struct buf *out = &asked->out;
	uint64_t groups;
	uint32_t count;

	asked->snapshot = snapshot_open(regrouping->services->store);
	groups =
	    asked->snapshot ? moves_groups(moves, count_product, asked) : 0;
	if (!asked->snapshot || moves->failed) {
		answer_no_memory(&regrouping->fresh.why);
		snapshot_close(asked->snapshot);
		return;
	}
	moves_pair(moves);
	count = moves->count < asked->max ? moves->count : asked->max;
	pack_map(out, 8);
	pack_field_bool(out, "dry_run", regrouping->is_dry);
	pack_field_uint(out, "read", regrouping->progress.read);
	pack_field_uint(out, "moved", regrouping->progress.moved);
	pack_field_uint(out, "gained", asked->gained);
	pack_field_uint(out, "emptied", asked->emptied);
	pack_field_uint(out, "groups", groups);
	pack_string(out, "moves");
	pack_list(out, count);
	for (uint32_t i = 0; i < count; i++)
		pack_move(asked, &moves->at[i]);
	pack_field_bool(out, "more", count < moves->count);
	snapshot_close(asked->snapshot);
}

static void
say_end(const struct regrouping *regrouping)
{
	const struct record_regrouped *progress = &regrouping->progress;

	if (regrouping->is_dry)
		return;
	if (regrouping->why.code)
		log_line(LOG_WARNING, "regrouping-stopped", "why=%s",
		    LOG_QUOTE(text_of(regrouping->why.text)));
	else
		log_line(LOG_INFO, "regrouped", "read=%llu moved=%llu",
		    (unsigned long long)progress->read,
		    (unsigned long long)progress->moved);
}

static void
done(struct regrouping *regrouping)
{
	struct asked *asked = (struct asked *)regrouping;
	struct services *services = regrouping->services;

	say_end(regrouping);
	services->regrouping = NULL;
	if (asked->is_asked)
		answer_ticket(services, asked->ticket, &asked->out, 0,
		    &regrouping->why);
	else
		buf_free(&asked->out);
	regrouping_fini(regrouping);
	free(asked);
}

static void
start(struct asked *asked, struct services *services)
{
	regrouping_init(&asked->regrouping, services);
	asked->regrouping.sum_up = sum_up;
	asked->regrouping.done = done;
	services->regrouping = &asked->regrouping;
	regrouping_start(&asked->regrouping);
}

void
handle_products_regroup(struct call *call)
{
	const struct call_products_regroup *args = call->args;
	struct services *services = session_services(call->session);
	struct refusal why = { 0 };
	struct asked *asked;

	if (services->regrouping)
		refuse_for_now(&why, ERROR_BUSY, RETRY_READ_ONLY_MS,
		    "a regrouping is under way");
	else if (!args->dry_run && writer_is_read_only(services->writer))
		refuse_for_now(&why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was moved");
	if (why.code) {
		answer_refusal(call, &why);
		return;
	}
	asked = answer_alloc(call, sizeof(*asked));
	if (!asked)
		return;
	asked->is_asked = true;
	asked->ticket = call_ticket(call);
	asked->max = (uint32_t)args->max;
	asked->regrouping.is_dry = args->dry_run;
	if (!args->dry_run)
		noting_put(services, AUDIT_REGROUP, call,
		    (struct text){ "", 0 });
	start(asked, services);
}

/* --- at a start ----------------------------------------------------------- */

struct beginning {
	struct work work; /* first */
	struct services *services;
	enum standing standing;
	uint32_t was, now;
};

static void
begin_run(struct work *work, struct intake *intake)
{
	struct beginning *beginning = (struct beginning *)work;
	struct record_regrouped record;

	standing_read(&intake->projection, &record);
	beginning->was = record.version;
	beginning->now = product_version(intake->vocabulary);
	if (store_is_full(intake->store))
		return;
	beginning->standing = standing_begin(intake);
	intake_close_frame(intake);
}

static void
begin_done(struct work *work)
{
	struct beginning *beginning = (struct beginning *)work;
	struct asked *asked = NULL;

	if (beginning->standing == STANDING_CHANGED)
		log_line(LOG_WARNING, "identity-rules-changed",
		    "was=%08x now=%08x why=%s", beginning->was, beginning->now,
		    LOG_QUOTE(TEXT("identity rules changed: tocsin products "
				   "regroup --dry-run shows what would move")));
	if (beginning->standing == STANDING_UNFINISHED &&
	    !beginning->services->regrouping)
		asked = calloc(1, sizeof(*asked));
	if (asked)
		start(asked, beginning->services);
	free(beginning);
}

void
regroup_begin(struct services *services)
{
	struct beginning *beginning = calloc(1, sizeof(*beginning));

	if (!beginning)
		return;
	beginning->services = services;
	beginning->work = (struct work){ .run = begin_run, .done = begin_done };
	writer_put(services->writer, &beginning->work);
}
