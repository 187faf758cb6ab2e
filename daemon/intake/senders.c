#include "daemon/intake/senders.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/detect/doubt.h"
#include "daemon/intake/naming.h"
#include "daemon/store/rows.h"

static_assert(sizeof(struct sender_row) == 32, "a row is stored as it is");

enum { DAY_MS = 86400000 };

/* --- rows ---------------------------------------------------------------- */

static bool
has_bit(const uint64_t *bits, uint16_t at)
{
	return bits[at / 64] >> at % 64 & 1;
}

static void
set_bit(uint64_t *bits, uint16_t at)
{
	bits[at / 64] |= UINT64_C(1) << at % 64;
}

static int64_t
count_established(struct projection *projection)
{
	int64_t *count = &projection->senders.nestablished;

	if (*count < 0)
		*count = (int64_t)projection_counter(projection,
		    COUNTER_ESTABLISHED);
	return *count;
}

static void
establish(struct projection *projection)
{
	int64_t count = count_established(projection) + 1;

	projection->senders.nestablished = count;
	projection_set_counter(projection, COUNTER_ESTABLISHED,
	    (uint64_t)count);
}

void
senders_apply(struct projection *projection, const struct facts *facts,
    uint64_t seq)
{
	uint16_t organisation = facts->organisation;
	struct key key = key_sender(organisation);
	bool is_established = !(facts->doubts & DOUBT_PROBATION);
	struct sender_row *row;
	bool is_risen;

	if (has_bit(projection->senders.known, organisation) &&
	    (!is_established ||
		has_bit(projection->senders.established, organisation)))
		return;
	row = projection_edit(projection, KEYSPACE_SENDER, &key, sizeof(*row));
	if (!row)
		return;
	if (!row->first_seq) {
		row->since_ms = facts->received_ms;
		row->first_seq = seq;
	}
	is_risen = is_established && !row->is_established;
	row->is_established |= is_established;
	set_bit(projection->senders.known, organisation);
	if (row->is_established)
		set_bit(projection->senders.established, organisation);
	if (is_risen)
		establish(projection);
}

void
senders_hold(struct projection *projection, uint16_t organisation,
    int64_t bytes)
{
	struct key key = key_sender(organisation);
	struct sender_row *row;

	if (!bytes)
		return;
	row = projection_edit(projection, KEYSPACE_SENDER, &key, sizeof(*row));
	if (row)
		row->bytes += (uint64_t)bytes;
}

uint64_t
senders_bytes(struct projection *projection, uint16_t organisation)
{
	struct key key = key_sender(organisation);
	struct sender_row row;
	struct text bytes;

	if (projection_get(projection, KEYSPACE_SENDER, &key, &bytes) !=
		STORE_OK ||
	    bytes.len != sizeof(row))
		return 0;
	memcpy(&row, bytes.at, sizeof(row));
	return row.bytes;
}

bool
senders_are_alone(struct projection *projection)
{
	return count_established(projection) <= 1;
}

/* --- what the writer knows of them --------------------------------------- */

struct senders {
	uint16_t founder; /* the first there ever was; 0 none yet */
	uint64_t founder_seq;
	unsigned turn; /* of the criteria, when indices were found */
	int64_t since_ms[SENDERS_MAX]; /* by ordinal; 0 never reported */
	int16_t index[SENDERS_MAX];    /* -2: not looked up yet */
};

enum { INDEX_UNKNOWN = -2 };

struct senders *
senders_new(void)
{
	return calloc(1, sizeof(struct senders));
}

void
senders_free(struct senders *senders)
{
	free(senders);
}

static void
forget_indices(struct senders *senders, unsigned turn)
{
	for (unsigned i = 0; i < SENDERS_MAX; i++)
		senders->index[i] = INDEX_UNKNOWN;
	senders->turn = turn;
}

void
senders_load(struct intake *intake)
{
	struct projection *projection = &intake->projection;
	struct senders *senders = intake->senders;
	uint64_t last =
	    projection_counter(projection, counter_of_names(NAME_ORGANISATION));

	memset(senders, 0, sizeof(*senders));
	forget_indices(senders, intake->criteria_turn);
	for (uint32_t i = 1; i <= last && i < SENDERS_MAX; i++) {
		struct key key = key_sender(i);
		struct sender_row row;
		struct text bytes;

		if (projection_get(projection, KEYSPACE_SENDER, &key, &bytes) ||
		    bytes.len != sizeof(row))
			continue;
		memcpy(&row, bytes.at, sizeof(row));
		senders->since_ms[i] = row.since_ms;
		if (senders->founder && senders->founder_seq < row.first_seq)
			continue;
		senders->founder = (uint16_t)i;
		senders->founder_seq = row.first_seq;
	}
}

/* Which of those named is it? */
static int
find_index(struct intake *intake, uint16_t organisation)
{
	struct senders *senders = intake->senders;
	struct text name;

	if (senders->turn != intake->criteria_turn)
		forget_indices(senders, intake->criteria_turn);
	if (senders->index[organisation] != INDEX_UNKNOWN)
		return senders->index[organisation];
	name = intake_name_text(intake, NAME_ORGANISATION, organisation);
	senders->index[organisation] =
	    (int16_t)organisations_find(intake->organisations, name);
	return senders->index[organisation];
}

static bool
is_old(const struct intake *intake, int64_t since_ms)
{
	return since_ms &&
	    intake->received_ms - since_ms >=
	    (int64_t)SENDERS_PROBATION_DAYS * DAY_MS;
}

void
senders_find(struct intake *intake, uint16_t organisation,
    struct sender *sender)
{
	const struct senders *senders = intake->senders;
	const struct organisation *named;

	*sender = (struct sender){ .trust = WEIGHT_CASE, .index = -1 };
	if (!organisations_count(intake->organisations)) {
		sender->is_established = !senders->founder ||
		    senders->founder == organisation ||
		    is_old(intake, senders->since_ms[organisation]);
		return;
	}
	sender->index = find_index(intake, organisation);
	if (sender->index < 0)
		return;
	named =
	    organisations_at(intake->organisations, (unsigned)sender->index);
	sender->trust = named->trust;
	sender->is_established = named->probation_until == INT32_MIN ||
	    date_of_ms(intake->received_ms) >= named->probation_until;
}

void
senders_remember(struct intake *intake, uint16_t organisation)
{
	struct senders *senders = intake->senders;

	if (!senders->founder)
		senders->founder = organisation;
	if (!senders->since_ms[organisation])
		senders->since_ms[organisation] = intake->received_ms;
}

bool
senders_is_single(struct intake *intake)
{
	return organisations_count(intake->organisations) <= 1 &&
	    senders_are_alone(&intake->projection);
}
