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

uint64_t
casebook_name(const struct casebook *book)
{
	for (unsigned i = 0; i < book->count; i++)
		if (evidence_seq(&book->member[i]) == book->id)
			return book->id;
	return book->count ? evidence_seq(&book->member[0]) : 0;
}

void
casebook_join(struct projection *projection, uint64_t other,
    const struct evidence *founder, const struct evidence *evidence)
{
	struct casebook book;

	casebook_find(projection, other, &book);
	if (!book.id) {
		if (!founder) {
			projection->result = STORE_CORRUPT;
			return;
		}
		book.id = other;
		book.member[book.count++] = *founder;
		put_place(projection, other, other);
	}
	if (book.count == CASES_MEMBERS_MAX) {
		projection->result = STORE_CORRUPT;
		return;
	}
	book.member[book.count++] = *evidence;
	put_place(projection, evidence_seq(evidence), book.id);
	write_book(projection, &book);
}

void
casebook_leave(struct projection *projection, uint64_t seq,
    struct casebook *book)
{
	unsigned kept = 0;

	casebook_find(projection, seq, book);
	for (unsigned i = 0; i < book->count; i++)
		if (evidence_seq(&book->member[i]) != seq)
			book->member[kept++] = book->member[i];
	book->count = kept;
	if (!book->id || projection->result)
		return;
	put_place(projection, seq, 0);
	casebook_drop(projection, book->id);
	book->id = casebook_name(book);
	casebook_put(projection, book);
}

void
casebook_drop(struct projection *projection, uint64_t id)
{
	struct key key = key_case(id);

	if (id && !projection->result)
		projection->result = store_delete(projection->store,
		    KEYSPACE_CASE, key_text(&key));
}

void
casebook_put(struct projection *projection, const struct casebook *book)
{
	bool is_alone = book->count < 2;

	for (unsigned i = 0; i < book->count; i++)
		put_place(projection, evidence_seq(&book->member[i]),
		    is_alone ? 0 : book->id);
	if (is_alone)
		casebook_drop(projection, book->id);
	else
		write_book(projection, book);
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
