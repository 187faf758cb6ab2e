#include "daemon/calls/mention.h"

#include "base/date.h"
#include "daemon/store/record.h"
#include "daemon/store/record_curation.h"
#include "daemon/store/record_judgement.h"
#include "daemon/store/rows.h"
#include "proto/codec.h"
#include "proto/value.h"

static struct text
name_of(const struct mention *mention, uint32_t organisation)
{
	struct key key = key_name_ordinal(NAME_ORGANISATION, organisation);
	struct text name;

	if (snapshot_get(mention->snapshot, KEYSPACE_NAME, key_text(&key),
		&name))
		return (struct text){ 0 };
	return name;
}

uint32_t
mention_pack_text(struct buf *out, const char *key, struct text text)
{
	if (!text.len)
		return 0;
	pack_field_text(out, key, text);
	return 1;
}

uint32_t
mention_pack_number(struct buf *out, const char *key, uint64_t number)
{
	if (!number)
		return 0;
	pack_field_uint(out, key, number);
	return 1;
}

void
mention_pack_product(struct buf *out, const char *key, uint32_t product)
{
	char id[PUBLIC_ID_MAX];

	product_id_format(product, id);
	if (key)
		pack_string(out, key);
	pack_string(out, id);
}

/* The first event's body has the id; a later one's is the same. */
static uint32_t
pack_whose(const struct mention *mention, const struct store_event *event,
    struct buf *out)
{
	struct record_report record;
	struct text organisation;
	struct value body;
	uint32_t pairs;

	if (!record_report_read(event->header, event->type, event->received_ms,
		&record))
		return 0;
	organisation = name_of(mention, record.facts.organisation);
	pairs = mention_pack_text(out, "organisation", organisation);
	if (!event->is_erased && text_equal(organisation, mention->asker) &&
	    value_of(event->body, &body))
		pairs +=
		    mention_pack_text(out, "id", value_find_text(&body, "id"));
	return pairs;
}

void
mention_pack(const struct mention *mention, struct buf *out, const char *key,
    uint64_t seq)
{
	struct buf scratch = { 0 };
	struct store_event event;
	uint32_t pairs = 1;
	size_t token;

	if (key)
		pack_string(out, key);
	token = pack_open_map(out);
	pack_field_uint(out, "seq", seq);
	if (!store_read(mention->store, seq, &scratch, &event) &&
	    (event.type == RECORD_REPORT || event.type == RECORD_AMEND))
		pairs += pack_whose(mention, &event, out);
	pack_close_map(out, token, pairs);
	buf_free(&scratch);
}

/* Whose act it is, and what it takes back. */
static bool
read_act(const struct store_event *event, uint32_t *organisation,
    uint64_t *undoes)
{
	struct record_judgement judgement;
	struct record_curation curation;

	if (event->type == RECORD_CURATION &&
	    record_curation_read(event->header, &curation)) {
		*organisation = curation.organisation;
		*undoes = curation.undoes;
		return true;
	}
	if ((event->type != RECORD_LINK && event->type != RECORD_UNLINK) ||
	    !record_judgement_read(event->header, &judgement))
		return false;
	*organisation = judgement.organisation;
	*undoes = judgement.undoes;
	return true;
}

uint32_t
mention_pack_act(const struct mention *mention, struct buf *out, uint64_t seq)
{
	static const char *const told[] = { "author", "reason", "text" };
	struct buf scratch = { 0 };
	struct store_event event;
	struct value body;
	char at[INSTANT_MAX];
	uint32_t organisation, pairs = 0;
	uint64_t undoes;

	if (!store_read(mention->store, seq, &scratch, &event) &&
	    read_act(&event, &organisation, &undoes)) {
		instant_format(event.received_ms, at);
		pack_field_string(out, "at", at);
		pairs = 1 + mention_pack_number(out, "undoes", undoes);
		pairs += mention_pack_text(out, "organisation",
		    name_of(mention, organisation));
		if (!event.is_erased && value_of(event.body, &body))
			for (unsigned i = 0; i < 3; i++)
				pairs += mention_pack_text(out, told[i],
				    value_find_text(&body, told[i]));
	}
	buf_free(&scratch);
	return pairs;
}
