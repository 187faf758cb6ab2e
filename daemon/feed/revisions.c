/* revisions.c - see revisions.h. */
#include "daemon/feed/revisions.h"

#include <stdlib.h>

#include "daemon/store/record_erase.h"

/* A report that was changed.  first 0: an empty place. */
struct changed {
	uint64_t first;
	uint64_t latest; /* an erasure is one, too */
	bool is_erased;
};

/* An open-addressed table, at most half full. */
struct changes {
	struct changed *at; /* owned */
	uint64_t mask;      /* places - 1; 0: none yet */
	uint64_t count;
};

static struct changed *
place_of(struct changed *at, uint64_t mask, uint64_t first)
{
	uint64_t place = first * UINT64_C(0x9e3779b97f4a7c15) >> 20;

	while (at[place & mask].first != 0 && at[place & mask].first != first)
		place++;
	return &at[place & mask];
}

static const struct changed *
find(const struct changes *changes, uint64_t first)
{
	const struct changed *changed;

	if (changes->mask == 0)
		return NULL;
	changed = place_of(changes->at, changes->mask, first);
	return changed->first == first ? changed : NULL;
}

static bool
grow(struct changes *changes)
{
	uint64_t places = changes->mask ? (changes->mask + 1) * 2 : 1024;
	struct changed *at = calloc(places, sizeof(*at));

	if (at == NULL)
		return false;
	for (uint64_t i = 0; changes->mask != 0 && i <= changes->mask; i++) {
		if (changes->at[i].first != 0)
			*place_of(at, places - 1, changes->at[i].first) =
			    changes->at[i];
	}
	free(changes->at);
	changes->at = at;
	changes->mask = places - 1;
	return true;
}

static int
note_change(struct changes *changes, uint64_t first, uint64_t seq,
    bool is_erased)
{
	struct changed *changed;

	if (changes->count * 2 >= changes->mask && !grow(changes))
		return STORE_MEMORY;
	changed = place_of(changes->at, changes->mask, first);
	changes->count += changed->first == 0;
	changed->first = first;
	changed->latest = seq;
	changed->is_erased = changed->is_erased || is_erased;
	return 0;
}

static int
note_event(void *who, const struct store_event *event)
{
	enum record_type type = (enum record_type)event->type;
	struct record_report record;
	struct record_erase erase;

	if (event->type == RECORD_ERASE) {
		if (!record_erase_read(event->header, &erase))
			return STORE_CORRUPT;
		return erase.kind == ERASE_REPORT
		    ? note_change(who, erase.first_seq, event->seq, true)
		    : 0;
	}
	if (event->type == RECORD_REPORT || !record_is_of_report(event->type))
		return 0;
	if (!record_report_read(event->header, type, event->received_ms,
		&record) ||
	    record.first_seq == 0)
		return STORE_CORRUPT;
	return note_change(who, record.first_seq, event->seq, false);
}

struct pass {
	const struct revision_range *range;
	struct changes changes;
	struct buf scratch; /* owned */
	revised_visit *visit;
	void *who;
};

/* What changed behind since. */
static int
collect(struct pass *pass)
{
	const struct revision_range *range = pass->range;

	if (range->since >= range->seq)
		return 0;
	return store_walk(range->store, range->since + 1, range->seq,
	    note_event, &pass->changes);
}

/* The body of a report that was withdrawn or regrouped stands before. */
static int
read_body(struct pass *pass, uint64_t seq, struct text *body)
{
	struct store_event event;
	int result;

	*body = (struct text){ 0 };
	if (!pass->range->want_bodies)
		return 0;
	result = store_read(pass->range->store, seq, &pass->scratch, &event);
	if (result == 0 && !event.is_erased)
		*body = event.body;
	return result;
}

/* told is the event it is given for: its latest, or its erasure. */
static int
give(struct pass *pass, const struct store_event *event, uint64_t told)
{
	enum record_type type = (enum record_type)event->type;
	struct record_report record;
	struct revised revised;
	const struct changed *changed;
	uint64_t contents;
	int result = 0;

	if (!record_report_read(event->header, type, event->received_ms,
		&record))
		return STORE_CORRUPT;
	revised = (struct revised){
		.seq = told,
		.first_seq =
		    type == RECORD_REPORT ? event->seq : record.first_seq,
		.revision = record.revision,
		.label = record.label,
		.origin = record.origin,
		.is_withdrawn = type == RECORD_WITHDRAW,
		.found = &record.found,
		.facts = type == RECORD_WITHDRAW ? &record.old : &record.facts,
	};
	changed = find(&pass->changes, revised.first_seq);
	if (changed != NULL && changed->latest != told)
		return 0;
	contents = record_contents(type, &record, event->seq);
	/* Its bytes may be there for a moment yet. */
	revised.is_erased =
	    event->is_erased || (changed != NULL && changed->is_erased);
	if (revised.is_erased)
		return pass->visit(pass->who, &revised);
	if (contents != event->seq)
		result = read_body(pass, contents, &revised.body);
	else
		revised.body = event->body;
	revised.is_erased = pass->range->want_bodies && revised.body.len == 0;
	return result ? result : pass->visit(pass->who, &revised);
}

/* A report whose latest event is its erasure: what it counts stands before. */
static int
give_erased(struct pass *pass, const struct store_event *event)
{
	struct buf scratch = { 0 };
	struct record_erase erase;
	struct store_event before;
	int result;

	if (!record_erase_read(event->header, &erase))
		return STORE_CORRUPT;
	if (erase.kind != ERASE_REPORT)
		return 0;
	result =
	    store_read(pass->range->store, erase.latest_seq, &scratch, &before);
	if (result == 0)
		result = give(pass, &before, event->seq);
	buf_free(&scratch);
	return result;
}

static int
give_event(void *who, const struct store_event *event)
{
	if (event->type == RECORD_ERASE)
		return give_erased(who, event);
	return record_is_of_report(event->type) ? give(who, event, event->seq)
						: 0;
}

int
revisions_each(const struct revision_range *range, revised_visit *visit,
    void *who)
{
	struct pass pass = { .range = range, .visit = visit, .who = who };
	int result = collect(&pass);

	if (result == 0 && range->since < range->seq)
		result = store_walk(range->store, range->since + 1, range->seq,
		    give_event, &pass);
	free(pass.changes.at);
	buf_free(&pass.scratch);
	return result;
}
