#include "daemon/intake/casebook.h"

#include <assert.h>
#include <string.h>

#include "daemon/core/aggregate.h"

static_assert(CASES_MEMBERS_MAX * sizeof(struct evidence) <= ROW_MAX,
    "a case is a row");

static void
read_book(struct projection *projection, uint64_t id, struct casebook *book)
{
	struct key key = key_case(id);
	struct text row;

	book->id = 0;
	book->count = 0;
	if (!id || projection_get(projection, KEYSPACE_CASE, &key, &row))
		return;
	if (row.len % sizeof(struct evidence) ||
	    row.len > sizeof(book->member)) {
		projection->result = STORE_CORRUPT;
		return;
	}
	book->id = id;
	book->count = (unsigned)(row.len / sizeof(struct evidence));
	memcpy(book->member, row.at, row.len);
}

static void
write_book(struct projection *projection, const struct casebook *book)
{
	struct key key = key_case(book->id);

	projection_put(projection, KEYSPACE_CASE, &key,
	    (struct text){ (const char *)book->member,
		book->count * sizeof(book->member[0]) });
}

static void
put_place(struct projection *projection, uint64_t seq, uint64_t id)
{
	struct key key = key_case_of(seq);

	if (id)
		projection_put(projection, KEYSPACE_CASE_OF, &key,
		    (struct text){ (const char *)&id, sizeof(id) });
	else if (!projection->result)
		projection->result = store_delete(projection->store,
		    KEYSPACE_CASE_OF, key_text(&key));
}

void
casebook_find(struct projection *projection, uint64_t seq,
    struct casebook *book)
{
	struct key key = key_case_of(seq);
	struct text row;
	uint64_t id = 0;

	if (projection_get(projection, KEYSPACE_CASE_OF, &key, &row) ==
		STORE_OK &&
	    row.len == sizeof(id))
		memcpy(&id, row.at, sizeof(id));
	read_book(projection, id, book);
}

void
casebook_join(struct projection *projection, uint64_t id,
    const struct evidence *founder, const struct evidence *evidence)
{
	struct casebook book;

	read_book(projection, id, &book);
	if (!book.id) {
		if (!founder) {
			projection->result = STORE_CORRUPT;
			return;
		}
		book.id = id;
		book.member[book.count++] = *founder;
		put_place(projection, evidence_seq(founder), id);
	}
	if (book.count == CASES_MEMBERS_MAX) {
		projection->result = STORE_CORRUPT;
		return;
	}
	book.member[book.count++] = *evidence;
	put_place(projection, evidence_seq(evidence), id);
	write_book(projection, &book);
}

void
casebook_leave(struct projection *projection, uint64_t id, uint64_t seq,
    struct casebook *book)
{
	struct key key = key_case(id);
	unsigned kept = 0;

	read_book(projection, id, book);
	for (unsigned i = 0; i < book->count; i++)
		if (evidence_seq(&book->member[i]) != seq)
			book->member[kept++] = book->member[i];
	book->count = kept;
	if (!book->id || projection->result)
		return;
	put_place(projection, seq, 0);
	if (kept > 1) {
		write_book(projection, book);
		return;
	}
	if (kept)
		put_place(projection, evidence_seq(&book->member[0]), 0);
	if (!projection->result)
		projection->result = store_delete(projection->store,
		    KEYSPACE_CASE, key_text(&key));
}

uint8_t
casebook_marks(const struct casebook *book, const struct evidence *evidence)
{
	unsigned marks = 0;

	for (unsigned i = 0; i < book->count; i++) {
		const struct evidence *other = &book->member[i];

		if (evidence_seq(other) == evidence_seq(evidence) ||
		    other->product != evidence->product)
			continue;
		marks |= FACT_NO_CASE;
		if (other->mode == evidence->mode)
			marks |= FACT_NO_CASE_MODE;
	}
	return (uint8_t)marks;
}
